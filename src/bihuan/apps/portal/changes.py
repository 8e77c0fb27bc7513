"""The customer's own yes or no to a change of his machine from afar: its address is sent, opened, answered."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import pgettext

from bihuan.apps.customers.models import Contact
from bihuan.apps.customers.rules import phones
from bihuan.apps.monitoring.actions import commanding
from bihuan.apps.monitoring.enums import YesBy
from bihuan.apps.monitoring.models import Command
from bihuan.apps.portal.links import TOKEN_BYTES
from bihuan.apps.portal.refusals import ConsentUnticked, NoWayToCustomer
from bihuan.apps.portal.rules import TOKEN, digest
from bihuan.apps.tickets.doors.mail_out import mailbox
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.notify.actions import write_mail, write_sms
from bihuan.base.notify.channels import port
from bihuan.base.notify.models import Channel
from bihuan.base.ui.addresses import outward


def ask(*, request: HttpRequest, command: Command, by: User, now: datetime) -> None:
    """Send the customer's contact, by text message or mail, the address on which he answers. Nobody
    here sees it, so it carries his own answer; an earlier one opens no more. Raises NoWayToCustomer,
    WrongCommandState.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    contacts = Contact.objects.present().filter(customer=command.asset.customer_id)
    people = list(contacts.order_by("-is_key", "-last_contact_at", "pk"))
    zh = f"请您确认是否同意远程调整设备 {command.asset}："
    en = f"Please say whether you agree to a remote change of your machine {command.asset}:"
    text = f"{zh}\n{en}\n{_address(request, token)}"
    with transaction.atomic():
        commanding.asked(command=command, digest=digest(token), by=by, now=now)
        if not (_by_sms(people, text, command, now) or _by_mail(people, text, command, now)):
            raise NoWayToCustomer
        log("portal.change_sent", by=by, now=now, thing=command)


def _by_sms(people: list[Contact], text: str, command: Command, now: datetime) -> bool:
    person = next((each for each in people if phones.is_mobile(each.phone)), None)
    if person is None or not port(Channel.SMS).is_ready():
        return False
    write_sms(
        to=person.phone,
        text=text,
        message_id=f"sms-change-{command.number}-{secrets.token_hex(4)}",
        now=now,
    )
    return True


def _by_mail(people: list[Contact], text: str, command: Command, now: datetime) -> bool:
    person, box = next((each for each in people if each.email), None), mailbox()
    if person is None or box is None:
        return False
    name = secrets.token_hex(16)
    write_mail(
        to=person.email, sender=box.address, subject=f"[{command.number}] 请您确认远程调参 / Please confirm a remote change", text=text, now=now, message_id=name,
        headers={"Message-ID": f"<{name}@{box.address.partition('@')[2]}>", "Reply-To": box.address},
    )  # fmt: skip
    return True


def _address(request: HttpRequest, token: str) -> str:
    return outward(reverse("portal:change", args=[token]), request)


def opened(token: str) -> Command | None:
    """The command of a token; None for wrong and replaced ones alike. It opens as long as there is
    something to read: what became of it.
    """
    if not TOKEN.fullmatch(token):
        return None
    rows = Command.objects.select_related("asset__model", "asset__customer", "device")
    return rows.filter(digest=digest(token)).first()


def answer(*, command: Command, say: str, text: str, understood: bool, now: datetime) -> None:
    """His yes, his no, or his yes taken back. What is dangerous he says yes to only when he has
    ticked that he did what the warning asks. Raises ConsentUnticked, WrongCommandState,
    TooLateToWithdraw.
    """
    if say == "yes":
        if command.dangerous and not understood:
            raise ConsentUnticked
        words = f"{pgettext('command', '同意')} {text}".strip()
        commanding.consent(
            command=command, how=YesBy.OWN_HAND, who="", said=words, by=None, now=now
        )
    elif say == "no":
        commanding.decline(command=command, said=text, by=None, now=now)
    else:
        commanding.withdraw(command=command, said=text, by=None, now=now)
    log("portal.change_answered", by=None, now=now, thing=command, after={"say": say})
