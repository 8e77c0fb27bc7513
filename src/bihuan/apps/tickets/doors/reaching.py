"""Telling the customer of a machine's alarm without anybody's hand: by the first way that is set up and
that he has, the next where it does not go out, and by a person where none is left. He counts as told
once a message has gone out, never because it stands on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.urls import reverse

from bihuan.apps.customers.models import Contact
from bihuan.apps.customers.rules import phones
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.following import customer_told
from bihuan.apps.monitoring.enums import Unreached
from bihuan.apps.monitoring.models import Alarm, Telling
from bihuan.apps.monitoring.queries.telling import who_tells
from bihuan.apps.tickets.actions.common import event, write
from bihuan.apps.tickets.doors.mail_out import address_of, mailbox, write_to
from bihuan.apps.tickets.enums import Channel as Way
from bihuan.apps.tickets.enums import EntryKind, Note
from bihuan.apps.tickets.models import Ticket
from bihuan.base.notify.actions import tell as notify
from bihuan.base.notify.actions import write_sms
from bihuan.base.notify.channels import port
from bihuan.base.notify.models import Channel, Delivery, Sending
from bihuan.base.notify.sending import STILL_NEWS

NOT_OUT = (Sending.FAILED, Sending.UNKNOWN)


def reach(*, alarm: Alarm, ticket: Ticket, text: str, now: datetime) -> None:
    """Begin: it stands on his page, and goes out by the first way."""
    write(ticket, EntryKind.PUBLIC_REPLY, at=now, by=None, text=text, channel=Way.WEB)
    _next(alarm, ticket, text, {}, now)


def watch(now: datetime) -> int:
    """A tick: what went out is told, what did not goes the next way. Gives how many it moved."""
    rows = Telling.objects.exclude(way="").filter(alarm__customer_told_at=None)
    out = rows.filter(delivery__state=Sending.SENT, at__gt=now - STILL_NEWS)
    done = sum(_arrived(pk, now) for pk in out.values_list("pk", flat=True))
    limit = now - timedelta(minutes=figures.number("customer_way_min", now))
    waiting = rows.filter(ended_at=None).exclude(delivery__state=Sending.SENT)
    for row in waiting.select_related("delivery").order_by("pk"):
        if row.at <= limit or row.delivery is None or row.delivery.state in NOT_OUT:
            done += _gone_on(row.pk, now)
    return done


def _arrived(pk: int, now: datetime) -> int:
    with transaction.atomic():
        row = (
            Telling.objects.select_for_update(of=("self",))
            .select_related("alarm__asset")
            .get(pk=pk)
        )
        Telling.objects.filter(pk=pk, ended_at=None).update(ended_at=now)
        customer_told(alarm=row.alarm, text=row.text, by=None, now=now)
    return 1


def _gone_on(pk: int, now: datetime) -> int:
    """The next way, once; somebody may have told him by then."""
    with transaction.atomic():
        if not Telling.objects.filter(pk=pk, ended_at=None).update(ended_at=now):
            return 0
        row = Telling.objects.select_related("alarm__asset__customer").get(pk=pk)
        ticket = (
            Ticket.objects.filter(number=row.alarm.ticket_number)
            .select_related("contact", "owner")
            .first()
        )
        if row.alarm.customer_told_at is not None or ticket is None:
            return 0
        _next(row.alarm, ticket, row.text, {**dict(row.why), row.way: Unreached.NOT_SENT}, now)
    return 1


def _next(alarm: Alarm, ticket: Ticket, text: str, why: dict[str, str], now: datetime) -> None:
    """The first way that was not tried yet; `why` says of the others why not."""
    for way in figures.words("customer_ways", now):
        if way in why:
            continue
        found = BY[way](ticket, text, now)
        if isinstance(found, Delivery):
            Telling.objects.create(
                alarm=alarm, way=way, text=text, delivery=found, why=[*why.items()], at=now
            )
            return
        why = {**why, way: found}
    _untold(alarm, ticket, text, why, now)


def _untold(alarm: Alarm, ticket: Ticket, text: str, why: dict[str, str], now: datetime) -> None:
    """No way is left: it is said where people look, and to whoever has to tell him."""
    Telling.objects.create(alarm=alarm, text=text, why=[*why.items()], at=now, ended_at=now)
    event(ticket, Note.UNTOLD, at=now, by=None, alarm=alarm.number, why=[*why.items()])
    people = [each for each in (who_tells(alarm, now).person, ticket.owner) if each is not None]
    if people:
        notify(
            to=people, kind="alarm.untold", now=now, key=f"untold:{alarm.number}:{ticket.number}", urgent=True,
            title={
                "zh": f"{alarm.number} 没有送到客户，请打电话告知",
                "en": f"{alarm.number} did not reach the customer, please call",
            },
            text=text, url=reverse("monitoring:alarm", args=[alarm.pk]),
        )  # fmt: skip


def _by_mail(ticket: Ticket, text: str, now: datetime) -> Delivery | Unreached:
    if mailbox() is None or not port(Channel.MAIL).is_ready():
        return Unreached.NOT_SET_UP
    to = address_of(ticket) or _first(each.email for each in _contacts(ticket))
    sent = write_to(ticket=ticket, to=to, text=text, now=now) if to else None
    return sent.delivery if sent is not None and sent.delivery is not None else Unreached.NO_ADDRESS


def _by_sms(ticket: Ticket, text: str, now: datetime) -> Delivery | Unreached:
    numbers = (each for each in _numbers(ticket) if phones.is_mobile(each))
    return _by_phone(Channel.SMS, numbers, text, now)


def _by_voice(ticket: Ticket, text: str, now: datetime) -> Delivery | Unreached:
    return _by_phone(Channel.VOICE, _numbers(ticket), text, now)


def _by_phone(
    channel: Channel, numbers: Iterable[str], text: str, now: datetime
) -> Delivery | Unreached:
    if not port(channel).is_ready():
        return Unreached.NOT_SET_UP
    to = _first(numbers)
    if not to:
        return Unreached.NO_ADDRESS
    name = f"{channel.lower()}-alarm-{uuid4()}"
    return write_sms(to=to, text=text, message_id=name, now=now, channel=channel)


BY: dict[str, Callable[[Ticket, str, datetime], Delivery | Unreached]] = {
    Channel.MAIL: _by_mail, Channel.SMS: _by_sms, Channel.VOICE: _by_voice,
}  # fmt: skip


def _numbers(ticket: Ticket) -> Iterable[str]:
    """Of who reported it, then of the customer's own people."""
    yield ticket.caller_phone
    yield from (each.phone for each in _contacts(ticket))


def _contacts(ticket: Ticket) -> Iterable[Contact]:
    rows = Contact.objects.present().filter(customer=ticket.customer_id)
    return rows.order_by("-is_key", "-last_contact_at", "pk")


def _first(values: Iterable[str]) -> str:
    return next((each for each in values if each), "")
