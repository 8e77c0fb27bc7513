"""The history of machines: bytes a point packed, and how long a day's and a year's chart take.

Walks of two decimals, 12 points every 60 s: `bihuan bench history=2` machines for a whole year, and
forty for a day. Baseline: the bare SQL of the same rows.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run(size: str = "2") -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._history", size)
