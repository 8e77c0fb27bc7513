"""The state of customers and contacts that a fact carries: fields of `packs/vocabulary/facts.yaml`.

Customers take two queries for any number of ids, plus one for each higher app that adds values
(machines in use, contracts in force). What is not known is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum, Value
from django.utils import timezone

from bihuan.apps.customers.models import Consent, Contact, Customer, Purchase, PurchaseDay
from bihuan.base import registry

COLUMNS = (
    "id", "tier", "tier_rank", "status", "flags", "nature", "relation", "region", "industry",
    "account_manager_id", "exec_sponsor_id", "usage_score", "growth_score", "since", "tier_since",
)  # fmt: skip


def customers(ids: Iterable[int], at: datetime) -> dict[int, dict[str, Any]]:
    """Id -> fields of `subjects.customer` as they are now, with purchases counted up to `at`."""
    wanted = set(ids)
    day = timezone.localtime(at).date()
    bought = _purchases(wanted, day)
    # all rows of one made-up group: a sum over the whole year in a subquery
    everybody = (
        PurchaseDay.objects.filter(day__gt=back(day, 12), day__lte=day)
        .order_by()
        .values(everybody=Value(1))
        .annotate(sum=Sum("amount"))
        .values("sum")
    )
    rows = Customer.objects.filter(pk__in=wanted).annotate(company_12m=Subquery(everybody))
    found = {
        row["id"]: _state(row, bought.get(row["id"], {}), day)
        for row in rows.values(*COLUMNS, "company_12m")
    }
    for _app, subject, function in registry.named("adds"):
        if subject == "customer":
            for pk, more in function(wanted, at).items():
                if pk in found:
                    found[pk].update(more)
    return found


def back(day: date, months: int) -> date:
    """The same day so many months before; a day that the month lacks is its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for short in range(4):
        try:
            return date(year, month + 1, day.day - short)
        except ValueError:
            continue
    raise AssertionError(day)  # every month has a 28th


def _purchases(ids: set[int], day: date) -> dict[int, dict[str, Any]]:
    good = Purchase.objects.filter(customer_id__in=ids, voided_at=None, made_on__lte=day)
    rows = (
        good.order_by()
        .values("customer_id")
        .annotate(
            total=Sum("amount"),
            year=Sum("amount", filter=Q(made_on__gt=back(day, 12))),
            orders=Count("id", filter=Q(made_on__gt=back(day, 24))),
        )
    )
    return {row["customer_id"]: dict(row) for row in rows}


def _state(row: dict[str, Any], bought: dict[str, Any], day: date) -> dict[str, Any]:
    year = bought.get("year") or Decimal(0)
    state: dict[str, Any] = {
        "tier": row["tier"],
        "rank": row["tier_rank"],
        "status": row["status"],
        "flags": sorted(row["flags"]),
        "nature": row["nature"],
        "relation": row["relation"],
        "region": row["region"],
        "industry": row["industry"],
        "managed": row["account_manager_id"] is not None,
        "sponsored": row["exec_sponsor_id"] is not None,
        "purchase_12m": float(year),
        "purchase_total": float(bought.get("total") or 0),
        "orders_24m": bought.get("orders") or 0,
    }
    if row["company_12m"]:
        state["share"] = round(float(year / row["company_12m"]), 6)
    if row["since"] is not None:
        state["since"] = row["since"].isoformat()
        state["years"] = round(max(0, (day - row["since"]).days) / 365.25, 2)
    for name, column in (("usage", "usage_score"), ("growth", "growth_score")):
        if row[column] is not None:
            state[name] = float(row[column])
    if row["tier_since"] is not None:
        state["tier_since"] = row["tier_since"].isoformat()
    return state


def contacts(ids: Iterable[int], at: datetime) -> dict[int, dict[str, Any]]:
    """Id -> fields of `subjects.contact` (one query)."""
    agreed = Consent.objects.filter(contact=OuterRef("pk"), from_at__lte=at).filter(
        Q(to_at=None) | Q(to_at__gt=at)
    )
    rows = Contact.objects.filter(pk__in=set(ids)).annotate(reachable=Exists(agreed))
    found: dict[int, dict[str, Any]] = {}
    for pk, role, reachable, left in rows.values_list(
        "id", "decision_role", "reachable", "left_on"
    ):
        found[pk] = {"reachable": reachable and left is None}
        if role:
            found[pk]["decision_role"] = role
    return found
