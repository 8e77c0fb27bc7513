"""Does a machine leave its own baseline, and what probably is wrong with it?"""

from __future__ import annotations

from bihuan.lib.diagnosis.baseline import (
    Baseline,
    Channel,
    Judged,
    NoBaseline,
    follow,
    judged,
    learn,
)
from bihuan.lib.diagnosis.settings import FAST, SLOW, Settings
from bihuan.lib.diagnosis.state import Line, State

__all__ = [
    "FAST",
    "SLOW",
    "Baseline",
    "Channel",
    "Judged",
    "Line",
    "NoBaseline",
    "Settings",
    "State",
    "follow",
    "judged",
    "learn",
]
