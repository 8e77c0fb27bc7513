"""The state of contracts that a fact carries, and what contracts add to machines and customers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from bihuan.apps.contracts.enums import Hours
from bihuan.apps.contracts.models import Contract
from bihuan.apps.contracts.models.contract import IN_FORCE
from bihuan.apps.contracts.queries.cover import covered

RUNNING = f"""
    SELECT c.customer_id, count(*) FROM contracts_contract c
    WHERE c.customer_id = ANY(%(ids)s) AND {IN_FORCE} GROUP BY c.customer_id
"""  # noqa: S608 - a constant of ours


def contracts(ids: Iterable[int], at: datetime) -> dict[int, dict[str, Any]]:
    """Id -> fields of `subjects.contract` (one query for any number of ids)."""
    rows = Contract.objects.filter(pk__in=set(ids))
    found: dict[int, dict[str, Any]] = {}
    for row in rows.values("id", "kind", "covers", "hours", "start_on", "end_on", "amount"):
        state: dict[str, Any] = {
            "kind": row["kind"],
            "cover": cover_text(row["covers"], row["hours"]),
            "start_on": row["start_on"].isoformat(),
            "amount": float(row["amount"]),
        }
        if row["end_on"] is not None:
            state["end_on"] = row["end_on"].isoformat()
            state["days"] = (row["end_on"] - row["start_on"]).days + 1
        found[row["id"]] = state
    return found


def cover_text(covers: Iterable[str], hours: str) -> str:
    """LABOUR+PARTS+24X7: codes, so that a condition of a pack can ask for one."""
    codes = sorted(covers)
    return "+".join([*codes, "24X7"] if hours == Hours.ROUND_THE_CLOCK else codes)


def of_assets(ids: Iterable[int], at: datetime) -> dict[int, dict[str, Any]]:
    """What we add to a machine's snapshot (one query)."""
    wanted = set(ids)
    day = timezone.localtime(at).date()
    held = covered(wanted, day)
    return {pk: {"covered": pk in held} for pk in wanted}


def of_customers(ids: Iterable[int], at: datetime) -> dict[int, dict[str, Any]]:
    """What we add to a customer's snapshot: contracts in force (one query)."""
    wanted = set(ids)
    day = timezone.localtime(at).date()
    with connection.cursor() as cursor:
        cursor.execute(RUNNING, {"ids": list(wanted), "day": day})
        counted: dict[int, int] = dict(cursor.fetchall())
    return {pk: {"contracts": counted.get(pk, 0)} for pk in wanted}
