"""Readings, parts, checks, warranties, search and snapshots of machines."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from bihuan.apps.assets import actions
from bihuan.apps.assets.enums import CheckKind, Grade, PartWhy
from bihuan.apps.assets.models import Check, Part, Reading
from bihuan.apps.assets.queries import page
from bihuan.apps.assets.refusals import (
    HasParts,
    MeterAhead,
    MeterBack,
    PartElsewhere,
    PartOverLife,
    PositionTaken,
)
from bihuan.apps.assets.snapshots import assets as snapshot
from bihuan.apps.assets.tests import factories as make
from bihuan.apps.customers.snapshots import customers as customer_snapshot
from bihuan.apps.customers.tests import factories as people
from bihuan.base.facts.models import Fact
from bihuan.base.search.queries import find
from bihuan.base.testing.kept import kept

pytestmark = pytest.mark.django_db
NOW = make.NOW
TODAY = date(2026, 10, 9)


@pytest.fixture
@kept
def played():
    people.pack_in_force()
    return people.cast()


def test_a_counter_never_goes_back_except_by_a_new_meter(played):
    row = make.machine(played.jinling)
    record = {"asset": row, "point": "HOURS", "by": None, "now": NOW}
    actions.record_reading(value=Decimal(100), at=NOW - timedelta(days=10), **record)
    actions.record_reading(value=Decimal(150), at=NOW - timedelta(days=2), **record)
    with pytest.raises(MeterBack):
        actions.record_reading(value=Decimal(149), at=NOW, **record)
    with pytest.raises(MeterAhead):
        actions.record_reading(value=Decimal(151), at=NOW - timedelta(days=5), **record)
    assert Reading.objects.count() == 2
    actions.replace_meter(
        asset=row,
        point="HOURS",
        last=Decimal(160),
        start=Decimal(0),
        at=NOW,
        why="显示屏坏",
        by=None,
        now=NOW,
    )
    later = NOW + timedelta(days=3)
    actions.record_reading(
        asset=row, point="HOURS", value=Decimal(12), at=later, by=None, now=later
    )
    row.refresh_from_db()
    assert row.hours == Decimal(172)
    assert snapshot([row.pk], later)[row.pk]["hours"] == 172.0


def test_the_tree_of_any_day_can_be_shown(played):
    row = make.machine(played.jinling)
    rotor = actions.install_part(
        asset=row,
        position="R1",
        name="转子",
        serial="R-1",
        installed_on=date(2026, 2, 1),
        by=None,
        now=NOW,
    )
    actions.install_part(
        asset=row,
        position="R1/B1",
        name="吊篮",
        installed_on=date(2026, 2, 1),
        parent=rotor,
        by=None,
        now=NOW,
    )
    with pytest.raises(HasParts):
        actions.remove_part(
            part=rotor, removed_on=date(2026, 5, 1), why=PartWhy.WORN, by=None, now=NOW
        )
    basket = Part.objects.get(position="R1/B1")
    actions.remove_part(
        part=basket, removed_on=date(2026, 5, 1), why=PartWhy.WORN, by=None, now=NOW
    )
    actions.replace_part(
        part=rotor, on=date(2026, 9, 27), why=PartWhy.LIFE, serial="R-2", by=None, now=NOW
    )
    on = {
        day: [(node.part.serial or node.part.name, node.depth) for node in page.tree(row, day)]
        for day in (date(2026, 1, 31), date(2026, 3, 1), date(2026, 9, 26), date(2026, 9, 27))
    }
    assert on == {
        date(2026, 1, 31): [], date(2026, 3, 1): [("R-1", 0), ("吊篮", 1)], date(2026, 9, 26): [("R-1", 0)],
        date(2026, 9, 27): [("R-2", 0)],
    }  # fmt: skip


def test_a_position_and_a_serial_hold_one_part(played):
    row, other = make.machine(played.jinling), make.machine(played.jinling)
    put = {"name": "转子", "part_no": "P1", "installed_on": TODAY, "by": None, "now": NOW}
    actions.install_part(asset=row, position="R1", serial="R-1", **put)
    with pytest.raises(PositionTaken):
        actions.install_part(asset=row, position="R1", serial="R-2", **put)
    with pytest.raises(PartElsewhere):
        actions.install_part(asset=other, position="R1", serial="R-1", **put)
    with pytest.raises(PartOverLife):
        actions.install_part(
            asset=other, position="R1", serial="R-3", cycles=2500, cycle_limit=2500, **put
        )
    assert Part.objects.count() == 1


def test_a_part_near_its_limit_is_told_once(played):
    row = make.machine(played.jinling)
    part = actions.install_part(
        asset=row,
        position="R1",
        name="转子",
        serial="R-1",
        installed_on=TODAY,
        cycle_limit=1000,
        by=None,
        now=NOW,
    )
    actions.add_cycles(part=part, cycles=899, by=None, now=NOW)
    assert not Fact.objects.filter(kind="part.life_ending").exists()
    actions.add_cycles(part=part, cycles=1, by=None, now=NOW)
    actions.add_cycles(part=part, cycles=5, by=None, now=NOW)
    assert Fact.objects.get(kind="part.life_ending").own() == {
        "part": str(part.pk),
        "remaining": 0.1,
    }


def test_an_inspection_is_kept_whole_or_not_at_all(played):
    row = make.machine(played.jinling)
    actions.record_reading(asset=row, point="HOURS", value=Decimal(100), at=NOW, by=None, now=NOW)
    with pytest.raises(MeterBack):
        actions.add_inspection(
            asset=row,
            at=NOW,
            findings=1,
            readings={"VIBRATION": Decimal("5.2"), "HOURS": Decimal(1)},
            by=None,
            now=NOW,
        )
    assert not Check.objects.exists()
    assert not Fact.objects.filter(kind="asset.inspected").exists()
    check = actions.add_inspection(
        asset=row,
        at=NOW,
        findings=1,
        wear=Decimal("0.3"),
        readings={"VIBRATION": Decimal("5.2")},
        by=None,
        now=NOW,
    )
    assert check.no.startswith("XJ-20261009-")
    assert Fact.objects.get(kind="asset.inspected").own()["wear"] == 0.3
    tile = next(each for each in page.tiles(row) if each.point.code == "VIBRATION")
    assert tile.tone == "orange"
    actions.add_health_check(
        asset=row, at=NOW, grade=Grade.FAIR, text="建议关注振动", by=None, now=NOW
    )
    assert Check.objects.filter(kind=CheckKind.HEALTH).count() == 1
    assert Fact.objects.get(kind="health.checked").own()["grade"] == "FAIR"


def test_a_models_months_change_the_warranty_of_its_machines(played):
    row = make.machine(played.jinling)
    actions.change_model(model=row.model, warranty_months=12, by=None, now=NOW)
    row.refresh_from_db()
    assert row.warranty_to == date(2027, 1, 22)


def test_what_a_contract_agrees_counts_until_it_is_taken_back(played):
    row = make.machine(played.jinling)
    actions.agree_warranty(
        asset=row, source="合同·2026-031", until=date(2032, 1, 1), by=None, now=NOW
    )
    assert row.warranty_to == date(2032, 1, 1)
    actions.withdraw_warranty(asset=row, source="合同·2026-031", by=None, now=NOW)
    assert row.warranty_to == date(2029, 1, 22)


def test_machines_are_found_by_tail_pinyin_and_within_reach(played):
    row = make.machine(played.jinling, "8L240122")
    for text in ("0122", "8l240122", "daronglianglengdong", "大容量"):
        hits = [
            hit for group in find(played.manager, text) for hit in group.hits if hit.kind == "asset"
        ]
        assert [hit.thing_id for hit in hits] == [str(row.pk)], text
    assert not [group for group in find(played.other, "0122") if group.kind == "asset"]


def test_snapshots_take_a_fixed_number_of_queries(played, django_assert_num_queries):
    rows = [make.machine(played.jinling) for _ in range(4)]
    ids = [row.pk for row in rows]
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        snapshot(ids[:1], NOW)
    with django_assert_num_queries(len(one)):
        found = snapshot(ids, NOW)
    assert found[ids[0]]["in_warranty"] is True
    assert found[ids[0]]["age_years"] == 0.71
    assert customer_snapshot([played.jinling.pk], NOW)[played.jinling.pk]["machines"] == 4
