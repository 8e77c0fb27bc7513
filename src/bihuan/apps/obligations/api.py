"""Obligations over REST: read only, within the caller's reach."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.base.access.models import User
from bihuan.base.access.scope import door as row_door
from bihuan.base.access.scope import visible
from bihuan.base.api.doors import door

router = Router(tags=["obligations"])
MOST = 200


def _person(request: HttpRequest) -> User:
    person: User = request.auth  # type: ignore[attr-defined]
    return person


def _shown(row: Obligation) -> dict[str, Any]:
    return {
        "id": row.pk, "uid": row.uid, "title": row.title, "rule": row.rule, "clause": row.clause,
        "clause_number": row.clause_number, "pack_version": row.pack_version_id,
        "subject": {row.subject_type: row.subject_id}, "customer": row.customer_id,
        "asset": row.asset_id, "contract": row.contract_id, "occasion": row.occasion,
        "kind": row.kind, "role": row.role, "assignee": row.assignee_id, "state": row.state,
        "severity": row.severity, "anchor_at": row.anchor_at, "within": row.within,
        "calendar": row.calendar, "due_at": row.due_at, "paused_at": row.paused_at,
        "discharged_at": row.discharged_at, "late": row.late, "verified_at": row.verified_at,
    }  # fmt: skip


@router.get("/", auth=door("obligations.see"), url_name="obligations")
def obligations(
    request: HttpRequest, after: int = 0, limit: int = 100, state: str = "", customer: int = 0
) -> dict[str, Any]:
    """Obligations in order of id, those after `after`; `next` is the id to go on with, or null. Whoever
    follows what is new reads `/api/facts`: in the order of ids, what is committed late would be passed over.
    """
    rows = visible(Obligation.objects.filter(pk__gt=after), _person(request), "obligations.see")
    if state in set(State):
        rows = rows.filter(state=state)
    if customer:
        rows = rows.filter(customer_id=customer)
    size = max(1, min(limit, MOST))
    found = list(rows.order_by("pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    return {"items": [_shown(row) for row in found], "next": found[-1].pk if more else None}


@router.get("/{int:pk}", auth=door("obligations.see"), url_name="obligation")
def obligation(request: HttpRequest, pk: int) -> dict[str, Any]:
    """One obligation."""
    return _shown(row_door(Obligation.objects.all(), _person(request), pk, "obligations.see"))
