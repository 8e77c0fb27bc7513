"""An alarm calls the desk in working hours and the roster outside of them, until somebody answers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions import alarms, calling
from bihuan.apps.monitoring.enums import Hushed
from bihuan.apps.monitoring.models import Call, Calling
from bihuan.apps.monitoring.tests.conftest import NOON, made
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.apps.obligations.tests.factories import ZONE
from bihuan.apps.people.actions import appoint
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NIGHT = datetime(2026, 9, 29, 22, 0, tzinfo=ZONE)
MORNING = datetime(2026, 9, 30, 8, 30, tzinfo=ZONE)


@pytest.fixture
def desk(house):
    """The regulation's steps: 陈砺, then 林主管, then 顾远 (nobody holds the third role but above it)."""
    house.lead = make_person("care_lead", name="林主管", region="east")
    appoint(user=house.lead, role="care_lead", from_on=date(2025, 1, 1), by=None, now=NOON)
    return house


def ticked(now):
    return calling.begin(now), calling.climb(now)


def told():
    return [(each.person.name if each.person else "", each.at) for each in Call.objects.order_by("pk")]  # fmt: skip


def test_in_working_hours_the_desk_is_called_step_by_step_until_somebody_acknowledges(desk):
    row = alarm(desk.asset, NOON, klass="HIGH")
    assert ticked(NOON) == (1, 1)
    assert ticked(NOON + 14 * MINUTE) == (0, 0)
    for minutes in (15, 30, 45):
        assert ticked(NOON + minutes * MINUTE) == (0, 1)
    assert [name for name, _at in told()] == ["陈砺", "林主管", "顾远", "陈砺"]
    first = Notice.objects.filter(kind="alarm.unanswered").order_by("pk").first()
    assert "新报警" in first.title["zh"] and f"/alarms/{row.pk}/" in first.url
    with clock.set_to(NOON + 46 * MINUTE):
        page = signed_in(desk.desk).get(f"/alarms/{row.pk}/").content.decode()
        assert page.count("林主管") == 1 and "叫下一位" in page
        alarms.acknowledge(alarm=row, by=desk.desk, now=NOON + 46 * MINUTE)
        assert "何岚已确认" in signed_in(desk.desk).get(f"/alarms/{row.pk}/").content.decode()
    assert ticked(NOON + 60 * MINUTE) == (0, 0)
    over = Calling.objects.get()
    assert (over.answered_by, over.next_at, len(told())) == (desk.desk, None, 4)


def test_an_urgent_one_waits_less_and_a_light_one_calls_nobody(desk):
    alarm(desk.asset, NOON, klass="URGENT")
    alarm(desk.asset, NOON, rule="bearing.notice", klass="LOW")
    alarm(desk.asset, NOON, rule="bearing.danger", klass="URGENT", hushed=Hushed.EXPECTED)
    assert ticked(NOON) == (1, 1)
    assert ticked(NOON + 5 * MINUTE) == (0, 1)


def test_at_night_a_fact_calls_the_roster_once_and_the_desk_follows_when_it_opens(desk):
    row = alarm(desk.asset, NIGHT, klass="HIGH")
    alarm(desk.asset, NIGHT, rule="bearing.notice", klass="NORMAL")
    assert ticked(NIGHT) == (2, 2)
    assert ticked(NIGHT + 60 * MINUTE) == (0, 0)
    fact = Fact.objects.get(kind="alarm.unanswered")
    assert fact.own() == {"alarm": row.number, "class": "HIGH"}  # a normal one waits for the desk
    assert not Call.objects.exists()
    assert set(Calling.objects.values_list("opens_at", flat=True)) == {MORNING}
    assert ticked(MORNING) == (0, 2)
    assert [name for name, _at in told()] == ["陈砺", "陈砺"]


def test_a_holiday_is_night(desk):
    """1 October is a holiday all day."""
    noon = datetime(2026, 10, 1, 11, 0, tzinfo=ZONE)
    alarm(desk.asset, noon, klass="URGENT")
    assert ticked(noon) == (1, 1)
    assert Fact.objects.filter(kind="alarm.unanswered").count() == 1


def test_what_is_put_aside_or_held_by_a_graver_one_calls_nobody_meanwhile(desk):
    aside = alarm(desk.asset, NOON, klass="HIGH")
    alarms.shelve(alarm=aside, until=NOON + 60 * MINUTE, why="在查", by=desk.desk, now=NOON)
    grave = alarm(desk.asset, NOON, rule="bearing.danger", klass="URGENT")
    alarm(desk.asset, NOON, rule="bearing.notice", klass="HIGH", merged=grave)
    ticked(NOON)
    assert [each.alarm for each in Call.objects.all()] == [grave]
    alarms.unshelve(alarm=aside, by=desk.desk, now=NOON + MINUTE)
    calling.climb(NOON + MINUTE)
    assert {each.alarm for each in Call.objects.all()} == {grave, aside}


def test_one_that_nobody_is_told_of_holds_no_call(desk):
    hushed = alarm(desk.asset, NOON, rule="bearing.danger", klass="URGENT", hushed=Hushed.FLOOD)
    row = alarm(
        desk.asset, NOON, rule="bearing.notice", klass="HIGH", merged=hushed, cleared_at=NOON
    )
    ticked(NOON)
    assert [each.alarm for each in Call.objects.all()] == [row]


def test_after_two_days_it_stays_on_the_desk(desk):
    row = alarm(desk.asset, NOON - timedelta(hours=47), klass="URGENT")
    assert ticked(NOON) == (1, 1)
    late = NOON + 61 * MINUTE
    assert ticked(late) == (0, 1)
    over = Calling.objects.get()
    assert (over.over_at, over.answered_by, len(told())) == (late, None, 1)
    alarm(desk.asset, NOON - timedelta(hours=49), rule="bearing.notice", klass="URGENT")
    assert ticked(late) == (0, 0)
    with clock.set_to(late):
        page = signed_in(desk.desk).get(f"/alarms/{row.pk}/").content.decode()
    assert "已停止叫人" in page


def test_nobody_to_call_is_on_record_too(house, monkeypatch):
    monkeypatch.setattr(calling, "desk", lambda *_of: [])
    row = alarm(house.asset, NOON, klass="URGENT")
    ticked(NOON)
    assert told() == [("", NOON)]
    with clock.set_to(NOON):
        assert "没有人可以呼叫" in signed_in(house.desk).get(f"/alarms/{row.pk}/").content.decode()
        page = signed_in(house.desk).get("/monitoring/calls/").content.decode()
    assert "各级报警找谁" in page and "5 分钟" in page


def test_an_update_wakes_nobody_for_alarms_that_were_told_before_it(desk):
    before = alarm(desk.asset, NOON, klass="URGENT")
    with connection.cursor() as cursor:
        cursor.execute(import_module("bihuan.apps.monitoring.migrations.0015_quiet").QUIET)
    later = NOON + MINUTE
    after = alarm(desk.asset, later, rule="bearing.notice", klass="URGENT")
    assert ticked(later) == (1, 1)
    assert [each.alarm for each in Call.objects.all()] == [after]
    with clock.set_to(later):
        page = signed_in(desk.desk).get(f"/alarms/{before.pk}/").content.decode()
        assert "已停止叫人" not in page and "叫过谁" not in page


@pytest.mark.parametrize("classes", ["URGENT, HIGH", "URGENT，HIGH", "[URGENT, HIGH]"])
@pytest.mark.parametrize("minutes", ['"URGENT=5，HIGH: 15"', "{URGENT: 5, HIGH: 15}"])
def test_lists_and_tables_are_read_as_people_write_them(db, classes, minutes):
    given = {"monitoring.night_classes": classes if "[" in classes else f'"{classes}"', "monitoring.answer_min": minutes}  # fmt: skip
    house = made("centrifuge", "GOLD", given)
    assert figures.classes("night_classes", NOON) == {"URGENT", "HIGH"}
    assert figures.minutes("answer_min", NOON) == {"URGENT": 5, "HIGH": 15}
    alarm(house.asset, NIGHT, klass="URGENT")
    ticked(NIGHT)
    assert Fact.objects.filter(kind="alarm.unanswered").count() == 1


def test_a_calendar_that_is_not_there_is_no_desk_that_is_always_open(db):
    house = made("centrifuge", "GOLD", {"monitoring.desk_calendar": "kn"})
    alarm(house.asset, NIGHT, klass="URGENT")
    ticked(NIGHT)
    assert Calling.objects.get().opens_at == MORNING
