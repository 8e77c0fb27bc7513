"""What the page of one ticket shows beside the ticket itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts.queries.cover import cover
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import clocks_of, open_for_customer
from bihuan.apps.obligations.rows import SHOWN, Row, rows_of
from bihuan.apps.people.calendars import Calendars
from bihuan.apps.tickets.enums import Answer
from bihuan.apps.tickets.models import Entry, Handover, Ticket
from bihuan.base import sql
from bihuan.base.access.models import User
from bihuan.base.access.people import people_of
from bihuan.base.access.scope import visible
from bihuan.base.prepared import planned

SHOWN_PROMISES = 6
JOINED = (
    "customer__account_manager", "contact", "asset__model", "asset__place",
)  # fmt: skip
LINE = (
    "number", "title", "kind", "status", "wait", "severity", "line", "confirmed_at", "parent", "duplicate_of",
)  # fmt: skip
"""What a line names of another ticket."""
PEOPLE = ("owner", "first_owner", "engineer", "recorded_by", "solved_by", "confirmed_by")


def with_people(ticket: Ticket) -> Ticket:
    """Those who had to do with it, in one query: with six more joins PostgreSQL would plan for
    longer than it reads.
    """
    ids = {name: getattr(ticket, f"{name}_id") for name in PEOPLE}
    known = {pk for pk in ids.values() if pk is not None}
    people = {row.pk: row for row in people_of(list(known))} if known else {}
    for name, pk in ids.items():
        setattr(ticket, name, people.get(pk))
    return ticket


def clocks(ticket: Ticket, now: datetime, known: Calendars | None = None) -> list[Row]:
    """Its clocks as rows: what runs first, then what is done (two queries at most, one more
    without the `known` calendars).
    """
    rows = matter(ticket)
    people = {each.pk: each for name in PEOPLE if (each := getattr(ticket, name)) is not None}
    others = {row.assignee_id for row in rows if row.assignee_id is not None} - people.keys()
    people |= {each.pk: each for each in (people_of(list(others)) if others else ())}
    for row in rows:
        if row.customer_id == ticket.customer_id:
            row.customer = ticket.customer
        if row.assignee_id is not None:
            row.assignee = people[row.assignee_id]
    rows.sort(key=lambda row: (row.state not in LIVE, row.due_at is None, row.due_at, row.pk))
    return rows_of(rows, now, {}, known)


def matter(ticket: Ticket) -> list[Obligation]:
    """Its duties of every round."""
    rounds = [f"{ticket.number}#{n}" for n in range(1, ticket.reopened + 1)]
    return clocks_of(ticket.number, [ticket.number, *rounds])


def mark(duties: Iterable[Obligation]) -> str:
    """Differs whenever a clock came, moved, stopped or ended."""
    seen = sorted(f"{each.pk}.{each.state}.{each.due_at}.{each.paused_at}" for each in duties)
    return hashlib.sha256("|".join(seen).encode()).hexdigest()[:16]


def history(ticket: Ticket) -> list[Entry]:
    """Every line, oldest first, with writers and files (two queries)."""
    return _entries(ticket.pk)


@planned
def _entries(ticket_id: int) -> QuerySet[Entry]:
    rows = Entry.objects.filter(ticket=ticket_id).select_related("by").prefetch_related("files")
    return rows.order_by("at", "pk")


def side(ticket: Ticket, person: User, now: datetime, known: Calendars) -> dict[str, Any]:
    """Cover of the machine, other open tickets, other open promises to the customer."""
    found: dict[str, Any] = {"covers": [], "others": [], "promises": []}
    if ticket.asset_id is not None:
        found["covers"] = cover(ticket.asset_id, timezone.localtime(now).date())
    if ticket.customer_id is not None:
        found["others"] = _others(ticket.customer_id, ticket.pk, person=person)
        promises = _promises(ticket.customer_id, ticket.number, person=person)
        found["promises"] = told_apart(rows_of(promises, now, {}, known))
    return found


@planned
def _others(customer_id: int, but: int, *, person: User) -> QuerySet[Ticket]:
    rows = Ticket.objects.open().filter(customer_id=customer_id).exclude(pk=but)
    return visible(rows, person, "tickets.see").only(*LINE).order_by("-reported_at")[:5]


@planned
def _promises(customer_id: int, but: str, *, person: User) -> QuerySet[Obligation]:
    rows = visible(open_for_customer(customer_id), person, "obligations.see")
    return rows.exclude(occasion=but).only(*SHOWN, "match", "asset_id")[:SHOWN_PROMISES]


def handed_over(ticket: Ticket) -> Handover | None:
    """The hand-over that nobody has accepted yet."""
    return next(iter(_handed_over(ticket.pk)), None)


@planned
def _handed_over(ticket_id: int) -> QuerySet[Handover]:
    rows = Handover.objects.filter(ticket=ticket_id, accepted_at=None, back_at=None)
    return rows.select_related("by", "to", "queue").order_by("pk")[:1]


NEAR = """
    SELECT to_ticket_id FROM tickets_ticket_links WHERE from_ticket_id = %(pk)s
    UNION SELECT id FROM tickets_ticket WHERE parent_id = %(pk)s
    UNION SELECT id FROM tickets_ticket WHERE duplicate_of_id = %(pk)s
"""


def family(ticket: Ticket, person: User) -> Sequence[Ticket]:
    """The tickets that have to do with this one, within reach (two queries at most)."""
    near: set[int] = {pk for (pk,) in sql.rows(NEAR, {"pk": ticket.pk})}
    near |= {pk for pk in (ticket.parent_id, ticket.duplicate_of_id) if pk is not None}
    return _lines(list(near), person=person) if near else ()


@planned
def _lines(ids: list[int], *, person: User) -> QuerySet[Ticket]:
    rows = visible(Ticket.objects.filter(pk__among=ids), person, "tickets.see")
    return rows.only(*LINE).order_by("pk")


WATCHING = "SELECT 1 FROM tickets_ticket_watchers WHERE ticket_id = %s AND user_id = %s"


def is_watching(person: User, ticket: Ticket) -> bool:
    """Whether this person is told of what happens to it."""
    return bool(sql.rows(WATCHING, (ticket.pk, person.pk)))


def told_apart(rows: list[Row]) -> list[tuple[Row, str]]:
    """Duties with what each is about, the ticket or the machine: two of one title are no double."""
    wanted = {row.ob.asset_id for row in rows if row.ob.asset_id is not None}
    serials = dict(Asset.objects.filter(pk__in=wanted).values_list("pk", "serial"))
    return [
        (row, str(row.ob.match.get("ticket") or serials.get(row.ob.asset_id or 0, "")))
        for row in rows
    ]


def last_yes(ticket: Ticket) -> str:
    """The words with which the customer confirmed it."""
    row = ticket.attempts.filter(result=Answer.YES, round=ticket.reopened).order_by("-pk").first()
    return row.words if row is not None else ""


def sees_file(person: User, file_id: int) -> bool:
    """Whether this person sees a file through a ticket."""
    rows = Entry.objects.filter(files=file_id)
    return visible(rows, person, "tickets.see").exists()
