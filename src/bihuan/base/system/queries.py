"""What the status page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count

from bihuan.base.facts import listeners as facts
from bihuan.base.facts.models import Cursor
from bihuan.base.notify.models import Delivery, Sending


@dataclass(frozen=True)
class Listener:
    name: str
    waiting: int
    seconds: float
    heard: int
    moved_at: datetime | None


def listeners(now: datetime) -> list[Listener]:
    """Each listener with what still waits for it."""
    places = {place.name: place for place in Cursor.objects.all()}
    found = []
    for name, (count, seconds) in sorted(facts.waiting(now).items()):
        place = places.get(name)
        heard, moved = (place.heard, place.moved_at) if place else (0, None)
        found.append(Listener(name, count, seconds, heard, moved))
    return found


def jobs() -> list[tuple[str, str, int]]:
    """(queue, state, number) of background jobs that are not done."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue_name, status::text, count(*) FROM procrastinate_jobs"
            " WHERE status <> 'succeeded' GROUP BY 1, 2 ORDER BY 1, 2"
        )
        return [(queue, state, count) for queue, state, count in cursor.fetchall()]


def outbox(now: datetime) -> list[tuple[str, str, int]]:
    """(channel, the channel it waits for or "", number) of messages not sent yet."""
    rows = (
        Delivery.objects.filter(state__in=[Sending.PLANNED, Sending.SENDING])
        .values_list("channel", "waits_for")
        .annotate(count=Count("pk"))
        .order_by("channel", "waits_for")
    )
    return [(str(channel), str(waits), int(count)) for channel, waits, count in rows]
