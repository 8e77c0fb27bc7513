"""Times in which a machine's alarms are expected: once, or every week on some days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Times:
    """From `begin` until `end` (the moment itself is over), both aware. With `days` (1 is Monday, 7
    Sunday) only on these, from `starts` until `ends` of the clock; an end that is not later than
    the start lies on the next day.
    """

    begin: datetime
    end: datetime
    days: frozenset[int] = frozenset()
    starts: time | None = None
    ends: time | None = None

    @property
    def length(self) -> timedelta:
        """Of one run."""
        if not self.days or self.starts is None or self.ends is None:
            return self.end - self.begin
        first, last = (timedelta(hours=t.hour, minutes=t.minute) for t in (self.starts, self.ends))
        return last - first if last > first else last - first + DAY

    def run(self, at: datetime, zone: tzinfo) -> tuple[datetime, datetime] | None:
        """The run that holds at a moment, else the next one; None where there is none any more."""
        if at >= self.end:
            return None
        if not self.days or self.starts is None or self.ends is None:
            return self.begin, self.end
        day = max(at, self.begin).astimezone(zone).date() - DAY
        for _ in range(9):
            if day.isoweekday() in self.days:
                found = self._on(day, self.starts, zone)
                if found[1] > max(at, self.begin):
                    cut = max(found[0], self.begin), min(found[1], self.end)
                    return cut if cut[0] < cut[1] else None
            day += DAY
        return None

    def holds(self, at: datetime, zone: tzinfo) -> bool:
        """Whether a moment lies in one of the runs."""
        found = self.run(at, zone)
        return found is not None and found[0] <= at < found[1]

    def _on(self, day: date, starts: time, zone: tzinfo) -> tuple[datetime, datetime]:
        begin = datetime.combine(day, starts, zone)
        return begin, begin + self.length
