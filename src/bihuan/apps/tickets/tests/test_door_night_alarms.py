"""A machine's alarm at night: the roster's ladder, until somebody has acknowledged it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.monitoring.actions import alarms, calling
from bihuan.apps.monitoring.models import Alarm as MachineAlarm
from bihuan.apps.monitoring.models import Call
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.doors import paging
from bihuan.apps.tickets.models import Alarm, Paging, Ticket
from bihuan.apps.tickets.tests.conftest import moment
from bihuan.base import clock
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
NIGHT = moment("2026-03-10T22:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def roster(house):
    house.first = make_person("remote_specialist", name="夜班甲", phone="13900000001")
    house.second = make_person("remote_specialist", name="夜班乙")
    for place, person in enumerate((house.first, house.second), 1):
        paging.put_on_call(
            user=person, region="", from_at=NIGHT - timedelta(hours=2), to_at=NIGHT + timedelta(hours=8),
            place=place, by=house.boss, now=NIGHT,
        )  # fmt: skip
    return house


def ticked(now):
    calling.begin(now)
    calling.climb(now)
    drain(now)
    paging.raise_alarms(now)
    return paging.climb(now)


def called():
    return [(each.person.name, each.way) for each in Call.objects.order_by("at", "pk")]


def test_a_high_alarm_calls_who_is_on_call_and_his_answer_is_the_acknowledgement(roster):
    row = alarm(roster.machine, NIGHT, klass="HIGH")
    assert ticked(NIGHT) == 1
    assert not Ticket.objects.exists()
    assert called() == [("夜班甲", "MESSAGE")]
    assert ticked(NIGHT + MINUTE) == 0
    page = Paging.objects.get()
    with clock.set_to(NIGHT + MINUTE):
        client = signed_in(roster.first)
        shown = client.get(f"/tickets/paged/{page.uid}/").content.decode()
        assert row.title["zh"] in shown and "下班时间设备报警" in shown
        client.post(f"/tickets/paged/{page.uid}/", {"answer": "decline"})
    second = Paging.objects.exclude(pk=page.pk).get()
    assert second.user == roster.second  # at once
    with clock.set_to(NIGHT + 2 * MINUTE):
        answer = signed_in(roster.second).post(f"/tickets/paged/{second.uid}/", {"answer": "take"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.acknowledged_by == roster.second
    assert [(each.person.name, each.answer) for each in Call.objects.order_by("pk")] == [
        ("夜班甲", "DECLINED"), ("夜班乙", "TAKEN"),
    ]  # fmt: skip
    assert Alarm.objects.get().answered_by == roster.second
    assert ticked(NIGHT + timedelta(hours=1)) == 0
    with clock.set_to(NIGHT + 3 * MINUTE):
        listed = signed_in(roster.boss).get("/tickets/on-call/").content.decode()
        desk = signed_in(roster.desk).get(f"/alarms/{row.pk}/").content.decode()
    assert row.number in listed
    assert "夜班甲" in desk and "夜班乙已确认" in desk


def test_acknowledged_on_its_own_page_stops_the_ladder(roster):
    row = alarm(roster.machine, NIGHT, klass="HIGH")
    ticked(NIGHT)
    alarms.acknowledge(alarm=row, by=roster.desk, now=NIGHT + MINUTE)
    ticked(NIGHT + 10 * MINUTE)
    assert len(called()) == 1
    assert Alarm.objects.get().answered_by == roster.desk
    with clock.set_to(NIGHT + 10 * MINUTE):
        late = signed_in(roster.first).post(
            f"/tickets/paged/{Paging.objects.get().uid}/", {"answer": "take"}
        )
    assert late.status_code == 302 and Paging.objects.get().answered_at is None


def test_an_urgent_one_calls_by_its_ticket_once_and_whoever_takes_it_has_acknowledged(roster):
    row = alarm(roster.machine, NIGHT, klass="URGENT")
    assert ticked(NIGHT) == 1
    ticket = Ticket.objects.get()
    assert Alarm.objects.get().ticket == ticket  # one ladder, not two
    assert called() == [("夜班甲", "MESSAGE")]
    actions.accept(ticket=ticket, by=roster.desk, now=NIGHT + MINUTE)
    assert MachineAlarm.objects.get(pk=row.pk).acknowledged_by == roster.desk
    ticked(NIGHT + 10 * MINUTE)
    assert len(called()) == 1


def test_an_acknowledged_urgent_one_stops_its_tickets_ladder(roster):
    row = alarm(roster.machine, NIGHT, klass="URGENT")
    ticked(NIGHT)
    alarms.acknowledge(alarm=row, by=roster.desk, now=NIGHT + MINUTE)
    ticked(NIGHT + 10 * MINUTE)
    assert len(called()) == 1
    assert Alarm.objects.get().answered_by == roster.desk


def test_told_twice_calls_once(roster):
    from bihuan.apps.tickets.doors.alarms import on_facts
    from bihuan.base.facts.models import Fact

    alarm(roster.machine, NIGHT, klass="HIGH")
    ticked(NIGHT)
    on_facts(list(Fact.objects.filter(kind="alarm.unanswered")), NIGHT)
    assert Alarm.objects.count() == 1
