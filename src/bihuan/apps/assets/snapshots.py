"""The state of machines that a fact carries: fields of `packs/vocabulary/facts.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from bihuan.apps.assets.enums import AT_CUSTOMER
from bihuan.base import registry

# Written out, because every fact about a machine reads it.
STATES = """
    SELECT a.id, m.code, m.family, a.status, a.warranty_from, a.warranty_to, a.machine_set_id,
           a.critical, a.connected, a.commissioned_on, a.delivered_on, a.hours
    FROM assets_asset a JOIN assets_model m ON m.id = a.model_id
    WHERE a.id = ANY(%s)
"""
MACHINES = """
    SELECT customer_id, count(*) FROM assets_asset
    WHERE customer_id = ANY(%s) AND status = ANY(%s) GROUP BY customer_id
"""


def assets(ids: Iterable[int], at: datetime) -> dict[int, dict[str, Any]]:
    """Id -> fields of `subjects.asset` as they are now: one query for any number of ids, and one
    for each higher app that adds values (cover by contract).
    """
    wanted = set(ids)
    day = timezone.localtime(at).date()
    with connection.cursor() as cursor:
        cursor.execute(STATES, [list(wanted)])
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    found = {row["id"]: _state(row, day) for row in rows}
    for _app, subject, function in registry.named("adds"):
        if subject == "asset":
            for pk, more in function(wanted, at).items():
                if pk in found:
                    found[pk].update(more)
    return found


def _state(row: dict[str, Any], day: date) -> dict[str, Any]:
    begins, ends = row["warranty_from"], row["warranty_to"]
    state: dict[str, Any] = {
        "model": row["code"],
        "family": row["family"],
        "status": row["status"],
        "in_warranty": begins is not None and ends is not None and begins <= day <= ends,
        "covered": False,
        "in_set": row["machine_set_id"] is not None,
        "critical": row["critical"],
        "connected": row["connected"],
    }
    since = row["commissioned_on"] or row["delivered_on"]
    if since is not None:
        state["age_years"] = round(max(0, (day - since).days) / 365.25, 2)
    if row["hours"] is not None:
        state["hours"] = float(row["hours"])
    return state


def of_customers(ids: Iterable[int], at: datetime) -> dict[int, dict[str, Any]]:
    """What we add to a customer's snapshot: machines in use (one query)."""
    wanted = set(ids)
    with connection.cursor() as cursor:
        cursor.execute(MACHINES, [list(wanted), [str(each) for each in AT_CUSTOMER]])
        counted: dict[int, int] = dict(cursor.fetchall())
    return {pk: {"machines": counted.get(pk, 0)} for pk in wanted}
