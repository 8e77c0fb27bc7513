"""The page of one contract: a fixed number of queries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import get_language

from bihuan.apps.contracts import profile, words
from bihuan.apps.contracts.enums import Covers
from bihuan.apps.contracts.models import Contract, EntitlementRow
from bihuan.base.texts import in_a_row, listed
from bihuan.base.ui.marks import money
from bihuan.lib.workcal import Duration

ROWS = 40


def page_of(contract: Contract, today: date) -> dict[str, Any]:
    """Machines, terms, entitlements with their rows, amendments and plans."""
    rows = list(
        contract.machines.select_related("asset__model", "asset__place").order_by(
            F("to_on").desc(nulls_first=True), "asset__serial"
        )
    )
    duties = profile.term_duties()
    terms = [
        {
            "title": duties.get(row.duty, row.duty), "within": Duration.parse(row.within), "clause": row.clause or contract.no, "row": row,
            "over": row.to_on is not None and row.to_on < today,
        }
        for row in contract.terms.order_by(F("to_on").desc(nulls_first=True), "pk")
    ]  # fmt: skip
    entitlements = [
        {"row": each, "open": each.is_open(today)}
        for each in contract.entitlements.order_by("kind", "from_on")
    ]
    moves = list(
        EntitlementRow.objects.filter(entitlement__contract=contract)
        .select_related("entitlement", "by", "undone_by")
        .order_by("-at", "-pk")[:ROWS]
    )
    amendments = list(contract.amendments.select_related("by").order_by("-number"))
    plans = list(contract.plans.filter(ended_on=None).order_by("kind"))
    return {
        "machines": rows, "terms": terms, "entitlements": entitlements, "moves": moves, "amendments": [{"row": one, "said": [_change(name, value) for name, value in one.changes.items()]} for one in amendments], "plans": plans,
        "covers": [words.title(words.COVERS, each) for each in Covers if each in contract.covers],
        "hours_title": words.title(words.HOURS, contract.hours), "today": today,
    }  # fmt: skip


def _change(name: str, value: Any) -> dict[str, Any]:
    """One changed field for people: title, before, after (lists for machines)."""
    title = words.title(words.FIELD, name)
    if name in ("added", "removed"):
        return {"title": title, "before": "", "after": listed(value)}
    before, after = value
    return {"title": title, "before": _said(name, before), "after": _said(name, after)}


def _said(name: str, value: Any) -> str:
    if name == "covers":
        return listed(words.title(words.COVERS, each) for each in value)
    if name == "hours":
        return words.title(words.HOURS, value)
    if name == "terms":
        language = "en" if (get_language() or "zh").startswith("en") else "zh"
        duties = profile.term_duties()
        pairs = [row.partition(" ") for row in value]
        return in_a_row(
            f"{duties.get(duty, duty)} {Duration.parse(limit).words(language)}"
            for duty, _sep, limit in pairs
        )
    if name == "amount":
        return money(Decimal(str(value)))
    return "—" if value in (None, "") else str(value)
