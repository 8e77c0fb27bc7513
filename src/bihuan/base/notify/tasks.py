"""Jobs that send; a lost job is found again by the tick, a doubled one is stopped by its fence."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.base import clock
from bihuan.base.notify.models import Channel, Delivery, Sending
from bihuan.base.notify.sending import send

LATE = timedelta(seconds=30)
LETTERS = "letters"
"""The queue of mails: a server that hangs must not hold up who is called by voice."""


@app.task(name="notify.send", queue="notify")
def send_job(delivery: int) -> None:
    send(delivery, clock.now())


def send_later(delivery: Delivery, now: datetime) -> None:
    """Put the job into the caller's transaction; what waits for its channel needs none."""
    if delivery.waits_for:
        return
    settings: dict[str, object] = {"queueing_lock": f"notify.send {delivery.pk}"}
    if delivery.channel == Channel.MAIL:
        settings["queue"] = LETTERS
    if delivery.due_at > now:
        settings["schedule_at"] = delivery.due_at
    try:
        with transaction.atomic():  # a job that waits already must not spoil the caller's work
            send_job.configure(**settings).defer(delivery=delivery.pk)  # type: ignore[arg-type]
    except AlreadyEnqueued:
        return


def plan_again(now: datetime) -> int:
    """A tick: what should have been sent and has no job (a worker died) gets one."""
    rows = Delivery.objects.filter(
        Q(state=Sending.PLANNED) | Q(state=Sending.SENDING, lease_until__lt=now),
        due_at__lt=now - LATE,
        waits_for="",
    ).order_by("due_at", "pk")[:200]
    for row in rows:
        send_later(row, now)
    return len(rows)
