"""Machines and tickets for our tests and those of the whole house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.customers.models import Customer
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions import Report, Solution, Verified
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.testing.people import make_person
from bihuan.base.testing.routes import Canary


def report(now: datetime, **values: Any) -> Report:
    given: dict[str, Any] = {
        "kind": "FAULT", "channel": "PHONE", "title": "启动后异响，转速上不去", "reported_at": now,
        "place": "二车间", "happened_at": now - timedelta(minutes=20), "impact": "DEGRADED",
    }  # fmt: skip
    return Report(**(given | values))


def ticket(asset: Asset, by: User | None, now: datetime, **values: Any) -> Ticket:
    """A fault of this machine, reported by phone now."""
    return actions.open_ticket(report=report(now, asset=asset, **values), by=by, now=now)


def verified(row: Ticket, by: User, now: datetime) -> Ticket:
    found = Verified(row.happened_at, row.place, row.impact, row.severity)
    return actions.verify(ticket=row, found=found, by=by, now=now)


def solved(row: Ticket, by: User, now: datetime, **values: Any) -> Ticket:
    given = {"how": "REMOTE", "action": "重设加速曲线，空载试车正常", "cause": "SOFTWARE"} | values
    return actions.solve(ticket=row, solution=Solution(**given), by=by, now=now)


def told(row: Ticket, by: User, now: datetime) -> Ticket:
    return actions.feed_back(
        ticket=row, text="已重设，空载试车正常，请观察一个班", channel="PHONE", by=by, now=now
    )


def canaries(now: datetime) -> Sequence[Canary]:
    """A ticket of a customer beyond everybody's reach."""
    other = make_person("account_manager", region="R9", name="金丝雀工单经理")
    customer: Customer = add_customer(
        name="金丝雀工单客户有限公司", region="R9", account_manager=other, by=None, now=now
    )
    asset = machine(customer, now=now, serial="CANARYWX1")
    row = ticket(asset, other, now, title="金丝雀工单一张")
    actions.note(ticket=row, text="金丝雀工单备注", by=other, now=now)
    handing = actions.Handing(3, "试过", "查到", "金丝雀转交的问题", now + timedelta(hours=4))
    over = actions.hand_over(ticket=row, handing=handing, by=other, now=now)
    technical = [
        (f"tickets:technical_{name}", [over.pk]) for name in ("page", "take", "answer", "back")
    ]
    pages = [
        ("tickets:detail", [row.pk]), ("tickets:queue", []), ("tickets:customer", [customer.pk]),
        ("tickets:asset", [asset.pk]),
    ]  # fmt: skip
    return [
        Canary("金丝雀工单一张", "tickets.see", pages),
        Canary("金丝雀工单备注", "tickets.see", pages),
        Canary(
            "金丝雀转交的问题", "tickets.technical", [*technical, ("tickets:lines_side", [row.pk])]
        ),
    ]
