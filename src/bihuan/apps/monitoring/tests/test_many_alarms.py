"""Many machines at once: what a batch of the worker writes of their alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.monitoring import catalogue, figures
from bihuan.apps.monitoring.actions import expecting
from bihuan.apps.monitoring.actions.events import record
from bihuan.apps.monitoring.actions.standing import Machines
from bihuan.apps.monitoring.enums import Hushed
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.factories import VALUES, alarm, device
from bihuan.base.facts.models import Fact
from bihuan.base.together import reading
from bihuan.lib.machines.evaluate import CLEARED, MERGED, RAISED, Event

pytestmark = pytest.mark.django_db
AT = NOON.timestamp()


@pytest.fixture
def fleet(house):
    template = catalogue.as_shipped()["centrifuge"]
    values = [VALUES.get(point.code) for point in template.points]
    devices = [
        device(asset=machine(house.customer, serial=f"MANY{number:03d}"), now=NOON)[0]
        for number in range(12)
    ]
    known = Machines({each.pk: (each.asset_id, values) for each in devices}, template)
    return template, devices, known


def event(one, rule, what, after=0.0, value=91.0):
    at = AT + after
    return Event(one.pk, rule, what, at=at, since=at, value=value, peak=value, state="AT_SPEED")


def queries(work):
    with (
        CaptureQueriesContext(
            connection,
        ) as asked,
        reading(),
    ):
        work()
    return len(asked)


def test_a_hundred_machines_cost_the_statements_of_one(fleet):
    template, devices, known = fleet
    record(template, [event(devices[0], "bearing.danger", RAISED)], fleet=known, now=NOON)  # warm
    few = queries(
        lambda: record(
            template, [event(devices[1], "bearing.danger", RAISED)], fleet=known, now=NOON
        )
    )
    rest = [event(each, "bearing.danger", RAISED) for each in devices[2:]]
    assert queries(lambda: record(template, rest, fleet=known, now=NOON)) == few
    rows = list(Alarm.objects.filter(rule="bearing.danger").order_by("pk"))
    assert [row.asset_id for row in rows] == [each.asset_id for each in devices]
    assert len({row.number for row in rows}) == 12
    assert all(row.diagnosis["causes"] for row in rows)
    assert len({str(row.diagnosis) for row in rows}) == 1  # the same values, the same opinion
    told = Fact.objects.filter(kind="alarm.raised")
    assert {fact.key for fact in told} == {f"alarm:{row.number}:raised" for row in rows}


def test_what_begins_and_ends_and_comes_back_in_one_batch(fleet):
    """Also the one that a graver one of the same batch holds, and a new one after an old one's end."""
    template, (first, second, third, *_), known = fleet
    record(template, [event(third, "bearing.danger", RAISED, -7200)], fleet=known, now=NOON)
    old = Alarm.objects.get()
    count = record(template, [
        event(first, "bearing.danger", RAISED, 0), event(first, "bearing.danger", CLEARED, 60),
        event(first, "bearing.danger", RAISED, 90, 95.0), event(first, "bearing.danger", CLEARED, 120),
        event(second, "bearing.notice", RAISED, 0, 80.0), event(second, "bearing.danger", RAISED, 30),
        event(second, "bearing.notice", MERGED, 30, 91.0),
        event(third, "bearing.danger", CLEARED, -7000), event(third, "bearing.danger", RAISED, 40),
    ], fleet=known, now=NOON + timedelta(minutes=3))  # fmt: skip
    assert count == 4
    again = Alarm.objects.get(asset=first.asset_id)
    assert (again.times, again.peak) == (2, 95.0)
    assert again.cleared_at == NOON + timedelta(seconds=120)
    held = Alarm.objects.get(asset=second.asset_id, rule="bearing.notice")
    graver = Alarm.objects.get(asset=second.asset_id, rule="bearing.danger")
    assert (held.merged, held.cleared_at) == (graver, NOON + timedelta(seconds=30))
    assert graver.cleared_at is None
    old.refresh_from_db()
    assert old.cleared_at is not None
    assert Alarm.objects.get(asset=third.asset_id, cleared_at=None).pk != old.pk
    ended = [fact.key for fact in Fact.objects.filter(kind="alarm.cleared").order_by("pk")]
    assert ended == [
        f"alarm:{again.number}:cleared:1",
        f"alarm:{again.number}:cleared:2",
        f"alarm:{old.number}:cleared:1",
    ]
    back = [
        event(second, "bearing.danger", CLEARED, 200), event(second, "bearing.notice", RAISED, 210),
        event(second, "bearing.notice", MERGED, 220), event(second, "bearing.notice", RAISED, 230),
        event(second, "bearing.notice", CLEARED, 240),
    ]  # fmt: skip
    record(template, back, fleet=known, now=NOON + timedelta(minutes=5))
    held.refresh_from_db()
    assert (held.merged, held.times) == (None, 3)  # it came back and went by itself


def test_one_whose_parent_does_not_stand_goes_into_the_one_above_that_does(fleet):
    template, (first, *_), known = fleet
    above = {"bearing.danger": "vibration.danger"}
    rules = [replace(each, parent=above.get(each.code, each.parent)) for each in template.rules]
    record(replace(template, rules=tuple(rules)), [
        event(first, "bearing.danger", RAISED, 0), event(first, "bearing.danger", CLEARED, 5),
        event(first, "bearing.notice", RAISED, 10), event(first, "vibration.danger", RAISED, 20),
        event(first, "bearing.notice", MERGED, 20),
    ], fleet=known, now=NOON)  # fmt: skip
    held = Alarm.objects.get(rule="bearing.notice")
    assert held.merged == Alarm.objects.get(rule="vibration.danger")
    assert not Fact.objects.filter(key__startswith=f"alarm:{held.number}:cleared").exists()


@pytest.fixture
def two(fleet, monkeypatch):
    """A flood is more than two alarms within ten minutes; a machine, and what raises by it."""
    monkeypatch.setitem(figures._own(), "monitoring.flood_alarms", "2")
    monkeypatch.setitem(figures._own(), "monitoring.flood_min", "10")
    template, (first, *_), known = fleet

    def begins(*rules, now=NOON):
        record(template, [event(first, rule, RAISED) for rule in rules], fleet=known, now=now)
        return {row.rule: row.hushed for row in Alarm.objects.filter(asset=first.asset_id)}

    return first.asset, begins


def test_after_so_many_the_milder_ones_are_told_to_nobody(two):
    _asset, begins = two
    found = begins("vibration.notice", "bearing.notice", "current.high", "bearing.danger")
    assert found == {
        "vibration.notice": "", "bearing.notice": "", "current.high": "FLOOD", "bearing.danger": "",
    }  # fmt: skip
    assert begins("vibration.danger", "chamber.deviates", now=NOON + timedelta(minutes=5)) == (
        found | {"vibration.danger": "", "chamber.deviates": "FLOOD"}
    )
    assert Fact.objects.filter(kind="alarm.raised").count() == 4


def test_a_flood_does_not_hush_what_holds_an_alarm_that_was_told(two, monkeypatch):
    monkeypatch.setitem(figures._own(), "monitoring.ticket_at_once", "")
    _asset, begins = two
    assert begins("vibration.notice", "current.high", "bearing.danger", "vibration.danger") == {
        "vibration.notice": "", "current.high": "", "bearing.danger": "FLOOD", "vibration.danger": "",
    }  # fmt: skip


@pytest.mark.parametrize("why", [Hushed.TRIAL, Hushed.REPAIR, Hushed.EXPECTED, Hushed.FLOOD])
def test_what_nobody_was_told_of_is_no_flood(two, why):
    asset, begins = two
    for rule in ("vibration.notice", "bearing.notice", "bearing.rise"):
        alarm(asset, NOON, rule=rule, hushed=why)
    assert begins("current.high", "starts.many")["starts.many"] == ""


def test_what_is_told_late_is_no_flood(two):
    asset, begins = two
    for rule in ("vibration.notice", "bearing.notice", "bearing.rise"):
        alarm(asset, NOON - timedelta(hours=2), rule=rule, hushed=Hushed.FLOOD)
    assert expecting.wake(NOON) == 3
    assert begins("current.high", "starts.many", "chamber.deviates") == {
        "vibration.notice": "", "bearing.notice": "", "bearing.rise": "", "current.high": "", "starts.many": "",
        "chamber.deviates": "FLOOD",
    }  # fmt: skip
