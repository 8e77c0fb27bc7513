"""When a ladder of calls ends or rests: somebody has it in hand, or the machine's alarms call nobody."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from bihuan.apps.monitoring import figures as of_machines
from bihuan.apps.monitoring.actions import calling
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.tickets.doors.models import Ladder
from bihuan.apps.tickets.enums import Channel as Way
from bihuan.apps.tickets.enums import EntryKind, Event, Note, Status
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.base.access.models import User

AWAKE = (*Event, Note.CONTACTED, Note.ASSIGNED, Note.TAKEN_OVER, Note.WEIGHED)
"""Deeds by which somebody shows that he has a ticket in hand."""
BY_HAND = Entry.objects.filter(kind=EntryKind.EVENT, code=Note.ASSIGNED, by__isnull=False)


def in_hand(ladder: Ladder) -> tuple[bool, User | None]:
    """Whether somebody has it in hand without having answered a call, and who: a new ticket has
    been taken; to what the customer said, somebody has done something since.
    """
    ticket = ladder.ticket
    if ticket is None:
        machine = ladder.of_machine
        assert machine is not None
        return machine.acknowledged_at is not None, machine.acknowledged_by
    if ladder.entry_id is None:
        if ticket.status != Status.NEW or given(ticket):
            return True, ticket.owner
        return _acknowledged(ticket)
    if not ticket.open:
        return True, None
    deeds = Q(kind=EntryKind.PUBLIC_REPLY) | Q(code__in=[str(each) for each in AWAKE])
    since = ticket.entries.filter(deeds, pk__gt=ladder.entry_id, by__isnull=False)
    first = since.select_related("by").order_by("pk").first()
    return first is not None, first.by if first is not None else None


def given(ticket: Ticket) -> bool:
    """Whether a person gave a new ticket to whoever has it: the table of ways gives it to somebody
    who may be asleep.
    """
    return ticket.owner_id is not None and BY_HAND.filter(ticket=ticket).exists()


def turn(ladder: Ladder, now: datetime) -> calling.Turn:
    """What the machine's alarms say of calling on. One's own ladder ends when the alarm desk opens, which
    calls then; that of a new ticket goes on while any of the alarms that led to it does. Those of
    a class that calls nobody have no say in what their ticket does.
    """
    machine = ladder.of_machine
    if machine is not None:
        desk_is_open = calling.desk_opens(machine, now) is None
        return calling.Turn(over=True) if desk_is_open else calling.turn(machine, now)
    ticket = ladder.ticket
    if ticket is None or ladder.entry_id is not None or ticket.channel != Way.IOT:
        return calling.Turn()
    rows = _raised(ticket).filter(klass__in=of_machines.minutes("answer_min", now))
    found = [calling.turn(each, now) for each in rows.select_related("merged")]
    rests = [each.until for each in found if not each.over]
    if found and not rests:
        return calling.Turn(over=True)
    held = [each for each in rests if each is not None]
    return calling.Turn(until=min(held)) if held and len(held) == len(rests) else calling.Turn()


def _raised(ticket: Ticket) -> QuerySet[Alarm]:
    """The alarms that led to a ticket."""
    return Alarm.objects.filter(ticket_number=ticket.number, hushed="")


def _acknowledged(ticket: Ticket) -> tuple[bool, User | None]:
    """Whether a machine reported it, and somebody has acknowledged all that it raised."""
    if ticket.channel != Way.IOT:
        return False, None
    found = list(_raised(ticket).select_related("acknowledged_by").order_by("acknowledged_at"))
    if not found or any(each.acknowledged_at is None for each in found):
        return False, None
    return True, found[-1].acknowledged_by
