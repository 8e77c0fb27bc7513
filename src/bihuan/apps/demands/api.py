"""Demands over REST: read what customers want and what became of it, within the caller's reach."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from bihuan.apps.demands.enums import Kind, Source, State
from bihuan.apps.demands.models import Demand
from bihuan.apps.demands.queries import archive
from bihuan.base.access.models import User
from bihuan.base.access.scope import door as row_door
from bihuan.base.api.doors import door

router = Router(tags=["demands"])
MOST = 200


class Wanted(Schema):
    """Demands in order of id, those after `after`."""

    after: int = Field(0, ge=0, le=2**63 - 1)
    limit: int = Field(100, ge=1, le=MOST)
    state: State | None = None
    kind: Kind | None = None
    source: Source | None = None
    topic: str = Field("", max_length=40)
    customer: int | None = Field(None, ge=1, le=2**63 - 1)
    asset: int | None = Field(None, ge=1, le=2**63 - 1)


def _person(request: HttpRequest) -> User:
    person = request.auth  # type: ignore[attr-defined]
    assert isinstance(person, User)
    return person


def _shown(row: Demand) -> dict[str, Any]:
    return {
        "id": row.pk, "number": row.number, "kind": row.kind, "source": row.source, "state": row.state,
        "topic": row.topic, "customer": row.customer_id, "contact": row.contact_id, "asset": row.asset_id,
        "ticket": row.ticket_id, "callback": row.callback_id, "visit": row.visit_id, "owner": row.owner_id,
        "received_at": row.received_at, "classified_at": row.classified_at, "reviewed_at": row.reviewed_at,
        "urgency": row.urgency, "feasibility": row.feasibility, "priority": row.priority,
        "planned_for": row.planned_for, "proposed_at": row.proposed_at, "plan_confirmed_at": row.plan_confirmed_at,
        "delivered_at": row.delivered_at, "merged_into": row.merged_into_id, "goes_with": row.goes_with_id,
        "told_at": row.told_at, "answered_at": row.answered_at, "satisfied": row.satisfied,
        "reopened": row.reopened, "version": row.version,
    }  # fmt: skip


@router.get("/", auth=door("demands.see"), url_name="demands")
def demands(request: HttpRequest, wanted: Query[Wanted]) -> dict[str, Any]:
    """Demands within your reach; `next` is the id to go on with, or null. `told_at` without
    `answered_at`: the customer was told and has not agreed. Whoever follows what is new reads
    `/api/facts`: in the order of ids, what is committed late would be passed over.
    """
    rows = archive.seen(_person(request)).filter(pk__gt=wanted.after)
    equal = {
        "state": wanted.state, "kind": wanted.kind, "source": wanted.source, "topic": wanted.topic or None,
        "customer_id": wanted.customer, "asset_id": wanted.asset,
    }  # fmt: skip
    rows = rows.filter(**{name: value for name, value in equal.items() if value is not None})
    found = list(rows.order_by("pk")[: wanted.limit + 1])
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    return {"items": [_shown(row) for row in shown], "next": shown[-1].pk if more else None}


@router.get("/{int:pk}", auth=door("demands.see"), url_name="demand")
def demand(request: HttpRequest, pk: int) -> dict[str, Any]:
    """One demand in the customer's words, with its history and the duties that are open."""
    row = row_door(Demand.objects.all(), _person(request), pk, "demands.see")
    duties = [
        {
            "obligation": each.pk, "rule": each.rule, "clause": each.clause, "kind": each.kind,
            "state": each.state, "due_at": each.due_at, "paused_at": each.paused_at,
        }
        for each in archive.duties_of([row]).get(row.pk, [])
    ]  # fmt: skip
    steps = [
        {
            "id": each.pk, "deed": each.deed, "text": each.text, "channel": each.channel, "at": each.at,
            "by": each.by_id,
        }
        for each in row.steps.order_by("at", "pk")
    ]  # fmt: skip
    return _shown(row) | {"text": row.text, "reason": row.reason, "duties": duties, "steps": steps}
