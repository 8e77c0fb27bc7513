"""What the actions share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from bihuan.apps.assets.models import Asset

SOURCE = "machine"


def moment(at: float) -> datetime:
    """Epoch seconds as a moment, to the millisecond."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=round(at * 1000))


def next_number(now: datetime) -> str:
    """BJ-20261129-000017: of the day, and one row of numbers for all days."""
    return next_numbers(now, 1)[0]


def next_numbers(now: datetime, count: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval('monitoring_alarm_number') FROM generate_series(1, %s)", [count]
        )
        places = [int(place) for (place,) in cursor.fetchall()]
    return [f"BJ-{timezone.localdate(now):%Y%m%d}-{place:06d}" for place in places]


def subjects(asset: Asset) -> dict[str, int]:
    return {"asset": asset.pk, "customer": asset.customer_id}
