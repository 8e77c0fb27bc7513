"""The state of machines that a fact carries: fields of `packs/vocabulary/facts.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Count
from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.base import registry

COLUMNS = (
    "id", "model__code", "model__family", "status", "warranty_from", "warranty_to", "machine_set_id",
    "critical", "connected", "commissioned_on", "delivered_on", "hours",
)  # fmt: skip


def assets(ids: Iterable[int], at: datetime) -> dict[int, dict[str, Any]]:
    """Id -> fields of `subjects.asset` as they are now: one query for any number of ids, and one
    for each higher app that adds values (cover by contract).
    """
    wanted = set(ids)
    day = timezone.localtime(at).date()
    found = {
        row["id"]: _state(row, day) for row in Asset.objects.filter(pk__in=wanted).values(*COLUMNS)
    }
    for _app, subject, function in registry.named("adds"):
        if subject == "asset":
            for pk, more in function(wanted, at).items():
                if pk in found:
                    found[pk].update(more)
    return found


def _state(row: dict[str, Any], day: date) -> dict[str, Any]:
    begins, ends = row["warranty_from"], row["warranty_to"]
    state: dict[str, Any] = {
        "model": row["model__code"],
        "family": row["model__family"],
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
    rows = Asset.objects.at_customers().filter(customer_id__in=wanted).order_by()
    counted = dict(
        rows.values("customer_id").annotate(n=Count("pk")).values_list("customer_id", "n")
    )
    return {pk: {"machines": counted.get(pk, 0)} for pk in wanted}
