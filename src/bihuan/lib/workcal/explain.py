"""How an answer came about: every piece of time between start and due, counted or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from bihuan.lib.workcal.calendar import DayInfo, DayKind
from bihuan.lib.workcal.duration import CLOCK, PERIODIC, WORK, Unit
from bihuan.lib.workcal.moments import from_micros, to_micros, wall_instant
from bihuan.lib.workcal.pauses import NEVER, Span
from bihuan.lib.workcal.periods import shifted
from bihuan.lib.workcal.words import NO_WORDS, Words

if TYPE_CHECKING:
    from bihuan.lib.workcal.answer import Answer


class Piece(StrEnum):
    """What a piece of time is in the sum."""

    COUNTED = "counted"
    PAUSE = "pause"
    BREAK = "lunch"  # between two intervals of one working day
    OFF = "off"  # before the first or after the last interval of a working day
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    ANCHOR = "anchor"  # the day of the event, which is not counted
    PERIOD = "period"  # the rest of a period: nothing is counted in it
    ROLL = "roll"  # free days that the end moves over


class Slice(NamedTuple):
    """A piece of time. ``counted`` and ``total`` add up for hours, ``days`` and
    ``total_days`` for limits in days; ``end`` is None for a pause that still lasts.
    """

    day: date
    start: datetime
    end: datetime | None
    kind: Piece
    label: Words
    source: Words = NO_WORDS
    provisional: bool = False
    counted: timedelta = timedelta()
    total: timedelta = timedelta()
    days: int = 0
    total_days: int = 0

    @property
    def minutes(self) -> float:
        return self.counted / timedelta(minutes=1)

    def to_data(self) -> dict[str, Any]:
        return {
            "day": str(self.day),
            "from": self.start.isoformat(),
            "to": self.end.isoformat() if self.end else None,
            "kind": str(self.kind),
            "label": self.label.to_data(),
            "source": self.source.to_data(),
            "provisional": self.provisional,
            "minutes": self.minutes,
            "total_minutes": self.total / timedelta(minutes=1),
            "days": self.days,
            "total_days": self.total_days,
        }


_COUNTED = Words("计时", "counted")
_DAY_COUNTED = Words("计入", "counted")
_MAKEUP = Words("调休上班，计入", "make-up working day, counted")
_MAKEUP_HOURS = Words("调休上班", "make-up working day")
_LUNCH, _GAP = Words("午休", "lunch break"), Words("间歇", "break")
_CLOSED, _WEEKEND = Words("非上班时间", "outside hours"), Words("周末", "weekend")
_FREE = Words("休息", "day off")
_ANCHOR = Words("当日不计", "the day itself is not counted")
_PERIOD = Words("期限以内", "inside the period")


def slices_of(answer: Answer) -> tuple[Slice, ...]:
    """All pieces from start to due (from due to target when counting back), in order."""
    unit = answer.within.unit
    if unit in CLOCK or unit in WORK:
        pieces = _hour_pieces(answer)
    elif unit in PERIODIC:
        pieces = iter([_period_piece(answer)])
    else:
        pieces = _day_pieces(answer)
    return tuple(_totalled(pieces))


def _totalled(pieces: Iterator[Slice]) -> Iterator[Slice]:
    total, days = timedelta(), 0
    for piece in pieces:
        total += piece.counted
        days += piece.days
        yield piece._replace(total=total, total_days=days)


def _ends(answer: Answer) -> tuple[int, int]:
    """The instants between which the explanation runs."""
    start = to_micros(answer.start)
    if answer.due is None:
        return start, max(start, answer.open_since())
    due = to_micros(answer.due)
    return (due, start) if answer.backward else (start, due)


def free_label(info: DayInfo) -> tuple[Piece, Words]:
    """What a day without work is called."""
    if info.kind is DayKind.HOLIDAY:
        return Piece.HOLIDAY, info.name if any(info.name) else _FREE
    weekend = info.day.weekday() >= 5
    return Piece.WEEKEND, _WEEKEND if weekend else _FREE


def _period_piece(answer: Answer) -> Slice:
    begin, end = answer.start, answer.due
    return Slice(begin.date(), begin, end, Piece.PERIOD, _PERIOD, provisional=answer.provisional)


def _hour_pieces(answer: Answer) -> Iterator[Slice]:
    zone, calendar = answer.calendar.tz, answer.calendar
    begin, end = _ends(answer)
    clock = answer.within.unit in CLOCK
    first = from_micros(begin, zone).toordinal()
    last = from_micros(end, zone).toordinal()
    for ordinal in range(first, last + 1):
        info = calendar.info(date.fromordinal(ordinal))
        low = max(begin, wall_instant(ordinal, 0, zone))
        high = min(end, wall_instant(ordinal + 1, 0, zone))
        if low >= high:
            continue
        if clock:
            parts = [(low, high, Piece.COUNTED, _COUNTED)]
        else:
            parts = list(_day_parts(info, low, high, answer))
        for a, b, kind, label in parts:
            yield from _cut(answer, info, a, b, kind, label)
    yield from _still_paused(answer, end)


Part = tuple[int, int, Piece, Words]


def _day_parts(info: DayInfo, low: int, high: int, answer: Answer) -> Iterator[Part]:
    """One day as working and free parts between two instants."""
    zone, ordinal = answer.calendar.tz, info.day.toordinal()
    edges = [
        (wall_instant(ordinal, s.start, zone), wall_instant(ordinal, s.end, zone), s)
        for s in info.slots
    ]
    at, seen = low, 0
    for opens, closes, slot in edges:
        start, end = max(opens, low), min(closes, high)
        if start >= end:
            seen += 1
            continue
        if at < start:
            yield at, start, *_gap(info, seen, slot.start)
        makeup = info.kind is DayKind.MAKEUP
        yield start, end, Piece.COUNTED, _MAKEUP_HOURS if makeup else _COUNTED
        at, seen = end, seen + 1
    if at < high:
        opening = info.slots[seen].start if seen < len(info.slots) else None
        yield at, high, *_gap(info, seen, opening)


def _gap(info: DayInfo, seen: int, opening: int | None) -> tuple[Piece, Words]:
    """What the free time after ``seen`` slots is, up to the minute ``opening`` of the day."""
    if not info.working and not info.slots:
        return free_label(info)
    if seen == 0 or opening is None:
        return Piece.OFF, _CLOSED
    noon = info.slots[seen - 1].end >= 660 and opening <= 900
    return Piece.BREAK, _LUNCH if noon else _GAP


def _cut(
    answer: Answer, info: DayInfo, a: int, b: int, kind: Piece, label: Words
) -> Iterator[Slice]:
    """Cut the pauses out of a counted piece; a free piece stays whole."""
    zone = answer.calendar.tz

    def piece(low: int, high: int, kind: Piece, label: Words) -> Slice:
        counted = timedelta(microseconds=high - low) if kind is Piece.COUNTED else timedelta()
        unsure = info.provisional and answer.within.unit in WORK
        sourced = answer.within.unit in WORK and kind in (Piece.HOLIDAY, Piece.COUNTED)
        source = info.source if sourced else NO_WORDS
        start, end = from_micros(low, zone), from_micros(high, zone)
        return Slice(info.day, start, end, kind, label, source, unsure, counted)

    if kind is not Piece.COUNTED:
        yield piece(a, b, kind, label)
        return
    at = a
    for span in answer.spans:
        low, high = max(at, span.start), min(b, span.end)
        if low >= high:
            continue
        if at < low:
            yield piece(at, low, kind, label)
        yield piece(low, high, Piece.PAUSE, span.reason)
        at = high
    if at < b:
        yield piece(at, b, kind, label)


def _still_paused(answer: Answer, end: int) -> Iterator[Slice]:
    if answer.due is None:
        span = next(span for span in answer.spans if span.end == NEVER)
        since = from_micros(end, answer.calendar.tz)
        yield Slice(since.date(), since, None, Piece.PAUSE, span.reason)


def _day_pieces(answer: Answer) -> Iterator[Slice]:
    """Limits in days: one piece a day."""
    zone = answer.calendar.tz
    anchor = answer.start.toordinal()
    if answer.due_day is not None:
        other = answer.due_day.toordinal()
    else:
        other = max(anchor, from_micros(answer.open_since(), zone).toordinal())
    counted_to = _last_counted(answer, other)
    for ordinal in range(min(anchor, other), max(anchor, other) + 1):
        info = answer.calendar.info(date.fromordinal(ordinal))
        kind, label, days = _day_kind(answer, info, anchor=ordinal == anchor)
        if counted_to is not None and ordinal > counted_to and kind is Piece.COUNTED:
            kind, days = Piece.ROLL, 0
            label = Words("顺延", "moved on") if info.working else free_label(info)[1]
        low, high = (wall_instant(o, 0, zone) for o in (ordinal, ordinal + 1))
        start, end = from_micros(low, zone), from_micros(high, zone)
        if ordinal == anchor:
            start, end = (start, answer.start) if answer.backward else (answer.start, end)
        elif ordinal == other and answer.due is not None and not answer.backward:
            end = answer.due
        unsure = info.provisional and kind is not Piece.ANCHOR and _rests_on_calendar(answer)
        rests = _rests_on_calendar(answer) and label is not _DAY_COUNTED
        source = info.source if rests else NO_WORDS
        yield Slice(info.day, start, end, kind, label, source, unsure, days=days)
    yield from _still_paused(answer, answer.open_since() if answer.due is None else 0)


def _rests_on_calendar(answer: Answer) -> bool:
    return answer.within.unit is Unit.WORK_DAY or answer.within.roll


def _last_counted(answer: Answer, other: int) -> int | None:
    """The last counted day of a limit that rolled on, when it did."""
    if not answer.within.roll or answer.backward or answer.spans or answer.due is None:
        return None
    return min(shifted(answer.start.date(), answer.within, 1).toordinal(), other)


def _day_kind(answer: Answer, info: DayInfo, *, anchor: bool) -> tuple[Piece, Words, int]:
    if anchor:
        return Piece.ANCHOR, _ANCHOR, 0
    if answer.within.unit is Unit.WORK_DAY and not info.working:
        return *free_label(info), 0
    pause = _pause_at_close(answer, info)
    if pause is not None:
        return Piece.PAUSE, pause.reason, 0
    if answer.within.unit is Unit.WORK_DAY and info.kind is DayKind.MAKEUP:
        return Piece.COUNTED, _MAKEUP, 1
    return Piece.COUNTED, _DAY_COUNTED, 1


def _pause_at_close(answer: Answer, info: DayInfo) -> Span | None:
    minutes = 1440
    if answer.within.at is not None:
        minutes = answer.within.at
    elif answer.within.unit is Unit.WORK_DAY:
        minutes = max(slot.end for slot in info.slots if not slot.spill)
    close = wall_instant(info.day.toordinal(), minutes, answer.calendar.tz)
    return next((span for span in answer.spans if span.start < close <= span.end), None)
