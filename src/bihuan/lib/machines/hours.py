"""The mean of an hour in the states that count: what a machine does in run-up says nothing of wear."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from bihuan.lib.machines.evaluate import Floats, Ints, states_of
from bihuan.lib.machines.template import Template


def mean_of(
    template: Template, millis: Ints, values: Floats, states: Collection[int], least: float
) -> list[float] | None:
    """The mean of each point over the samples of an hour in `states` (all of them where none is
    named), NaN where one has no value; None where they are fewer than `least` seconds of samples.
    """
    inside = np.ones(len(millis), bool)
    if states:
        with np.errstate(invalid="ignore", divide="ignore"):
            speeds = (
                np.diff(values, axis=0, prepend=np.nan)
                / (np.diff(millis, prepend=np.nan) / 1000)[:, None]
            )
        inside = np.isin(states_of(template, values, speeds), list(states))
    if inside.sum() * template.every < least:
        return None
    rows = values[inside]
    known = ~np.isnan(rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: list[float] = (np.where(known, rows, 0.0).sum(axis=0) / known.sum(axis=0)).tolist()
    return found
