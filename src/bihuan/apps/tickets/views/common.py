"""What the views of tickets share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from bihuan.apps.tickets import words
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.queries.lists import QueueRow
from bihuan.apps.tickets.queries.page import JOINED, with_people
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.scope import through, visible
from bihuan.base.prepared import planned
from bihuan.base.ui.addresses import address
from bihuan.base.ui.deadline import shown
from bihuan.base.ui.once import Unmade


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
    return {"row": row, "limit": next_limit, **_words(row, words.status_of(row.status, row.wait))}


def _words(row: Ticket | QueueRow, status: str) -> dict[str, Any]:
    colour = words.COLOUR[row.status]  # type: ignore[index]
    if row.unsaid:
        status, colour = f"{status} · {words.yes_of_customer(given=False)}", "orange"
    return {
        "kind": words.title(words.KIND, row.kind), "status": status, "colour": colour,
        "severity": words.title(words.SEVERITY, row.severity),
        "severity_colour": words.SEVERITY_COLOUR[row.severity],  # type: ignore[index]
        "line": words.LINE[row.line],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """What the lines of one page share: the columns that are shown, and whether lines are picked."""

    columns: tuple[str, ...]
    picks: bool


def line(row: QueueRow, frame: Frame) -> Unmade:
    """What a line of the queue shows of a ticket: an equal line is drawn once."""
    status = words.status_of(row.status, row.wait)  # the company may call it otherwise tomorrow
    return Unmade((row, status, frame), partial(_line, row, status, frame))


def with_chip(row: Unmade, limit: dict[str, Any] | None, now: datetime) -> Unmade:
    """A line with the clock that is due next: this one differs from minute to minute."""
    chip = shown(limit, now) if limit else None
    return Unmade((row.key, chip), lambda: {"line": row, "chip": chip})


def _line(row: QueueRow, status: str, frame: Frame) -> dict[str, Any]:
    found = _words(row, status)
    return {
        "row": row, "url": address("tickets:detail", row.pk), "customer": row.customer_short or row.customer or "",
        "machine": f"{row.model} {row.serial}" if row.serial is not None else "",
        "owner": row.owner or "", "in_line": found.pop("line"), **found,
        "shows": dict.fromkeys(frame.columns, True), "picks": frame.picks,
    }  # fmt: skip


def number(text: str | None) -> int | None:
    """An id of the query string; None when it is none."""
    return int(text) if text and text.isdecimal() and len(text) <= 18 else None
