"""What the clock does for calls: the shipped scripts are put in place."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.callbacks.actions.scripts import shipped


def ship_scripts(now: datetime) -> int:
    """Twice is once."""
    return len(shipped(now))
