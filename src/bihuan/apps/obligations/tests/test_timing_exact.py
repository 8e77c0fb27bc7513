"""Which calendar a clock is read by: the one that gave it, while it is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.timing import answer, calendar_of, calendar_then
from bihuan.apps.people import actions
from bihuan.apps.people.calendars import as_of
from bihuan.apps.people.models import WorkCalendar

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)  # a Monday, nine o'clock in Shanghai
SHORT = {"mon-fri": "09:00-12:00"}


@pytest.fixture
def changed():
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
