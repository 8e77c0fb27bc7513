"""Jobs and ticks of tickets: reading the mailboxes (a lost job is planned again), clocks that run
again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.apps.tickets.actions import around
from bihuan.apps.tickets.doors.letters import collect
from bihuan.apps.tickets.models import Mailbox, Ticket
from bihuan.base import clock
from bihuan.base.errors import Refusal

EVERY = timedelta(seconds=20)


@app.task(name="tickets.read_mailbox", queue="mail")
def read_mailbox(mailbox: int) -> None:
    collect(mailbox, clock.now())


def resume_agreed(now: datetime) -> int:
    """A tick: what was to stand until a time agreed with the customer runs again from then on."""
    rows = Ticket.objects.open().filter(resume_at__lte=now).order_by("resume_at", "pk")
    count = 0
    for pk in rows.values_list("pk", flat=True):
        try:
            count += around.resume_agreed(ticket_id=pk, now=now)
        except Refusal:
            continue  # somebody did it at the same moment; the next beat looks again
    return count


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
