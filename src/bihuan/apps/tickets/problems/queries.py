"""Problem records as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from bihuan.apps.tickets.enums import OPEN, EntryKind, ProblemState
from bihuan.apps.tickets.lines.naming import names_of
from bihuan.apps.tickets.lines.rules import without_names
from bihuan.apps.tickets.models import Entry, Problem, Ticket
from bihuan.base.access.models import User
from bihuan.base.access.scope import reaches, visible

VIEWS = ("live", "open", "known", "ended")


def problems(view: str, text: str = "") -> QuerySet[Problem]:
    """Records of a view, with how many tickets each has."""
    tests = {
        "live": ~Q(state=ProblemState.ENDED), "open": Q(state=ProblemState.OPEN),
        "known": Q(state=ProblemState.KNOWN), "ended": Q(state=ProblemState.ENDED),
    }  # fmt: skip
    rows = Problem.objects.filter(tests[view])
    if text.strip():
        found = (
            Q(number__iendswith=text.strip())
            | Q(title__icontains=text.strip())
            | Q(model__code__icontains=text.strip())
        )
        rows = rows.filter(found)
    return rows.order_by("-opened_at", "-pk")


def for_list(rows: QuerySet[Problem]) -> QuerySet[Problem]:
    return rows.select_related("owner", "model").annotate(
        many=Count("links"), live=Count("links", filter=Q(links__ticket__status__in=OPEN))
    )


@dataclass(frozen=True)
class Linked:
    """A ticket of a problem; `whole` says whether its own page may be opened, `by` by which way its
    customer got the workaround last.
    """

    row: Ticket
    title: str
    whole: bool
    heard: int
    by: str = ""


@dataclass(frozen=True)
class Tickets:
    """The tickets of a problem: those in reach, and how many lie beyond it."""

    rows: list[Linked]
    beyond: int
    machines: int
    customers: int


MOST = 200


def tickets(problem: Problem, person: User) -> Tickets:
    links = dict(problem.links.values_list("ticket_id", "heard"))
    all_rows = Ticket.objects.filter(pk__in=links)
    seen = visible(all_rows, person, "tickets.see").select_related("customer", "asset__model")
    written = Entry.objects.filter(
        ticket__in=links, kind=EntryKind.PUBLIC_REPLY, data__problem=problem.pk
    )
    ways = dict(written.order_by("at", "pk").values_list("ticket_id", "channel"))
    rows = [
        Linked(row, row.title, True, links[row.pk], ways.get(row.pk, ""))
        for row in seen.order_by("-reported_at")[:MOST]
    ]
    counted = all_rows.aggregate(
        machines=Count("asset", distinct=True), customers=Count("customer", distinct=True)
    )
    return Tickets(rows, len(links) - len(rows), counted["machines"], counted["customers"])


def readable(problem: Problem, person: User) -> dict[str, str]:
    """Its texts, without the names of customers for who does not see customers."""
    names: set[str] = set()
    if not reaches(person, "customers.see"):
        rows = Ticket.objects.filter(problem_links__problem=problem).select_related(
            "customer",
            "asset__customer",
            "asset__owner",
            "asset__sold_to",
            "asset__serviced_by",
            "asset__place",
        )
        for row in rows[:MOST]:
            names |= names_of(row)
    fields = ("title", "text", "cause", "workaround", "fix")
    return {
        name: without_names(getattr(problem, name), names) if names else getattr(problem, name)
        for name in fields
    }


def of_ticket(ticket: Ticket) -> QuerySet[Problem]:
    return Problem.objects.filter(links__ticket=ticket).order_by("-opened_at")


def live(person: User, now: datetime) -> QuerySet[Problem]:
    """Problems of mine that have not ended (menu)."""
    return Problem.objects.filter(owner=person).exclude(state=ProblemState.ENDED)
