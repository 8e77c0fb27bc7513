"""Knowledge over REST: search and read within the caller's circles, propose a draft."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import Query, Router, Schema
from pydantic import Field

from bihuan.apps.knowledge import actions, queries
from bihuan.apps.knowledge.enums import Audience, Kind
from bihuan.apps.knowledge.models import Article
from bihuan.apps.knowledge.refusals import NotYourCircle
from bihuan.apps.knowledge.rules import Content, fault_codes
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.api.doors import door
from bihuan.base.errors import NoSuchThing
from bihuan.base.system.idempotency import HEADER, once

router = Router(tags=["knowledge"])
MOST = 100


class Wanted(Schema):
    """Published articles with every word of `q` (synonyms and fault codes as in the search box), in
    order of id, those after `after`.
    """

    q: str = Field("", max_length=100)
    kind: Kind | None = None
    family: str = Field("", max_length=30)
    after: int = Field(0, ge=0, le=2**63 - 1)
    limit: int = Field(50, ge=1, le=MOST)


class Proposed(Schema):
    """A draft; somebody else looks at it before anybody reads it."""

    kind: Kind = Kind.CASE
    title: str = Field(min_length=1, max_length=160)
    title_en: str = Field("", max_length=200)
    body: str = Field("", max_length=30000)
    audiences: list[Audience] = [Audience.ENGINEER]
    part: str = Field("", max_length=60)
    symptom: str = Field("", max_length=80)
    cause: str = Field("", max_length=4000)
    remedy: str = Field("", max_length=8000)
    codes: list[str] = Field([], max_length=20)
    families: list[str] = Field([], max_length=20)
    model_codes: list[str] = Field([], max_length=50)
    safety: bool = False
    submit: bool = False


def _person(request: HttpRequest) -> User:
    person = request.auth  # type: ignore[attr-defined]
    assert isinstance(person, User)
    return person


def _shown(row: Article) -> dict[str, Any]:
    return {
        "id": row.pk, "number": row.number, "kind": row.kind, "title": row.title, "title_en": row.title_en,
        "status": row.status, "audiences": row.audiences, "part": row.part, "symptom": row.symptom,
        "codes": row.codes, "families": row.families, "model_codes": row.model_codes, "safety": row.safety,
        "version": row.published, "published_at": row.published_at, "review_on": row.review_on,
        "helpful": row.helpful, "unhelpful": row.unhelpful, "used": row.used,
        "doubted_at": row.doubted_at,
    }  # fmt: skip


@router.get("/", auth=door("knowledge.see"), url_name="articles")
def articles(request: HttpRequest, wanted: Query[Wanted]) -> dict[str, Any]:
    """What you may read; `next` is the id to go on with, or null."""
    person = _person(request)
    asked = queries.Asked(
        text=wanted.q.replace("\x00", ""), kind=wanted.kind or "", family=wanted.family.replace("\x00", "")
    )  # fmt: skip
    rows = queries.articles(person).filter(pk__gt=wanted.after)
    rows = queries.of_view(rows, "published", person, queries.soon_day(clock.now()))
    found = list(queries.listed(rows, asked).order_by("pk")[: wanted.limit + 1])
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    return {"items": [_shown(row) for row in shown], "next": shown[-1].pk if more else None}


@router.get("/{int:pk}", auth=door("knowledge.see"), url_name="article")
def article(request: HttpRequest, pk: int) -> dict[str, Any]:
    """One article with its texts and attachments."""
    row = queries.articles(_person(request)).filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    files = [
        {"id": each.pk, "name": each.name, "kind": each.kind, "size": each.size, "url": reverse("evidence:file", args=[each.pk])}
        for each in queries.files_of(row)
    ]  # fmt: skip
    return _shown(row) | {
        "body": row.body,
        "cause": row.cause,
        "remedy": row.remedy,
        "files": files,
    }


@router.post(
    "/", auth=door("knowledge.edit"), url_name="article_propose", response={201: dict[str, Any]}
)
def propose(request: HttpRequest, told: Proposed) -> HttpResponse:
    """Propose an article: 201 with its draft. Readers must be circles that you belong to."""
    person, now = _person(request), clock.now()
    if set(told.audiences) - set(queries.circles(person)):
        raise NotYourCircle
    said = told.model_dump(exclude={"submit"})
    lists = ("audiences", "families", "model_codes")
    said |= {name: tuple(str(each) for each in said[name]) for name in lists}
    said["codes"] = fault_codes(",".join(told.codes))
    said["kind"] = str(told.kind)

    def work() -> HttpResponse:
        row = actions.draft(content=Content(**said), by=person, now=now)
        if told.submit:
            row = actions.submit(article=row, by=person, now=now)
        return JsonResponse(_shown(row), status=201)

    key = request.headers.get(HEADER, "")
    if not key:
        return work()
    return once(
        actor=person, route="POST /api/knowledge", key=key, body=request.body, now=now, work=work
    )
