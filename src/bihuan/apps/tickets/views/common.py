"""What the views of tickets share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from bihuan.apps.tickets import words
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.queries.page import JOINED, with_people
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.scope import through, visible
from bihuan.base.prepared import planned
from bihuan.base.ui.addresses import address


def who(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def now_and_who(request: HttpRequest) -> tuple[datetime, User]:
    return clock.now(), who(request)


def held(request: HttpRequest, pk: int, verb: str) -> Ticket:
    """A ticket within this person's reach. Raises NoSuchThing."""
    return with_people(through(_within(pk, person=who(request), verb=verb)))


@planned
def _within(pk: int, *, person: User, verb: str) -> QuerySet[Ticket]:
    return visible(Ticket.objects.select_related(*JOINED), person, verb).filter(pk=pk)


def said(row: Ticket, next_limit: dict[str, Any] | None = None) -> dict[str, Any]:
    """A ticket with its titles, and the limit of the clock that is due next."""
    status, colour = words.status_of(row.status, row.wait), words.COLOUR[row.status]  # type: ignore[index]
    if row.unsaid:
        status, colour = f"{status} · {words.yes_of_customer(given=False)}", "orange"
    return {
        "row": row, "kind": words.title(words.KIND, row.kind), "status": status, "colour": colour,
        "severity": words.title(words.SEVERITY, row.severity),
        "severity_colour": words.SEVERITY_COLOUR[row.severity],  # type: ignore[index]
        "line": words.LINE[row.line], "limit": next_limit,
    }  # fmt: skip


def line(row: Ticket) -> dict[str, Any]:
    """What a line of the queue shows of a ticket, as plain values: an equal line is drawn once."""
    found = said(row)
    machine = row.asset
    return {
        "pk": row.pk, "url": address("tickets:detail", row.pk), "version": row.version, "number": row.number, "title": row.title,
        "claimed_severity": row.claimed_severity, "green": row.green, "chased": row.chased, "reopened": row.reopened,
        "customer": row.customer.called if row.customer else "",
        "machine": f"{machine.model.code} {machine.serial}" if machine else "",
        "owner": row.owner.name if row.owner else "", "reported_at": row.reported_at, "in_line": found["line"],
        **{name: found[name] for name in ("kind", "severity", "severity_colour", "status", "colour")},
    }  # fmt: skip


def number(text: str | None) -> int | None:
    """An id of the query string; None when it is none."""
    return int(text) if text and text.isdecimal() and len(text) <= 18 else None
