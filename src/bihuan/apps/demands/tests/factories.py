"""Demands for our tests and those of the whole house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bihuan.apps.customers.actions import add_customer
from bihuan.apps.customers.models import Customer
from bihuan.apps.demands import actions
from bihuan.apps.demands.actions import Review, Wish
from bihuan.apps.demands.models import Demand
from bihuan.base.access.models import User
from bihuan.base.testing.people import make_person
from bihuan.base.testing.routes import Canary

NOISE = "夜班噪音太大，希望把降速曲线优化一下，最好能降低噪声。"


def demand(customer: Customer, by: User, now: datetime, **values: Any) -> Demand:
    """An optimisation that somebody wrote down now."""
    given: dict[str, Any] = {"kind": "OPTIMISE", "text": NOISE, "received_at": now} | values
    return actions.register(customer=customer, wish=Wish(**given), by=by, now=now)


def reviewed(
    row: Demand, by: User, now: datetime, decision: str = "ACCEPTED", **values: Any
) -> Demand:
    given: dict[str, Any] = {"urgency": 3, "feasibility": 4, "priority": 3} | values
    return actions.review(demand=row, review=Review(decision, **given), by=by, now=now)


def told(row: Demand, by: User, now: datetime, **values: Any) -> Demand:
    given: dict[str, Any] = {"text": "新曲线已装好，噪声降了四分贝。", "channel": "WECOM"} | values
    return actions.tell_customer(demand=row, by=by, now=now, **given)


def canaries(now: datetime) -> Sequence[Canary]:
    """A demand of a customer beyond everybody's reach."""
    other = make_person("account_manager", region="R9", name="金丝雀需求经理")
    customer = add_customer(
        name="金丝雀需求客户有限公司", region="R9", account_manager=other, by=None, now=now
    )
    row = demand(customer, other, now, text="金丝雀需求原话")
    actions.propose(demand=row, text="金丝雀需求方案", by=other, now=now)
    pages: list[tuple[str, list[Any]]] = [
        ("demands:detail", [row.pk]), ("demands:list", []), ("demands:customer", [customer.pk]),
        ("demands:review", []), ("demands:figures", []), ("demands:deed", [row.pk, "tell"]),
        ("api:demands", []), ("api:demand", [row.pk]),
    ]  # fmt: skip
    return [
        Canary("金丝雀需求原话", "demands.see", pages),
        Canary("金丝雀需求方案", "demands.see", pages),
    ]
