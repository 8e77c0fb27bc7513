"""What became of an alarm elsewhere: a ticket, a word to the customer."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from bihuan.apps.monitoring.actions.alarms import acknowledge, send_diagnosis
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.refusals import AlreadyAcknowledged, AlreadyTold
from bihuan.base.access.models import User


def follow(*, alarm: Alarm, ticket: str, again: bool = False) -> None:
    """The ticket that this alarm led to; the first one stays, until it comes back after that one's end."""
    rows = Alarm.objects.filter(pk=alarm.pk)
    rows = rows if again else rows.filter(ticket_number="")
    rows.update(ticket_number=ticket)


def taken(*, ticket: str, by: User, now: datetime) -> None:
    """Somebody took the ticket of these alarms into hand: he has seen them."""
    rows = Alarm.objects.filter(ticket_number=ticket, acknowledged_at=None, hushed="")
    for alarm in rows.exclude(ticket_number="").select_related("asset").order_by("pk"):
        with suppress(AlreadyAcknowledged):  # a colleague at this very moment, or with a graver one
            acknowledge(alarm=alarm, by=by, now=now)


def customer_told(*, alarm: Alarm, text: str, by: User | None, now: datetime) -> None:
    """The customer has been told, in these words; where somebody has told him already, nothing."""
    with suppress(AlreadyTold):
        send_diagnosis(alarm=alarm, text=text, by=by, now=now)
