"""An alarm that was over and comes back soon is the same one, and nobody has seen that yet."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.monitoring import catalogue
from bihuan.apps.monitoring.actions import alarms, calling
from bihuan.apps.monitoring.actions.events import record
from bihuan.apps.monitoring.actions.standing import Machines
from bihuan.apps.monitoring.enums import Hushed
from bihuan.apps.monitoring.models import Alarm, Call, Calling
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.factories import VALUES, condition, device
from bihuan.apps.monitoring.tests.test_many_alarms import event
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in
from bihuan.lib.machines.evaluate import CLEARED, MERGED, RAISED

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def home(house):
    """`house.says(minutes, what)`: what the machine's bearing does then, as the worker hears it."""
    template = catalogue.as_shipped()["centrifuge"]
    one, _key = device(asset=house.asset, now=NOON)
    values = [VALUES.get(point.code) for point in template.points]
    known = Machines({one.pk: (one.asset_id, values)}, template)

    def says(minutes, *happened, rule="bearing.danger"):
        found = [event(one, rule, what, 60 * minutes) for what in happened]
        return record(template, found, fleet=known, now=NOON + minutes * MINUTE)

    house.says = says
    return house


def ticked(minutes):
    now = NOON + minutes * MINUTE
    calling.begin(now)
    calling.climb(now)
    return [each.person.name for each in Call.objects.order_by("pk") if each.person]


def keys(kind):
    return list(Fact.objects.filter(kind=kind).order_by("pk").values_list("key", flat=True))


def acknowledged(home, minutes):
    row = Alarm.objects.get()
    alarms.acknowledge(alarm=row, by=home.desk, now=NOON + minutes * MINUTE)
    return row


def test_it_calls_people_again_from_the_first_and_is_told(home):
    assert home.says(0, RAISED) == 1
    assert ticked(0) == ["陈砺"]
    row = acknowledged(home, 1)
    home.says(10, CLEARED)
    assert ticked(20) == ["陈砺"]
    assert home.says(25, RAISED) == 0, "it is the same one"
    back = Alarm.objects.get()
    assert (back.pk, back.times, back.cleared_at) == (row.pk, 2, None)
    assert (back.acknowledged_at, back.acknowledged_by) == (None, None)
    assert ticked(25) == ["陈砺", "陈砺"]
    number = row.number
    assert keys("alarm.raised") == [f"alarm:{number}:raised", f"alarm:{number}:raised:2"]
    with clock.set_to(NOON + 25 * MINUTE):
        assert number in signed_in(home.remote).get("/alarms/?view=new").content.decode()
    alarms.acknowledge(alarm=back, by=home.desk, now=NOON + 26 * MINUTE)
    assert len(keys("alarm.acknowledged")) == 2
    assert len(ticked(60)) == 2
    assert Calling.objects.get().answered_by == home.desk


def test_the_condition_of_the_machine_counts_it_again(home):
    condition(home.asset, NOON)

    def counted(minutes):
        drain(NOON + minutes * MINUTE)
        return Alarm.objects.get().asset.condition.open_alarms

    home.says(0, RAISED)
    assert counted(0) == 1
    home.says(10, CLEARED)
    assert counted(10) == 0
    home.says(25, RAISED)
    assert counted(25) == 1


def test_one_that_flaps_calls_nobody_anew_and_is_told_once(home):
    home.says(0, RAISED)
    ticked(0)
    acknowledged(home, 1)
    for minutes in range(2, 10):
        home.says(minutes, CLEARED)
        home.says(minutes + 1, RAISED)
    back = Alarm.objects.get()
    assert (back.times, back.acknowledged_by, back.cleared_at) == (9, home.desk, None)
    assert ticked(30) == ["陈砺"]
    assert len(keys("alarm.raised")) == 1


def test_a_milder_one_that_was_seen_with_the_graver_one_stays_seen(home):
    home.says(0, RAISED, rule="bearing.notice")
    home.says(1, RAISED)
    home.says(1, MERGED, rule="bearing.notice")
    grave, mild = Alarm.objects.get(rule="bearing.danger"), Alarm.objects.get(rule="bearing.notice")
    alarms.acknowledge(alarm=grave, by=home.desk, now=NOON + 2 * MINUTE)
    home.says(10, CLEARED)
    home.says(10, RAISED, rule="bearing.notice")
    mild.refresh_from_db()
    assert (mild.acknowledged_by, mild.cleared_at, mild.times) == (home.desk, None, 2)
    assert len(keys("alarm.raised")) == 2


def test_one_that_nobody_was_told_of_is_not_told_when_it_comes_back(home):
    home.says(0, RAISED)
    Alarm.objects.update(hushed=Hushed.EXPECTED)
    acknowledged(home, 1)
    home.says(10, CLEARED)
    home.says(25, RAISED)
    assert Alarm.objects.get().acknowledged_by == home.desk
    assert len(keys("alarm.raised")) == 1


def test_what_came_back_and_went_in_one_batch_is_not_seen_either(home):
    home.says(0, RAISED)
    ticked(0)
    acknowledged(home, 1)
    home.says(10, CLEARED)
    home.says(25, RAISED, CLEARED)
    assert Alarm.objects.get().state == "RTN_UNACK"
    assert ticked(25) == ["陈砺", "陈砺"]


def test_however_long_it_has_gone_on_people_are_called(home):
    """An alarm calls people for two days: from when it came back."""
    home.says(0, RAISED)
    ticked(0)
    acknowledged(home, 1)
    days = 9 * 24 * 60
    home.says(days, CLEARED)
    home.says(days + 10, RAISED)
    assert ticked(days + 10) == ["陈砺", "陈砺"]
