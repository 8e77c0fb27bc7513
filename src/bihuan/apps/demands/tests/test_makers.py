"""The same deeds carry out what each maker's regulation asks of a demand."""

from __future__ import annotations

import pytest

from bihuan.apps.demands import actions
from bihuan.apps.demands.tests.conftest import NOW, made
from bihuan.apps.demands.tests.factories import demand
from bihuan.apps.obligations.models import Obligation
from bihuan.base.testing.draining import drain

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("pack", "tier", "kind", "owed"),
    [
        ("machinery", "", "INTENT", {"demand.classify", "demand.propose"}),
        ("automation", "", "OPTIMISE", {"demand.classify", "demand.propose", "demand.confirm_plan"}),
        ("general", "KEY", "OPTIMISE", {"demand.propose"}),
        ("instruments", "", "SUGGESTION", {"demand.classify"}),
    ],
)  # fmt: skip
def test_each_makers_duties_are_carried_out(db, pack, tier, kind, owed):
    house = made(pack, tier)
    row = demand(house.customer, house.manager, NOW, kind=kind)
    drain(NOW)
    actions.classify(demand=row, topic="FUNCTION", by=house.analyst, now=NOW)
    drain(NOW)
    if pack == "automation":  # the customer confirms what he wants before there is a proposal
        actions.confirm_plan(demand=row, answer="许工：就要这个", by=house.specialist, now=NOW)
    actions.propose(demand=row, text="方案", by=house.specialist, now=NOW)
    drain(NOW)
    rows = Obligation.objects.filter(occasion=row.number, kind__startswith="demand.")
    states = {each.kind: each.state for each in rows}
    assert set(states) == owed
    assert set(states.values()) == {"DISCHARGED"}
