"""A tick: the owner of an article hears that its day of review comes near, once for each day set."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.knowledge import figures
from bihuan.apps.knowledge.enums import Status
from bihuan.apps.knowledge.models import Article
from bihuan.base.notify.actions import tell

AT_ONCE = 200


def remind(now: datetime) -> int:
    """Where the regulation has a clause the duty `knowledge.review` asks as well; this is of one
    article, by the day that a person set.
    """
    until = timezone.localdate(now) + timedelta(days=figures.whole("remind_days", now))
    rows = Article.objects.filter(
        Q(reminded=None) | ~Q(reminded=F("review_on")),
        status=Status.PUBLISHED,
        review_on__lte=until,
    )
    told = 0
    for row in rows.select_related("owner").order_by("review_on", "pk")[:AT_ONCE]:
        tell(
            to=row.owner, kind="knowledge.review", now=now, key=f"article:{row.pk}:{row.review_on}",
            title={"zh": f"{row.number} 到了复核的时候", "en": f"{row.number} is due for review"},
            text={"zh": row.title, "en": row.title_en or row.title},
            url=reverse("knowledge:article", args=[row.pk]),
        )  # fmt: skip
        told += Article.objects.filter(pk=row.pk).update(reminded=row.review_on)
    return told
