"""A review of everybody at once comes to the same as one by one."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from bihuan.apps.customers import actions
from bihuan.apps.customers.enums import Category
from bihuan.apps.customers.models import Customer, TierChange, TierReview
from bihuan.apps.customers.tests import factories as make
from bihuan.base.errors import Refusal
from bihuan.base.facts.models import Fact

pytestmark = pytest.mark.django_db
NOW = make.NOW
TIERS = ("GOLD", "SILVER", "POTENTIAL", "")


def company(dice: random.Random) -> list[int]:
    """Customers of all tiers, some reviewed before, some with a change that waits."""
    make.pack_in_force()
    make.cast()
    rows = [
        actions.add_customer(
            name=f"第{number}号泵业有限公司", tier=dice.choice(TIERS),
            since=date(dice.randint(2012, 2026), 1, 1), by=None, now=NOW - timedelta(days=400),
        )
        for number in range(30)
    ]  # fmt: skip
    for number, row in enumerate(dice.sample(rows, 20)):
        actions.record_purchase(
            customer=row, order_no=f"R-{number}", made_on=date(2026, 9, 1), category=Category.EQUIPMENT,
            amount=Decimal(dice.choice([900, 80_000, 500_000, 3_000_000])), by=None, now=NOW,
        )  # fmt: skip
    Customer.objects.filter(pk=rows[0].pk).update(tier="", tier_rank=0)
    some = [row.pk for row in dice.sample(rows, 15)]
    actions.review_tiers(customer_ids=some, key="2026-H1", by=None, now=NOW - timedelta(days=190))
    for row in dice.sample(rows, 5):
        try:
            actions.propose_tier(
                customer=Customer.objects.get(pk=row.pk), after=dice.choice(TIERS[:3]),
                why="合作多年", by=None, now=NOW - timedelta(days=3),
            )  # fmt: skip
        except Refusal:
            continue
    return [row.pk for row in rows]


def shot() -> dict[str, Any]:
    """All that a review touches, without the numbers that rows happen to get."""
    rows: list[dict[str, Any]] = [dict(row) for row in TierChange.objects.values()]
    changes = {row.pop("id"): row for row in rows}
    facts = []
    for kind, who, source, at, data in Fact.objects.values_list("kind", "customer_id", "source", "at", "data"):  # fmt: skip
        data["fact"].pop("change", None)
        facts.append((kind, who, source, at, str(sorted(data.items()))))
    reviews = {pk: (who, key) for pk, who, key in TierReview.objects.values_list("pk", "customer_id", "key")}  # fmt: skip
    for row in changes.values():
        row["review_id"] = reviews.get(row["review_id"])
    return {
        "customers": list(Customer.objects.order_by("pk").values()),
        "reviews": sorted((str(sorted((k, v) for k, v in row.items() if k != "id"))) for row in TierReview.objects.values()),
        "changes": sorted(str(sorted(row.items())) for row in changes.values()),
        "facts": sorted(facts),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_all_at_once_is_as_one_by_one(seed):
    ids = company(random.Random(seed))
    before = shot()
    found = []
    for portions in ([ids], [[pk] for pk in ids]):
        with transaction.atomic():
            for some in portions:
                actions.review_tiers(customer_ids=some, key="2026-H2", by=None, now=NOW)
            found.append(shot())
            assert not actions.review_tiers(customer_ids=ids, key="2026-H2", by=None, now=NOW)
            assert shot() == found[-1]
            transaction.set_rollback(True)
    at_once, one_by_one = found
    assert at_once == one_by_one
    assert at_once["changes"] != before["changes"]
    assert at_once["customers"] != before["customers"]
