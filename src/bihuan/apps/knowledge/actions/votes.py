"""What readers say of an article, and what people say for a word of ours."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from bihuan.apps.knowledge.enums import Status
from bihuan.apps.knowledge.models import Article, Synonym, Vote
from bihuan.apps.knowledge.refusals import ReasonMissing, SynonymOfItself, WordsMissing, WrongStep
from bihuan.apps.knowledge.words import BODY, STATUS, title
from bihuan.base.access.models import User
from bihuan.base.search.folding import fold


def vote(*, article: Article, helpful: bool, reason: str, by: User, now: datetime) -> Vote:
    """Say whether it helped; "no" says why. A second vote replaces the first.

    Raises ReasonMissing, WrongStep.
    """
    if not helpful and not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = Article.objects.select_for_update().get(pk=article.pk)
        if row.status != Status.PUBLISHED:
            raise WrongStep(state=title(STATUS, row.status))
        said, _new = Vote.objects.update_or_create(
            article=row, by=by,
            defaults={"helpful": helpful, "reason": reason.strip()[:300], "version": row.published, "at": now},
        )  # fmt: skip
        counted = row.votes.aggregate(
            yes=Count("pk", filter=Q(helpful=True)), no=Count("pk", filter=Q(helpful=False))
        )
        Article.objects.filter(pk=row.pk).update(helpful=counted["yes"], unhelpful=counted["no"])
        return said


def add_synonym(*, other: str, ours: str, by: User | None, now: datetime) -> Synonym:
    """Note that people say `other` for `ours`. Raises WordsMissing, SynonymOfItself."""
    other, ours = fold(other), fold(ours)
    if not other or not ours:
        raise WordsMissing(what=BODY)
    chained = Synonym.objects.filter(Q(other=ours) | Q(other=other) | Q(ours=other))
    if other == ours or chained.exists():
        raise SynonymOfItself
    return Synonym.objects.create(other=other[:40], ours=ours[:40], by=by, at=now)


def drop_synonym(*, synonym: Synonym) -> None:
    synonym.delete()
