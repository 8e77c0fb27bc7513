"""What the clock keeps up to date."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.compliance import bundles, counting, tasks


def count(now: datetime) -> int:
    """The figures of the months are asked for: to count a large one takes longer than a beat may."""
    counting.follow_settled(now)
    return tasks.count_later(counting.waiting(now))


def bundle(now: datetime) -> int:
    """Bundles that wait for a worker, and those that are old."""
    return tasks.plan_again(now) + bundles.clear(now)
