"""Tiers: assessed, held, proposed, decided by the right role, dated; nothing twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from bihuan.apps.customers import actions
from bihuan.apps.customers.actions import tiers as tier_actions
from bihuan.apps.customers.enums import Category
from bihuan.apps.customers.handlers import on_facts
from bihuan.apps.customers.models import Customer, TierChange, TierReview
from bihuan.apps.customers.tests import factories as make
from bihuan.base.errors import BadInput, ChangedMeanwhile, NotAllowed
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact
from bihuan.base.testing.kept import kept

pytestmark = pytest.mark.django_db
NOW = make.NOW


@pytest.fixture
@kept
def cast():
    make.pack_in_force()
    return make.cast()


def rich(of: Customer, amount: int = 2_000_000) -> None:
    actions.change_customer(
        customer=Customer.objects.get(pk=of.pk), since=date(2020, 1, 1), by=None, now=NOW
    )
    actions.record_purchase(
        customer=of,
        order_no=f"PO-{of.pk}",
        made_on=date(2026, 9, 1),
        amount=Decimal(amount),
        category=Category.EQUIPMENT,
        by=None,
        now=NOW,
    )


def test_a_new_customer_begins_at_the_tier_its_values_give(cast):
    assert (cast.jinling.tier, cast.jinling.tier_rank) == ("POTENTIAL", 3)
    change = TierChange.objects.get(customer=cast.jinling)
    assert (change.state, change.reason, change.from_on, change.to_on) == (
        "APPLIED",
        "FIRST",
        date(2026, 10, 9),
        None,
    )


def test_a_stated_tier_that_the_pack_lacks_is_refused(cast):
    with pytest.raises(BadInput):
        actions.add_customer(name="好客户有限公司", tier="PLATINUM", by=None, now=NOW)
    assert not Customer.objects.filter(name="好客户有限公司").exists()
    assert actions.add_customer(name="好客户有限公司", tier="GOLD", by=None, now=NOW).tier == "GOLD"


def test_a_review_proposes_and_only_the_named_role_decides(cast):
    rich(cast.jinling)
    made = actions.review_tiers(customer_ids=[cast.jinling.pk], key="2026-H2", by=None, now=NOW)
    assert [(row.assessed, row.score) for row in made] == [("GOLD", Decimal(100))]
    assert (
        actions.review_tiers(customer_ids=[cast.jinling.pk], key="2026-H2", by=None, now=NOW) == []
    )
    change = TierChange.objects.get(customer=cast.jinling, state="PROPOSED")
    assert (change.needs_role, change.up) == ("general_manager", True)
    with pytest.raises(tier_actions.OtherRoleDecides):
        actions.decide_tier(change=change, approve=True, by=cast.market, now=NOW)
    with pytest.raises(NotAllowed):
        actions.decide_tier(change=change, approve=True, by=cast.manager, now=NOW)
    assert Customer.objects.get(pk=cast.jinling.pk).tier == "POTENTIAL"
    assert not Fact.objects.filter(kind="tier.changed").exists()
    later = NOW + timedelta(days=3)
    actions.decide_tier(change=change, approve=True, by=cast.boss, now=later)
    row = Customer.objects.get(pk=cast.jinling.pk)
    assert (row.tier, row.tier_since, row.tier_review_on) == (
        "GOLD",
        date(2026, 10, 12),
        date(2027, 1, 1),
    )
    old = TierChange.objects.get(customer=row, after="POTENTIAL")
    assert (old.from_on, old.to_on) == (date(2026, 10, 9), date(2026, 10, 12))
    fact = Fact.objects.get(kind="tier.changed")
    assert fact.own() == {
        "change": str(change.pk),
        "before": "POTENTIAL",
        "after": "GOLD",
        "up": True,
        "reason": "REVIEW",
    }
    assert fact.data["customer"]["tier"] == "GOLD"
    with pytest.raises(ChangedMeanwhile):
        actions.decide_tier(change=change, approve=True, by=cast.boss, now=later)


def test_a_worse_tier_waits_for_a_second_review(cast):
    gold = actions.add_customer(
        name="金牌客户有限公司", tier="GOLD", since=date(2020, 1, 1), by=None, now=NOW
    )
    actions.record_purchase(
        customer=gold,
        order_no="PO-1",
        made_on=date(2026, 9, 1),
        amount=Decimal(500_000),
        category=Category.PARTS,
        by=None,
        now=NOW,
    )
    first = actions.review_tiers(
        customer_ids=[gold.pk], key="2027-H1", by=None, now=NOW + timedelta(days=90)
    )[0]
    assert (first.assessed, first.tier, first.held) == ("SILVER", "GOLD", True)
    assert not TierChange.objects.filter(customer=gold, state="PROPOSED").exists()
    second = actions.review_tiers(
        customer_ids=[gold.pk], key="2027-H2", by=None, now=NOW + timedelta(days=270)
    )[0]
    assert (second.tier, second.held) == ("SILVER", False)
    assert TierChange.objects.get(customer=gold, state="PROPOSED").after == "SILVER"


def test_proposals_by_hand_want_a_reason_another_decider_and_no_second_one(cast):
    ask = {"customer": cast.jinling, "by": cast.boss, "now": NOW}
    with pytest.raises(BadInput):
        actions.propose_tier(after="SILVER", why="好", **ask)
    with pytest.raises(BadInput):
        actions.propose_tier(after="POTENTIAL", why="现在就是这一级", **ask)
    change = actions.propose_tier(after="SILVER", why="两年内要建新线", **ask)
    with pytest.raises(tier_actions.AlreadyProposed):
        actions.propose_tier(after="GOLD", why="两年内要建新线", **ask)
    with pytest.raises(tier_actions.OwnProposal):
        actions.decide_tier(change=change, approve=True, by=cast.boss, now=NOW)
    actions.decide_tier(change=change, approve=False, by=cast.service, now=NOW, note="先看半年")
    change.refresh_from_db()
    assert (change.state, change.decided_note) == ("REFUSED", "先看半年")
    assert Customer.objects.get(pk=cast.jinling.pk).tier == "POTENTIAL"


def test_the_half_year_that_begins_reviews_each_customer_once(cast):
    rich(cast.jinling)
    at = NOW + timedelta(days=84)
    data = {
        "month": "2027-01", "quarter": "2027-Q1", "half": "2027-H1", "year": "2027", "week_begins": False,
        "month_begins": True, "quarter_begins": True, "half_begins": True, "year_begins": True,
    }  # fmt: skip
    for _twice in range(2):
        tell(
            "period.began",
            at=at,
            now=at,
            by=None,
            subjects={"customer": cast.jinling.pk},
            data=data,
        )
        on_facts(list(Fact.objects.order_by("pk")), at)
    review = TierReview.objects.get(customer=cast.jinling)
    assert (review.key, review.assessed) == ("2027-H1", "GOLD")
    tell(
        "period.began",
        at=at,
        now=at,
        by=None,
        subjects={"customer": cast.stranger.pk},
        data=data | {"half_begins": False},
    )
    on_facts(list(Fact.objects.order_by("pk")), at)
    assert not TierReview.objects.filter(customer=cast.stranger).exists()
