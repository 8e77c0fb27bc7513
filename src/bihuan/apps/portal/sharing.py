"""The link of a ticket that began on the telephone: sent to the customer, shown to the clerk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from bihuan.apps.customers.rules import phones
from bihuan.apps.portal import links
from bihuan.apps.portal.views.staff import address_of
from bihuan.apps.tickets.actions.common import event
from bihuan.apps.tickets.doors.mail_out import write_to
from bihuan.apps.tickets.enums import Note
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.notify.actions import write_sms
from bihuan.base.notify.channels import port
from bihuan.base.notify.models import Channel


def share(*, request: HttpRequest, ticket: Ticket, by: User, now: datetime) -> dict[str, Any]:
    """Send the customer, who agreed, a link of his own by text message, else by mail, and make one
    that the clerk may read out. The one that was sent is seen by nobody here, so it carries the
    customer's answer; the one that is shown does so only where the clerk did none of the work.
    """
    with transaction.atomic():
        ways = _sent(request, ticket, by, now)
        _link, token = links.make(ticket=ticket, own=True, by=by, now=now)
        return {"number": ticket.number, "url": address_of(request, token), "ways": ways}


def _sent(request: HttpRequest, ticket: Ticket, by: User, now: datetime) -> list[str]:
    phone = ticket.caller_phone or (ticket.contact.phone if ticket.contact else "")
    mobile = phones.is_mobile(phone) and port(Channel.SMS).is_ready()
    mail = ticket.caller_mail or (ticket.contact.email if ticket.contact else "")
    with transaction.atomic():
        link, token = links.make(ticket=ticket, own=True, by=None, now=now)
        said = f"工单 {ticket.number} 的进度：\nFollow your ticket {ticket.number} here:"
        text = f"{said}\n{address_of(request, token)}"
        if mobile:
            write_sms(to=phone, text=text, message_id=f"sms-link-{link.pk}", now=now)
            ways = [_("短信")]
        elif mail and write_to(ticket=ticket, to=mail, text=text, now=now) is not None:
            ways = [_("邮件")]
        else:
            link.delete()
            return []
        log("portal.link_sent", by=by, now=now, thing=link, after={"ticket": ticket.number})
        event(ticket, Note.SHARED, at=now, by=by)
        return ways
