"""Whether what a device says can be true: times, ranges, counters. What is refused never alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.machines.cause import Cause
from bihuan.lib.machines.template import Template

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bounds:
    """Seconds that a device's clock may be ahead, and that a sample may be old (one for all, or one
    a row).
    """

    ahead: float
    old: float | Floats


@dataclass(frozen=True)
class Judged:
    """`keep` says which rows stay; in those, values that cannot be true are NaN; `causes` counts
    the values (or whole rows) taken out: row -> cause.
    """

    keep: NDArray[np.bool_]
    values: Floats
    causes: dict[int, Cause]


def judge(
    template: Template, ts: Floats, received: Floats, values: Floats, last: Floats, bounds: Bounds,
    *, last_ts: Floats,
) -> Judged:  # fmt: skip
    """Judge samples of machines of one template.

    `ts` and `received` are epoch seconds, one a row; `values` has a column a point; `last` and
    `last_ts` are the values known before of the same machine (NaN without), for the counters: a
    counter that went back, or ran faster than time allows, was misread (or its meter replaced,
    which a person says).
    """
    causes: dict[int, Cause] = {}
    future, ancient = ts > received + bounds.ahead, ts < received - bounds.old
    values = values.copy()
    finite = np.isfinite(values)
    outside = finite & ((values < _lows(template)) | (values > _highs(template)))
    endless = np.isinf(values)
    for column, point in enumerate(template.points):
        if not point.counter:
            continue
        known = ~np.isnan(last[:, column]) & finite[:, column] & (ts > last_ts)
        back = known & (values[:, column] < last[:, column])
        fastest = _FASTEST.get(point.unit)
        jump = np.zeros(len(ts), bool)
        if fastest is not None:
            gained = values[:, column] - last[:, column]
            jump = known & (gained > (ts - last_ts) * fastest * 1.05 + _SLACK[point.unit])
        for rows, cause in ((back, Cause.COUNTER_BACK), (jump, Cause.COUNTER_JUMP)):
            causes |= dict.fromkeys(np.flatnonzero(rows).tolist(), cause)
            values[rows, column] = np.nan
    causes |= dict.fromkeys(np.flatnonzero((outside | endless).any(axis=1)).tolist(), Cause.RANGE)
    causes |= dict.fromkeys(np.flatnonzero(future).tolist(), Cause.FUTURE)
    causes |= dict.fromkeys(np.flatnonzero(ancient).tolist(), Cause.ANCIENT)
    values[outside | endless] = np.nan
    keep = ~(future | ancient) & ~np.isnan(values).all(axis=1)
    return Judged(keep, values, causes)


# An hour meter runs no faster than an hour an hour; what its last digit may add.
_FASTEST: dict[str, float] = {"h": 1 / 3600}
_SLACK: dict[str, float] = {"h": 0.2}


def _lows(template: Template) -> Any:
    return np.array([point.low for point in template.points])


def _highs(template: Template) -> Any:
    return np.array([point.high for point in template.points])
