"""Days and condition of machines: folded from samples, the same whatever came when."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from bihuan.apps.assets.actions import install_part
from bihuan.apps.monitoring.actions.assessing import assess
from bihuan.apps.monitoring.actions.days import keep_days
from bihuan.apps.monitoring.models import Condition, DayDue, MachineDay
from bihuan.apps.monitoring.store.keeping import keep
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.days import DAY, START, connected, folded, report
from bihuan.base.facts.models import Fact

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    return connected()


def day(device, on=DAY):
    return MachineDay.objects.get(asset=device.asset, day=on)


def whole(device):
    fields = [
        field.attname
        for field in MachineDay._meta.concrete_fields
        if field.name not in ("folded_at", "health")
    ]
    return list(MachineDay.objects.filter(asset=device.asset).order_by("day").values_list(*fields))


def test_a_day_is_folded_from_its_packed_hours_and_again_changes_nothing(device):
    report(device, START, 4)
    now = START + timedelta(hours=20)
    keep(now)
    assert DayDue.objects.filter(asset=device.asset, day=DAY).exists()
    assert keep_days(now) == 1
    row = day(device)
    assert row.run_s / 3600 == pytest.approx(4, abs=0.02)
    assert row.gained["HOURS"] == pytest.approx(4, abs=0.02)
    assert row.worn["BEARING"] == pytest.approx(4, abs=0.02)
    assert row.used["ENERGY"] == pytest.approx(math.sqrt(3) * 380 * 0.85 * 12 * 4 / 1000, rel=0.01)
    before = whole(device)
    assert keep_days(now) == 0
    DayDue.objects.create(asset=device.asset, day=DAY)
    keep_days(now)
    assert whole(device) == before


def test_what_comes_late_gives_what_it_would_have_given_in_time(device):
    now = START + timedelta(days=4)
    report(device, START, 3)
    report(device, START + timedelta(days=2), 3)
    keep(now)
    keep_days(now)
    assert day(device, DAY + timedelta(days=2)).gained["CYCLES"] == 48
    report(device, START + timedelta(hours=5), 3, now=now)
    report(device, START + timedelta(days=1), 2, now=now)
    keep(now)
    keep_days(now)
    found = whole(device)
    assert day(device, DAY + timedelta(days=2)).gained["CYCLES"] == 25
    for row in MachineDay.objects.all():
        row.delete()
    for number in range(3):
        DayDue.objects.create(asset=device.asset, day=DAY + timedelta(days=number))
    keep_days(now)
    assert whole(device) == found


def test_a_day_begins_where_the_house_is(device):
    report(device, START + timedelta(hours=15), 2)
    keep(START + timedelta(hours=20))
    keep_days(START + timedelta(hours=20))
    assert [round(row.run_s / 3600, 1) for row in MachineDay.objects.order_by("day")] == [1.0, 1.0]


def test_a_machine_in_order_is_well_and_an_alarm_that_stands_says_why_it_is_not(device):
    now, found = folded(device)
    assert (found.index, found.grade) == (100, "GOOD")
    assert found.why["unknown"] == ["drift", "maintenance"]
    assert 0 < found.confidence < 1
    factories.alarm(device.asset, now, rule="vibration.danger", klass="URGENT")
    assess([device.asset_id], now)
    worse = Condition.objects.get(asset=device.asset)
    assert worse.index == day(device).health == 45
    assert worse.why["because"]["rule"] == "vibration.danger"
    assert (worse.open_alarms, worse.open_class) == (1, "URGENT")


def test_a_value_near_its_limit_costs_and_is_named(device):
    _now, found = folded(device, VIBRATION=4.6)
    share = found.why["shares"][0]
    assert share["name"] == "values"
    assert share["reasons"][0]["point"] == "VIBRATION"
    assert found.index < 90


def test_the_rotor_on_record_is_the_one_whose_life_is_counted(device):
    install_part(
        asset=device.asset,
        position="P1",
        name="转子",
        serial="R-6",
        installed_on=date(2026, 11, 1),
        cycles=17_000,
        cycle_limit=20_000,
        by=None,
        now=START,
    )
    _now, found = folded(device)
    rotor = next(row for row in found.lives if row["part"] == "ROTOR")
    assert (rotor["serial"], rotor["used"], rotor["limit"]) == ("R-6", 17_003, 20_000)
    assert rotor["left_low"] == rotor["left"] == rotor["left_high"] == 2997
    assert rotor["on_first"] <= rotor["on"] <= rotor["on_last"]
    bearing = next(row for row in found.lives if row["part"] == "BEARING")
    assert bearing["used"] == pytest.approx(3004, abs=0.1)
    assert bearing["left_low"] < bearing["left"] < bearing["left_high"]


def test_what_is_reached_is_told_once_whatever_is_replayed(device):
    now, _found = folded(device, HOURS=9990.0)
    told = Fact.objects.filter(kind="part.life_reached")
    assert [(row.own()["part"], row.own()["share"]) for row in told.order_by("pk")] == [
        ("BEARING", 0.8)
    ]
    assert told.first().asset_id == device.asset_id
    service = Fact.objects.get(kind="machine.hours_reached").own()
    assert (service["service"], service["kind"], service["at"]) == ("S1000-10", "LUBRICATE", 10_000)
    Condition.objects.all().delete()
    assess([device.asset_id], now)
    assert told.count() == 1
    assert Fact.objects.filter(kind="machine.hours_reached").count() == 1


def test_a_round_that_was_jumped_over_is_told_too(device):
    now, _found = folded(device)
    report(device, START + timedelta(days=1), 1, HOURS=5030.0)
    keep(now + timedelta(days=2))
    keep_days(now + timedelta(days=2))
    rounds = [
        row.own()["service"]
        for row in Fact.objects.filter(kind="machine.hours_reached").order_by("pk")
    ]
    assert sorted(rounds) == ["S1000-4", "S1000-5", "S4000-1"]


def test_a_machine_that_cannot_be_assessed_costs_no_other_its_condition(
    device, monkeypatch, caplog
):
    from bihuan.apps.monitoring.actions import assessing

    now, _found = folded(device)
    other, _key = factories.device(now=START)
    assert assess([other.asset_id, device.asset_id, 999_999], now) == 1
    monkeypatch.setattr(assessing, "lives_of", lambda *_: 1 / 0)
    assert assess([device.asset_id], now) == 0
    assert "could not be assessed" in caplog.text
    assert Condition.objects.get(asset=device.asset).index == 100


def test_of_a_part_that_must_have_been_changed_unrecorded_nothing_is_known(device):
    _now, found = folded(device)
    assert {row["part"] for row in found.lives if "wear" not in row} == {"FILTER"}
    assert found.worst_wear == pytest.approx(0.25, abs=0.01)


def test_an_alarm_counts_by_itself_where_nobody_is_told_of_the_one_that_holds_it(device):
    now, found = folded(device)
    hushed = factories.alarm(device.asset, now, rule="vibration.danger", hushed="FLOOD")
    factories.alarm(device.asset, now, merged=hushed, cleared_at=now)
    assess([device.asset_id], now)
    assert Condition.objects.get(asset=device.asset).index < found.index
