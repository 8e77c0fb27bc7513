"""Machines of one model side by side: which of them lies apart from the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SIGMA = 1.4826
_FLOOR = 0.03
"""Of the median: machines more alike than that are not told apart by what their sensors differ."""


def apart(values: Floats, *, machines: int) -> tuple[Floats, Floats, Floats]:
    """How many robust standard deviations each value lies from the median of the others, with its
    sign; the median; the deviation. A row a machine and a column a point; NaN where fewer than
    `machines` machines have a value.
    """
    wide = values.shape[1]
    middle, spread = np.full(wide, np.nan), np.full(wide, np.nan)
    for column in range(wide):
        known = values[~np.isnan(values[:, column]), column]
        if len(known) >= machines:
            middle[column] = np.median(known)
            deviation = _SIGMA * np.median(np.abs(known - middle[column]))
            spread[column] = max(deviation, _FLOOR * abs(middle[column]), 1e-9)
    return (values - middle) / spread, middle, spread
