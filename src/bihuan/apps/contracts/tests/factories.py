"""Makers of contracts, for our tests and those of higher apps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.tests import factories as assets
from bihuan.apps.contracts import actions
from bihuan.apps.contracts.models import Contract
from bihuan.apps.customers.models import Customer
from bihuan.base.testing.routes import Canary

NOW = assets.NOW
_numbers = count(1)
CANARY = "金丝雀合同Q8"


def draft(
    of: Customer, *, now: datetime = NOW, machines: Sequence[Asset] = (), **values: Any
) -> Contract:
    """A draft of a year from January."""
    given: dict[str, Any] = {
        "no": f"2026-{next(_numbers):03d}",
        "kind": "SERVICE",
        "start_on": date(2026, 1, 1),
        "end_on": date(2026, 12, 31),
    }
    return actions.add_contract(
        customer=of, machines=machines, by=None, now=now, **(given | values)
    )


def signed(
    of: Customer, *, now: datetime = NOW, machines: Sequence[Asset] = (), **values: Any
) -> Contract:
    """A signed contract, signed the day before it starts (or today)."""
    row = draft(of, now=now, machines=machines, **values)
    row = actions.send_to_review(contract=row, by=None, now=now)
    row = actions.approve(contract=row, by=None, now=now)
    day = min(row.start_on - timedelta(days=1), now.date())
    return actions.sign(contract=row, signed_on=day, ours=True, theirs=True, by=None, now=now)


def canaries(now: datetime) -> list[Canary]:
    """A contract of a customer that none of the walkers reaches."""
    from bihuan.apps.customers.actions import add_customer

    customer = add_customer(name="远方的合同客户有限公司", region="R9", by=None, now=now)
    machine = assets.machine(customer, "CANARYQ8", now=now, at_work=False)
    row = signed(
        customer,
        now=now,
        machines=[machine],
        no="CANARY-Q8",
        title=CANARY,
        start_on=now.date() - timedelta(days=9),
        end_on=now.date() + timedelta(days=300),
    )
    held = actions.grant(contract=row, kind="PM_VISIT", quantity=Decimal(4), by=None, now=now)
    move = actions.use(entitlement=held, quantity=Decimal(1), by=None, now=now)
    names = ("detail", "edit", "sign", "end", "amend", "grant", "contract_plan")
    routes: list[tuple[str, list[Any]]] = [(f"contracts:{name}", [row.pk]) for name in names]
    routes += [
        ("contracts:step", [row.pk, "review"]), ("contracts:use", [held.pk]), ("contracts:undo", [move.pk]),
        ("contracts:of_asset", [machine.pk]), ("contracts:of_customer", [customer.pk]), ("contracts:brief", [customer.pk]), ("contracts:cover", [machine.pk]),
    ]  # fmt: skip
    # the machine is named by the contract, so whoever sees the contract reads its number
    return [Canary(CANARY, "contracts.see", routes)]
