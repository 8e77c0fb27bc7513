"""Makers of models and machines, for our tests and those of higher apps."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from bihuan.apps.assets import actions
from bihuan.apps.assets.models import Asset, Model
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.tests import factories as people
from bihuan.base.testing.routes import Canary

NOW = people.NOW
_numbers = count(5001)  # beyond the serials that tests write out
CANARY = "金丝雀设备Q7"


def model(code: str = "", *, now: datetime = NOW, **values: Any) -> Model:
    """A model; one that exists is found again."""
    code = code or f"HY-{next(_numbers)}"
    found = Model.objects.filter(code=code).first()
    values.setdefault("name", f"{code} 大容量冷冻离心机")
    values.setdefault("family", "LARGE")
    return found or actions.add_model(code=code, by=None, now=now, **values)


def machine(
    of: Customer, serial: str = "", *, now: datetime = NOW, at_work: bool = True, **values: Any
) -> Asset:
    """A machine of a customer, in use since January unless said otherwise."""
    values.setdefault("model", model("HY-8L"))
    if at_work:
        values.setdefault("delivered_on", date(2026, 1, 8))
        values.setdefault("commissioned_on", date(2026, 1, 22))
    return actions.add_asset(
        serial=serial or f"8L24{next(_numbers):04d}", customer=of, by=None, now=now, **values
    )


def canaries(now: datetime) -> list[Canary]:
    """A machine of a customer that none of the walkers reaches."""
    from bihuan.apps.customers.actions import add_customer

    customer = add_customer(name="远方的客户有限公司", region="R9", by=None, now=now)
    place = actions.add_place(customer=customer, name="远方的厂区", by=None, now=now)
    row = machine(customer, "CANARYQ7", now=now, at_work=False, nickname=CANARY, place=place)
    part = actions.install_part(
        asset=row, position="R1", name="远方的转子", installed_on=now.date(), by=None, now=now
    )
    names = (
        "detail",
        "timeline",
        "edit",
        "move",
        "reading",
        "meter",
        "inspection",
        "health",
        "parts",
        "part_new",
        "qr",
    )
    routes: list[tuple[str, list[Any]]] = [(f"assets:{name}", [row.pk]) for name in names]
    routes += [
        ("assets:stage", [row.pk, "SHIPPED"]),
        ("assets:part_out", [part.pk]),
        ("assets:of_customer", [customer.pk]),
        ("assets:brief", [customer.pk]),
    ]
    return [Canary(CANARY, "assets.see", routes), Canary("CANARYQ7", "assets.see")]
