"""What the technical people had written down before the year began."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from bihuan.apps.knowledge import actions
from bihuan.apps.knowledge.enums import Audience, Status
from bihuan.apps.knowledge.models import Article
from bihuan.apps.knowledge.rules import Content, fits
from bihuan.apps.tickets.models import Ticket
from bihuan.config.demo.stage import Stage

CIRCLES = {
    "E": Audience.ENGINEER, "S": Audience.STAFF, "D": Audience.DEALER, "C": Audience.CUSTOMER,
    "P": Audience.PUBLIC,
}  # fmt: skip
MISSES = 6
"""One article in so many did not help, and the ticket was solved another way."""

SPREAD = 7  # days between the reviews of one article and the next


def found(stage: Stage, now: datetime) -> None:
    """Articles and synonyms of a maker that has some; the oldest first."""
    book = stage.maker.knowledge
    for other, ours in book.get("synonyms", ()):
        actions.add_synonym(other=other, ours=ours, by=stage.who("technical_head"), now=now)
    for number, row in enumerate(book.get("articles", ())):
        _article(stage, row, now, timedelta(days=SPREAD * number))


def _article(stage: Stage, row: dict[str, Any], now: datetime, later: timedelta) -> Article:
    author, state = stage.users[row["by"]], row.get("state", "PUBLISHED")
    article = actions.draft(content=content(row), by=author, now=now)
    if state == "DRAFT":
        return article
    article = actions.submit(article=article, by=author, now=now)
    if state == "REVIEW":
        return article
    review_on = timezone.localdate(now) + timedelta(days=365 * row["again"] // 12) + later
    article = actions.publish(
        article=article, by=stage.who("technical_head"), now=now, review_on=review_on
    )
    for username in row.get("yes", ()):
        actions.vote(article=article, helpful=True, reason="", by=stage.users[username], now=now)
    for username, reason in row.get("no", {}).items():
        actions.vote(article=article, helpful=False, reason=reason, by=stage.users[username], now=now)  # fmt: skip
    return article


def known_for(row: Ticket) -> Article | None:
    """The article of what this ticket is about, for its machine."""
    rows = Article.objects.filter(status=Status.PUBLISHED).exclude(symptom="").exclude(remedy="")
    model = row.asset.model if row.asset else None
    for article in rows.order_by("pk"):
        if article.symptom in row.title or row.title in article.symptom:
            suits = not model or fits(
                article.families, article.model_codes, model.family, model.code
            )
            if suits:
                return article
    return None


def solve_by(row: Ticket, article: Article, by: Any, now: datetime) -> str | None:
    """What was done by this article, noted on the ticket; None when it did not help."""
    helped = (row.pk + article.pk) % MISSES != 0
    actions.take_up(
        article=article, ticket=row.number, by=by, now=now, helped=helped,
        reason="" if helped else "照做后还是老样子，原因在别处",
    )  # fmt: skip
    if not helped:
        return None
    steps = [each.split(". ", 1)[-1] for each in article.remedy.splitlines() if each.strip()]
    return "按知识库办法处理：" + "".join(steps[:2])


def content(row: dict[str, Any]) -> Content:
    """A row of the file as an article says it."""
    return Content(
        kind=row["kind"], title=row["title"], title_en=row["en"], body=row.get("body", ""),
        audiences=tuple(CIRCLES[letter] for letter in row["for"]), families=tuple(row["families"]),
        model_codes=tuple(row.get("models", ())), part=row["part"], symptom=row["symptom"],
        cause=row.get("cause", ""), remedy=row.get("remedy", ""), codes=tuple(row.get("codes", ())),
        safety=row.get("safety", False),
    )  # fmt: skip
