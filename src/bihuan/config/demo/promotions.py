"""Customers rise: proposed by hand, reviewed between the periods, granted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bihuan.apps.customers import actions as customers
from bihuan.apps.customers.enums import TierState
from bihuan.apps.customers.models import Customer, TierChange
from bihuan.apps.policy.queries import pack_at
from bihuan.config.demo.stage import Stage
from bihuan.lib.policy import periods


def proposals(stage: Stage, now: datetime) -> None:
    """Somebody proposes higher tiers by hand; they wait for whoever decides on each."""
    for row in stage.maker.names["proposals"]:
        _propose(stage, row, now)


def raised(stage: Stage, now: datetime) -> None:
    """A customer is proposed for a higher tier between two reviews, and it is granted; by the maker's
    book it is one whom nobody looks after.
    """
    row = stage.maker.names["proposals"][0]
    change = _propose(stage, row, now)
    if change is not None:
        if row.get("alone"):
            customers.change_customer(
                customer=change.customer, by=None, now=now, account_manager=None
            )
        at = stage.chance.at_work(stage.calendar, now + timedelta(hours=30))
        stage.book.plan(at, "decide_tier", customer=change.customer_id, grant=True)


def _propose(stage: Stage, row: dict[str, Any], now: datetime) -> TierChange | None:
    waiting = TierChange.objects.filter(state=TierState.PROPOSED).values("customer")
    told_of = [each["code"] for each in stage.maker.story["customers"]]
    served = Customer.objects.filter(tier=row["from"], status="ACTIVE", relation="DIRECT")
    made = served.exclude(pk__in=waiting).exclude(code__in=told_of).order_by("pk").first()
    if made is None:
        return None
    if "nature" in row:  # the tier follows what the customer is
        customers.change_customer(customer=made, by=None, now=now, nature=row["nature"])
    return customers.propose_tier(
        customer=made, after=row["to"], why=row["why"], by=stage.who("analyst"), now=now
    )


def reviewed(stage: Stage, now: datetime) -> None:
    """Those who joined after this period's review are reviewed; another person decides."""
    pack = pack_at(now)
    if pack.tiers is not None and pack.tiers.review:
        customers.review_tiers(
            customer_ids=[each.pk for each in stage.customers], now=now, by=stage.who("market_head"),
            key=periods(now, pack.zone)[pack.tiers.review],
        )  # fmt: skip
