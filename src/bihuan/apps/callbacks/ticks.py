"""What the clock does for calls: shipped scripts are put in place, open matters carried over."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.callbacks.actions import opening
from bihuan.apps.callbacks.actions.scripts import shipped


def ship_scripts(now: datetime) -> int:
    """Twice is once."""
    return len(shipped(now))


def carry_over(now: datetime) -> int:
    """Problems and promises of the time before are told once a regulation is in force."""
    return opening.carry_over(now)
