"""Short means: of one channel, a whole recording at once, added up in the order of one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.diagnosis.settings import Settings
from bihuan.lib.diagnosis.state import Line

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LARGEST = 1e150
"""Larger values are no measurement, and their squares no number."""


def short_means(at: Floats, values: Floats, line: Line, settings: Settings) -> tuple[Ints, Floats, Line]:  # fmt: skip
    """The rows that count, their short means, and the line with the window that is left."""
    index = _counting(at, values, line.seen)
    if not len(index):
        return index, np.zeros(0), line
    held = len(line.times)
    times = np.concatenate([np.array(line.times, float), at[index]])
    taken = np.concatenate([np.array(line.values, float), values[index]])
    own = np.arange(held, len(times))
    first = np.minimum(np.searchsorted(times, times[held:] - settings.short_s, side="right"), own)
    total = np.zeros(len(own))
    for lag in range(int((own - first).max()), -1, -1):
        place = own - lag
        total += np.where(place >= first, taken[np.maximum(place, 0)], 0.0)
    kept = slice(int(first[-1]), None)
    left = replace(
        line, seen=float(times[-1]), times=tuple(times[kept].tolist()), values=tuple(taken[kept].tolist())
    )  # fmt: skip
    return index, total / (own - first + 1), left


def _counting(at: Floats, values: Floats, seen: float | None) -> Ints:
    """Rows with a value, later than all of them before."""
    with np.errstate(invalid="ignore"):
        fit = np.isfinite(at) & (np.abs(values) < LARGEST)
    clock = np.where(fit, at, -np.inf)
    start = -np.inf if seen is None else seen
    before = np.maximum.accumulate(np.concatenate([[start], clock]))[: len(at)]
    return np.flatnonzero(fit & (clock > before))
