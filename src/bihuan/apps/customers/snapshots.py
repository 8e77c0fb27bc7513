"""The state of customers and contacts that a fact carries: fields of `packs/vocabulary/facts.yaml`.

Customers take one query for any number of ids, plus one for each higher app that adds values
(machines in use, contracts in force). What is not known is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from bihuan.apps.customers.models import Consent, Contact
from bihuan.base import registry
from bihuan.lib.workcal.periods import add_months

# Written out, because every fact that is told reads it: one statement for any number of customers.
STATES = """
    SELECT c.id, c.tier, c.tier_rank, c.status, c.flags, c.features, c.nature, c.relation, c.region, c.industry, c.city_class,
           c.account_manager_id, c.exec_sponsor_id, c.usage_score, c.growth_score, c.since, c.tier_since,
           p.total, p.year, p.orders, e.everybody
    FROM customers_customer c
    CROSS JOIN LATERAL (
        SELECT sum(amount) AS total,
               sum(amount) FILTER (WHERE made_on > %(year)s) AS year,
               count(*) FILTER (WHERE made_on > %(two_years)s) AS orders
        FROM customers_purchase
        WHERE customer_id = c.id AND voided_at IS NULL AND made_on <= %(day)s
    ) p
    CROSS JOIN (
        SELECT sum(amount) AS everybody FROM customers_purchaseday
        WHERE day > %(year)s AND day <= %(day)s
    ) e
    WHERE c.id = ANY(%(ids)s)
"""


SIX = Decimal("0.000001")


def customers(ids: Iterable[int], at: datetime) -> dict[int, dict[str, Any]]:
    """Id -> fields of `subjects.customer` as they are now, with purchases counted up to `at`."""
    wanted = set(ids)
    day = timezone.localtime(at).date()
    values: dict[str, Any] = {
        "day": day,
        "year": back(day, 12),
        "two_years": back(day, 24),
        "ids": list(wanted),
    }
    with connection.cursor() as cursor:
        cursor.execute(STATES, values)
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    found = {row["id"]: _state(row, day) for row in rows}
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


def years_between(since: date, day: date) -> float:
    """Years from a day to another, two decimals: a whole year on the anniversary, not a day before."""
    if day <= since:
        return 0.0
    whole = day.year - since.year
    whole -= add_months(since, 12 * whole) > day
    last, following = add_months(since, 12 * whole), add_months(since, 12 * (whole + 1))
    return whole + (day - last).days * 100 // (following - last).days / 100


def _state(row: dict[str, Any], day: date) -> dict[str, Any]:
    year = row["year"] or Decimal(0)
    state: dict[str, Any] = {
        "tier": row["tier"],
        "rank": row["tier_rank"],
        "status": row["status"],
        "flags": sorted(row["flags"]),
        "features": sorted(row["features"]),
        "nature": row["nature"],
        "relation": row["relation"],
        "region": row["region"],
        "industry": row["industry"],
        "managed": row["account_manager_id"] is not None,
        "sponsored": row["exec_sponsor_id"] is not None,
        "purchase_12m": float(year),
        "purchase_total": float(row["total"] or 0),
        "orders_24m": row["orders"],
    }
    if row["city_class"]:
        state["city_class"] = row["city_class"]
    if row["everybody"]:
        # cut, not rounded: who lacks a little of a limit has not reached it
        state["share"] = float((year / row["everybody"]).quantize(SIX, ROUND_FLOOR))
    if row["since"] is not None:
        state["since"] = row["since"].isoformat()
        state["years"] = years_between(row["since"], day)
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
