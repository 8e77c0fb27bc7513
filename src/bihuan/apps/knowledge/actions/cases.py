"""The index of similar cases: what is put in and taken out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from bihuan.apps.knowledge.enums import Kind, Origin, Status
from bihuan.apps.knowledge.models import Article, Case, CasePair
from bihuan.apps.knowledge.rules import widest
from bihuan.apps.knowledge.similar import pair_rows
from bihuan.lib import similar as lib

FOUND = (Kind.CASE, Kind.FAQ)


@dataclass(frozen=True)
class ClosedCase:
    """A closed ticket as plain values, without a word about the customer.

    `needs` is the right that shows the ticket's technical side.
    """

    ticket_id: int
    number: str
    title: str
    text: str
    url: str
    closed_at: datetime
    pairs: tuple[tuple[str, str], ...] = ()
    cause: str = ""
    remedy: str = ""
    family: str = ""
    model: str = ""
    needs: str = "knowledge.engineer"


def put_case(*, case: ClosedCase) -> Case:
    """Make a closed ticket findable as a similar case, or renew it."""
    part, symptom = case.pairs[0] if case.pairs else ("", "")
    row = Case(
        origin=Origin.TICKET, origin_id=case.ticket_id, number=case.number, title=case.title[:200],
        part=part[:60], symptom=symptom[:80], cause=case.cause, remedy=case.remedy,
        families=[case.family] if case.family else [], model_codes=[case.model] if case.model else [],
        url=case.url, needs=case.needs, closed_at=case.closed_at,
    )  # fmt: skip
    text = f"{case.title}\n{case.text}\n{case.cause}\n{case.remedy}"
    return _put(row, lib.Case.of(case.ticket_id, text, case.pairs))


def put_article(article: Article) -> None:
    """Keep the index in step with an article: only what is published and not in doubt, cases and
    answers, and whatever names a symptom.
    """
    read = article.status == Status.PUBLISHED and article.doubted_at is None
    if not read or not (article.kind in FOUND or article.symptom):
        drop_case(origin=Origin.ARTICLE, origin_id=article.pk)
        return
    row = Case(
        origin=Origin.ARTICLE, origin_id=article.pk, number=article.number, title=article.title,
        part=article.part, symptom=article.symptom, cause=article.cause, remedy=article.remedy,
        families=article.families, model_codes=article.model_codes,
        url=reverse("knowledge:article", args=[article.pk]), needs=widest(article.audiences),
        closed_at=article.published_at or article.written_at,
    )  # fmt: skip
    text = "\n".join((
        article.title, article.title_en, article.body, article.cause, article.remedy, *article.codes,
    ))  # fmt: skip
    pairs = [(article.part, article.symptom)] if article.part and article.symptom else []
    _put(row, lib.Case.of(article.pk, text, pairs))


def drop_case(*, origin: Origin, origin_id: int) -> None:
    """Take a case out, such as a ticket opened again."""
    Case.objects.filter(origin=origin, origin_id=origin_id).delete()


def _put(row: Case, read: lib.Case) -> Case:
    """Replace the row of the same origin."""
    with transaction.atomic():
        drop_case(origin=Origin(row.origin), origin_id=row.origin_id)
        row.grams = list(read.grams)
        row.save(force_insert=True)
        CasePair.objects.bulk_create(
            [CasePair(case=row, pair=pair) for pair in pair_rows(read.pairs)]
        )
    return row
