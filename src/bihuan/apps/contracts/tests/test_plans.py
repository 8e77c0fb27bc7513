"""Planned maintenance: told ahead, once, by the plan that holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bihuan.apps.assets import actions as asset_actions
from bihuan.apps.assets.tests import factories as machines
from bihuan.apps.contracts import actions
from bihuan.apps.contracts.enums import Care, CountedFrom
from bihuan.apps.contracts.handlers import on_facts
from bihuan.apps.contracts.models import MaintenancePlan, PlanVisit
from bihuan.apps.contracts.refusals import VisitDone
from bihuan.apps.contracts.tests import factories as make
from bihuan.apps.contracts.ticks import plans_of, tell_maintenance
from bihuan.apps.customers.tests import factories as people
from bihuan.base.errors import BadInput
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact
from bihuan.base.testing.kept import kept

pytestmark = pytest.mark.django_db
NOW = make.NOW  # 2026-10-09; machines were commissioned on 2026-01-22


@pytest.fixture
@kept
def played():
    people.pack_in_force()
    return people.cast()


def told() -> list[tuple[str, str]]:
    return [
        (fact.own()["kind"], fact.own()["on_date"])
        for fact in Fact.objects.filter(kind="maintenance.due").order_by("pk")
    ]


def test_several_kinds_of_one_machine_are_told_within_the_lead_and_once(played):
    row = machines.machine(played.jinling)
    actions.add_plan(
        model=row.model, kind=Care.CLEAN, every="3mo", from_on=date(2026, 1, 1), by=None, now=NOW
    )
    actions.add_plan(
        model=row.model, kind=Care.CALIBRATE, every="1y", from_on=date(2026, 1, 1), by=None, now=NOW
    )
    assert tell_maintenance(NOW) == 1
    assert told() == [("CLEAN", "2026-10-22")]
    assert tell_maintenance(NOW) == 0
    assert tell_maintenance(NOW + timedelta(days=1)) == 0
    assert tell_maintenance(NOW + timedelta(days=80)) == 2
    assert told()[1:] == [("CALIBRATE", "2027-01-22"), ("CLEAN", "2027-01-22")] or told()[1:] == [
        ("CLEAN", "2027-01-22"),
        ("CALIBRATE", "2027-01-22"),
    ]
    fact = Fact.objects.filter(kind="maintenance.due").first()
    assert (fact.asset_id, fact.customer_id) == (row.pk, played.jinling.pk)
    assert fact.own()["visit"] == PlanVisit.objects.get(on_date=date(2026, 10, 22)).key


def test_a_machine_that_is_not_at_work_is_not_maintained(played):
    row = machines.machine(played.jinling, at_work=False)
    actions.add_plan(model=row.model, kind=Care.CLEAN, every="1w", by=None, now=NOW)
    assert tell_maintenance(NOW) == 0
    gone = machines.machine(played.jinling, model=machines.model("Z"))
    actions.add_plan(model=gone.model, kind=Care.CLEAN, every="1w", by=None, now=NOW)
    asset_actions.retire(asset=gone, data_wiped=True, take_back="HS-1", by=None, now=NOW)
    assert tell_maintenance(NOW + timedelta(days=1)) == 0


def test_a_contracts_plan_takes_the_place_of_the_models(played):
    mine, other = machines.machine(played.jinling), machines.machine(played.stranger)
    contract = make.signed(played.jinling, machines=[mine])
    actions.add_plan(
        model=mine.model, kind=Care.CLEAN, every="6mo", from_on=date(2026, 1, 1), by=None, now=NOW
    )
    actions.add_plan(contract=contract, kind=Care.CLEAN, every="3mo", by=None, now=NOW)
    actions.add_plan(contract=contract, kind=Care.INSPECT, every="1mo", by=None, now=NOW)
    found = plans_of([mine, other], NOW.date())
    assert {kind: plan.every for kind, plan in found[mine.pk].items()} == {
        "CLEAN": "3mo",
        "INSPECT": "1mo",
    }
    assert {kind: plan.every for kind, plan in found[other.pk].items()} == {"CLEAN": "6mo"}
    tell_maintenance(NOW)
    assert sorted(told()) == [("CLEAN", "2026-10-22"), ("INSPECT", "2026-10-22")]


def test_counted_from_the_work_done_it_waits_for_it(played):
    row = machines.machine(played.jinling)
    actions.add_plan(
        model=row.model,
        kind=Care.LUBRICATE,
        every="10d",
        counted=CountedFrom.DONE,
        by=None,
        now=NOW,
    )
    tell_maintenance(NOW)
    assert len(told()) == 1
    later = NOW + timedelta(days=20)
    assert tell_maintenance(later) == 0
    visit = PlanVisit.objects.get()
    actions.do_visit(visit=visit, done_on=later.date(), by=None, now=later)
    with pytest.raises(VisitDone):
        actions.do_visit(visit=visit, done_on=later.date(), by=None, now=later)
    assert Fact.objects.get(kind="maintenance.done").own() == {"visit": visit.key}
    assert tell_maintenance(later + timedelta(days=1)) == 1
    assert told()[1] == ("LUBRICATE", "2026-11-08")


def test_done_told_by_anybody_marks_the_visit(played):
    row = machines.machine(played.jinling)
    actions.add_plan(model=row.model, kind=Care.CLEAN, every="3mo", by=None, now=NOW)
    tell_maintenance(NOW)
    visit = PlanVisit.objects.get()
    tell(
        "maintenance.done",
        at=NOW,
        now=NOW,
        by=None,
        subjects={"asset": row.pk, "customer": played.jinling.pk},
        data={"visit": visit.key},
    )
    on_facts(list(Fact.objects.order_by("pk")), NOW)
    visit.refresh_from_db()
    assert visit.done_on == date(2026, 10, 9)


def test_a_new_plan_of_the_same_kind_ends_the_old_one_and_nonsense_is_refused(played):
    row = machines.machine(played.jinling)
    actions.add_plan(model=row.model, kind=Care.CLEAN, every="3mo", by=None, now=NOW)
    actions.add_plan(model=row.model, kind=Care.CLEAN, every="1mo", by=None, now=NOW)
    assert [plan.every for plan in MaintenancePlan.objects.filter(ended_on=None)] == ["1mo"]
    for values in ({"every": "often", "model": row.model}, {"every": "1mo"}):
        with pytest.raises(BadInput):
            actions.add_plan(kind=Care.CLEAN, by=None, now=NOW, **values)
    assert MaintenancePlan.objects.count() == 2


def test_the_family_suggests_what_has_no_plan_yet(played):
    row = machines.machine(played.jinling)
    actions.add_plan(model=row.model, kind=Care.CLEAN, every="1mo", by=None, now=NOW)
    made = actions.suggest_plans(model=row.model, by=None, now=NOW)
    assert {plan.kind for plan in made} == {"INSPECT", "CALIBRATE"}
    assert actions.suggest_plans(model=row.model, by=None, now=NOW) == []


def test_the_plans_of_many_machines_take_a_fixed_number_of_queries(
    played, django_assert_num_queries
):
    rows = [machines.machine(played.jinling) for _ in range(5)]
    actions.add_plan(model=rows[0].model, kind=Care.CLEAN, every="1mo", by=None, now=NOW)
    actions.add_plan(
        contract=make.signed(played.jinling, machines=rows),
        kind=Care.INSPECT,
        every="1mo",
        by=None,
        now=NOW,
    )
    with django_assert_num_queries(2):
        plans_of(rows, NOW.date())
