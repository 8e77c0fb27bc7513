"""A small company with calls to make, for our tests and those of the whole house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bihuan.apps.callbacks import actions
from bihuan.apps.callbacks.actions import Found, Talk
from bihuan.apps.callbacks.actions.scripts import shipped
from bihuan.apps.callbacks.models import Callback, Problem, Script, Visit
from bihuan.apps.customers.actions import add_contact, add_customer
from bihuan.apps.customers.models import Contact, Customer
from bihuan.base.access.models import User
from bihuan.base.testing.people import make_person
from bihuan.base.testing.routes import Canary


def contact(of: Customer, name: str = "许工", *, now: datetime, **values: Any) -> Contact:
    """A person at the customer."""
    return add_contact(
        customer=of, name=name, title="设备科长", phone="13912345520", by=None, now=now, **values
    )


def scripts(now: datetime) -> dict[str, Script]:
    """The shipped scripts by their code."""
    shipped(now)
    return {row.code: row for row in Script.objects.order_by("version")}


def talk(customer: Customer, at: datetime, **values: Any) -> Talk:
    """A finished phone talk with all four blocks of the routine script."""
    given: dict[str, Any] = {
        "channel": "PHONE", "outcome": "DONE", "blocks": ("MACHINES", "SERVICE", "USE", "NEEDS"),
        "summary": "设备正常，夜班想再培训一次配平。",
    }  # fmt: skip
    return Talk(customer=customer, at=at, **(given | values))


def record(customer: Customer, by: User, at: datetime, **values: Any) -> Callback:
    return actions.record(talk=talk(customer, at, **values), by=by, now=at)


def problem(
    customer: Customer, by: User, at: datetime, text: str = "低速段仍有轻微异响"
) -> Problem:
    return actions.found_problem(
        problem=Found(text, "TICKET"), customer=customer, by=by, at=at, now=at, source="CALLBACK"
    )


def visit(customer: Customer, host: User, at: datetime, **values: Any) -> Visit:
    given: dict[str, Any] = {"purpose": "季度走访，看配平台", "planned_at": at}
    return actions.plan_visit(customer=customer, host=host, by=host, now=at, **(given | values))


def canaries(now: datetime) -> Sequence[Canary]:
    """Rows of a customer beyond everybody's reach."""
    other = make_person("account_manager", region="R9", name="金丝雀经理")
    customer = add_customer(
        name="金丝雀回访客户有限公司", region="R9", account_manager=other, by=None, now=now
    )
    call = record(customer, other, now, agreed=True, summary="金丝雀回访小结")
    found = problem(customer, other, now, "金丝雀问题一件")
    planned = visit(customer, other, now, purpose="金丝雀走访目的")
    pages = [
        ("callbacks:detail", [call.pk]), ("callbacks:problem", [found.pk]), ("callbacks:visit", [planned.pk]),
        ("callbacks:customer", [customer.pk]), ("callbacks:customer_year", [customer.pk]),
        ("callbacks:plan", []), ("callbacks:problems", []), ("callbacks:visits", []),
    ]  # fmt: skip
    return [
        Canary("金丝雀回访小结", "callbacks.see", pages),
        Canary("金丝雀问题一件", "callbacks.see", pages),
        Canary("金丝雀走访目的", "callbacks.see", pages),
    ]
