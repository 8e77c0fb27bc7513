"""Whether what a device says can be true: times, ranges, counters. What is refused never alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.machines.cause import Cause
from bihuan.lib.machines.counters import Counters
from bihuan.lib.machines.states import Ints
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
    the values (or whole rows) taken out, or taken from another counter: row -> cause.
    """

    keep: NDArray[np.bool_]
    values: Floats
    causes: dict[int, Cause]


def judge(
    template: Template, ts: Floats, received: Floats, values: Floats, last: Floats, bounds: Bounds,
    *, counters: Counters, slots: Ints,
) -> Judged:  # fmt: skip
    """Judge samples of machines of one template.

    `ts` and `received` are epoch seconds, one a row; `values` has a column a point; `last` are the
    values known before of the same machine (NaN without), and `counters` has its counters in `slots`.
    """
    future, ancient = ts > received + bounds.ahead, ts < received - bounds.old
    values = values.copy()
    finite = np.isfinite(values)
    outside = finite & ((values < _lows(template)) | (values > _highs(template)))
    endless = np.isinf(values)
    sure = finite & ~outside & ~(future | ancient)[:, None]
    causes = counters.judge(slots, ts, values, last, sure)
    causes |= dict.fromkeys(np.flatnonzero((outside | endless).any(axis=1)).tolist(), Cause.RANGE)
    causes |= dict.fromkeys(np.flatnonzero(future).tolist(), Cause.FUTURE)
    causes |= dict.fromkeys(np.flatnonzero(ancient).tolist(), Cause.ANCIENT)
    values[outside | endless] = np.nan
    keep = ~(future | ancient) & ~np.isnan(values).all(axis=1)
    return Judged(keep, values, causes)


def _lows(template: Template) -> Any:
    return np.array([point.low for point in template.points])


def _highs(template: Template) -> Any:
    return np.array([point.high for point in template.points])
