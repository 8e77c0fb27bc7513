"""What the clock makes true of regulations."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.policy import queries
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact


def tell_in_force(now: datetime) -> int:
    """Tell once that a published version took force, with the time at which it did."""
    try:
        version = queries.version_at(now)
    except queries.NoPackInForce:
        return 0
    key = f"pack:{version.code}:{version.version}:in_force"
    if version.in_force_from is None or Fact.objects.filter(key=key).exists():
        return 0
    told = tell(
        "pack.in_force", at=version.in_force_from, now=now, by=None, subjects={}, source="clock",
        data={"pack": version.code, "version": version.version}, key=key,
    )  # fmt: skip
    return int(told.new)
