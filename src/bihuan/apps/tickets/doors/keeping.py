"""An envelope that finds no ticket by itself is kept for a person to look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from bihuan.apps.tickets import words
from bihuan.apps.tickets.actions.common import change, tell_watchers, write
from bihuan.apps.tickets.actions.opening import Report, open_ticket
from bihuan.apps.tickets.actions.telling import heed
from bihuan.apps.tickets.doors.hours import opens_at
from bihuan.apps.tickets.doors.models import Look
from bihuan.apps.tickets.enums import OPEN, Disposition, EntryKind
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.apps.tickets.refusals import ReasonMissing, WrongStep
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.evidence.models import File

WAITING = (Disposition.TO_LOOK, Disposition.REFUSED)


def keep(
    envelope: Envelope, *, disposition: Disposition, now: datetime, files: Sequence[File] = ()
) -> Envelope:
    """Keep it; the same message twice is one."""
    envelope.after_hours = opens_at(envelope.received_at) is not None
    with transaction.atomic():
        envelope.disposition = disposition
        Envelope.objects.bulk_create([envelope], ignore_conflicts=True)
        kept = Envelope.objects.select_related("ticket").get(message_id=envelope.message_id)
        if files:
            kept.files.add(*files)
        return kept


def link(*, envelope: Envelope, ticket: Ticket, by: User, now: datetime) -> Ticket:
    """It belongs to this open ticket. Raises WrongStep, ChangedMeanwhile."""
    if ticket.status not in OPEN:
        raise WrongStep(status=words.status_of(ticket.status))
    with transaction.atomic():
        _decided(envelope, Disposition.REPLY, ticket=ticket, by=by, now=now)
        said = write(
            ticket, EntryKind.INBOUND, at=envelope.received_at, by=None,
            text=envelope.text.strip() or envelope.subject.strip() or "—", channel=envelope.channel,
            envelope=envelope, files=list(envelope.files.all()), data={"disposition": Disposition.REPLY},
        )  # fmt: skip
        change(ticket)
        tell_watchers(ticket, by=by, now=now, key=f"in:{envelope.pk}")
        heed(said, now=now)
        return ticket


def make(*, envelope: Envelope, report: Report, by: User, now: datetime) -> Ticket:
    """It is a report of its own. Raises what `open_ticket` does, ChangedMeanwhile."""
    with transaction.atomic():
        given = Report(**(report.__dict__ | {"files": list(envelope.files.all())}))
        ticket = open_ticket(report=given, by=by, now=now, envelope=envelope)
        _decided(envelope, Disposition.NEW_TICKET, ticket=ticket, by=by, now=now)
        return ticket


def dismiss(*, envelope: Envelope, reason: str, by: User, now: datetime) -> Envelope:
    """Nothing is to be done; it stays, with the reason. Raises ReasonMissing, ChangedMeanwhile."""
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        _decided(envelope, Disposition.IGNORED, ticket=None, by=by, now=now, reason=reason.strip())
        return envelope


def _decided(
    envelope: Envelope, what: Disposition, *, ticket: Ticket | None, by: User, now: datetime,
    reason: str = "",
) -> None:  # fmt: skip
    was = envelope.disposition
    done = Envelope.objects.filter(pk=envelope.pk, disposition__in=WAITING).update(
        disposition=what, ticket=ticket
    )
    if not done:
        raise ChangedMeanwhile
    envelope.refresh_from_db()
    Look.objects.create(envelope=envelope, what=what, reason=reason, ticket=ticket, at=now, by=by)
    log(
        "tickets.envelope_decided", by=by, now=now, thing=envelope, before={"disposition": was},
        after={"disposition": what, "ticket": ticket.number if ticket else None},
    )  # fmt: skip
