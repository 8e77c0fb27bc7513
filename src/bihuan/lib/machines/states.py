"""Which state a machine is in, by what it measures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.machines.template import Condition, Template

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def states_of(template: Template, values: Floats, speeds: Floats) -> Ints:
    """The state of each row: the first whose conditions all hold; the number of states without.

    `speeds` are changes per second, NaN where unknown.
    """
    found = np.full(len(values), len(template.states), np.int64)
    for place in range(len(template.states) - 1, -1, -1):
        holds = np.ones(len(values), bool)
        for condition in template.states[place].when:
            holds &= _holds(condition, values, speeds)
        found[holds] = place
    return found


def _holds(condition: Condition, values: Floats, speeds: Floats) -> NDArray[np.bool_]:
    value = (speeds if condition.rate else values)[:, condition.point]
    with np.errstate(invalid="ignore", divide="ignore"):
        if condition.of is not None:
            other = values[:, condition.of]
            value = (value - other) / np.abs(other) if condition.share else value - other
        return np.asarray((value > condition.above) & (value < condition.below), bool)
