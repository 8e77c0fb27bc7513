"""Customers exactly at a limit, and what becomes of a proposal when the ground it stood on goes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.customers import actions, snapshots
from bihuan.apps.customers.actions import tiers as tier_actions
from bihuan.apps.customers.enums import Category, TierState
from bihuan.apps.customers.handlers import on_facts
from bihuan.apps.customers.models import Customer, TierChange
from bihuan.apps.customers.snapshots import years_between
from bihuan.apps.customers.tests import factories as make
from bihuan.apps.customers.tests.pack import FILES, PACK
from bihuan.apps.policy.models import PackVersion
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact

NOW = make.NOW


@pytest.mark.parametrize(
    ("since", "day", "years"),
    [
        ("2021-10-09", "2026-10-09", 5.0),
        ("2021-10-10", "2026-10-09", 4.99),  # a day short of five years
        ("2021-10-11", "2026-10-09", 4.99),
        ("2020-02-29", "2025-02-28", 5.0),
        ("2020-02-29", "2025-02-27", 4.99),
        ("2025-01-01", "2026-01-01", 1.0),
        ("2025-01-01", "2025-12-31", 0.99),
        ("2026-10-09", "2026-10-09", 0.0),
        ("2027-01-01", "2026-10-09", 0.0),
    ],
)
def test_years_are_whole_on_the_anniversary_and_not_a_day_before(since, day, years):
    assert years_between(date.fromisoformat(since), date.fromisoformat(day)) == years


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.integers(1, 40))
def test_no_day_before_an_anniversary_reaches_the_year(since, years):
    month_ends = since.month == 2 and since.day == 29
    day = date(since.year + years, since.month, 28 if month_ends else since.day)
    if month_ends and (since.year + years) % 4 == 0 and day.year != 2100:
        day = date(day.year, 2, 29)
    assert years_between(since, day) == years
    assert years_between(since, day - timedelta(days=1)) < years


def buy(of: Customer, amount: str) -> None:
    actions.record_purchase(
        customer=of, order_no=f"PO-{of.pk}-{amount}", made_on=date(2026, 9, 1), amount=Decimal(amount),
        category=Category.EQUIPMENT, by=None, now=NOW,
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("own", "others", "share"),
    [("2999999.00", "7000001.00", 0.299999), ("3000000.00", "7000000.00", 0.3)],
)
def test_who_lacks_a_little_of_a_share_has_not_reached_it(own, others, share):
    make.pack_in_force()
    cast = make.cast()
    buy(cast.jinling, own)
    buy(cast.stranger, others)
    assert snapshots.customers([cast.jinling.pk], NOW)[cast.jinling.pk]["share"] == share


def half(of: Customer, key: str, at) -> None:
    data = {
        "month": "2027-01", "quarter": "2027-Q1", "half": key, "year": "2027", "week_begins": False,
        "month_begins": True, "quarter_begins": True, "half_begins": True, "year_begins": True,
    }  # fmt: skip
    tell("period.began", at=at, now=at, by=None, subjects={"customer": of.pk}, data=data)
    on_facts(list(Fact.objects.order_by("pk")), at)


@pytest.mark.django_db
def test_a_later_review_takes_back_what_an_earlier_one_proposed():
    make.pack_in_force()
    cast = make.cast()
    actions.change_customer(
        customer=Customer.objects.get(pk=cast.jinling.pk), since=date(2020, 1, 1), by=None, now=NOW
    )
    buy(cast.jinling, "2000000")
    half(cast.jinling, "2027-H1", NOW + timedelta(days=84))
    change = TierChange.objects.get(customer=cast.jinling, state=TierState.PROPOSED)
    assert change.after == "GOLD"
    half(cast.jinling, "2027-H2", NOW + timedelta(days=365))  # the purchase is out of the year
    change.refresh_from_db()
    assert change.state == TierState.WITHDRAWN
    assert Customer.objects.get(pk=cast.jinling.pk).tier == "POTENTIAL"


@pytest.mark.django_db
def test_what_somebody_proposed_by_hand_outlives_a_review_that_moves_nothing():
    make.pack_in_force()
    cast = make.cast()
    change = actions.propose_tier(
        customer=cast.jinling, after="SILVER", why="两年内要建新线", by=cast.market, now=NOW
    )
    half(cast.jinling, "2027-H1", NOW + timedelta(days=84))
    change.refresh_from_db()
    assert change.state == TierState.PROPOSED


@pytest.mark.django_db
def test_a_tier_that_the_regulation_no_longer_has_cannot_be_approved():
    old = make.pack_in_force()
    cast = make.cast()
    change = actions.propose_tier(
        customer=cast.jinling, after="SILVER", why="两年内要建新线", by=cast.market, now=NOW
    )
    PackVersion.objects.filter(pk=old.pk).update(in_force_to=NOW)
    new = PACK.replace("SILVER", "STEEL").replace('version: "1"', 'version: "2"')
    make.pack_in_force(FILES | {"pack.yaml": new}, from_at=NOW)
    with pytest.raises(tier_actions.TierGone):
        actions.decide_tier(change=change, approve=True, by=cast.boss, now=NOW)
    change.refresh_from_db()
    assert change.state == TierState.PROPOSED
    assert Customer.objects.get(pk=cast.jinling.pk).tier == "POTENTIAL"
    actions.decide_tier(change=change, approve=False, by=cast.boss, now=NOW)
    change.refresh_from_db()
    assert change.state == TierState.REFUSED


@pytest.mark.django_db
def test_the_review_of_the_clock_is_heard_like_one_that_somebody_asked_for():
    """The rules of a regulation answer to `tier.reviewed`; what the engine tells they do not hear."""
    make.pack_in_force()
    cast = make.cast()
    half(cast.jinling, "2027-H1", NOW + timedelta(days=84))
    assert Fact.objects.get(kind="tier.reviewed").source == "clock"
