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
from bihuan.apps.tickets.models import Ladder, Paging, Ticket
from bihuan.apps.tickets.tests.conftest import founded, moment
from bihuan.base import clock
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
NIGHT = moment("2026-03-10T22:00")
OPEN = moment("2026-03-11T08:30")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def roster(house):
    return guarded(house)


def guarded(house):
    """Two people on call for the night."""
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
    assert Ladder.objects.get().answered_by == roster.second
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
    assert Ladder.objects.get().answered_by == roster.desk
    with clock.set_to(NIGHT + 10 * MINUTE):
        late = signed_in(roster.first).post(
            f"/tickets/paged/{Paging.objects.get().uid}/", {"answer": "take"}
        )
    assert late.status_code == 302 and Paging.objects.get().answered_at is None


def test_an_urgent_one_calls_by_its_ticket_once_and_whoever_takes_it_has_acknowledged(roster):
    row = alarm(roster.machine, NIGHT, klass="URGENT")
    assert ticked(NIGHT) == 1
    ticket = Ticket.objects.get()
    assert Ladder.objects.get().ticket == ticket  # one ladder, not two
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
    assert Ladder.objects.get().answered_by == roster.desk


def test_told_twice_calls_once(roster):
    from bihuan.apps.tickets.doors.alarms import on_facts
    from bihuan.base.facts.models import Fact

    alarm(roster.machine, NIGHT, klass="HIGH")
    ticked(NIGHT)
    on_facts(list(Fact.objects.filter(kind="alarm.unanswered")), NIGHT)
    assert Ladder.objects.count() == 1


def test_put_aside_the_ladder_rests_and_goes_on_when_it_is_put_back(roster):
    row = alarm(roster.machine, NIGHT, klass="HIGH")
    ticked(NIGHT)
    until = NIGHT + timedelta(hours=2)
    alarms.shelve(alarm=row, until=until, why="在查", by=roster.desk, now=NIGHT + 10 * MINUTE)
    for minutes in range(10, 60, 5):
        ticked(NIGHT + minutes * MINUTE)
    assert len(called()) == 1
    alarms.unshelve(alarm=row, by=roster.desk, now=NIGHT + 60 * MINUTE)
    ticked(NIGHT + 65 * MINUTE)
    assert len(called()) == 2
    again = NIGHT + 70 * MINUTE
    alarms.shelve(alarm=row, until=until, why="再查", by=roster.desk, now=again)
    ticked(again)
    ticked(until - MINUTE)
    assert len(called()) == 2
    ticked(until)
    assert len(called()) == 3
    assert Ladder.objects.count() == 1


def test_held_by_a_graver_one_the_ladder_rests(roster):
    row = alarm(roster.machine, NIGHT, klass="HIGH")
    ticked(NIGHT)
    grave = alarm(roster.machine, NIGHT + MINUTE, rule="vibration.danger", klass="URGENT")
    MachineAlarm.objects.filter(pk=row.pk).update(merged=grave)
    for minutes in (5, 10, 15):
        ticked(NIGHT + minutes * MINUTE)
    assert Call.objects.filter(alarm=row).count() == 1
    assert Call.objects.filter(alarm=grave).exists()


def test_when_the_desk_opens_the_ladder_ends_and_the_next_night_has_one_of_its_own(roster):
    row = alarm(roster.machine, NIGHT, klass="HIGH")
    ticked(NIGHT)
    assert ticked(OPEN - MINUTE) == 1
    ticked(OPEN)
    assert ticked(OPEN + 10 * MINUTE) == 0
    assert set(Call.objects.filter(at__gte=OPEN).values_list("on_call", flat=True)) == {False}
    first = Ladder.objects.get()
    assert (first.over_at, first.answered_by) == (OPEN, None)
    with clock.set_to(OPEN + 20 * MINUTE):
        listed = signed_in(roster.boss).get("/tickets/on-call/").content.decode()
    assert "已停止呼叫" in listed and "已受理" not in listed
    evening = NIGHT + timedelta(hours=24)
    ticked(evening)
    assert Ladder.objects.filter(over_at=None).count() == 1
    assert Ladder.objects.filter(of_machine=row).count() == 2


def test_a_ladder_that_nobody_ended_by_day_is_ended_by_the_next_one(roster):
    """No clock process by day: the evening's ladder takes the place of the night's."""
    alarm(roster.machine, NIGHT, klass="HIGH")
    ticked(NIGHT)
    evening = NIGHT + timedelta(hours=24)
    calling.climb(evening)
    drain(evening)
    one = Ladder.objects.get(over_at=None)
    assert one.raised_at == evening and Ladder.objects.count() == 2


def test_after_the_longest_time_the_ladder_ends(roster):
    told = NIGHT - timedelta(hours=47, minutes=30)
    alarm(roster.machine, told, klass="HIGH")
    ticked(NIGHT)
    assert len(called()) == 1
    ticked(NIGHT + 31 * MINUTE)
    ticked(NIGHT + 60 * MINUTE)
    assert len(called()) == 1 and Ladder.objects.get().over_at == NIGHT + 31 * MINUTE


def test_the_ladder_of_its_ticket_rests_with_the_alarm_but_not_for_another_one(roster):
    row = alarm(roster.machine, NIGHT, klass="URGENT")
    ticked(NIGHT)
    until = NIGHT + timedelta(hours=2)
    alarms.shelve(alarm=row, until=until, why="在查", by=roster.desk, now=NIGHT + MINUTE)
    for minutes in (5, 10, 15):
        ticked(NIGHT + minutes * MINUTE)
    assert len(called()) == 1
    alarm(roster.machine, NIGHT + 16 * MINUTE, rule="vibration.danger", klass="URGENT")
    ticked(NIGHT + 20 * MINUTE)
    assert Ladder.objects.count() == 1 and Paging.objects.count() == 2


def test_a_service_desk_that_never_closes_leaves_the_alarm_to_its_own_ladder(db):
    """Alarm desk by working hours, service desk round the clock: the new ticket calls nobody."""
    always = {"tickets.desk_calendar: {value: cn": "tickets.desk_calendar: {value: 24x7"}
    roster = guarded(founded("machinery", swap=always))
    row = alarm(roster.machine, NIGHT, klass="URGENT")
    assert ticked(NIGHT) == 1
    assert Ticket.objects.get().status == "NEW"
    assert Ladder.objects.get().of_machine == row
    assert called() == [("夜班甲", "MESSAGE")]
