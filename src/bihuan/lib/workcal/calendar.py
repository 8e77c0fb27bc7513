"""Working calendars: a weekly pattern, dated exceptions, and a parent to inherit both from.

Company < region < team < customer: a child without a weekly pattern works by its parent's; its
dated exceptions replace the parent's on the same date. A calendar never changes; a changed one
is a new object with its own version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bihuan.lib.workcal.errors import BadCalendar
from bihuan.lib.workcal.moments import zone_of
from bihuan.lib.workcal.slots import WHOLE_DAY, Slot, Slots, check_slots, union, without
from bihuan.lib.workcal.words import NO_WORDS, Words

DEFAULT_ZONE = "Asia/Shanghai"
Weekly = tuple[Slots, ...]
_MONDAY = date(2001, 1, 1).toordinal()


class Status(StrEnum):
    """Whether a dated exception is certain."""

    OFFICIAL = "official"
    PROVISIONAL = "provisional"


class Change(StrEnum):
    """What a dated exception does to the working time of its day."""

    OFF = "off"  # no working time: a holiday, a shutdown
    WORK = "work"  # a working day with these hours, or with the calendar's usual ones
    ADD = "add"  # these hours besides the usual ones
    REMOVE = "remove"  # the usual hours without these


class DayKind(StrEnum):
    """What a day is, for people."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"  # a working day that the weekly pattern would leave free
    CHANGED = "changed"  # a working day with other hours than usual


@dataclass(frozen=True, slots=True)
class DayException:
    """A dated exception. ``slots`` may be empty for OFF and for WORK at the usual hours."""

    day: date
    change: Change
    slots: Slots = ()
    name: Words = NO_WORDS
    source: Words = NO_WORDS
    status: Status = Status.OFFICIAL

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", check_slots(self.slots))
        if self.change in (Change.ADD, Change.REMOVE) and not self.slots:
            raise BadCalendar(
                f"{self.day}：加班或停班要写明时间",
                f"{self.day}: added or removed time needs its hours",
            )
        if self.change is Change.OFF and self.slots:
            raise BadCalendar(
                f"{self.day}：放假的一天不能再有上班时间；请改为“上班”",
                f"{self.day}: a day off has no hours; make it a working day instead",
            )


class DayInfo(NamedTuple):
    """One day of a calendar as people and the arithmetic see it."""

    day: date
    kind: DayKind
    slots: Slots
    name: Words
    source: Words
    provisional: bool

    @property
    def working(self) -> bool:
        """A working day: some of its time does not merely spill over from the day before."""
        return any(not slot.spill for slot in self.slots)


@dataclass(frozen=True)
class Calendar:
    """A working calendar.

    ``weekly`` holds one tuple of slots a day from Monday on: 7, or a multiple of 7 for
    alternating weeks, which begin on the Monday ``week_one``. Days from ``provisional_from``
    on, and before ``known_from``, are not settled yet: answers that rest on them say so.
    ``version`` is what answers quote; without one it is a digest of the content.
    Raises ``BadCalendar`` when the parts do not fit together.
    """

    name: str
    zone: str = ""
    weekly: Weekly | None = None
    exceptions: Mapping[date, DayException] = field(default_factory=dict)
    parent: Calendar | None = None
    version: str = ""
    provisional_from: date | None = None
    known_from: date | None = None
    week_one: date | None = None
    title: Words = NO_WORDS

    def __post_init__(self) -> None:
        if not self.zone:
            zone = self.parent.zone if self.parent else DEFAULT_ZONE
            object.__setattr__(self, "zone", zone)
        zone_of(self.zone)
        if self.weekly is not None:
            object.__setattr__(self, "weekly", tuple(check_slots(day) for day in self.weekly))
            self._check_weeks(len(self.weekly))
        elif self.parent is None:
            raise BadCalendar(
                f"日历“{self.name}”没有每周上班时间，也没有上级日历",
                f'calendar "{self.name}" has neither weekly hours nor a parent',
            )
        for day, exception in self.exceptions.items():
            if day != exception.day:
                raise BadCalendar(
                    f"日期 {day} 下登记了 {exception.day} 的例外",
                    f"the exception of {exception.day} is filed under {day}",
                )
        if not self.version:
            object.__setattr__(self, "version", self.digest)

    def _check_weeks(self, days: int) -> None:
        if not days or days % 7:
            raise BadCalendar(
                f"每周上班时间要有 7 天（或其整数倍），现有 {days} 天",
                f"weekly hours need 7 days or a multiple, there are {days}",
            )
        if days > 7 and (self.week_one is None or self.week_one.weekday() != 0):
            raise BadCalendar(
                "大小周要写明第一周从哪个周一开始（week_one）",
                "alternating weeks need the Monday of the first week (week_one)",
            )

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    @classmethod
    def always(cls, zone: str = DEFAULT_ZONE, name: str = "24x7") -> Calendar:
        """Round the clock, every day: here every day is a working day that ends at 24:00."""
        title = Words("全天候", "Round the clock")
        return cls(name, zone, (WHOLE_DAY,) * 7, version="24x7", title=title)

    @classmethod
    def from_data(
        cls, data: Mapping[str, Any], parents: Mapping[str, Calendar] | None = None
    ) -> Calendar:
        """Read what ``to_data`` wrote or a person did; see ``calendar_data`` for the form."""
        from bihuan.lib.workcal.calendar_data import calendar_from

        return calendar_from(data, parents or {})

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data that holds everything, the parents included."""
        from bihuan.lib.workcal.calendar_data import calendar_data

        return calendar_data(self)

    @cached_property
    def digest(self) -> str:
        """Twelve hex digits that change whenever the content does."""
        data = {**self.to_data(), "version": ""}
        text = json.dumps(data, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @cached_property
    def tz(self) -> ZoneInfo:
        return zone_of(self.zone)

    @cached_property
    def merged(self) -> dict[date, DayException]:
        """The dated exceptions in force, a child's before its parent's."""
        inherited = self.parent.merged if self.parent else {}
        return {**inherited, **self.exceptions}

    @cached_property
    def pattern(self) -> tuple[Weekly, int]:
        """The weekly pattern in force and the ordinal of the Monday that it begins on."""
        if self.weekly is not None:
            return self.weekly, self.week_one.toordinal() if self.week_one else _MONDAY
        assert self.parent is not None
        return self.parent.pattern

    @cached_property
    def unsettled(self) -> tuple[date | None, date | None]:
        """(known_from, provisional_from), each inherited where this calendar sets none."""
        known, provisional = self.parent.unsettled if self.parent else (None, None)
        return self.known_from or known, self.provisional_from or provisional

    @cached_property
    def provisional_days(self) -> tuple[int, ...]:
        """Ordinals of the dated exceptions that are provisional, in order."""
        found = (e for e in self.merged.values() if e.status is Status.PROVISIONAL)
        return tuple(sorted(e.day.toordinal() for e in found))

    @cached_property
    def usual(self) -> Slots:
        """The hours of an ordinary working day, taken for a make-up day without own hours."""
        weekly, _ = self.pattern
        return next((slots for slots in weekly if any(not s.spill for s in slots)), ())

    def exception_on(self, day: date) -> DayException | None:
        """The dated exception in force on this day, a child's before its parent's."""
        return self.merged.get(day)

    def weekly_slots(self, day: date) -> Slots:
        """The hours of the weekly pattern, exceptions left aside."""
        weekly, monday = self.pattern
        return weekly[(day.toordinal() - monday) % len(weekly)]

    def slots_on(self, day: date) -> Slots:
        """The working time of this day."""
        exception = self.merged.get(day)
        weekly = self.weekly_slots(day)
        return weekly if exception is None else self._changed(weekly, exception)

    def _changed(self, weekly: Slots, exception: DayException) -> Slots:
        match exception.change:
            case Change.OFF:
                return ()
            case Change.WORK:
                return exception.slots or (weekly if _works(weekly) else self.usual)
            case Change.ADD:
                return union(weekly, exception.slots)
            case Change.REMOVE:
                return without(weekly, exception.slots)

    def info(self, day: date) -> DayInfo:
        """Everything about one day: kind, hours, name, source, whether it is settled."""
        slots, exception = self.slots_on(day), self.exception_on(day)
        name, source = (exception.name, exception.source) if exception else (NO_WORDS, NO_WORDS)
        kind = self._kind(day, slots, exception)
        return DayInfo(day, kind, slots, name, source, self.is_provisional(day))

    def _kind(self, day: date, slots: Slots, exception: DayException | None) -> DayKind:
        weekly = self.weekly_slots(day)
        if not _works(slots):
            return DayKind.HOLIDAY if exception else DayKind.WEEKEND
        if not _works(weekly):
            return DayKind.MAKEUP
        return DayKind.WORKDAY if slots == weekly else DayKind.CHANGED

    def is_provisional(self, day: date) -> bool:
        """Whether an official notice may still change this day."""
        exception = self.exception_on(day)
        if exception is not None:
            return exception.status is Status.PROVISIONAL
        known, provisional = self.unsettled
        return bool((known and day < known) or (provisional and day >= provisional))

    def with_exceptions(self, exceptions: Iterable[DayException], *, version: str = "") -> Calendar:
        """Return this calendar with more dated exceptions of its own; the same dates are replaced."""
        own = {**self.exceptions, **{e.day: e for e in exceptions}}
        return replace(self, exceptions=own, version=version)


def _works(slots: tuple[Slot, ...]) -> bool:
    return any(not slot.spill for slot in slots)
