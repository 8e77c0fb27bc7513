"""What the page of one ticket shows beside the ticket itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts.queries.cover import cover
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import of_matter, open_for_customer
from bihuan.apps.obligations.rows import SHOWN, Row, rows_of
from bihuan.apps.people.calendars import Calendars
from bihuan.apps.tickets.enums import Answer
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible

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
    people = User.objects.in_bulk({pk for pk in ids.values() if pk is not None})
    for name, pk in ids.items():
        setattr(ticket, name, people.get(pk))
    return ticket


def clocks(ticket: Ticket, now: datetime, known: Calendars | None = None) -> list[Row]:
    """Its clocks as rows: what runs first, then what is done (two queries at most, one more
    without the `known` calendars).
    """
    rows = list(matter(ticket))
    people = {each.pk: each for name in PEOPLE if (each := getattr(ticket, name)) is not None}
    for row in rows:
        if row.customer_id == ticket.customer_id:
            row.customer = ticket.customer
        if row.assignee_id in people:
            row.assignee = people[row.assignee_id]
    prefetch_related_objects(rows, "assignee")  # those that have nothing else to do with it
    rows.sort(key=lambda row: (row.state not in LIVE, row.due_at is None, row.due_at, row.pk))
    return rows_of(rows, now, {}, known)


def matter(ticket: Ticket) -> QuerySet[Obligation]:
    """Its duties of every round."""
    rounds = [f"{ticket.number}#{n}" for n in range(1, ticket.reopened + 1)]
    # joined, PostgreSQL would read all customers for the few rows
    return of_matter(ticket.number, *rounds).select_related(None)


def mark(duties: Iterable[Obligation]) -> str:
    """Differs whenever a clock came, moved, stopped or ended."""
    seen = sorted(f"{each.pk}.{each.state}.{each.due_at}.{each.paused_at}" for each in duties)
    return hashlib.sha256("|".join(seen).encode()).hexdigest()[:16]


def history(ticket: Ticket) -> list[Entry]:
    """Every line, oldest first, with writers and files (two queries)."""
    rows = ticket.entries.select_related("by").prefetch_related("files")
    return list(rows.order_by("at", "pk"))


def side(ticket: Ticket, person: User, now: datetime, known: Calendars) -> dict[str, Any]:
    """Cover of the machine, other open tickets, other open promises to the customer."""
    found: dict[str, Any] = {"covers": [], "others": [], "promises": []}
    if ticket.asset_id is not None:
        found["covers"] = cover(ticket.asset_id, timezone.localtime(now).date())
    if ticket.customer_id is not None:
        rows = Ticket.objects.open().filter(customer_id=ticket.customer_id).exclude(pk=ticket.pk)
        seen = visible(rows, person, "tickets.see").only(*LINE)
        found["others"] = list(seen.order_by("-reported_at")[:5])
        promises: QuerySet[Obligation] = visible(
            open_for_customer(ticket.customer_id), person, "obligations.see"
        )
        promises = promises.exclude(occasion=ticket.number).only(*SHOWN, "match", "asset_id")
        found["promises"] = told_apart(rows_of(promises[:SHOWN_PROMISES], now, {}, known))
    return found


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
