"""Models of machines as data: what they measure, the states they pass, when they raise an alarm."""

from __future__ import annotations

from bihuan.lib.machines.evaluate import Evaluator, Event, Memory
from bihuan.lib.machines.judge import Cause, judge
from bihuan.lib.machines.template import (
    BadTemplate,
    Condition,
    Point,
    Rule,
    State,
    Template,
    read,
)

__all__ = [
    "BadTemplate",
    "Cause",
    "Condition",
    "Evaluator",
    "Event",
    "Memory",
    "Point",
    "Rule",
    "State",
    "Template",
    "judge",
    "read",
]
