"""A machine's alarm that was over and comes back: a line of its ticket, or a new one, and who is on call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.monitoring.actions import alarms
from bihuan.apps.monitoring.actions.calling import unseen
from bihuan.apps.monitoring.actions.common import SOURCE
from bihuan.apps.monitoring.actions.events import raised
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.apps.tickets.doors.alarms import on_facts
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Envelope, Ladder, Ticket
from bihuan.apps.tickets.tests.test_door_night_alarms import NIGHT, called, guarded, ticked
from bihuan.base.facts.actions import tell_all
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def roster(house):
    return guarded(house)


def returns(row, times, now):
    """As the worker writes it."""
    Alarm.objects.filter(pk=row.pk).update(times=times, again_at=now, cleared_at=None)
    unseen([row.pk], now)
    tell_all([raised(row, row.asset, now, times)], now=now, by=None, source=SOURCE)


def test_it_is_a_line_of_the_ticket_that_is_open_and_a_new_one_after_that(roster):
    row = alarm(roster.machine, NIGHT, rule="vibration.danger", klass="URGENT")
    drain(NIGHT)
    first = Ticket.objects.get()
    returns(row, 2, NIGHT + HOUR)
    drain(NIGHT + HOUR)
    assert list(Ticket.objects.all()) == [first]
    assert Envelope.objects.filter(ticket=first).count() == 2
    Ticket.objects.update(status=Status.CLOSED, closed_at=NIGHT + 2 * HOUR)
    returns(row, 3, NIGHT + 3 * HOUR)
    drain(NIGHT + 3 * HOUR)
    second = Ticket.objects.exclude(pk=first.pk).get()
    row.refresh_from_db()
    assert row.ticket_number == second.number
    on_facts(list(Fact.objects.filter(kind="alarm.raised").order_by("pk")), NIGHT + 3 * HOUR)
    assert (Ticket.objects.count(), Envelope.objects.count()) == (2, 3), "told twice, it is one"


def test_one_that_is_put_aside_opens_nothing(roster):
    row = alarm(roster.machine, NIGHT, rule="vibration.danger", klass="URGENT")
    drain(NIGHT)
    alarms.shelve(alarm=row, until=NIGHT + 9 * HOUR, why="在修", by=roster.first, now=NIGHT)
    returns(row, 2, NIGHT + HOUR)
    drain(NIGHT + HOUR)
    assert (Ticket.objects.count(), Envelope.objects.count()) == (1, 1)


def test_who_is_on_call_is_called_once_more_in_the_same_night(roster):
    row = alarm(roster.machine, NIGHT, klass="HIGH")
    assert ticked(NIGHT) == 1
    alarms.acknowledge(alarm=row, by=roster.first, now=NIGHT)
    ticked(NIGHT + HOUR)
    assert called() == [("夜班甲", "MESSAGE")]
    returns(row, 2, NIGHT + 2 * HOUR)
    for _again in range(2):
        ticked(NIGHT + 2 * HOUR)
        assert called() == [("夜班甲", "MESSAGE")] * 2
    assert Ladder.objects.filter(over_at=None).count() == 1
