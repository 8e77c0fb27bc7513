"""A letter becomes an envelope: of its ticket, of a new one, to be looked at, or refused."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from imaplib import IMAP4

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Contact
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.actions.common import going_on, join, write
from bihuan.apps.tickets.actions.opening import Report, receive
from bihuan.apps.tickets.doors import imap, mail_out
from bihuan.apps.tickets.doors.keeping import keep
from bihuan.apps.tickets.doors.models import Letter, Mailbox
from bihuan.apps.tickets.doors.reading import LARGEST, RAW_KEPT, Mail, read
from bihuan.apps.tickets.doors.seal import ticket_of
from bihuan.apps.tickets.enums import OPEN, Channel, Disposition, EntryKind, Kind, Source
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.apps.tickets.rules import dangers
from bihuan.base.audit.actions import log as audit
from bihuan.base.errors import Refusal
from bihuan.base.evidence.actions import store
from bihuan.base.evidence.kinds import plain_name
from bihuan.base.evidence.models import File

LEASE = timedelta(minutes=3)
MOST = 30  # letters in one go, well within the lease; the next go takes the rest
log = logging.getLogger(__name__)


class Superseded(Exception):
    """Another reader holds this mailbox now: nothing of ours may be written."""


def collect(pk: int, now: datetime) -> int:
    """Read what is new in a mailbox; returns how many letters were taken. 0 while somebody else
    reads it. Each letter is one transaction with the place up to which the mailbox was read, so
    that a death at any moment neither loses nor doubles one.
    """
    box = _hold(pk, now)
    if box is None:
        return 0
    error, taken = "", 0
    try:
        with imap.entered(box) as session:
            taken = _all(box, session, now)
    except imap.Unreachable as reason:
        error = reason.code
    except Superseded:
        return taken
    _held(box).update(lease_until=None, read_at=now, error=error)
    return taken


def _hold(pk: int, now: datetime) -> Mailbox | None:
    box = Mailbox.objects.filter(pk=pk, active=True).first()
    if box is None or (box.lease_until is not None and box.lease_until > now):
        return None
    done = Mailbox.objects.filter(pk=pk, fence=box.fence).update(
        fence=box.fence + 1, lease_until=now + LEASE
    )
    box.fence += 1
    return box if done else None


def _held(box: Mailbox) -> QuerySet[Mailbox]:
    return Mailbox.objects.filter(pk=box.pk, fence=box.fence)


def _all(box: Mailbox, session: IMAP4, now: datetime) -> int:
    valid = imap.uidvalidity(session)
    if (
        valid != box.uidvalidity
    ):  # a new folder under the old name: read again, known letters stay one
        box.uidvalidity, box.last_uid = valid, 0
        if not _held(box).update(uidvalidity=valid, last_uid=0):
            raise Superseded
    taken = 0
    for found in imap.after(session, box.last_uid, MOST):
        old = found.arrived_at is not None and found.arrived_at < box.made_at
        raw = b"" if old else imap.fetch(session, found)
        at = min(found.arrived_at or now, now)
        if raw:
            _safely(box, found, raw, at, now)
            taken += 1
        elif not _held(box).update(last_uid=found.uid):
            raise Superseded
    return taken


def _safely(box: Mailbox, found: imap.Found, raw: bytes, at: datetime, now: datetime) -> None:
    """One letter that we cannot digest must not stop those behind it: it is kept as refused."""
    mail = read(raw, found.size if found.size > LARGEST else len(raw))
    try:
        take(
            box=box, uid=found.uid, raw=raw, size=found.size or len(raw), mail=mail, at=at, now=now
        )
    except (OperationalError, InterfaceError, Superseded):  # nothing to do with this letter
        raise
    except Exception:
        log.exception("letter %s of mailbox %s", found.uid, box.pk)
        failed = Mail(fingerprint=mail.fingerprint, message_id=mail.message_id, sender=mail.sender,
                      subject=mail.subject, wrong="unreadable")  # fmt: skip
        take(box=box, uid=found.uid, raw=raw, size=found.size, mail=failed, at=at, now=now)


def take(
    *, box: Mailbox, uid: int, raw: bytes, size: int, mail: Mail, at: datetime, now: datetime
) -> Letter:
    """One letter, its envelope and the reader's place in one transaction. Raises Superseded."""
    with transaction.atomic():
        if not _held(box).update(last_uid=uid):
            raise Superseded
        known = Letter.objects.filter(
            mailbox=box, place=box.place, uidvalidity=box.uidvalidity, uid=uid
        ).first()
        if known is not None:
            return known
        decided = decide(mail, now)
        envelope = _envelope(box, mail, decided, at)
        files, left = _files(mail, now) if not decided.refused else ([], [])
        if decided.why:
            envelope.raw["why"] = decided.why
            kept = keep(
                envelope, files=files, now=now,
                disposition=Disposition.REFUSED if decided.refused else Disposition.TO_LOOK,
            )  # fmt: skip
        else:
            kept = _receive(envelope, files, mail, decided, now)
        letter = Letter.objects.create(
            mailbox=box, place=box.place, uidvalidity=box.uidvalidity, uid=uid, message_id=mail.message_id[:250],
            size=size, raw=raw[:RAW_KEPT], why=decided.why, envelope=kept, taken_at=now,
        )  # fmt: skip
        if kept.ticket is not None and left:
            _told_left(kept, left, now)
        if decided.refused:
            audit(
                "tickets.mail_refused",
                by=None,
                now=now,
                thing=kept,
                after={"why": decided.why, "size": size},
            )
        return letter


@dataclass(frozen=True)
class Decided:
    """`why` empty = it goes to `ticket`, or opens a new one that has to do with `ended`."""

    ticket: Ticket | None = None
    why: str = ""
    refused: bool = False
    claimed: str = ""
    ended: Ticket | None = None


def decide(mail: Mail, now: datetime) -> Decided:
    """What becomes of a mail. What speaks of danger is a report of its own where it would lie in the
    inbox until somebody looks: nobody does at night.
    """
    if why := _refusal(mail, now):
        return Decided(why=why, refused=True)
    found = _belongs(mail)
    if found.why and dangers(f"{mail.subject}\n{mail.text}", figures.danger_words(now)):
        return Decided(claimed=found.claimed, ended=found.ended)
    return found


def _belongs(mail: Mail) -> Decided:
    """Whose it is. A reference to a Message-ID of ours proves the thread, for nobody can guess it;
    any other claim holds only for somebody who takes part in that ticket.
    """
    proven = next((pk for pk in map(ticket_of, mail.refers) if pk is not None), None)
    ticket = Ticket.objects.filter(pk=proven).first() if proven else None
    if ticket is None:
        ticket = _claimed(mail)
        if ticket is not None and not takes_part(ticket, mail.sender):
            return Decided(why="not_proven", claimed=ticket.number)
    ticket = going_on(ticket) if ticket is not None else None
    if ticket is not None and ticket.status not in OPEN:
        return Decided(why="ended", claimed=ticket.number, ended=ticket)
    if ticket is None and mail.numbers:
        return Decided(why="no_such_number", claimed=mail.numbers[0])
    if ticket is None and not mail.whole and not mail.subject:
        return Decided(why="empty")
    return Decided(ticket=ticket)


def _refusal(mail: Mail, now: datetime) -> str:
    if mail.wrong:
        return mail.wrong
    if ticket_of(mail.message_id) is not None or _ours(mail.sender):
        return "loop"
    if mail.automatic:
        return mail.automatic
    if "@" not in mail.sender:
        return "no_sender"
    most, minutes = (
        int(each)
        for each in figures.values(["tickets.mail_burst", "tickets.mail_burst_minutes"], now)
    )
    since = now - timedelta(minutes=minutes)
    sent = Envelope.objects.filter(received_at__gt=since, channel=Channel.EMAIL, sender=mail.sender)
    return "burst" if sent.count() >= most else ""


def _ours(address: str) -> bool:
    return Mailbox.objects.filter(address__iexact=address).exists()


def _claimed(mail: Mail) -> Ticket | None:
    """The ticket that the references or the subject name, proven or not."""
    known = Letter.objects.filter(
        message_id__in=[each[:250] for each in mail.refers], envelope__ticket__isnull=False
    ) if mail.refers else Letter.objects.none()  # fmt: skip
    row = known.select_related("envelope__ticket").order_by("-pk").first()
    if row is not None and row.envelope is not None:
        return row.envelope.ticket
    return Ticket.objects.filter(number__in=mail.numbers).first() if mail.numbers else None


def takes_part(ticket: Ticket, address: str) -> bool:
    """Whether this address belongs to the ticket: its reporter, a present contact of its customer,
    or somebody we have written to about it.
    """
    if not address:
        return False
    if ticket.caller_mail.lower() == address or ticket.sent.filter(to__iexact=address).exists():
        return True
    rows = Contact.objects.present().filter(email__iexact=address)
    return ticket.customer_id is not None and rows.filter(customer=ticket.customer_id).exists()


def _envelope(box: Mailbox, mail: Mail, decided: Decided, at: datetime) -> Envelope:
    thread = f"ticket:{decided.ticket.pk}" if decided.ticket else f"mail:{mail.fingerprint}"
    return Envelope(
        channel=Channel.EMAIL, message_id=f"mail:{mail.fingerprint}", thread=thread,
        sender=mail.sender, sender_name=mail.sender_name, subject=mail.subject, text=mail.text,
        received_at=at, raw={
            "message_id": mail.message_id, "refers": list(mail.refers[:10]), "to": box.address,
            "date": mail.date.isoformat() if mail.date else "", "whole": mail.whole if mail.whole != mail.text else "",
            "claimed": decided.claimed,
        },
    )  # fmt: skip


def _receive(
    envelope: Envelope, files: list[File], mail: Mail, decided: Decided, now: datetime
) -> Envelope:
    try:
        with transaction.atomic():
            done = receive(
                envelope=envelope, files=files, report=report_of(envelope), by=None, now=now,
                ticket=decided.ticket,
            )  # fmt: skip
    except Refusal as refusal:
        envelope.raw["why"] = refusal.code
        envelope.pk = None
        return keep(envelope, files=files, now=now, disposition=Disposition.TO_LOOK)
    if done.new and done.ticket is not None and decided.ended is not None:
        join(done.ticket, decided.ended, by=None, now=now)
    if done.new and done.ticket is not None and done.disposition != Disposition.REPLY:
        mail_out.acknowledge(
            ticket=done.ticket,
            to=mail.sender,
            answers=mail.message_id,
            subject=mail.subject,
            now=now,
        )
    return done.envelope


def report_of(envelope: Envelope) -> Report:
    """What a message tells: its sender when known, a machine of that customer that it names."""
    rows = Contact.objects.present().filter(email__iexact=envelope.sender or "-")
    known = list(rows.select_related("customer")[:2])
    contact = known[0] if len(known) == 1 else None
    asset = _named(contact, f"{envelope.subject}\n{envelope.text}") if contact else None
    first = envelope.text.strip().split("\n")[0]
    return Report(
        kind=Kind.FAULT if asset else Kind.CONSULT, channel=envelope.channel,
        title=envelope.subject.strip() or first, text=envelope.text, reported_at=envelope.received_at,
        source=Source.MESSAGE, customer=contact.customer if contact else None, contact=contact,
        asset=asset, caller_name=envelope.sender_name,
        caller_mail=envelope.sender if "@" in envelope.sender else "",
    )  # fmt: skip


SHORTEST = 5


def _named(contact: Contact, text: str) -> Asset | None:
    rows = Asset.objects.filter(customer=contact.customer_id).select_related("customer")[:500]
    folded = text.casefold()
    found = [
        each for each in rows if len(each.serial) >= SHORTEST and each.serial.casefold() in folded
    ]
    return found[0] if len(found) == 1 else None


def _files(mail: Mail, now: datetime) -> tuple[list[File], list[dict[str, str]]]:
    """The attachments that are taken, and those that are not with the reason."""
    kept: list[File] = []
    left: list[dict[str, str]] = []
    for each in mail.files:
        try:
            kept.append(store(each.content, by=None, now=now, name=each.name))
        except Refusal as refusal:
            left.append(
                {"name": plain_name(each.name)[:120], "why": refusal.code, "text": str(refusal)}
            )
    return list({each.pk: each for each in kept}.values()), left


def _told_left(envelope: Envelope, left: list[dict[str, str]], now: datetime) -> None:
    """Attachments that were not taken are named on the ticket; the letter keeps them."""
    assert envelope.ticket is not None
    text = "\n".join(each["text"] for each in left)
    write(
        envelope.ticket,
        EntryKind.NOTE,
        at=now,
        by=None,
        text=text,
        channel=Channel.EMAIL,
        data={"left_out": left},
    )
