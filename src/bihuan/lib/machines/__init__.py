"""Models of machines as data: what they measure, the states they pass, when they raise an alarm.

`evaluate` and `judge` work on arrays of many machines; they are imported by workers alone.
"""

from __future__ import annotations

from bihuan.lib.machines.body import BadTemplate
from bihuan.lib.machines.cause import Cause
from bihuan.lib.machines.command import Setting
from bihuan.lib.machines.template import (
    Condition,
    Point,
    Rule,
    State,
    Template,
    read,
)
from bihuan.lib.machines.watch import Watch

__all__ = [
    "BadTemplate",
    "Cause",
    "Condition",
    "Point",
    "Rule",
    "Setting",
    "State",
    "Template",
    "Watch",
    "read",
]
