"""Facts over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router, Schema
from pydantic import Field

from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.api.doors import door
from bihuan.base.facts.by_hand import tell_by_hand
from bihuan.base.facts.queries import log_after
from bihuan.base.facts.subjects import resolve
from bihuan.base.storable import whole
from bihuan.base.system.idempotency import HEADER, once

router = Router(tags=["facts"])
MOST = 500


class Telling(Schema):
    """One fact. `subjects` by id (number) or code (text); `data` as the kind declares it."""

    kind: str = Field(max_length=60)
    at: datetime
    subjects: dict[str, int | str] = {}
    data: dict[str, Any] = {}
    idempotency_key: str = Field("", max_length=80)


class Shown(Schema):
    """A fact; `id` is the place to continue reading after."""

    id: int
    uid: UUID
    kind: str
    at: datetime
    told_at: datetime
    source: str
    subjects: dict[str, int]
    data: dict[str, Any]


class Page(Schema):
    items: list[Shown]
    next_after: int | None


class Wanted(Schema):
    """`after` continues behind the fact of that id; `customer` and `asset` by id or code."""

    kind: str = ""
    customer: str = ""
    asset: str = ""
    contract: str = ""
    since: datetime | None = None
    after: int = Field(0, ge=0, le=2**63 - 1)
    limit: int = Field(100, ge=1, le=MOST)


@router.post("", auth=door("facts.tell"), response={201: Shown, 200: Shown})
def tell_fact(request: HttpRequest, telling: Telling) -> HttpResponse:
    """Tell a fact. 201 = told now; 200 = it had been told under this key. Sent twice with the
    same `Idempotency-Key` (header or field): told once, the same answer.
    """
    person = _person(request)
    now = clock.now()
    key = request.headers.get(HEADER) or telling.idempotency_key

    def work() -> HttpResponse:
        told = tell_by_hand(
            kind=telling.kind,
            at=telling.at,
            subjects=telling.subjects,
            data=telling.data,
            by=person,
            now=now,
            key=key,
            source="api",
        )
        body = Shown.from_orm(told.fact).model_dump(mode="json")
        return JsonResponse(body, status=201 if told.new else 200)

    if not key:
        return work()
    return once(
        actor=person, route="POST /api/facts", key=key, body=request.body, now=now, work=work
    )


@router.get("", auth=door("facts.see"), response=Page)
def facts(request: HttpRequest, wanted: Query[Wanted]) -> dict[str, Any]:
    """Facts within your reach, in the order of the log. Their ids mostly grow in it, but not
    always: go on after the last one, not after the largest.
    """
    person = _person(request)
    rows = log_after(person, wanted.after)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    given = {
        name: value if (number := whole(value)) is None else number
        for name in ("customer", "asset", "contract")
        if (value := getattr(wanted, name))
    }
    for name, value in given.items():
        found = resolve({name: value}, person=person)
        rows = rows.filter(**{f"{name}_id": found[name]})
    items = list(rows[: wanted.limit])
    more = len(items) == wanted.limit
    return {"items": items, "next_after": items[-1].pk if more else None}


def _person(request: HttpRequest) -> User:
    person = request.auth  # type: ignore[attr-defined]
    assert isinstance(person, User)
    return person
