"""What the actions share."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell
from bihuan.lib.policy import Pack


def pack_or_none(now: datetime) -> Pack | None:
    """The pack in force, or None before there is one."""
    try:
        return pack_at(now)
    except NoPackInForce:
        return None


def today_of(now: datetime) -> date:
    return timezone.localtime(now).date()


def noon(day: date, now: datetime) -> datetime:
    """Something of today happened now; of an earlier day at its noon."""
    if day == today_of(now):
        return now
    return timezone.make_aware(datetime(day.year, day.month, day.day, 12))  # noqa: DTZ001 - made aware


def tell_of(
    asset: Asset, kind: str, *, at: datetime, now: datetime, by: User | None,
    data: dict[str, object] | None = None, key: str | None = None,
) -> None:  # fmt: skip
    """A fact about a machine and the customer that operates it."""
    tell(
        kind, at=at, now=now, by=by, subjects={"asset": asset.pk, "customer": asset.customer_id},
        data=data or {}, key=key,
    )  # fmt: skip
