"""Which article helped whom: a ticket, or a customer who then had nothing to report."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bihuan.apps.knowledge.enums import Audience, Door, Status
from bihuan.apps.knowledge.models import Article, Use
from bihuan.apps.knowledge.refusals import NotPublic, ReasonMissing, WrongStep
from bihuan.apps.knowledge.words import STATUS, title
from bihuan.base.access.models import User


def take_up(
    *, article: Article, ticket: str, by: User | None, now: datetime, helped: bool | None = None,
    reason: str = "",
) -> Use:  # fmt: skip
    """Note that an article was taken up for a ticket, and whether it helped; "no" says why. What
    is said later replaces what was said before.

    Raises ReasonMissing, WrongStep.
    """
    if helped is False and not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        return _put(article, Door.TICKET, ticket, by, now, helped=helped, reason=reason)


def drop_use(*, article: Article, ticket: str) -> None:
    """It had nothing to do with the ticket."""
    with transaction.atomic():
        row = Article.objects.select_for_update().get(pk=article.pk)
        row.uses.filter(door=Door.TICKET, matter=ticket).delete()
        _count(row)


def did_not_help(
    *, ticket: str, reason: str, until: datetime, by: User | None, now: datetime
) -> list[Article]:
    """The customer said no: what counted for this ticket as helpful `until` then counts no longer.

    Raises ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        found = Use.objects.filter(door=Door.TICKET, matter=ticket, helped=True, at__lte=until)
        ids = list(found.values_list("article_id", flat=True))
        rows = list(Article.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        found.update(helped=False, reason=reason.strip()[:300], at=now, by=by)
        for row in rows:
            _count(row)
        return rows


def solved_itself(*, article: Article, key: str, now: datetime) -> Use:
    """A customer says that it helped, and reports nothing; once for one page (its key).

    Raises NotPublic, WrongStep.
    """
    with transaction.atomic():
        return _put(article, Door.PORTAL, key, None, now, helped=True)


def _put(
    article: Article, door: Door, matter: str, by: User | None, now: datetime, *,
    helped: bool | None, reason: str = "",
) -> Use:  # fmt: skip
    row = Article.objects.select_for_update().get(pk=article.pk)
    if door == Door.PORTAL and Audience.PUBLIC not in row.audiences:
        raise NotPublic
    if row.status != Status.PUBLISHED:
        raise WrongStep(state=title(STATUS, row.status))
    said = {"helped": helped, "reason": reason.strip()[:300], "version": row.published, "at": now, "by": by}  # fmt: skip
    use, new = Use.objects.get_or_create(article=row, door=door, matter=matter[:40], defaults=said)
    if not new and (helped is not None or use.helped is None):
        Use.objects.filter(pk=use.pk).update(**said)
        use.refresh_from_db()
    _count(row)
    return use


def _count(row: Article) -> None:
    Article.objects.filter(pk=row.pk).update(used=row.uses.filter(helped=True).count())
