"""Jobs of tickets: reading the mailboxes. A lost job is planned again by the tick."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.apps.tickets.doors.letters import collect
from bihuan.apps.tickets.models import Mailbox
from bihuan.base import clock

EVERY = timedelta(seconds=20)


@app.task(name="tickets.read_mailbox", queue="mail")
def read_mailbox(mailbox: int) -> None:
    collect(mailbox, clock.now())


def plan_reading(now: datetime) -> int:
    """A tick: each mailbox that was not read for a while is read by a job, one at a time."""
    rows = Mailbox.objects.filter(
        Q(read_at=None) | Q(read_at__lt=now - EVERY), Q(lease_until=None) | Q(lease_until__lt=now),
        active=True,
    ).values_list("pk", flat=True)  # fmt: skip
    planned = 0
    for pk in rows:
        try:
            with transaction.atomic():
                read_mailbox.configure(queueing_lock=f"tickets.read {pk}").defer(mailbox=pk)
            planned += 1
        except AlreadyEnqueued:
            continue
    return planned
