"""What the clock keeps up to date."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.compliance import counting


def count(now: datetime) -> int:
    """The figures of the months."""
    return counting.keep_counted(now)
