"""Letting the house do its work in a test."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from bihuan.base import registry
from bihuan.base.facts import listeners

# These put jobs before a worker, which a test has not.
PLAN_JOBS = {"tasks.plan_again"}


def drain(now: datetime) -> int:
    """All listeners hear all there is; returns how many facts were heard."""
    return listeners.drain_all(now)


def settle(now: datetime, *, rounds: int = 50) -> int:
    """Ticks and listeners until nothing more happens at this moment."""
    total = 0
    for _round in range(rounds):
        done = drain(now)
        for _config, name, function in registry.named("ticks"):
            if name not in PLAN_JOBS:
                done += function(now)
        if not done:
            return total
        total += done
    raise RuntimeError("it does not come to rest")


def worker_dies() -> None:
    """All jobs that wait were taken by a worker that is gone."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")
