"""Mail to a customer: the one acknowledgement of a thread, and answers; sent by `base.notify`."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from bihuan.apps.tickets.actions.common import event
from bihuan.apps.tickets.doors.hours import opens_at
from bihuan.apps.tickets.doors.models import Mailbox, Sent
from bihuan.apps.tickets.doors.seal import thread_id
from bihuan.apps.tickets.enums import Channel, Note
from bihuan.apps.tickets.models import Entry, Envelope, Ticket
from bihuan.apps.tickets.refusals import NoAddress
from bihuan.base.notify.actions import write_mail
from bihuan.base.system.company import company

SILENT = ("noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster")


def mailbox() -> Mailbox | None:
    """The mailbox whose address our mails carry, so that answers come back into it."""
    return Mailbox.objects.filter(active=True).order_by("pk").first()


def acknowledge(
    *, ticket: Ticket, to: str, answers: str, subject: str, now: datetime
) -> Sent | None:
    """Say that it arrived, once for a ticket and an address. Nobody has answered by that: no fact
    is told, no clock stops. None when nothing is sent.
    """
    box = mailbox()
    if box is None or to.partition("@")[0].lower().startswith(SILENT):
        return None
    with transaction.atomic():
        if Sent.objects.filter(ticket=ticket, to=to, kind=Sent.Kind.ACK).exists():
            return None
        opening = opens_at(now, ticket)
        sent = _send(
            box, ticket, kind=Sent.Kind.ACK, to=to, subject=subject or ticket.title,
            text=acknowledgement(ticket, opening), answers=answers, automatic=True, now=now,
        )  # fmt: skip
        event(
            ticket, Note.RECEIVED, at=now, by=None, ack=True,
            opens_at=opening.isoformat() if opening else None,
        )  # fmt: skip
        return sent


def acknowledgement(ticket: Ticket, opening: datetime | None) -> str:
    """The words in both languages: the number, and when somebody will be there."""
    name = company().short_name
    zh = [f"您好，您的来信已收到，工单号 {ticket.number}。"]
    en = [f"We have received your message. Its number is {ticket.number}."]
    if opening is None:
        zh.append("我们会尽快由专人联系您。")
        en.append("One of us will contact you shortly.")
    else:
        at = timezone.localtime(opening)
        zh.append(
            f"现在不在服务时间内，{at:%Y-%m-%d %H:%M} 起有人处理。如有人身危险或整线停产，请直接拨打服务热线。"
        )
        en.append(
            f"We are closed now and open again at {at:%Y-%m-%d %H:%M}. If people are in danger or a line stands still, please call the hotline."
        )
    zh.append("补充情况请直接回复本邮件。本邮件由系统自动发出。")
    en.append("To add anything, reply to this mail. It was sent automatically.")
    return "\n".join([*zh, "", *en, "", name])


def address_of(ticket: Ticket) -> str:
    """Where who reported it is written to; empty where nobody knows."""
    return ticket.caller_mail or (ticket.contact.email if ticket.contact else "")


def way_to(ticket: Ticket) -> Channel:
    """By mail where he has an address and we a mailbox, else on his page."""
    return Channel.EMAIL if address_of(ticket) and mailbox() is not None else Channel.WEB


def answer(*, entry: Entry, now: datetime) -> Sent | None:
    """Send a public reply written for mail. None while no mailbox is set up (it was sent by other
    means). Raises NoAddress.
    """
    box = mailbox()
    if box is None:
        return None
    ticket = entry.ticket
    to = address_of(ticket)
    if not to:
        raise NoAddress
    last = (
        Envelope.objects.filter(ticket=ticket, message_id__startswith="mail:")
        .order_by("-pk")
        .first()
    )
    return _send(
        box, ticket, kind=Sent.Kind.REPLY, to=to, subject=last.subject if last else ticket.title,
        text=entry.text, answers=str(last.raw.get("message_id", "")) if last else "",
        automatic=False, now=now, entry=entry,
    )  # fmt: skip


def write_to(*, ticket: Ticket, to: str, text: str, now: datetime) -> Sent | None:
    """A mail about this ticket beside answers. None while no mailbox is set up."""
    box = mailbox()
    if box is None:
        return None
    return _send(
        box, ticket, kind=Sent.Kind.REPLY, to=to, subject=ticket.title, text=text, answers="",
        automatic=False, now=now,
    )  # fmt: skip


def _send(
    box: Mailbox, ticket: Ticket, *, kind: Sent.Kind, to: str, subject: str, text: str, answers: str,
    automatic: bool, now: datetime, entry: Entry | None = None,
) -> Sent:  # fmt: skip
    message_id = thread_id(ticket.pk, box.address.partition("@")[2])
    headers = {"Message-ID": message_id, "Reply-To": box.address}
    if answers:
        headers |= {"In-Reply-To": answers, "References": answers}
    headers |= (
        {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"} if automatic else {}
    )
    with override("zh-hans"):
        delivery = write_mail(
            to=to, sender=box.address, subject=titled(ticket.number, subject), text=text,
            headers=headers, files=[each.pk for each in entry.files.all()] if entry else [], now=now,
            message_id=message_id.strip("<>").partition("@")[0],
        )  # fmt: skip
    return Sent.objects.create(
        ticket=ticket,
        kind=kind,
        to=to,
        message_id=message_id,
        entry=entry,
        delivery=delivery,
        at=now,
    )


_AGAIN = re.compile(r"^(?:re|aw|回复|答复|回覆)\s*[:：]\s*", re.IGNORECASE)


def titled(number: str, subject: str) -> str:
    """Re: [WX-20261122-0007] …, with each of them once."""
    plain = subject.replace(f"[{number}]", "").strip()
    while found := _AGAIN.match(plain):
        plain = plain[found.end() :].strip()
    return f"Re: [{number}] {plain}"[:200]
