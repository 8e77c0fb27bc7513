"""Machines that came to another customer: what the one before said holds no more, what they did is his."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from bihuan.apps.assets.enums import MoveReason
from bihuan.base.facts.models import Fact


def handed_over() -> QuerySet[Fact]:
    """The facts that tell of it; another place of the same customer is none."""
    return Fact.objects.filter(kind="asset.moved", asset_id__isnull=False).exclude(
        data__fact__reason=MoveReason.RELOCATED
    )


def changed_hands(asset: int, since: datetime) -> bool:
    """Whether it has come to another customer: what the one before agreed to holds no more."""
    return handed_over().filter(asset_id=asset, told_at__gte=since).exists()
