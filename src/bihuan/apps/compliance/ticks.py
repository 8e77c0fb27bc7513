"""What the clock keeps up to date."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.compliance import bundles, counting, tasks


def count(now: datetime) -> int:
    """The figures of the months."""
    counting.follow_settled(now)
    return counting.keep_counted(now)


def bundle(now: datetime) -> int:
    """Bundles that wait for a worker, and those that are old."""
    return tasks.plan_again(now) + bundles.clear(now)
