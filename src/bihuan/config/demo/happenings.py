"""What happens at customers and is told by nobody's screen yet."""

from __future__ import annotations

from datetime import datetime

from bihuan.config.demo.stage import Stage


def invent(stage: Stage, now: datetime) -> None:
    """Plan what begins today."""
