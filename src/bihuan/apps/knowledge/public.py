"""What everybody may read without login: articles for the public, and none but those."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from bihuan.apps.knowledge import similar
from bihuan.apps.knowledge.enums import Audience, Door, Origin, Status
from bihuan.apps.knowledge.models import Article, Case, Use
from bihuan.apps.knowledge.queries import Asked, listed
from bihuan.apps.knowledge.rules import VERB, fits
from bihuan.lib.similar import shared

MOST = 3


def articles() -> QuerySet[Article]:
    return Article.objects.filter(
        status=Status.PUBLISHED, doubted_at=None, audiences__contains=[Audience.PUBLIC]
    ).select_related("pending")


def found(text: str) -> QuerySet[Article]:
    """Those that hold every word, those that helped most first."""
    return listed(articles(), Asked(text=text)).order_by("-used", "-published_at", "-pk")


def suggested(text: str, *, family: str = "", model: str = "") -> list[Article]:
    """At most `MOST` that are like what a customer writes and fit his machine, likest first."""
    if len(text.strip()) < 2:
        return []
    like = {each.key: each.pairs for each in similar.ranked(text, [VERB[Audience.PUBLIC]])}
    cases = Case.objects.filter(origin=Origin.ARTICLE).defer("grams").in_bulk(list(like))
    ids = [
        cases[key].origin_id
        for key, pairs in like.items()
        if key in cases
        and (pairs or _about(text, cases[key]))
        and fits(cases[key].families, cases[key].model_codes, family, model)
    ]
    rows = articles().in_bulk(ids)
    return [rows[pk] for pk in ids if pk in rows][:MOST]


def _about(text: str, case: Case) -> bool:
    """Whether the text names what the case is about, not only words of its explanation."""
    return bool(shared(text, f"{case.title}\n{case.part}\n{case.symptom}"))


def self_solved(since: datetime, until: datetime) -> int:
    """How many customers said that an article helped and reported nothing (service
    `knowledge.self_solved`).
    """
    return Use.objects.filter(door=Door.PORTAL, helped=True, at__gte=since, at__lt=until).count()
