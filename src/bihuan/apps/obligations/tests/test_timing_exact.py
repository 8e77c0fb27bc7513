"""Which calendar a clock is read by, while it is kept; and when the steps of a ladder are taken."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests.factories import moment, shown
from bihuan.apps.obligations.timing import (
    answer,
    calendar_of,
    calendar_then,
    ladder_at,
    next_step,
)
from bihuan.apps.people import actions
from bihuan.apps.people.calendars import as_of
from bihuan.apps.people.enums import Layer
from bihuan.apps.people.models import WorkCalendar
from bihuan.lib.workcal import before, china, due

NOW = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)  # a Monday, nine o'clock in Shanghai
SHORT = {"mon-fri": "09:00-12:00"}
OFF = {"day": "2026-06-01", "change": "off", "name": {"zh": "停电", "en": "No power"}}


@pytest.fixture
def changed(db):
    """The company's calendar, changed once: from then on it works in the mornings only."""
    actions.first_calendar(now=NOW)
    row = WorkCalendar.objects.get(code="cn")
    actions.change_calendar(
        calendar=row, data={**row.data, "weekly": SHORT}, source="公司通知", by=None, now=NOW
    )


def clock(version: str, within: str = "4wh") -> Obligation:
    return Obligation(calendar="cn", calendar_version=version, within=within, anchor_at=NOW)


def hours(calendar) -> object:
    return calendar.to_data()["weekly"]


@pytest.mark.parametrize("version", ["", "2", "7", "by hand"])
def test_where_the_version_is_not_kept_the_calendar_of_today(changed, version):
    row = clock(version)
    assert calendar_then(row).version == calendar_of(row).version == "2"
    assert hours(calendar_then(row)) == hours(as_of("cn", 2))


def test_the_version_that_gave_the_time(changed):
    found = calendar_then(clock("1"))
    assert found.version == "1"
    assert hours(found) == hours(as_of("cn", 1)) != hours(as_of("cn", 2))


def test_a_clock_is_read_by_the_calendar_that_it_is_given(changed):
    row, zone = clock("1"), ZoneInfo("Asia/Shanghai")
    today, then = answer(row), answer(row, calendar=calendar_then(row))
    assert f"{today.due.astimezone(zone):%d %H:%M}" == "10 10:00"
    assert f"{then.due.astimezone(zone):%d %H:%M}" == "09 14:30"
    assert answer(row, calendar=calendar_of(row)).due == today.due
    assert answer(clock("1", within="")) is None


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["1", "2"])
def test_a_calendar_is_read_over_its_parent_of_today_in_any_version(version):
    actions.first_calendar(now=NOW)
    add = {"layer": Layer.REGION, "ref": "east", "data": {"exceptions": []}}
    east = actions.add_calendar(code="region:east", name="华东", by=None, now=NOW, **add)
    actions.change_calendar(
        calendar=east, data={"exceptions": [OFF]}, source="通知", by=None, now=NOW
    )
    row = Obligation(calendar="region:east", calendar_version=version, within="4wh", anchor_at=NOW)
    first = answer(row, calendar=calendar_then(row))
    company = WorkCalendar.objects.get(code="cn")
    actions.change_calendar(
        calendar=company, data={**company.data, "weekly": SHORT}, source="通知", by=None, now=NOW
    )
    again = answer(row, calendar=calendar_then(row))
    assert [shown(each.due) for each in (first, again)] == ["2026-03-09 14:30", "2026-03-10 10:00"]


START = moment("2026-03-09 09:00")


def steps(found, percents, *, opens=START, end=None):
    """When the steps at these shares of the time are taken."""
    ladder = ladder_at(
        found, [{"percent": each, "tell": "up"} for each in percents], opens,
        end or (found.due if found is not None else None),
    )  # fmt: skip
    assert [(each["percent"], each["tell"]) for each in ladder] == [(p, "up") for p in percents]
    return [shown(datetime.fromisoformat(each["at"])) if each["at"] else "" for each in ladder]


@pytest.mark.parametrize(
    ("within", "percent", "taken"),
    [
        ("8wh", 50, "2026-03-09 14:30"),
        ("8wh", 100, "2026-03-10 09:30"),
        ("8wh", 150, "2026-03-10 15:00"),  # the count goes on over lunch
        ("4h", 75, "2026-03-09 12:00"),
        ("4h", 100, "2026-03-09 13:00"),
        ("4h", 150, "2026-03-09 15:00"),
        ("1wd", 100, "2026-03-10 17:30"),
        ("1wd", 200, "2026-03-12 17:00"),  # 14 and a half hours of work
        ("7d", 100, "2026-03-17 00:00"),
        ("30wmin", 101, "2026-03-09 09:31"),  # never with the limit itself
        ("30wmin", 110, "2026-03-09 09:33"),
    ],
)
def test_a_step_is_taken_when_its_share_of_the_counted_time_is_used(within, percent, taken):
    assert steps(due(china(), START, within), [percent]) == [taken]


def test_a_step_before_or_on_a_date_is_taken_by_the_clock_from_the_opening_on():
    ahead = before(china(), moment("2026-04-01 10:00"), "3wd")
    assert steps(ahead, [50, 100]) == ["2026-03-18 13:15", "2026-03-27 17:30"]
    agreed = moment("2026-03-11 09:00")
    assert steps(None, [50, 75, 100, 150], end=agreed) == [
        "2026-03-10 09:00", "2026-03-10 21:00", "2026-03-11 09:00", "2026-03-12 09:00",
    ]  # fmt: skip
    for opens in (moment("2026-03-12 09:00"), None):
        assert steps(None, [50, 150], opens=opens, end=agreed) == ["2026-03-11 09:00"] * 2


def test_without_a_due_time_no_step_is_taken():
    assert steps(None, [75, 100]) == ["", ""]


def test_the_next_step_is_the_first_that_was_not_taken():
    ladder = ladder_at(
        due(china(), START, "4h"), [{"percent": 50, "tell": "up"}, {"percent": 75, "tell": "up"}],
        START, moment("2026-03-09 13:00"),
    )  # fmt: skip
    taken = [shown(next_step(ladder, done)) for done in (0, 1, 2)]
    assert taken == ["2026-03-09 11:00", "2026-03-09 12:00", ""]
    assert next_step([{"percent": 50, "tell": "up", "at": None}, *ladder], 0) == moment(
        "2026-03-09 11:00"
    )
