"""Deeds on many tickets and their way back: each undone only where nobody went on meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from bihuan.apps.tickets.actions.common import change, event, move
from bihuan.apps.tickets.actions.talking import note, unwatch, watch
from bihuan.apps.tickets.actions.working import accept, assign, must_be_open
from bihuan.apps.tickets.doors.rousing import go_on
from bihuan.apps.tickets.enums import Event, Note, Status
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.search import put_ticket
from bihuan.base.access.models import User
from bihuan.base.errors import ChangedMeanwhile

Kept = dict[str, Any]


def put_back(*, ticket: Ticket, by: User, now: datetime) -> Ticket:
    """Whoever took it gives it back: it is new again, and nobody's. Raises WrongStep."""
    with transaction.atomic():
        move(ticket, Event.PUT_BACK, at=now, by=by, owner=None, first_owner=None, accepted_at=None)
        go_on(ticket, now)
        return ticket


def take_many(*, ticket_id: int, by: User, now: datetime) -> Kept:
    """Take it into one's own hands: a new one is accepted. Gives what `take_back` needs.

    Raises WrongStep (it has ended).
    """
    ticket = _held(ticket_id)
    if ticket.status == Status.NEW:
        accept(ticket=ticket, by=by, now=now)
        return {"accepted": True, "to": by.pk}
    return _given(ticket, by, by, now, "")


def take_back(*, ticket_id: int, kept: Kept, by: User, now: datetime) -> None:
    """Raises ChangedMeanwhile, WrongStep."""
    if not kept.get("accepted"):
        assign_back(ticket_id=ticket_id, kept=kept, by=by, now=now)
        return
    ticket = _held(ticket_id)
    if ticket.owner_id != kept["to"] or ticket.status != Status.ACCEPTED:
        raise ChangedMeanwhile
    put_back(ticket=ticket, by=by, now=now)


def assign_many(*, ticket_id: int, to: User, text: str, by: User, now: datetime) -> Kept:
    """Give it to somebody else. Gives what `assign_back` needs. Raises WrongStep."""
    return _given(_held(ticket_id), to, by, now, text)


def _given(ticket: Ticket, to: User, by: User, now: datetime, text: str) -> Kept:
    before = ticket.owner_id
    if before != to.pk:
        assign(ticket=ticket, to=to, by=by, now=now, text=text)
    else:
        must_be_open(ticket)
    return {"owner": before, "to": to.pk}


def assign_back(*, ticket_id: int, kept: Kept, by: User, now: datetime) -> None:
    """Raises ChangedMeanwhile (somebody else has it by now), WrongStep."""
    ticket = _held(ticket_id)
    if ticket.owner_id != kept["to"]:
        raise ChangedMeanwhile
    if kept["owner"] == kept["to"]:
        return
    must_be_open(ticket)
    with transaction.atomic():
        change(ticket, owner_id=kept["owner"])
        event(ticket, Note.ASSIGNED, at=now, by=by, to=kept["owner"], undone=True)
        if ticket.status == Status.NEW and kept["owner"] is None:
            go_on(ticket, now)
        put_ticket(ticket)


def watch_many(*, ticket_id: int, by: User) -> Kept:
    """Be told of what happens to it. Gives what `watch_back` needs."""
    ticket = _held(ticket_id)
    before = ticket.watchers.filter(pk=by.pk).exists()
    watch(ticket=ticket, by=by)
    return {"watched": before}


def watch_back(*, ticket_id: int, kept: Kept, by: User) -> None:
    if not kept["watched"]:
        unwatch(ticket=_held(ticket_id), by=by)


def note_many(*, ticket_id: int, text: str, by: User, now: datetime) -> None:
    """An internal note. Raises TextMissing."""
    note(ticket=_held(ticket_id), text=text, by=by, now=now)


def _held(pk: int) -> Ticket:
    """The row, nobody else's until the end of the transaction: the caller has checked the reach."""
    return Ticket.objects.select_for_update().get(pk=pk)
