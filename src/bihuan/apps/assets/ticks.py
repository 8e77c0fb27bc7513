"""Once a day: parts whose last day comes near are told, also while nobody reads a meter."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bihuan.apps.assets.actions.common import today_of
from bihuan.apps.assets.actions.parts import warn_parts
from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import DayDone

NAME = "part_life"


def warn_of_parts(now: datetime) -> int:
    """Look through machines with parts that expire; twice is once."""
    today = today_of(now)
    if DayDone.objects.filter(name=NAME, day__gte=today).exists():
        return 0
    rows = Asset.objects.living().filter(
        parts__removed_on=None, parts__warned_at=None, parts__expires_on__isnull=False
    )
    told = 0
    for asset in rows.distinct().order_by("pk").iterator(chunk_size=500):
        with transaction.atomic():
            told += warn_parts(asset, now=now, by=None)
    DayDone.objects.update_or_create(name=NAME, defaults={"day": today, "at": now})
    return told
