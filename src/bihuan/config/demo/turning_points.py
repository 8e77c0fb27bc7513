"""What happens once in this year, on its day."""

from __future__ import annotations

from datetime import datetime

from bihuan.config.demo.stage import Stage


def today(stage: Stage, now: datetime) -> None:
    """The turning points of this day."""
