"""Whether the service desk is open, and when it opens next, by the company's calendar."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.people import calendars
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.models import Ticket


def opens_at(now: datetime, ticket: Ticket | None = None) -> datetime | None:
    """The next opening; None while the desk is open (or has no calendar). The calendar is the
    pack's `tickets.desk_calendar`, narrowed to the customer's region and own calendar.
    """
    name = figures.values(["tickets.desk_calendar"], now)[0]
    customer = ticket.customer if ticket is not None else None
    values = {"customer_id": customer.pk, "region": customer.region} if customer else {}
    return calendars.opens_at(name, values, now)
