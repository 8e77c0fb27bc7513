"""Visits that knowledge could have spared: somebody went, though what helps was known before.

Known is what shares the part and what was wrong with it, fits the family of the machine, and was
there before the engineer was sent: a published article, or a ticket that was solved without a
visit. A ticket of the list is closed, for only then it is a case itself and has its pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    CharField,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from bihuan.apps.knowledge.enums import Origin, Step
from bihuan.apps.knowledge.models import ArticleStep, Case, CasePair
from bihuan.apps.knowledge.similar import verbs_of
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.queries.desk_figures import NO_VISIT, VISITED, Asked, tickets
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible


class One(Func):
    """A list of one text."""

    template = "ARRAY[%(expressions)s]::varchar[]"
    output_field = ArrayField(CharField())


@dataclass(frozen=True)
class Spared:
    """How many visits there were, how many of them could have been spared, the time on site of
    these, and how many of these have no arrival that it could be counted from.
    """

    visits: int
    spared: int
    on_site: timedelta
    untimed: int


def visits(person: User, asked: Asked) -> QuerySet[Any]:
    """The closed visits of the span, with the case that was `known` when somebody was sent."""
    rows = tickets(person, asked, "solved_at").filter(VISITED, status=Status.CLOSED)
    own = CasePair.objects.filter(
        case__origin=Origin.TICKET, case__origin_id=OuterRef(OuterRef("pk"))
    ).values("pair_id")
    published = ArticleStep.objects.filter(
        article_id=OuterRef("origin_id"), what=Step.PUBLISHED, at__lt=OuterRef(OuterRef("sent_out"))
    )
    helped = Ticket.objects.filter(
        NO_VISIT, pk=OuterRef("origin_id"), solved_at__lt=OuterRef(OuterRef("sent_out"))
    )
    known = (
        Case.objects.filter(pairs__pair_id__in=own, needs__in=verbs_of(person))
        .exclude(origin=Origin.TICKET, origin_id=OuterRef("pk"))
        .filter(Q(families=[]) | Q(families__contains=One(OuterRef("asset__model__family"))))
        .filter(Q(Exists(published), origin=Origin.ARTICLE) | Q(Exists(helped), origin=Origin.TICKET))
        .order_by("origin", "pk")
    )  # fmt: skip
    stayed = ExpressionWrapper(F("solved_at") - F("arrived_at"), output_field=DurationField())
    sent_out = Coalesce("dispatched_at", "arrived_at", "solved_at")
    return rows.annotate(sent_out=sent_out, stayed=stayed).annotate(
        known=Subquery(known.values("pk")[:1])
    )


def counted(rows: QuerySet[Any]) -> Spared:
    """One query."""
    spared = Q(known__isnull=False)
    found = rows.order_by().aggregate(
        visits=Count("pk"), spared=Count("pk", filter=spared),
        on_site=Sum("stayed", filter=spared), untimed=Count("pk", filter=spared & Q(stayed=None)),
    )  # fmt: skip
    return Spared(
        found["visits"], found["spared"], found["on_site"] or timedelta(), found["untimed"]
    )


@dataclass(frozen=True)
class Line:
    """A visit beside what was known; `url` where this person may open that."""

    ticket: Ticket
    case: Case
    article: bool
    url: str
    stayed: timedelta | None


def lines(rows: Iterable[Any], person: User) -> list[Line]:
    """The rows of a page (two queries)."""
    found = list(rows)
    cases = Case.objects.defer("grams").in_bulk([row.known for row in found])
    reach = Ticket.objects.filter(
        pk__in=[each.origin_id for each in cases.values() if each.origin == Origin.TICKET]
    )
    open_to = set(visible(reach, person, "tickets.see").values_list("pk", flat=True))
    shown = []
    for row in found:
        case = cases[row.known]
        article = case.origin == Origin.ARTICLE
        url = case.url if article or case.origin_id in open_to else ""
        shown.append(Line(row, case, article, url, row.stayed))
    return shown
