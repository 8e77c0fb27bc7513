"""A machine that falls silent is noticed, once, and so is its return."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.monitoring.actions.devices import revoke
from bihuan.apps.monitoring.actions.silence import watch
from bihuan.apps.monitoring.models import Alarm, Checkpoint, Latest, Layout
from bihuan.apps.monitoring.pipe.taking import Taker
from bihuan.apps.monitoring.tests import factories
from bihuan.base.facts.models import Fact

NOW = factories.NOW
pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    Checkpoint.objects.all().delete()
    found, _key = factories.device(now=NOW)
    layout = Layout.objects.create(template="centrifuge", points=["SPEED"])
    Latest.objects.create(device=found, layout=layout, at=NOW, received_at=NOW, values=[4000.0])
    return found


def told(kind):
    return Fact.objects.filter(kind=kind).count()


def test_silence_is_one_alarm_and_the_return_ends_it(device):
    assert watch(NOW + timedelta(minutes=9)) == 0
    assert watch(NOW + timedelta(minutes=11)) == 1
    assert watch(NOW + timedelta(minutes=12)) == 0
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.raised_at, told("alarm.raised")) == (
        "OFFLINE",
        NOW + timedelta(minutes=10),
        1,
    )
    Latest.objects.update(received_at=NOW + timedelta(minutes=20))
    assert watch(NOW + timedelta(minutes=20)) == 1
    alarm.refresh_from_db()
    assert alarm.cleared_at == NOW + timedelta(minutes=20)
    assert told("alarm.cleared") == 1
    assert watch(NOW + timedelta(minutes=31)) == 1
    assert Alarm.objects.count() == 2


def test_when_nobody_listened_no_machine_was_silent(device):
    """The whole fleet would fall silent whenever we do."""
    later = NOW + timedelta(hours=3)
    Checkpoint.objects.bulk_create(Checkpoint(partition=number) for number in range(2))
    assert watch(later) == 0  # released: nobody reads
    taker = Taker()
    taker.claim(later, most=16)
    assert watch(later) == 0
    for number in range(1, 61):
        taker.hold(later + timedelta(seconds=10 * number))
    assert watch(later + timedelta(minutes=10)) == 0
    taker.claim(later + timedelta(minutes=10, seconds=1), most=16)  # its own: no break
    assert watch(later + timedelta(minutes=10, seconds=2)) == 1
    assert Alarm.objects.get().since == NOW


def test_a_worker_that_lost_its_hold_begins_to_listen_anew(device):
    taker = Taker()
    taker.claim(NOW, most=16)
    late = NOW + timedelta(hours=1)
    assert watch(late) == 0
    taker.hold(late)
    assert watch(late) == 0


def test_a_revoked_device_is_not_missed(device):
    watch(NOW + timedelta(minutes=11))
    revoke(device=device, why="报废", by=None, now=NOW + timedelta(minutes=12))
    assert watch(NOW + timedelta(minutes=12)) == 0  # ended with it
    assert watch(NOW + timedelta(hours=12)) == 0
    assert Alarm.objects.filter(cleared_at=None).count() == 0


def test_what_stood_open_is_over_when_nobody_watches_any_more(device):
    watch(NOW + timedelta(minutes=11))
    Alarm.objects.update(rule="vibration.danger")
    revoke(device=device, why="报废", by=None, now=NOW + timedelta(minutes=12))
    assert Alarm.objects.get().cleared_at == NOW + timedelta(minutes=12)
    assert told("alarm.cleared") == 1


def test_a_machine_under_repair_may_be_silent(device):
    device.asset.status = "UNDER_REPAIR"
    device.asset.save()
    watch(NOW + timedelta(minutes=11))
    assert Alarm.objects.get().hushed == "REPAIR"
    assert told("alarm.raised") == 0
