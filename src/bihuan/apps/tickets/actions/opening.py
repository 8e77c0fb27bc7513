"""A ticket begins: by an envelope of any door, by the call desk, by hand; who and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.customers.rules import phones
from bihuan.apps.tickets import figures, words
from bihuan.apps.tickets.actions.checks import Beside, belong, beside, check_age
from bihuan.apps.tickets.actions.common import (
    change,
    day_of,
    event,
    going_on,
    join,
    line,
    next_number,
    say,
    subjects,
)  # fmt: skip
from bihuan.apps.tickets.actions.telling import DANGER, answered, claim, done_before, heard
from bihuan.apps.tickets.doors.hours import opens_at
from bihuan.apps.tickets.enums import (
    ASKED_BY,
    OPEN,
    SERVICE,
    Channel,
    Disposition,
    EntryKind,
    Kind,
    Note,
    Severity,
    Source,
    Status,
)  # fmt: skip
from bihuan.apps.tickets.lines import routing
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.apps.tickets.refusals import (
    InTheFuture,
    ReporterUnknown,
    TextMissing,
    WrongStep,
)  # fmt: skip
from bihuan.apps.tickets.rules import dangers, severity_of
from bihuan.apps.tickets.search import put_ticket
from bihuan.base import bulk, sql
from bihuan.base.access.models import User
from bihuan.base.evidence.models import File
from bihuan.base.facts.actions import tell

GREEN = "GREEN_CHANNEL"
SPOKEN_TO = (Channel.PHONE, Channel.ONSITE, Channel.STATION)


@dataclass(frozen=True)
class Report:
    """What somebody reports, however it came in."""

    kind: str
    channel: str
    title: str
    reported_at: datetime
    source: str = Source.CALL
    text: str = ""
    customer: Customer | None = None
    contact: Contact | None = None
    asset: Asset | None = None
    caller_name: str = ""
    caller_phone: str = ""
    caller_mail: str = ""
    place: str = ""
    happened_at: datetime | None = None
    impact: str = ""
    severity: str = ""
    downtime: bool = False
    set_stopped: bool = False
    green: bool = False
    files: Sequence[File] = field(default_factory=tuple)


def open_ticket(
    *, report: Report, by: User | None, now: datetime, envelope: Envelope | None = None,
    parent: Ticket | None = None,
) -> Ticket:  # fmt: skip
    """Make the ticket; a person who opens it has accepted it. Its clocks start at `reported_at`.

    Raises TextMissing, ReporterUnknown, NotOfThisCustomer, InTheFuture, TooLongAgo.
    """
    with transaction.atomic():
        return _opened(report, by=by, now=now, envelope=envelope, parent=parent)


def _opened(
    report: Report, *, by: User | None, now: datetime, envelope: Envelope | None, parent: Ticket | None,
) -> Ticket:  # fmt: skip
    """Within the caller's transaction."""
    report = _checked(report, now)
    person = by if by is not None and envelope is None else None
    spoken = person is not None and in_the_call(report.channel, report.reported_at, now)
    severity = report.severity or severity_of(
        report.impact, downtime=report.downtime, set_stopped=report.set_stopped
    )
    customer = report.customer
    ticket = Ticket(
        number=next_number(day_of(now)), kind=Kind(report.kind), channel=Channel(report.channel),
        status=Status.ACCEPTED if person else Status.NEW, customer=customer, contact=report.contact,
        asset=report.asset, caller_name=report.caller_name.strip()[:60],
        caller_phone=report.caller_phone, caller_mail=report.caller_mail.strip()[:254],
        title=report.title.strip()[:120], text=report.text.strip(), place=report.place.strip()[:200],
        happened_at=report.happened_at, impact=report.impact, severity=Severity(severity),
        downtime=report.downtime, set_stopped=report.set_stopped,
        reported_at=report.reported_at, reported_source=Source(report.source), recorded_at=now,
        recorded_by=by, owner=person, first_owner=person, accepted_at=now if person else None,
        contacted_at=now if spoken else None,
        green=report.green or bool(customer and GREEN in customer.flags), parent=parent,
    )  # fmt: skip
    told = _marks(ticket)
    ticket.__dict__.update(told)
    bulk.add([ticket])
    said = report.text.strip() or report.title.strip()
    inbound = line(
        ticket, EntryKind.INBOUND, at=report.reported_at, by=None, text=said,
        channel=report.channel, envelope=envelope,
    )  # fmt: skip
    bulk.add([inbound, line(ticket, EntryKind.EVENT, at=now, by=by, code=Note.OPENED)])
    if report.files:
        inbound.files.set(report.files)
    if told:
        _tell_opened(ticket, by=by, now=now)
    routing.route(ticket, by=by, now=now)
    if person is None:  # nobody has read it yet
        spoke = dangers(f"{ticket.title}\n{ticket.text}", figures.danger_words(now))
        if spoke:
            claim(inbound, impact=DANGER[0], severity=DANGER[1], spoke=spoke, now=now)
    put_ticket(ticket, opened=True)
    return ticket


def in_the_call(channel: str, reported_at: datetime, now: datetime) -> bool:
    """Whether a person speaks to the customer while it is opened: that is the first contact. What
    is entered late was not written in the call.
    """
    late = timedelta(minutes=figures.whole("tickets.late_entry", now))
    return channel in SPOKEN_TO and now - reported_at <= late


def _checked(report: Report, now: datetime) -> Report:
    if not report.title.strip():
        raise TextMissing
    customer = report.customer
    if customer is None and report.asset is not None:
        customer = report.asset.customer
    if customer is None and report.contact is not None:
        customer = report.contact.customer
    phone = phones.tidy(report.caller_phone)[:24] if report.caller_phone else ""
    if customer is None and not (phone or report.caller_mail.strip() or report.caller_name.strip()):
        raise ReporterUnknown
    belong(customer, report.contact, report.asset)
    if report.reported_at > now or (report.happened_at and report.happened_at > now):
        raise InTheFuture
    check_age(reported_at=report.reported_at, happened_at=report.happened_at, now=now)
    return Report(**(report.__dict__ | {"customer": customer, "caller_phone": phone}))


def tell_opening(ticket: Ticket, *, by: User | None, now: datetime) -> None:
    """Tell what was reported as soon as it is known of whom: from then on the clocks run, counted
    from `reported_at`. A fault of a machine not known yet is a question until the machine is known.
    """
    if ticket.customer_id is None or (ticket.asked if ticket.question else ticket.told):
        return
    before = ticket.told
    change(ticket, **_marks(ticket))
    _tell_opened(ticket, by=by, now=now)
    if ticket.told and not before:
        done_before(ticket, now=now, by=by)


def _marks(ticket: Ticket) -> dict[str, bool]:
    """What is true of a ticket once its opening is told; nothing while the customer is unknown."""
    if ticket.customer_id is None:
        return {}
    if ticket.question:
        return {"asked": True, "told": ticket.kind == Kind.CONSULT}
    return {"told": True}


def _tell_opened(ticket: Ticket, *, by: User | None, now: datetime) -> None:
    if ticket.question:
        _ask(ticket, by=by, now=now)
        return
    kind, data = opening_fact(ticket, now)
    tell(
        kind, at=ticket.reported_at, now=now, by=by, subjects=subjects(ticket), data=data,
        key=f"ticket:{ticket.number}",
    )  # fmt: skip
    if ticket.contacted_at is not None:
        say(
            ticket, "ticket.contacted", at=ticket.contacted_at, now=now, by=by,
            channel=ticket.channel, human=True,
        )  # fmt: skip


def opening_fact(ticket: Ticket, now: datetime) -> tuple[str, dict[str, Any]]:
    """The kind and the fields of the fact that says what was reported."""
    if ticket.question:
        channel = ASKED_BY.get(Channel(ticket.channel), "OTHER")
        closed = opens_at(ticket.reported_at, ticket) is not None
        data = {"consultation": ticket.number, "channel": channel, "after_hours": closed}
        return "consultation.asked", data
    if ticket.kind == Kind.FAULT:
        fault = {
            "ticket": ticket.number, "severity": ticket.severity, "channel": ticket.channel,
            "downtime": ticket.downtime, "set_stopped": ticket.set_stopped, "major": figures.is_major(ticket.impact, now),
        }  # fmt: skip
        return "fault.reported", fault | ({"impact": ticket.impact} if ticket.impact else {})
    if ticket.kind == Kind.OPTIMISE:
        return "demand.received", {"demand": ticket.number, "kind": "OPTIMISE", "source": "TICKET"}
    urgent = ticket.severity == Severity.URGENT
    return "service.requested", {
        "request": ticket.number, "kind": SERVICE[Kind(ticket.kind)], "urgent": urgent,
    }  # fmt: skip


def _ask(ticket: Ticket, *, by: User | None, now: datetime) -> None:
    kind, data = opening_fact(ticket, now)
    tell(
        kind, at=ticket.reported_at, now=now, by=by, subjects={"customer": ticket.customer_id or 0},
        data=data, key=f"ticket:{ticket.number}:asked",
    )  # fmt: skip
    spoken = ticket.contacted_at
    # to take the call answers nothing; what was said afterwards may
    if ticket.kind == Kind.FAULT and spoken is not None and spoken > ticket.recorded_at:
        answered(ticket, at=spoken, now=now, by=by)


def tell_again(ticket: Ticket, *, by: User | None, now: datetime) -> None:
    """Severity or impact turned out otherwise: told once more as of the report. The engine keeps
    the first duties and the stricter limits; nothing becomes laxer by it.
    """
    if ticket.told and ticket.kind == Kind.FAULT:
        kind, data = opening_fact(ticket, now)
        tell(
            kind, at=ticket.reported_at, now=now, by=by, subjects=subjects(ticket), data=data,
            key=f"ticket:{ticket.number}:{ticket.version}",
        )  # fmt: skip


def identify(
    *, ticket: Ticket, by: User, now: datetime, customer: Customer | None = None,
    contact: Contact | None = None, asset: Asset | None = None,
) -> Ticket:  # fmt: skip
    """Say who reported and which machine it is; what waited for it is told now, as of then.

    Raises NotOfThisCustomer, WrongStep (it has a customer and a machine already, or has ended).
    """
    if ticket.status not in OPEN:
        raise WrongStep(status=words.status_of(ticket.status))
    customer = (
        customer or (asset.customer if asset else None) or (contact.customer if contact else None)
    )
    customer = customer or ticket.customer
    belong(customer, contact or ticket.contact, asset or ticket.asset)
    with transaction.atomic():
        if ticket.told and (
            (asset is not None and ticket.asset_id not in (None, asset.pk))
            or (ticket.customer_id not in (None, customer.pk if customer else None))
        ):
            raise WrongStep(status=words.status_of(ticket.status))
        changes: dict[str, Any] = {"customer": customer}
        changes |= {"contact": contact} if contact else {}
        changes |= {"asset": asset} if asset else {}
        if customer is not None and GREEN in customer.flags:
            changes["green"] = True
        change(ticket, **changes)
        event(ticket, Note.CHANGED, at=now, by=by, fields=sorted(changes))
        tell_opening(ticket, by=by, now=now)
        routing.route(ticket, by=by, now=now)
        put_ticket(ticket)
        return ticket


@dataclass(frozen=True)
class Received:
    """What became of an envelope."""

    envelope: Envelope
    ticket: Ticket | None
    disposition: str
    new: bool


def receive(
    *, envelope: Envelope, files: Sequence[File] = (), report: Report | None = None,
    by: User | None, now: datetime, ticket: Ticket | None = None,
) -> Received:  # fmt: skip
    """One door for all doors: an unsaved envelope is kept, and becomes a line of its thread's
    ticket, a line of the open ticket about the same machine (a double), or a new ticket. The same
    message twice is one; a new ticket is linked to what else is open about its machine. `report` is what the door could read out of it; `ticket` the one it has
    proven to belong to.

    Raises TextMissing, ReporterUnknown, NotOfThisCustomer, InTheFuture.
    """
    envelope.after_hours = opens_at(envelope.received_at, ticket) is not None
    with transaction.atomic():
        kept = envelope
        if not bulk.add([envelope], ignore_conflicts=True):
            kept = Envelope.objects.select_for_update().get(message_id=envelope.message_id)
        if kept.disposition:
            return Received(kept, kept.ticket, kept.disposition, new=False)
        if files:
            kept.files.set(files)
        asset = _machine(kept)
        found, disposition = ticket or _thread(kept), Disposition.REPLY
        open_ = Beside()
        if found is None:
            asset = report.asset if report is not None and report.asset else asset
            _one_by_one(asset)
            kind = report.kind if report is not None else Kind.FAULT
            open_ = beside(asset=asset, kind=kind, reported_at=kept.received_at, now=now)
            found, disposition = open_.double, Disposition.DOUBLE
        if found is None:
            given = _report(kept, report, asset, files)
            found = _opened(given, by=by, now=now, envelope=kept, parent=None)
            disposition = Disposition.NEW_TICKET
            if open_.other is not None:
                join(found, open_.other, by=by, now=now)
        else:
            weight = _weight(report) if report is not None else ("", "")
            heard(found, kept, files, disposition, weight, now)
        kept.ticket, kept.disposition = found, disposition
        sql.change(BECAME, [disposition, found.pk, kept.pk])
        return Received(kept, found, disposition, new=True)


BECAME = "UPDATE tickets_envelope SET disposition = %s, ticket_id = %s WHERE id = %s"


def _one_by_one(asset: Asset | None) -> None:
    """Of two reports of a machine at one instant the second waits, and is a double."""
    if asset is not None:
        sql.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"asset:{asset.pk}"])


def _machine(envelope: Envelope) -> Asset | None:
    """The machine whose code was scanned."""
    if not envelope.machine:
        return None
    return Asset.objects.filter(token=envelope.machine).select_related("customer").first()


def _thread(envelope: Envelope) -> Ticket | None:
    """The ticket that this thread of the door led to, or that it was merged into, while it is open."""
    if not envelope.thread:
        return None
    rows = Envelope.objects.filter(
        channel=envelope.channel, thread=envelope.thread,
        ticket__status__in=(*OPEN, Status.DUPLICATE),
    ).exclude(pk=envelope.pk)  # fmt: skip
    for row in rows.select_related("ticket").order_by("-pk"):
        assert row.ticket is not None
        found = going_on(row.ticket)
        if found.status in OPEN:
            return found
    return None


def _report(
    envelope: Envelope, report: Report | None, asset: Asset | None, files: Sequence[File]
) -> Report:
    if report is not None:
        return Report(**(report.__dict__ | {"asset": report.asset or asset, "files": files}))
    text = envelope.text.strip()
    mail = "@" in envelope.sender
    return Report(
        kind=Kind.FAULT if asset else Kind.CONSULT, channel=envelope.channel,
        title=(envelope.subject.strip() or text.splitlines()[0] if text or envelope.subject.strip() else ""),
        text=text, reported_at=envelope.received_at, source=Source.MESSAGE, asset=asset,
        caller_name=envelope.sender_name, caller_phone="" if mail else envelope.sender,
        caller_mail=envelope.sender if mail else "", files=files,
    )  # fmt: skip


def _weight(report: Report) -> tuple[str, str]:
    """Impact and severity by its own words; empty where it says nothing of them."""
    said = report.severity or report.impact or report.downtime or report.set_stopped
    found = severity_of(report.impact, downtime=report.downtime, set_stopped=report.set_stopped)
    return report.impact, str(report.severity or found) if said else ""
