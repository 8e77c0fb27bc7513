"""Deadlines that people worked out by hand."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bihuan.lib.workcal import (
    BadDuration,
    BadMoment,
    Calendar,
    Change,
    DayException,
    DayKind,
    NoWorkingTime,
    before,
    china,
    days,
    due,
    elapsed,
    is_working,
    milestone,
    next_working_moment,
    window,
    working_days,
)

CN = china()


def at(text: str, calendar: Calendar = CN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.tz)


@pytest.mark.parametrize(
    ("start", "within", "expected"),
    [
        ("2026-09-30T10:00", "3wd", "2026-10-10 17:30"),
        ("2026-09-30T10:00", "7wd", "2026-10-15 17:30"),
        ("2026-02-13T10:00", "7wd", "2026-03-02 17:30"),
        ("2026-09-24T10:00", "3wd", "2026-09-30 17:30"),
        ("2026-10-03T10:00", "1wd", "2026-10-08 17:30"),  # begun on a holiday
        ("2026-09-30T23:00", "1wd", "2026-10-08 17:30"),  # received at night
        ("2026-10-12T10:00", "3wd before", "2026-10-08 17:30"),
        ("2026-10-11T10:00", "1wd before", "2026-10-10 17:30"),
        ("2026-10-03T02:10", "4h before", "2026-10-02 22:10"),
        ("2026-10-03T02:10", "20min before", "2026-10-03 01:50"),
        ("2026-10-03T23:10", "4h", "2026-10-04 03:10"),
        ("2026-10-03T23:10", "24h", "2026-10-04 23:10"),
        ("2026-09-30T15:40", "8wh", "2026-10-08 16:10"),
        ("2026-09-30T16:30", "1wh", "2026-09-30 17:30"),  # just full: today, not tomorrow
        ("2026-10-03T12:00", "30wmin", "2026-10-08 09:00"),
        ("2026-10-09T09:00", "8wh before", "2026-10-08 08:30"),
        ("2026-09-30T10:00", "1wd 12:00", "2026-10-08 12:00"),  # by noon of the next working day
        ("2026-09-30T10:00", "1d 09:00", "2026-10-01 09:00"),  # by nine the next day, a holiday
        ("2026-09-30T10:00", "1d roll 09:00", "2026-10-08 09:00"),
        ("2026-10-12T10:00", "3wd 16:00 before", "2026-10-08 16:00"),
        ("2026-10-10T10:00", "end of day 20:00", "2026-10-10 20:00"),
        ("2026-10-11T10:00", "end of day 20:00", "2026-10-11 20:00"),  # a Sunday has its evening
        ("2026-10-10T21:00", "end of day 20:00", "2026-10-10 24:00"),  # that time is over
        ("2026-10-12T10:00", "end of month 10:00", "2026-10-30 10:00"),
        ("2026-11-20T15:00", "7d", "2026-11-27 24:00"),
        ("2026-09-30T10:00", "1d roll", "2026-10-08 24:00"),
        ("2026-10-06T10:00", "1d roll before", "2026-09-30 24:00"),
        ("2026-09-30T10:00", "2w", "2026-10-14 24:00"),
        ("2026-01-31T10:00", "1mo", "2026-02-28 24:00"),
        ("2024-02-29T10:00", "1y", "2025-02-28 24:00"),
        ("2026-12-31T10:00", "60d before", "2026-11-01 24:00"),
        ("2026-10-05T10:00", "end of day", "2026-10-05 24:00"),  # no work today
        ("2026-10-08T10:00", "end of day", "2026-10-08 17:30"),
        ("2026-10-08T17:30", "end of day", "2026-10-08 17:30"),  # the close has not passed
        ("2026-10-08T20:00", "end of day", "2026-10-08 24:00"),
        ("2026-10-08T10:00", "end of week", "2026-10-10 17:30"),  # make-up Saturday
        ("2026-10-08T10:00", "end of month", "2026-10-30 17:30"),
        ("2026-10-08T10:00", "end of month 24:00", "2026-10-31 24:00"),
        ("2026-10-31T10:00", "end of month", "2026-10-31 24:00"),
        ("2026-08-01T10:00", "end of quarter", "2026-09-30 17:30"),
        ("2026-08-01T10:00", "end of half", "2026-12-31 17:30"),
        ("2026-08-01T10:00", "end of year", "2026-12-31 17:30"),
        ("2026-10-05T10:00", "last week of month", "2026-10-30 17:30"),
        ("2026-10-02T10:00", "first week of month", "2026-10-07 24:00"),  # all holiday
    ],
)
def test_due(start: str, within: str, expected: str) -> None:
    assert due(CN, at(start), within).due_text == expected


def test_a_round_the_clock_calendar_works_every_day_to_midnight() -> None:
    always = Calendar.always()

    assert due(always, at("2026-10-03T10:00"), "3wd").due_text == "2026-10-06 24:00"
    assert due(always, at("2026-10-03T23:10"), "8wh").due_text == "2026-10-04 07:10"
    assert due(always, at("2026-10-03T23:10"), "end of month").due_text == "2026-10-31 24:00"


def test_an_end_that_rolls_stays_on_a_day_that_works_to_midnight() -> None:
    always = Calendar.always()

    assert due(always, at("2026-10-03T10:00"), "1d roll").due_text == "2026-10-04 24:00"
    assert due(always, at("2026-10-03T10:00"), "1d roll before").due_text == "2026-10-02 24:00"


def test_the_first_minute_of_a_day_belongs_to_it() -> None:
    early = Calendar.from_data({"name": "early", "weekly": {"mon-sun": "00:00-00:01"}})
    noon = at("2026-11-03T12:00")

    assert due(early, noon, "1wd").due_text == "2026-11-04 00:01"
    assert due(early, noon, "1wd before").due_text == "2026-11-02 00:01"
    assert due(early, noon, "1d roll").due_text == "2026-11-04 24:00"
    assert due(early, at("2026-11-03T00:00"), "end of day").due_text == "2026-11-03 00:01"
    assert working_days(early, date(2026, 11, 2), date(2026, 11, 4)) == 3


def test_before_takes_a_lead_without_the_word_before() -> None:
    assert before(CN, at("2026-10-12T10:00"), "3wd").due_text == "2026-10-08 17:30"


def test_the_end_of_a_period_cannot_be_counted_back() -> None:
    with pytest.raises(BadDuration, match="cannot be counted back"):
        before(CN, at("2026-10-12T10:00"), "end of month")


@pytest.mark.parametrize("start", ["2026-10-12T10:00", "2026-10-08T00:00"])
def test_a_first_week_that_is_over_is_refused(start: str) -> None:
    with pytest.raises(BadDuration, match="is over"):
        due(CN, at(start), "first week of month")


def test_a_last_week_without_work_ends_at_24_and_not_before_it_has_begun() -> None:
    idle = CN.with_exceptions(
        [DayException(date(2026, 11, day), Change.OFF) for day in range(24, 31)]
    )

    assert due(idle, at("2026-11-05T10:00"), "last week of month").due_text == "2026-11-30 24:00"


def test_the_last_week_is_a_window() -> None:
    found = window(CN, "last week of month", at("2026-10-05T10:00"))

    assert found.start == at("2026-10-25T00:00")
    assert found.end == at("2026-10-30T17:30")


def test_other_limits_leave_the_time_between_start_and_due() -> None:
    start = at("2026-10-12T10:00")

    assert window(CN, "1wd", start) == (start, at("2026-10-13T17:30"))
    assert window(CN, "3wd before", start) == (at("2026-10-08T17:30"), start)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(BadMoment, match="no time zone"):
        due(CN, datetime(2026, 9, 30, 10), "3wd")  # noqa: DTZ001
    with pytest.raises(BadMoment, match="no time zone"):
        window(CN, "last week of month", datetime(2026, 9, 30, 10))  # noqa: DTZ001


@pytest.mark.parametrize("within", ["1wh", "1wd", "1wh before", "1wd before", "1d roll"])
def test_a_calendar_without_work_is_refused_and_not_walked_for_ever(within: str) -> None:
    idle = Calendar.from_data({"name": "idle", "weekly": {"mon": ""}})

    with pytest.raises(NoWorkingTime):
        due(idle, at("2026-09-30T10:00"), within)


def test_working_time_and_working_moments() -> None:
    assert elapsed(CN, at("2026-09-30T16:00"), at("2026-10-08T10:00")).total_seconds() == 3 * 3600
    assert elapsed(CN, at("2026-10-08T10:00"), at("2026-09-30T16:00")).total_seconds() == 0
    assert is_working(CN, at("2026-10-10T08:30"))
    assert not is_working(CN, at("2026-10-10T08:29:59.999999"))
    assert not is_working(CN, at("2026-10-10T12:00"))
    assert not is_working(CN, at("2026-10-11T09:00"))
    assert next_working_moment(CN, at("2026-09-30T17:30")) == at("2026-10-08T08:30")
    assert next_working_moment(CN, at("2026-10-08T09:00")) == at("2026-10-08T09:00")


@pytest.mark.parametrize(("year", "number"), [(2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, number: int) -> None:
    assert working_days(CN, date(year, 1, 1), date(year, 12, 31)) == number


def test_working_days_of_some_days() -> None:
    assert working_days(CN, date(2026, 11, 6), date(2026, 11, 6)) == 1
    assert working_days(CN, date(2026, 11, 7), date(2026, 11, 8)) == 0
    assert working_days(CN, date(2026, 11, 5), date(2026, 11, 8)) == 2


def test_the_days_of_a_calendar_page_are_those_from_the_first_to_the_last() -> None:
    found = days(CN, date(2026, 10, 7), date(2026, 10, 10))

    assert [(info.day.day, info.kind) for info in found] == [
        (7, DayKind.HOLIDAY),
        (8, DayKind.WORKDAY),
        (9, DayKind.WORKDAY),
        (10, DayKind.MAKEUP),
    ]


def test_milestones_divide_the_working_time() -> None:
    answer = due(CN, at("2026-09-30T15:30"), "8wh")

    assert milestone(answer, 1) == at("2026-09-30T15:34:48")
    assert milestone(answer, 50) == at("2026-10-08T10:30")
    assert milestone(answer, 100) == answer.due


def test_the_last_milestone_of_days_is_their_end_and_not_the_close_before() -> None:
    answer = due(CN, at("2026-09-24T10:00"), "7d")

    assert milestone(answer, 100) == answer.due == at("2026-10-02T00:00")


def test_a_limit_that_is_held_or_counts_back_has_no_milestones_of_its_own() -> None:
    held = due(CN, at("2026-10-08T09:00"), "8wh", [(at("2026-10-08T10:00"), None)])
    back = due(CN, at("2026-10-12T10:00"), "3wd before")

    assert milestone(held, 50) is None
    assert milestone(back, 50) == back.due == at("2026-10-08T17:30")
