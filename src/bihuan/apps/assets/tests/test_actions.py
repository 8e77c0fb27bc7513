"""Deeds on machines, their facts, and refusals that change nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bihuan.apps.assets import actions
from bihuan.apps.assets.enums import MoveReason, Status
from bihuan.apps.assets.models import Asset, Part, StageChange, Stay
from bihuan.apps.assets.queries import page
from bihuan.apps.assets.queries.sets import state_of
from bihuan.apps.assets.refusals import (
    OutOfReach,
    SerialTaken,
    StageNeeds,
    WrongStage,
)
from bihuan.apps.assets.tests import factories as make
from bihuan.apps.customers.tests import factories as people
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.facts.models import Fact
from bihuan.base.testing.kept import kept

pytestmark = pytest.mark.django_db
NOW = make.NOW
TODAY = date(2026, 10, 9)


@pytest.fixture
@kept
def played():
    people.pack_in_force()
    return people.cast()


def kinds(asset: Asset) -> list[str]:
    return list(
        Fact.objects.filter(asset_id=asset.pk).order_by("pk").values_list("kind", flat=True)
    )


def test_a_new_machine_tells_a_fact_with_its_state_and_no_personal_data(played):
    row = make.machine(played.jinling, at_work=False)
    fact = Fact.objects.get(kind="asset.added")
    assert (fact.asset_id, fact.customer_id) == (row.pk, played.jinling.pk)
    assert fact.data["asset"]["model"] == "HY-8L"
    assert fact.data["asset"]["status"] == "PRODUCED"
    assert fact.data["customer"]["machines"] == 0
    assert "金陵" not in str(fact.data)
    assert len(row.token) >= 20


def test_a_serial_number_is_unique_in_its_model_only(played):
    make.machine(played.jinling, "A1")
    with pytest.raises(SerialTaken):
        make.machine(played.stranger, "A1")
    assert Asset.objects.count() == 1
    make.machine(played.stranger, "A1", model=make.model("HY-9"))
    assert Asset.objects.count() == 2


def test_a_machine_beyond_the_writers_reach_is_not_made(played):
    with pytest.raises(OutOfReach):
        actions.add_asset(
            model=make.model(), serial="X", customer=played.stranger, by=played.manager, now=NOW
        )
    assert not Asset.objects.exists()
    assert not Fact.objects.filter(kind="asset.added").exists()


def test_from_delivery_to_use(played):
    row = make.machine(played.jinling, at_work=False)
    row = actions.advance(asset=row, to=Status.SHIPPED, by=None, now=NOW)
    row = actions.deliver(asset=row, delivered_on=TODAY, by=None, now=NOW + timedelta(minutes=1))
    assert row.warranty_to == date(2030, 4, 9)  # 42 months after delivery while not commissioned
    later = NOW + timedelta(hours=2)
    row = actions.commission(
        asset=row,
        commissioned_on=TODAY,
        checklist=True,
        accepted=True,
        trainees=3,
        by=None,
        now=later,
    )
    assert (row.warranty_from, row.warranty_to) == (TODAY, date(2029, 10, 9))
    assert kinds(row) == ["asset.added", "asset.delivered", "asset.commissioned"]
    told = Fact.objects.get(kind="asset.commissioned")
    assert told.own() == {"commissioned_on": "2026-10-09", "trainees": 3}
    assert told.data["asset"]["in_warranty"] is True


def test_commissioning_needs_list_signature_and_trainees(played):
    row = make.machine(played.jinling, at_work=False, delivered_on=date(2026, 10, 1))
    with pytest.raises(StageNeeds) as refused:
        actions.commission(
            asset=row,
            commissioned_on=TODAY,
            checklist=True,
            accepted=False,
            trainees=None,
            by=None,
            now=NOW,
        )
    assert "签收" in str(refused.value)
    assert "受训人数" in str(refused.value)
    with pytest.raises(BadInput, match="早于交付日"):
        actions.commission(
            asset=row,
            commissioned_on=date(2026, 9, 1),
            checklist=True,
            accepted=True,
            trainees=0,
            by=None,
            now=NOW,
        )
    row.refresh_from_db()
    assert (row.status, row.commissioned_on) == (Status.DELIVERED, None)
    assert StageChange.objects.filter(asset=row).count() == 1


def test_a_stage_that_may_not_follow_is_refused_with_the_ways_on(played):
    row = make.machine(played.jinling, at_work=False)
    with pytest.raises(WrongStage) as refused:
        actions.advance(asset=row, to=Status.IN_USE, by=None, now=NOW)
    assert "运输中" in str(refused.value)
    row.refresh_from_db()
    assert row.status == Status.PRODUCED


def test_somebody_who_was_first_is_not_overwritten(played):
    row = make.machine(played.jinling)
    seen_by_other = Asset.objects.select_related("model").get(pk=row.pk)
    actions.stop(asset=row, why="异响", by=None, now=NOW)
    with pytest.raises(ChangedMeanwhile):
        actions.advance(asset=seen_by_other, to=Status.UNDER_REPAIR, by=None, now=NOW)
    assert Asset.objects.get(pk=row.pk).status == Status.DOWN


def test_a_stop_says_whether_the_whole_set_stands(played):
    first, second, spare = (make.machine(played.jinling) for _ in range(3))
    actions.change_asset(asset=spare, spare=True, by=None, now=NOW)
    line = actions.make_set(
        customer=played.jinling,
        code="S1",
        name="血浆分离线",
        members=[first, second, spare],
        by=None,
        now=NOW,
    )
    for row in (first, second, spare):
        row.refresh_from_db()
    assert state_of(line).state == "RUNNING"
    actions.stop(asset=spare, why="换转子", by=None, now=NOW)
    assert Fact.objects.get(asset_id=spare.pk, kind="asset.stopped").own() == {"set_stopped": False}
    actions.stop(asset=first, why="异响", by=None, now=NOW)
    assert Fact.objects.get(asset_id=first.pk, kind="asset.stopped").own() == {"set_stopped": True}
    found = state_of(line)
    assert (found.state, [each.key for each in found.because]) == ("STOPPED", [first.pk])


def test_scrapping_needs_wiped_data_and_a_take_back(played):
    row = make.machine(played.jinling)
    with pytest.raises(StageNeeds):
        actions.retire(asset=row, data_wiped=False, take_back="HS-1", by=None, now=NOW)
    assert Asset.objects.living().count() == 1
    actions.retire(asset=row, data_wiped=True, take_back="HS-1", by=None, now=NOW)
    assert Asset.objects.living().count() == 0
    assert Fact.objects.get(kind="asset.retired").own() == {"scrapped": True}


def test_a_resold_machine_keeps_its_history_and_leaves_people_behind(played):
    row = make.machine(played.jinling)
    actions.install_part(
        asset=row,
        position="R1",
        name="转子",
        serial="R-1",
        installed_on=date(2026, 2, 1),
        by=None,
        now=NOW,
    )
    row = actions.change_asset(asset=row, nickname="许工那台", by=None, now=NOW)
    row = actions.move(
        asset=row,
        reason=MoveReason.RESOLD,
        customer=played.stranger,
        by=None,
        now=NOW + timedelta(hours=1),
    )
    assert (row.customer, row.owner, row.status, row.nickname) == (
        played.stranger,
        played.stranger,
        Status.RESOLD,
        "",
    )
    assert [stay.customer_id for stay in row.stays.order_by("from_at")] == [
        played.jinling.pk,
        played.stranger.pk,
    ]
    assert Stay.objects.filter(asset=row, to_at=None).count() == 1
    assert Part.objects.inside().filter(asset=row).count() == 1
    facts, _more, hidden = page.timeline(row, played.other)
    assert [fact.kind for fact in facts] == ["asset.moved"]
    assert hidden == 1
    old = Fact.objects.get(kind="asset.added")
    assert old.customer_id == played.jinling.pk


def test_a_warranty_that_does_not_transfer_ends_with_the_resale(played):
    row = make.machine(played.jinling, model=make.model("UL-1", family="ULTRA"))
    assert row.warranty_to == date(2028, 1, 22)
    row = actions.move(
        asset=row, reason=MoveReason.RESOLD, customer=played.stranger, by=None, now=NOW
    )
    assert row.warranty_to == TODAY


def test_rented_and_returned(played):
    row = make.machine(played.jinling)
    row = actions.move(
        asset=row, reason=MoveReason.RENTED, customer=played.stranger, by=None, now=NOW
    )
    assert (row.customer, row.owner, row.status) == (played.stranger, played.jinling, Status.RENTED)
    row = actions.move(asset=row, reason=MoveReason.RETURNED, by=None, now=NOW + timedelta(days=1))
    assert (row.customer, row.status) == (played.jinling, Status.IDLE)


def test_a_move_without_a_place_or_to_the_same_customer_is_refused(played):
    row = make.machine(played.jinling)
    for reason, values in (
        (MoveReason.RELOCATED, {}),
        (MoveReason.RESOLD, {"customer": played.jinling}),
        (MoveReason.RETURNED, {}),
    ):
        with pytest.raises(BadInput):
            actions.move(asset=row, reason=reason, by=None, now=NOW, **values)
    assert row.stays.count() == 1
    assert not Fact.objects.filter(kind="asset.moved").exists()
