"""The mean of an hour in the states that count: what a machine does in run-up says nothing of wear."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.machines.states import Floats, Ints, states_of
from bihuan.lib.machines.template import Template


def mean_of(
    template: Template, millis: Ints, values: Floats, states: Collection[int], least: float
) -> list[float] | None:
    """The mean of each point over the samples of an hour in `states` (all of them where none is
    named), NaN where one has no value; None where they are fewer than `least` seconds of samples.
    """
    inside = inside_of(template, millis, values, states)
    if inside.sum() * template.every < least:
        return None
    rows = values[inside]
    known = ~np.isnan(rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: list[float] = (np.where(known, rows, 0.0).sum(axis=0) / known.sum(axis=0)).tolist()
    return found


def inside_of(
    template: Template, millis: Ints, values: Floats, states: Collection[int]
) -> NDArray[np.bool_]:  # fmt: skip
    """Which samples were taken in `states` (all of them where none is named)."""
    if not states:
        return np.ones(len(millis), bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        speeds = (
            np.diff(values, axis=0, prepend=np.nan)
            / (np.diff(millis, prepend=np.nan) / 1000)[:, None]
        )
    found: NDArray[np.bool_] = np.isin(states_of(template, values, speeds), list(states))
    return found
