"""Weekly hours, dated exceptions, inheritance, and the stored form."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest

from bihuan.lib.workcal import (
    BadCalendar,
    BadSlot,
    Calendar,
    Change,
    DayException,
    DayKind,
    Slot,
    WorkcalError,
    china,
    due,
)

CN = china()


def texts(calendar: Calendar, day: date) -> list[str]:
    return [slot.text for slot in calendar.slots_on(day)]


def test_a_child_keeps_its_parents_holidays_and_its_own_hours() -> None:
    team = Calendar.from_data(
        {"name": "team", "parent": "cn", "weekly": {"mon-sat": "09:00-18:00"}}, {"cn": CN}
    )

    assert texts(team, date(2026, 10, 1)) == []
    assert texts(team, date(2026, 10, 10)) == ["09:00-18:00"]  # make-up at its own hours
    assert texts(team, date(2026, 10, 17)) == ["09:00-18:00"]
    assert team.zone == "Asia/Shanghai"


def test_a_make_up_sunday_takes_the_usual_hours() -> None:
    assert texts(CN, date(2026, 9, 20)) == ["08:30-12:00", "13:30-17:30"]
    assert CN.info(date(2026, 9, 20)).kind is DayKind.MAKEUP


def test_the_nearest_exception_of_a_date_wins() -> None:
    region = CN.with_exceptions([DayException(date(2026, 8, 3), Change.OFF)])
    customer = Calendar.from_data(
        {
            "name": "customer",
            "exceptions": [{"day": "2026-08-03", "change": "work", "slots": ["10:00-11:00"]}],
            "parent": region.to_data(),
        }
    )

    assert texts(region, date(2026, 8, 3)) == []
    assert texts(customer, date(2026, 8, 3)) == ["10:00-11:00"]
    assert texts(customer, date(2026, 10, 1)) == []


def test_added_and_removed_time() -> None:
    calendar = CN.with_exceptions(
        [
            DayException(date(2026, 8, 3), Change.ADD, (Slot(1020, 1200),)),
            DayException(date(2026, 8, 4), Change.REMOVE, (Slot(600, 900),)),
        ]
    )

    assert texts(calendar, date(2026, 8, 3)) == ["08:30-12:00", "13:30-20:00"]
    assert texts(calendar, date(2026, 8, 4)) == ["08:30-10:00", "15:00-17:30"]
    assert calendar.info(date(2026, 8, 4)).kind is DayKind.CHANGED


def test_a_night_shift_is_split_and_its_rest_makes_no_working_day() -> None:
    night = Calendar.from_data({"name": "night", "weekly": {"mon-fri": "22:00-06:00"}})
    saturday = night.info(date(2026, 11, 28))
    friday = datetime(2026, 11, 27, 23, tzinfo=night.tz)

    assert saturday.slots == (Slot(0, 360, spill=True),)
    assert not saturday.working
    assert due(night, friday, "1wd").due_text == "2026-11-30 24:00"
    assert due(night, friday, "8wh").due_text == "2026-11-30 23:00"


def test_alternating_weeks() -> None:
    calendar = Calendar.from_data(
        {
            "name": "big and small weeks",
            "weekly": [{"mon-sat": "09:00-17:00"}, {"mon-fri": "09:00-17:00"}],
            "week_one": "2026-11-02",
        }
    )
    saturdays = [date(2026, 11, day) for day in (7, 14, 21, 28)]

    assert [calendar.info(day).working for day in saturdays] == [True, False, True, False]


@pytest.mark.parametrize(
    "data",
    [
        {"name": "a", "weekly": "24x7"},
        {"name": "b", "weekly": {"mon-fri": ["06:00-14:00", "22:00-06:00"]}, "zone": "Europe/Berlin"},
        {"name": "c", "weekly": [{"mon": "09:00-12:00"}, {"tue": "09:00-12:00"}],
         "week_one": "2026-01-05"},
        {"name": "d", "parent": {"name": "p", "weekly": "08:00-16:00"},
         "exceptions": [{"day": "2026-05-01", "name": {"zh": "劳动节", "en": "Labour Day"}}]},
    ],
)  # fmt: skip
def test_the_stored_form_reads_back_equal(data: dict[str, object]) -> None:
    calendar = Calendar.from_data(data)
    stored = json.loads(json.dumps(calendar.to_data()))

    assert Calendar.from_data(stored) == calendar


def test_the_chinese_calendar_reads_back_equal() -> None:
    assert Calendar.from_data(json.loads(json.dumps(CN.to_data()))) == CN


def test_the_version_is_the_content_unless_it_is_given() -> None:
    one = Calendar.from_data({"name": "a", "weekly": "09:00-17:00"})
    two = Calendar.from_data({"name": "a", "weekly": "09:00-18:00"})

    assert one.version == one.digest
    assert one.version != two.version
    assert one.with_exceptions([DayException(date(2026, 8, 3), Change.OFF)]).version != one.version


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        ({"weekly": "24x7"}, BadCalendar, "needs a name"),
        ({"name": "a"}, BadCalendar, "neither weekly hours nor a parent"),
        ({"name": "a", "weekly": "9 to 5"}, BadSlot, "is not an interval"),
        ({"name": "a", "weekly": {"mon": "08:00-12:00,11:00-13:00"}}, BadSlot, "overlap"),
        ({"name": "a", "weekly": {"monday": "08:00-12:00"}}, BadCalendar, "not a weekday"),
        ({"name": "a", "weekly": {"mon": "08:00-12:60"}}, BadSlot, "is not an interval"),
        ({"name": "a", "weekly": {"mon": 8}}, BadSlot, "are not working hours"),
        ({"name": "a", "weekly": 7}, BadCalendar, "write weekly hours as"),
        ({"name": "a", "weekly": {"mon-fri": "09:00-17:00", "fri": "09:00-12:00"}},
         BadCalendar, "name fri twice"),
        ({"name": "a", "weekly": [{"mon": "09:00-17:00"}] * 2}, BadCalendar, "the Monday"),
        ({"name": "a", "weekly": "24x7", "zone": "Mars/Olympus"}, BadCalendar, "no time zone"),
        ({"name": "a", "weekly": "24x7", "hollidays": []}, BadCalendar, "hollidays"),
        ({"name": "a", "parent": "b"}, BadCalendar, "no parent calendar"),
        ({"name": "a", "weekly": "24x7", "exceptions": ["2026-10-01"]}, BadCalendar, "not an exc"),
        ({"name": "a", "weekly": "24x7", "exceptions": [{"day": "1 Oct"}]}, BadCalendar, "a date"),
        ({"name": "a", "weekly": "24x7", "exceptions": [{"change": "off"}]}, BadCalendar, "its day"),
        ({"name": "a", "weekly": "24x7", "exceptions": [{"day": "2026-10-01", "change": "x"}]},
         BadCalendar, "change is off"),
        ({"name": "a", "weekly": "24x7", "exceptions": [{"day": "2026-10-01", "change": "add"}]},
         BadCalendar, "needs its hours"),
        ({"name": "a", "weekly": "24x7",
          "exceptions": [{"day": "2026-10-01", "slots": ["08:00-09:00"]}]},
         BadCalendar, "has no hours"),
        ({"name": "a", "weekly": "24x7", "exceptions": [{"day": "2026-10-01"}] * 2},
         BadCalendar, "listed twice"),
        ({"name": "a", "weekly": "24x7",
          "exceptions": [{"day": "2026-10-01", "change": "add", "slots": "22:00-06:00"}]},
         BadSlot, "stay within the day"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_plainly(
    data: dict[str, object], error: type[WorkcalError], says: str
) -> None:
    with pytest.raises(error) as caught:
        Calendar.from_data(data)
    assert says in caught.value.sentence("en")
    assert caught.value.code.startswith("workcal.")
