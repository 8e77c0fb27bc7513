"""The answer to "when is it due": the moment, and on demand how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bihuan.lib.workcal.calendar import Calendar
from bihuan.lib.workcal.duration import CLOCK, DAYS, PERIODIC, WORK, Duration, Period, Unit
from bihuan.lib.workcal.moments import from_micros
from bihuan.lib.workcal.pauses import NEVER, Span
from bihuan.lib.workcal.periods import window_days

if TYPE_CHECKING:
    from bihuan.lib.workcal.explain import Slice
    from bihuan.lib.workcal.rows import Row


@dataclass(frozen=True)
class Answer:
    """When a limit ends and why.

    ``start`` is the anchor in the calendar's zone; for a limit that counts back it is the
    target, and ``due`` lies before it. ``due`` is None while an open pause holds the limit.
    """

    calendar: Calendar
    start: datetime
    within: Duration
    due: datetime | None
    spans: tuple[Span, ...] = field(default=(), repr=False)
    backward: bool = False

    @property
    def waiting(self) -> bool:
        """Held by an open pause: there is no due moment until it ends."""
        return self.due is None

    @property
    def version(self) -> str:
        """The version of the calendar that gave this answer."""
        return self.calendar.version

    @property
    def due_day(self) -> date | None:
        """The day people name: for 24:00 it is the day that ends, not the one that begins."""
        if self.due is None:
            return None
        return (self.due - timedelta(microseconds=1)).date() if self._ends_day else self.due.date()

    @property
    def _ends_day(self) -> bool:
        """Due at a midnight that stands for the end of its day."""
        due = self.due
        if due is None or self.within.unit in CLOCK:
            return False
        return due.hour == due.minute == due.second == due.microsecond == 0

    @property
    def due_text(self) -> str:
        """``2026-10-10 17:30``; the end of a day is written 24:00. Empty while waiting."""
        if self.due is None:
            return ""
        clock = "24:00" if self._ends_day else f"{self.due:%H:%M}"
        return f"{self.due_day} {clock}"

    @cached_property
    def provisional(self) -> bool:
        """Whether it rests on days that an official notice may still change."""
        span = self._days_used()
        return span is not None and any_provisional(self.calendar, *span)

    def _days_used(self) -> tuple[date, date] | None:
        """The days whose working time decides the answer; None when no such day does."""
        unit, end, start = self.within.unit, self.due_day, self.start.date()
        if end is None:
            held = from_micros(self.open_since(), self.calendar.tz).date()
            return None if unit in CLOCK or unit in DAYS else (start, max(held, start))
        if unit in WORK:
            return min(start, end), max(start, end)
        if unit is Unit.WORK_DAY:
            one = timedelta(days=1)
            return (end, start - one) if self.backward else (start + one, end)
        if unit in PERIODIC:
            own = self.within.midnight or (self.within.at and self.within.period is Period.DAY)
            return None if own else window_days(start, self.within)
        if unit in DAYS and self.within.roll:
            return (end, start) if self.backward else (start, end)
        return None

    def open_since(self) -> int:
        """When the open pause began that holds a waiting answer, in microseconds."""
        return next(span.start for span in self.spans if span.end == NEVER)

    @cached_property
    def slices(self) -> tuple[Slice, ...]:
        """The whole way from start to due, piece by piece."""
        from bihuan.lib.workcal.explain import slices_of

        return slices_of(self)

    def rows(self) -> list[Row]:
        """The slices for display: a day a row, a run of free days one row."""
        from bihuan.lib.workcal.rows import rows_of

        return rows_of(self)

    def sentence(self, lang: str = "zh") -> str:
        """One sentence that says from when, how long, what was left out, until when."""
        from bihuan.lib.workcal.sentence import sentence_of

        return sentence_of(self).of(lang)

    def to_data(self) -> dict[str, Any]:
        """JSON-ready: everything that is needed to show or to check the answer later."""
        return {
            "due": self.due.isoformat() if self.due else None,
            "due_text": self.due_text,
            "start": self.start.isoformat(),
            "within": str(self.within),
            "calendar": self.calendar.name,
            "version": self.version,
            "zone": self.calendar.zone,
            "backward": self.backward,
            "provisional": self.provisional,
            "waiting": self.waiting,
            "sentence": {"zh": self.sentence("zh"), "en": self.sentence("en")},
            "slices": [piece.to_data() for piece in self.slices],
        }


def any_provisional(calendar: Calendar, first: date, last: date) -> bool:
    """Whether any day from first to last is not settled yet."""
    known, provisional = calendar.unsettled
    marked = calendar.provisional_days
    low, high = first.toordinal(), last.toordinal()
    if any(low <= ordinal <= high for ordinal in marked):
        return True
    unsure = (known and first < known) or (provisional and last >= provisional)
    if not unsure:
        return False
    return any(calendar.is_provisional(date.fromordinal(o)) for o in range(low, high + 1))
