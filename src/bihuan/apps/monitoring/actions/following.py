"""What became of an alarm elsewhere: a ticket, a word to the customer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bihuan.apps.monitoring.actions.common import subjects
from bihuan.apps.monitoring.models import Alarm
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell


def follow(*, alarm: Alarm, ticket: str) -> None:
    """The ticket that this alarm led to; the first one stays."""
    Alarm.objects.filter(pk=alarm.pk, ticket_number="").update(ticket_number=ticket)


def customer_told(*, alarm: Alarm, text: str, by: User | None, now: datetime) -> None:
    """The customer has been told, in these words: the fact that discharges the duty. Once."""
    with transaction.atomic():
        done = Alarm.objects.filter(pk=alarm.pk, customer_told_at=None).update(
            customer_told_at=now, diagnosis=alarm.diagnosis | {"told": text}
        )
        if done:
            tell(
                "diagnosis.sent", at=now, now=now, by=by, subjects=subjects(alarm.asset), data={"alarm": alarm.number},
                key=f"alarm:{alarm.number}:diagnosis.sent",
            )  # fmt: skip
