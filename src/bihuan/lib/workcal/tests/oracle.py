"""A slow, plain second opinion on deadlines: sets of minutes, walked day by day.

It reads the JSON form of a calendar by itself and shares no code with the product. Instants are
whole minutes since 1970 in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Pauses = list[tuple[int, int | None]]


def minute_of(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def at_minute(minute: int, zone: str) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(zone))


@cache
def clock_of(zone: str, day: date) -> list[tuple[int, int]]:
    """(UTC minute, latest wall minute shown so far that day) for each minute of a local day."""
    tz = ZoneInfo(zone)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    offsets = {(noon + timedelta(hours=h)).astimezone(tz).utcoffset() for h in range(-30, 31, 5)}
    base = minute_of(noon) - 720
    if len(offsets) == 1:
        offset = offsets.pop()
        assert offset is not None
        shift = int(offset.total_seconds()) // 60
        return [(base + m - shift, m) for m in range(1440)]
    found, high = [], 0
    for minute in range(base - 900, base + 1440 + 900):
        wall = datetime.fromtimestamp(minute * 60, UTC).astimezone(tz)
        if wall.date() == day:
            high = max(high, wall.hour * 60 + wall.minute)
            found.append((minute, high))
    return found


def parse(texts: list[str]) -> tuple[set[int], set[int]]:
    """Wall minutes of the day itself and of the morning after."""
    own: set[int] = set()
    rest: set[int] = set()
    for text in texts:
        a, b = ((int(t[:2]) * 60 + int(t[3:])) for t in text.split("-"))
        if a < b:
            own |= set(range(a, b))
        else:
            own |= set(range(a, 1440))
            rest |= set(range(b))
    return own, rest


class Oracle:
    """One calendar, from its JSON form."""

    def __init__(self, data: dict[str, Any]) -> None:
        chain = [data]
        while chain[-1].get("parent"):
            chain.append(chain[-1]["parent"])
        self.zone: str = next(level["zone"] for level in chain if level.get("zone"))
        pattern = next(level for level in chain if level.get("weekly"))
        self.weeks: list[dict[str, list[str]]] = pattern["weekly"]
        self.monday = date.fromisoformat(pattern.get("week_one") or "2001-01-01")
        self.dated: dict[str, dict[str, Any]] = {}
        for level in reversed(chain):
            for row in level.get("exceptions", []):
                self.dated[row["day"]] = row
        self._days: dict[date, tuple[set[int], set[int]]] = {}
        self._instants: dict[date, list[int]] = {}
        self._closes: dict[date, int | None] = {}

    def hours(self, day: date) -> tuple[set[int], set[int]]:
        """Own wall minutes of the week's day, and those left over from the evening before."""

        def texts(d: date) -> list[str]:
            number = (d - self.monday).days // 7 % len(self.weeks)
            return self.weeks[number].get(NAMES[d.weekday()], [])

        own = parse(texts(day))[0]
        return own, parse(texts(day - DAY))[1] - own

    def minutes(self, day: date) -> tuple[set[int], set[int]]:
        """(own, left over) wall minutes with the dated exceptions."""
        if day not in self._days:
            self._days[day] = self._minutes(day)
        return self._days[day]

    def _minutes(self, day: date) -> tuple[set[int], set[int]]:
        own, rest = self.hours(day)
        row = self.dated.get(day.isoformat())
        if row is None:
            return own, rest
        given = parse(row.get("slots", []))[0]
        if row["change"] == "off":
            return set(), set()
        if row["change"] == "add":
            return own | given, rest - given
        if row["change"] == "remove":
            return own - given, rest - given
        if given:
            return given, set()
        if own:
            return own, rest
        for n in range(7 * len(self.weeks)):
            usual = self.hours(self.monday + n * DAY)
            if usual[0]:
                return usual
        return set(), set()

    def instants(self, day: date) -> list[int]:
        """The UTC minutes of this local day that are working time."""
        if day not in self._instants:
            own, rest = self.minutes(day)
            wanted = own | rest
            self._instants[day] = [u for u, w in clock_of(self.zone, day) if w in wanted]
        return self._instants[day]

    def close(self, day: date) -> int | None:
        """When the day's own work ends; None on a day off."""
        if day not in self._closes:
            own, _ = self.minutes(day)
            last = [u for u, w in clock_of(self.zone, day) if w in own]
            self._closes[day] = last[-1] + 1 if last else None
        return self._closes[day]

    def midnight(self, day: date) -> int:
        """The end of this day."""
        return clock_of(self.zone, day)[-1][0] + 1

    def wall(self, day: date, clock: int) -> int:
        """The first minute of this day whose clock shows so many minutes or later."""
        return next((u for u, w in clock_of(self.zone, day) if w >= clock), self.midnight(day))

    def ends(self, day: date, clock: int | None, working: bool) -> int | None:
        """When a day counts as over: at a time of it, at its close or at its end; None: never."""
        close = self.close(day) if working else self.midnight(day)
        return close if clock is None or close is None else self.wall(day, clock)

    def day_of(self, minute: int) -> date:
        return at_minute(minute, self.zone).date()

    def work_due(self, start: int, need: int, pauses: Pauses) -> int | None:
        day = self.day_of(start)
        for _ in range(4000):
            minutes = self.instants(day)
            if minutes and (minutes[0] < start or touched(pauses, minutes)):
                minutes = [m for m in minutes if m >= start and not paused(pauses, m)]
            if len(minutes) >= need:
                return minutes[need - 1] + 1
            need -= len(minutes)
            day += DAY
            if held(pauses, self.midnight(day - DAY)):
                return None
        raise AssertionError("no working time")

    def clock_due(self, start: int, need: int, pauses: Pauses) -> int | None:
        at = start
        while need:
            inside = [p for p in pauses if p[0] <= at and (p[1] is None or at < p[1])]
            if any(p[1] is None for p in inside):
                return None
            if inside:
                at = max(p[1] for p in inside if p[1] is not None)
                continue
            step = min([need, *(p[0] - at for p in pauses if p[0] > at)])
            at, need = at + step, need - step
        return at

    def days_due(
        self, start: int, need: int, pauses: Pauses, working: bool, clock: int | None = None
    ) -> date | None:
        """The n-th day after the start's that is not paused at its end."""
        day = self.day_of(start)
        for _ in range(4000):
            day += DAY
            close = self.ends(day, clock, working)
            if close is None:
                if held(pauses, self.midnight(day)):
                    return None
                continue
            if any(a < close and (b is None or close <= b) for a, b in pauses):
                if held(pauses, close):
                    return None
                continue
            need -= 1
            if not need:
                return day
        raise AssertionError("no working day")

    def work_before(self, target: int, need: int) -> int:
        day = self.day_of(target)
        for _ in range(4000):
            minutes = [m for m in self.instants(day) if m < target]
            if len(minutes) >= need:
                return minutes[-need]
            need -= len(minutes)
            day -= DAY
        raise AssertionError("no working time")

    def days_before(self, target: int, need: int) -> date:
        day = self.day_of(target)
        while need:
            day -= DAY
            need -= self.close(day) is not None
        return day

    def roll(self, day: date, step: int) -> date:
        while self.close(day) is None:
            day += step * DAY
        return day

    def period_end(
        self, start: int, keys: list[str], midnight: bool, clock: int | None = None
    ) -> int:
        """End of the period in which each of these parts of the date stays the same."""
        day = self.day_of(start)
        first = last = day
        while period_key(first - DAY, keys) == period_key(day, keys):
            first -= DAY
        while period_key(last + DAY, keys) == period_key(day, keys):
            last += DAY
        end = self.midnight(last)
        if midnight:
            return end
        look = last
        while look >= first:
            close = self.ends(look, clock, working=clock is None or keys != ["day"])
            if close is not None:
                return close if close >= start else end
            look -= DAY
        return end

    def elapsed(self, a: int, b: int, pauses: Pauses) -> int:
        day, total = self.day_of(a), 0
        while day <= self.day_of(b):
            total += sum(a <= m < b and not paused(pauses, m) for m in self.instants(day))
            day += DAY
        return total


def period_key(day: date, keys: list[str]) -> tuple[int, ...]:
    parts = {
        "year": day.year,
        "half": (day.month - 1) // 6,
        "quarter": (day.month - 1) // 3,
        "month": day.month,
        "week": (day - DAY * day.weekday()).toordinal(),
        "day": day.toordinal(),
    }
    return tuple(parts[key] for key in keys)


def months_on(day: date, months: int) -> date:
    """The same day some months on, stepping back over days that the month lacks."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month in (0, 13):
            month = 12 if month == 0 else 1
            year += 1 if months > 0 else -1
    number = day.day
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


def paused(pauses: Pauses, minute: int) -> bool:
    return any(a <= minute and (b is None or minute < b) for a, b in pauses)


def touched(pauses: Pauses, minutes: list[int]) -> bool:
    return any(a <= minutes[-1] and (b is None or b > minutes[0]) for a, b in pauses)


def held(pauses: Pauses, minute: int) -> bool:
    """Whether a pause without end has begun by now."""
    return any(b is None and a <= minute for a, b in pauses)
