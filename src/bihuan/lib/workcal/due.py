"""When something is due: forwards, backwards, with pauses.

Rules (Civil Code 200-204; the day of the event is not counted):
- hours run from the moment; working hours end at the first instant by which they have passed;
- ``wd`` ends at the close of business of the n-th working day after the day it starts on;
- ``d w mo y`` end at 24:00 of the last day, which is 00:00 of the next;
- ``end of`` ends at the close of business of the period's last working day; once that has
  passed, or when the period has none, at 24:00 of its last day;
- with a time of day (``1wd 12:00``) the same day ends the limit, at this time of it;
- a pause moves hours by its working time (clock hours by its clock time). A day does not count
  when the limit stands still at the close of that day, or at the limit's time of day. Ends of
  periods do not move;
- while a pause is open, and would move the limit, nothing is due: ``due`` is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bihuan.lib.workcal.answer import Answer
from bihuan.lib.workcal.calendar import Calendar, DayInfo
from bihuan.lib.workcal.duration import CLOCK, PERIODIC, WORK, Duration, Period, Unit
from bihuan.lib.workcal.errors import BadDuration
from bihuan.lib.workcal.index import Index, index_of
from bihuan.lib.workcal.moments import MINUTE, from_micros, to_micros, wall_instant
from bihuan.lib.workcal.pauses import NEVER, PauseLike, Span, read_pauses
from bihuan.lib.workcal.periods import shifted, window_days


class Window(NamedTuple):
    """The time in which something may be done: from ``start`` up to ``end``."""

    start: datetime
    end: datetime


@lru_cache(maxsize=64)
def always_index(zone: str, closing: int | None = None) -> Index:
    """The calendar days of a zone, each closing at 24:00 or at this minute of the day."""
    return index_of(Calendar.always(zone), closing)


def due(
    calendar: Calendar,
    start: datetime,
    within: Duration | str,
    pauses: Iterable[PauseLike] = (),
) -> Answer:
    """When ``within`` ends, begun at ``start``. A limit that counts back goes to ``before``.

    Raises ``BadMoment``, ``BadDuration``, ``BadPause`` or ``NoWorkingTime``.
    """
    limit = within if isinstance(within, Duration) else Duration.parse(within)
    if limit.before:
        return before(calendar, start, limit)
    begin = to_micros(start)
    spans = read_pauses(pauses)
    local = start.astimezone(calendar.tz)
    end = _due(index_of(calendar), begin, local.date(), limit, spans)
    moment = None if end is None else from_micros(end, calendar.tz)
    return Answer(calendar, local, limit, moment, spans)


def before(calendar: Calendar, target: datetime, lead: Duration | str) -> Answer:
    """When to be ready ``lead`` ahead of ``target``; the mirror of ``due``.

    Working days end at the close of business of the n-th working day before the target's day.
    Raises ``BadDuration`` for an end of a period, which cannot be counted back.
    """
    limit = lead if isinstance(lead, Duration) else Duration.parse(lead)
    micros = to_micros(target)
    local = target.astimezone(calendar.tz)
    end = _before(index_of(calendar), micros, local.date(), limit)
    return Answer(calendar, local, limit, from_micros(end, calendar.tz), backward=True)


def elapsed(
    calendar: Calendar, a: datetime, b: datetime, pauses: Iterable[PauseLike] = ()
) -> timedelta:
    """Working time from a to b without the pauses; zero when b is not after a."""
    index, begin, end = index_of(calendar), to_micros(a), to_micros(b)
    total = index.work(begin, end)
    for span in read_pauses(pauses):
        total -= index.work(max(begin, span.start), min(end, span.end))
    return timedelta(microseconds=total)


def is_working(calendar: Calendar, moment: datetime) -> bool:
    """Whether this moment is working time; the end of a slot no longer is."""
    micros = to_micros(moment)
    return index_of(calendar).work(micros, micros + 1) > 0


def next_working_moment(calendar: Calendar, moment: datetime) -> datetime:
    """The moment itself when it is working time, else the next one that is."""
    return from_micros(index_of(calendar).next_moment(to_micros(moment)), calendar.tz)


def working_days(calendar: Calendar, a: date, b: date) -> int:
    """The number of working days from a to b, both included."""
    index = index_of(calendar)
    first = wall_instant(a.toordinal(), 0, index.zone)
    return index.closes_between(first, wall_instant(b.toordinal() + 1, 0, index.zone))


def days(calendar: Calendar, first: date, last: date) -> list[DayInfo]:
    """Every day from first to last as people see it, for calendar pages."""
    span = range(first.toordinal(), last.toordinal() + 1)
    return [calendar.info(date.fromordinal(ordinal)) for ordinal in span]


def window(calendar: Calendar, within: Duration | str, anchor: datetime) -> Window:
    """The time that a limit leaves: a periodic one from the first moment of its window,
    another from the anchor; one that counts back runs up to the anchor.
    """
    limit = within if isinstance(within, Duration) else Duration.parse(within)
    if limit.unit in PERIODIC:
        index, day = index_of(calendar), anchor.astimezone(calendar.tz).date()
        to_micros(anchor)
        opened = wall_instant(window_days(day, limit)[0].toordinal(), 0, index.zone)
        end = _period_end(index, opened, day, limit)
        return Window(from_micros(opened, calendar.tz), from_micros(end, calendar.tz))
    answer = due(calendar, anchor, limit)
    assert answer.due is not None
    if answer.backward:
        return Window(answer.due, answer.start)
    return Window(answer.start, answer.due)


def milestone(answer: Answer, percent: int) -> datetime | None:
    """When ``percent`` (1..100) of a forward limit is used up, pauses left out.

    Limits in hours are measured in their own hours, all others in the working time that lies
    between start and due. None while a pause is open.
    """
    if percent >= 100:
        return answer.due
    index = _own_index(answer)
    share = _counted(answer, index) * max(percent, 1) // 100
    if not share:  # held by an open pause, counted back, or without working time between
        return answer.due
    at = _run(to_micros(answer.start), share, answer.spans, index.work, index.add)
    return None if at is None else from_micros(at, answer.calendar.tz)


def counted(answer: Answer) -> timedelta:
    """The time between start and due of a forward limit, pauses left out: clock time for limits
    in hours, working time for all others. Zero while a pause is open.
    """
    return timedelta(microseconds=_counted(answer, _own_index(answer)))


def _own_index(answer: Answer) -> Index:
    clock = answer.within.unit in CLOCK
    return always_index(answer.calendar.zone) if clock else index_of(answer.calendar)


def _counted(answer: Answer, index: Index) -> int:
    if answer.due is None:
        return 0
    begin, end = to_micros(answer.start), to_micros(answer.due)
    held = (index.work(max(begin, span.start), min(end, span.end)) for span in answer.spans)
    return index.work(begin, end) - sum(held)


def _due(
    index: Index, begin: int, day: date, limit: Duration, spans: tuple[Span, ...]
) -> int | None:
    unit = limit.unit
    if unit in CLOCK:
        return _run(begin, limit.minutes * MINUTE, spans, _clock_work, _clock_add)
    if unit in WORK:
        return _run(begin, limit.minutes * MINUTE, spans, index.work, index.add)
    if unit in PERIODIC:
        return _period_end(index, begin, day, limit)
    tomorrow = wall_instant(day.toordinal() + 1, 0, index.zone)
    if unit is Unit.WORK_DAY:
        closing = index_of(index.calendar, limit.at)
        return _run(tomorrow, limit.amount, spans, closing.closes_between, closing.close_after)
    last = shifted(day, limit, 1)
    if spans:
        every = always_index(index.calendar.zone, limit.at)
        count = last.toordinal() - day.toordinal()
        end = _run(tomorrow, count, spans, every.closes_between, every.close_after)
        if end is None:
            return None
        last = _day_closing(end, index.zone)
    if limit.roll:
        close = index.close_after(wall_instant(last.toordinal(), 0, index.zone), 1)
        last = _day_closing(close, index.zone)
    return _end_of(last, limit, index.zone)


def _end_of(day: date, limit: Duration, zone: ZoneInfo) -> int:
    """When a limit in calendar days ends on its last day."""
    if limit.at is not None:
        return wall_instant(day.toordinal(), limit.at, zone)
    return wall_instant(day.toordinal() + 1, 0, zone)


def _before(index: Index, target: int, day: date, limit: Duration) -> int:
    if limit.unit in CLOCK:
        return target - limit.minutes * MINUTE
    if limit.unit in WORK:
        return index.subtract(target, limit.minutes * MINUTE)
    if limit.unit is Unit.WORK_DAY:
        closing = index_of(index.calendar, limit.at)
        return closing.close_before(wall_instant(day.toordinal(), 0, index.zone), limit.amount)
    if limit.unit in PERIODIC:
        raise BadDuration(
            f"“{limit}”不能往前数；请写成 3wd before 这样的提前量",
            f'"{limit}" cannot be counted back; write a lead such as 3wd before',
        )
    last = shifted(day, limit, -1)
    if limit.roll:
        close = index.close_before(wall_instant(last.toordinal() + 1, 0, index.zone), 1)
        last = _day_closing(close, index.zone)
    return _end_of(last, limit, index.zone)


def _day_closing(close: int, zone: ZoneInfo) -> date:
    """The day that closes at this instant: at 24:00 the one that ends."""
    return from_micros(close - 1, zone).date()


def _clock_work(a: int, b: int) -> int:
    return max(b - a, 0)


def _clock_add(a: int, budget: int) -> int:
    return a + budget


def _run(
    begin: int,
    budget: int,
    spans: tuple[Span, ...],
    passed: Callable[[int, int], int],
    reach: Callable[[int, int], int],
) -> int | None:
    """Use up the budget (of time, or of days) outside the pauses; None in an open pause."""
    at = begin
    for span in spans:
        if span.end <= at:
            continue
        ahead = passed(at, span.start)
        if ahead >= budget:
            break
        budget -= ahead
        if span.end == NEVER:
            return None
        at = span.end
    return reach(at, budget)


def _period_end(index: Index, begin: int, day: date, limit: Duration) -> int:
    first, last = window_days(day, limit)
    end = wall_instant(last.toordinal() + 1, 0, index.zone)
    if end <= begin:
        raise BadDuration(
            f"{day} 已过“{limit}”的窗口，窗口到 {last} 为止",
            f'on {day} the window of "{limit}" is over, it ended on {last}',
        )
    opened = wall_instant(first.toordinal(), 0, index.zone)
    if limit.at is not None:
        # a time of one day is that of any day; of a longer period that of its last working day
        one = limit.period is Period.DAY
        calendar = Calendar.always(index.calendar.zone) if one else index.calendar
        index = index_of(calendar, limit.at)
    if limit.midnight or not index.closes_between(opened, end):
        return end
    close = index.close_before(end, 1)
    return close if close >= begin else end
