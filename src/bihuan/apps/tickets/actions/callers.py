"""A caller whom nobody knows yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from bihuan.apps.customers.actions import add_contact
from bihuan.apps.tickets.actions.opening import Report, open_ticket
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.errors import NoSuchThing


def open_with_contact(*, report: Report, by: User, now: datetime) -> Ticket:
    """A ticket, and its caller as a new contact of the customer: both or neither.

    Raises NoSuchThing (no customer), BadInput (of the contact), and what `open_ticket` raises.
    """
    if report.customer is None:
        raise NoSuchThing
    with transaction.atomic():
        contact = add_contact(
            customer=report.customer, name=report.caller_name, phone=report.caller_phone, by=by, now=now
        )  # fmt: skip
        return open_ticket(report=replace(report, contact=contact), by=by, now=now)
