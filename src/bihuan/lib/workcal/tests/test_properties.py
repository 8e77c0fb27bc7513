"""Laws that every calendar keeps, tried on generated calendars and moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.lib.workcal import (
    Calendar,
    Change,
    DayException,
    Duration,
    Unit,
    before,
    due,
    elapsed,
    is_working,
    next_working_moment,
)
from bihuan.lib.workcal.tests.cases import calendars

POOL = 18
numbers = st.integers(0, POOL - 1)
moments = st.datetimes(datetime(2024, 3, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)
minutes = st.integers(1, 4000)
WITHIN = st.sampled_from(
    ["1min", "90wmin", "8wh", "40h", "1wd", "9wd", "7d", "3d roll", "1mo", "1mo roll",
     "end of day", "end of week", "end of month", "end of quarter 24:00", "last week of month"]
)  # fmt: skip


@cache
def pool() -> list[Calendar]:
    return [Calendar.from_data(one) for one in calendars(99, POOL)]


def hours(number: int) -> Duration:
    return Duration(number, Unit.WORK_MINUTE)


def moment_due(calendar: Calendar, start: datetime, within: Duration | str, *pauses) -> datetime:
    found = due(calendar, start, within, pauses).due
    assert found is not None
    return found


@given(numbers, moments, moments, WITHIN)
def test_who_begins_later_is_not_due_earlier(number, one, two, within):
    early, late = sorted([one, two])

    assert moment_due(pool()[number], early, within) <= moment_due(pool()[number], late, within)


@given(numbers, moments, WITHIN)
def test_nothing_is_due_before_it_begins(number, start, within):
    assert moment_due(pool()[number], start, within) >= start


@given(numbers, moments, minutes)
def test_the_working_time_until_due_is_the_limit(number, start, length):
    calendar = pool()[number]
    end = moment_due(calendar, start, hours(length))

    assert elapsed(calendar, start, end) == timedelta(minutes=length)
    assert is_working(calendar, end - timedelta(microseconds=1))


@given(numbers, moments, minutes, minutes)
def test_limits_in_hours_add_up(number, start, one, two):
    calendar = pool()[number]
    halfway = moment_due(calendar, start, hours(one))

    assert moment_due(calendar, halfway, hours(two)) == moment_due(
        calendar, start, hours(one + two)
    )


@given(numbers, moments, st.integers(1, 9), st.integers(1, 9))
def test_working_days_add_up(number, start, one, two):
    calendar = pool()[number]
    halfway = due(calendar, start, Duration(one, Unit.WORK_DAY))
    assert halfway.due_day is not None
    noon = datetime.combine(halfway.due_day, datetime.min.time(), calendar.tz)

    assert moment_due(calendar, noon, Duration(two, Unit.WORK_DAY)) == moment_due(
        calendar, start, Duration(one + two, Unit.WORK_DAY)
    )


@given(numbers, moments, moments, moments)
def test_working_time_adds_up(number, one, two, three):
    a, b, c = sorted([one, two, three])
    calendar = pool()[number]

    assert elapsed(calendar, a, b) + elapsed(calendar, b, c) == elapsed(calendar, a, c)


@given(numbers, moments, minutes)
def test_counting_back_is_the_inverse_in_hours(number, target, length):
    calendar = pool()[number]
    ready = before(calendar, target, hours(length)).due
    assert ready is not None

    assert elapsed(calendar, ready, target) == timedelta(minutes=length)
    again = moment_due(calendar, ready, hours(length))
    assert again <= target
    assert elapsed(calendar, again, target) == timedelta()


@given(numbers, moments, st.integers(1, 12))
def test_counting_back_is_the_inverse_in_working_days(number, target, count):
    calendar = pool()[number]
    noon = moment_due(calendar, target, "1wd") - timedelta(microseconds=1)  # on a working day
    ready = before(calendar, noon, Duration(count, Unit.WORK_DAY))
    assert ready.due_day is not None
    anchor = datetime.combine(ready.due_day, datetime.min.time(), calendar.tz)
    day = due(calendar, anchor, Duration(count, Unit.WORK_DAY)).due_day

    assert day == noon.astimezone(calendar.tz).date()


@given(numbers, moments, minutes, moments, st.timedeltas(timedelta(), timedelta(days=9)))
def test_a_pause_moves_hours_by_its_working_time(number, start, length, begin, lasts):
    calendar, pause = pool()[number], (begin, begin + lasts)
    end = moment_due(calendar, start, hours(length), pause)

    assert elapsed(calendar, start, end, [pause]) == timedelta(minutes=length)
    assert end >= moment_due(calendar, start, hours(length))
    held = elapsed(calendar, max(start, begin), min(end, begin + lasts))
    assert elapsed(calendar, start, end) == timedelta(minutes=length) + held


@given(numbers, moments, WITHIN, moments, st.timedeltas(timedelta(), timedelta(days=9)))
def test_a_pause_never_brings_anything_forward(number, start, within, begin, lasts):
    calendar, pause = pool()[number], (begin, begin + lasts)

    assert moment_due(calendar, start, within, pause) >= moment_due(calendar, start, within)


@given(numbers, moments, WITHIN)
def test_a_child_that_changes_nothing_answers_like_its_parent(number, start, within):
    calendar = pool()[number]
    child = Calendar("child", parent=calendar)

    assert moment_due(child, start, within) == moment_due(calendar, start, within)


@settings(max_examples=40)
@given(numbers, moments, minutes, st.dates(date(2024, 6, 1), date(2027, 1, 1)))
def test_a_day_off_never_brings_hours_forward(number, start, length, day):
    calendar = pool()[number]
    child = Calendar(
        "child", parent=calendar, exceptions={day: DayException(day, Change.OFF)}, version="x"
    )

    assert moment_due(child, start, hours(length)) >= moment_due(calendar, start, hours(length))
    assert not child.slots_on(day)


@given(numbers, moments, WITHIN, st.sampled_from(["UTC", "Asia/Tokyo", "America/St_Johns"]))
def test_the_zone_in_which_the_start_is_written_does_not_matter(number, start, within, zone):
    from zoneinfo import ZoneInfo

    calendar = pool()[number]
    moved = start.astimezone(ZoneInfo(zone))

    assert moment_due(calendar, moved, within) == moment_due(calendar, start, within)


@given(numbers, moments)
def test_the_next_working_moment_is_working_and_nothing_lies_before_it(number, moment):
    calendar = pool()[number]
    following = next_working_moment(calendar, moment)

    assert is_working(calendar, following)
    assert elapsed(calendar, moment, following) == timedelta()
    assert (following == moment) == is_working(calendar, moment)
