"""The shipped pack, in force."""

from __future__ import annotations

from datetime import UTC, datetime

from bihuan.apps.policy import actions
from bihuan.apps.policy.models import PackVersion

SINCE = datetime(2025, 12, 31, 16, tzinfo=UTC)


def centrifuge_in_force(now: datetime = SINCE) -> PackVersion:
    """The centrifuge pack from the first of 2026 on (needs the company's calendar)."""
    return actions.bring_in(files=actions.shipped("centrifuge"), from_at=SINCE, by=None, now=now)
