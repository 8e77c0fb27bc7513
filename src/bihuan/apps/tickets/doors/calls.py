"""Calls as the telephone system tells them: whose telephone rings, and what a call proves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q, QuerySet

from bihuan.apps.customers.rules import phones
from bihuan.apps.tickets import words
from bihuan.apps.tickets.actions.common import event
from bihuan.apps.tickets.actions.talking import contacted
from bihuan.apps.tickets.doors.models import Call, Extension
from bihuan.apps.tickets.enums import OPEN, Channel, Note
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import ExtensionTaken, NotYourCall, WrongStep
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.audit.actions import log
from bihuan.base.errors import ChangedMeanwhile, NoSuchThing

RINGS = timedelta(minutes=3)  # nobody lets it ring longer: an end that was never told
RECENT = timedelta(hours=12)


class Told(StrEnum):
    RINGING = "RINGING"
    ANSWERED = "ANSWERED"
    ENDED = "ENDED"


@dataclass(frozen=True)
class Event:
    """One telling of the telephone system."""

    call: str
    what: Told
    at: datetime
    number: str = ""
    extension: str = ""
    outbound: bool = False
    recording: str = ""


def hear(*, told: Event, source: User, now: datetime) -> Call:
    """Write down what was told; twice is once, and the order of arrival does not matter."""
    at = min(told.at, now)
    with transaction.atomic():
        Call.objects.bulk_create(
            [Call(source=source, call=told.call, told_at=now)], ignore_conflicts=True
        )
        row = Call.objects.select_for_update().get(source=source, call=told.call)
        if told.number:
            row.number = phones.tidy(told.number)[:24]
            row.outbound = told.outbound
        moves = told.extension and (
            told.what != Told.RINGING or row.answered_at is None
        )  # a late RINGING of the group does not take the call from who answered it
        if moves and told.extension != row.extension:
            row.extension = told.extension
            owner = Extension.objects.filter(number=told.extension).first()
            row.agent_id = owner.user_id if owner is not None else None
            row.closed = False
        field = {Told.RINGING: "ringing_at", Told.ANSWERED: "answered_at", Told.ENDED: "ended_at"}
        name = field[told.what]
        known: datetime | None = getattr(row, name)
        setattr(row, name, at if known is None else min(known, at))
        row.recording = told.recording or row.recording
        row.save()
        return row


def ringing(person: User, now: datetime) -> QuerySet[Call]:
    """Calls for this person that go on, newest first."""
    live = Q(answered_at__isnull=False, told_at__gt=now - timedelta(hours=2)) | Q(
        ringing_at__gt=now - RINGS
    )
    return Call.objects.filter(live, agent=person, ended_at=None, closed=False).order_by(
        "-told_at", "-pk"
    )


def put_away(pk: int, *, by: User) -> bool:
    """The agent has seen it."""
    return bool(Call.objects.filter(pk=pk, agent=by).update(closed=True))


def recent(person: User, now: datetime) -> QuerySet[Call]:
    """One's own calls of the last hours."""
    return (
        Call.objects.filter(agent=person, told_at__gt=now - RECENT)
        .select_related("ticket").order_by("-told_at", "-pk")
    )  # fmt: skip


def attach(*, call: Call, ticket: Ticket, by: User, now: datetime) -> Call:
    """The call belongs to this ticket. A call that a person answered proves that the customer was
    spoken to about it when it came after the report or brought it; any other is written down and
    proves nothing.

    Raises NotYourCall, WrongStep (the ticket has ended), ChangedMeanwhile.
    """
    if call.agent_id != by.pk:
        raise NotYourCall
    if ticket.status not in OPEN:
        raise WrongStep(status=words.status_of(ticket.status))
    with transaction.atomic():
        if not Call.objects.filter(pk=call.pk, ticket=None).update(ticket=ticket):
            raise ChangedMeanwhile
        call.refresh_from_db()
        text = said_of(call)
        if call.answered_at is not None and (
            call.answered_at >= ticket.reported_at or _brought(call, ticket)
        ):
            at = min(max(call.answered_at, ticket.reported_at), now)
            contacted(ticket=ticket, channel=Channel.PHONE, text=text, by=by, now=now, at=at)
        event(
            ticket, Note.CALLED, at=call.answered_at or call.ringing_at or call.told_at, by=by, text=text,
            call=call.pk, seconds=seconds(call), answered=call.answered_at is not None,
            outbound=call.outbound, recording=call.recording,
        )  # fmt: skip
        log("tickets.call_attached", by=by, now=now, thing=call, after={"ticket": ticket.number})
        return call


def seconds(call: Call) -> int | None:
    """How long was spoken; None while nobody knows."""
    if call.answered_at is None or call.ended_at is None:
        return None
    return max(0, int((call.ended_at - call.answered_at).total_seconds()))


def said_of(call: Call) -> str:
    """One line of a call log, without the number."""
    way = "去电" if call.outbound else "来电"
    if call.answered_at is None:
        return f"{way}，无人接听"
    spoken = seconds(call)
    return f"{way}，已接听" + (
        f"，通话 {spoken // 60} 分 {spoken % 60} 秒" if spoken is not None else ""
    )


AFTER = timedelta(minutes=30)


def attach_new(now: datetime) -> int:
    """A tick: a ticket that the agent opened under the caller's number while he was on the line, or
    within the half hour after, is what the call was about (two queries for any number of calls).
    """
    since = now - timedelta(hours=2)
    rows = Call.objects.filter(
        ticket=None, agent__isnull=False, answered_at__isnull=False, ended_at__isnull=False, told_at__gt=since
    ).exclude(number="")  # fmt: skip
    found = list(rows.select_related("agent")[:200])
    if not found:
        return 0
    tickets = Ticket.objects.filter(
        caller_phone__in={each.number for each in found}, recorded_by__in={each.agent_id for each in found},
        recorded_at__gt=since - AFTER, status__in=OPEN,
    ).order_by("pk")  # fmt: skip
    made = {(row.caller_phone, row.recorded_by_id): row for row in tickets}
    return sum(_attached(call, made.get((call.number, call.agent_id)), now) for call in found)


def _brought(call: Call, ticket: Ticket) -> bool:
    """Whether the ticket was written down in this call or soon after it."""
    begin, end = call.ringing_at or call.answered_at, call.ended_at
    return begin is not None and begin <= ticket.recorded_at <= (end or call.told_at) + AFTER


def _attached(call: Call, ticket: Ticket | None, now: datetime) -> bool:
    if ticket is None or call.agent is None or not _brought(call, ticket):
        return False
    try:
        attach(call=call, ticket=ticket, by=call.agent, now=now)
    except (WrongStep, ChangedMeanwhile):
        return False
    return True


def sit_down(*, number: str, by: User, now: datetime) -> Extension | None:
    """From now on the extension rings for this person; empty = none does.

    Raises ExtensionTaken (somebody else has it).
    """
    with transaction.atomic():
        if not number:
            Extension.objects.filter(user=by).delete()
            log("tickets.extension", by=by, now=now, thing=by, after={"extension": None})
            return None
        other = (
            Extension.objects.filter(number=number).exclude(user=by).select_related("user").first()
        )
        if other is not None:
            raise ExtensionTaken(who=other.user.name)
        row, _made = Extension.objects.update_or_create(user=by, defaults={"number": number})
        log("tickets.extension", by=by, now=now, thing=by, after={"extension": number})
        return row


def own_call(pk: int, person: User) -> Call:
    """Raises NoSuchThing."""
    row = Call.objects.filter(pk=pk, agent=person).first()
    if row is None:
        raise NoSuchThing
    return row


def open_ticket_of(number: str, person: User) -> Ticket | None:
    """A ticket by its number, within this person's reach."""
    rows = visible(Ticket.objects.filter(number=number.strip().upper()), person, "tickets.do")
    return rows.first()
