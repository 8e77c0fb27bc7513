"""Clock changes: working hours are read from the wall clock, lengths are real time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bihuan.lib.workcal import Calendar, china, due, elapsed, is_working

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def berlin(hours: str) -> Calendar:
    return Calendar.from_data(
        {"name": "berlin", "zone": "Europe/Berlin", "weekly": {"mon-sun": hours}}
    )


def worked(calendar: Calendar, day: date) -> timedelta:
    start = datetime(day.year, day.month, day.day, tzinfo=calendar.tz)
    return elapsed(calendar, start, start + timedelta(days=1))


@pytest.mark.parametrize(
    ("hours", "day", "minutes"),
    [
        ("00:00-24:00", SPRING, 23 * 60),
        ("00:00-24:00", AUTUMN, 25 * 60),
        ("01:00-02:30", SPRING, 60),  # half past two does not come: the slot ends at the change
        ("02:15-04:00", SPRING, 60),
        ("02:10-02:50", SPRING, 0),
        ("01:00-02:30", AUTUMN, 90),  # the first half past two
        ("02:30-04:00", AUTUMN, 150),
        ("08:00-16:00", SPRING, 480),
    ],
)
def test_length_of_a_day_of_change(hours: str, day: date, minutes: int) -> None:
    assert worked(berlin(hours), day) == timedelta(minutes=minutes)


def test_neighbouring_slots_meet_on_a_day_of_change() -> None:
    calendar = berlin("00:00-02:30,02:30-24:00")

    assert worked(calendar, SPRING) == timedelta(hours=23)
    assert worked(calendar, AUTUMN) == timedelta(hours=25)


def test_a_slot_that_a_change_swallows_makes_no_working_day() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=berlin("").tz)

    assert due(berlin("02:10-02:50"), start, "1wd").due_text == "2026-03-30 02:50"


def test_clock_hours_are_real_hours() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=berlin("").tz)

    assert due(berlin("24h"), start, "24h").due_text == "2026-03-29 13:00"


def test_the_answer_is_in_the_zone_of_the_calendar_whatever_the_start_is_in() -> None:
    start = datetime(2026, 9, 30, 2, tzinfo=UTC)  # ten in Shanghai
    answer = due(china(), start, "3wd")

    assert answer.due_text == "2026-10-10 17:30"
    assert answer.start.isoformat() == "2026-09-30T10:00:00+08:00"


def test_the_anchor_day_is_the_day_of_the_calendars_zone() -> None:
    late = datetime(2026, 10, 8, 17, tzinfo=UTC)  # already the 9th in Shanghai

    assert due(china(), late, "1wd").due_text == "2026-10-10 17:30"
    assert not is_working(china(), late)
