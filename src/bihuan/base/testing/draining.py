"""Letting the house do its work in a test."""

from __future__ import annotations

from datetime import datetime

from bihuan.base import registry
from bihuan.base.facts import listeners

# These say how much waits, not how much they did.
COUNT_WHAT_WAITS = {"tasks.plan_again"}


def drain(now: datetime) -> int:
    """All listeners hear all there is; returns how many facts were heard."""
    return listeners.drain_all(now)


def settle(now: datetime, *, rounds: int = 50) -> int:
    """Ticks and listeners until nothing more happens at this moment."""
    total = 0
    for _round in range(rounds):
        done = drain(now)
        for _config, name, function in registry.named("ticks"):
            if name not in COUNT_WHAT_WAITS:
                done += function(now)
        if not done:
            return total
        total += done
    raise RuntimeError("it does not come to rest")
