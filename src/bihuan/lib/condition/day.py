"""What a machine did in a day, from its samples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.condition.plan import Part, Plan, Use
from bihuan.lib.machines import Template
from bihuan.lib.machines.states import states_of

Floats = NDArray[np.float64]
LEVEL_S = 600.0
"""A level is the median of so many seconds: what sloshes in a tank is not consumed."""


@dataclass(frozen=True)
class Reach:
    """How a point's values lay while they counted: seconds, mean, 2nd and 98th percentile, peak."""

    seconds: float
    mean: float
    low: float
    high: float
    peak: float


@dataclass(frozen=True)
class Day:
    """Times in seconds. `totals` are the counters at its end and `gained` their increase; `worn` the
    weighted hours (or cycles) of each part; `used` what was consumed; `place` latitude and longitude.
    """

    samples: int
    seen: float
    run: float
    starts: int
    states: Mapping[str, float]
    totals: Mapping[str, float]
    gained: Mapping[str, float]
    points: Mapping[str, Reach]
    worn: Mapping[str, float]
    used: Mapping[str, float]
    place: tuple[float, float] | None


def believed(template: Template) -> float:
    """Seconds until the next sample for which one speaks: twenty of its rhythm, at least ten minutes,
    and never beyond the time after which the machine counts as silent. The last one speaks for none.
    """
    return min(template.silent, max(20 * template.every, 600.0))


def fold(
    template: Template, plan: Plan, millis: NDArray[np.int64], values: Floats, start: float, end: float,
    before: Mapping[str, float], *, since: float = -math.inf,
) -> Day | None:  # fmt: skip
    """Samples in the order of time, from `believed` before `start` until as long after `end` (epoch
    seconds); `before` are the counters before, as they stood at `since` or later. The same samples give the same day, whenever they
    came. None without a sample of the day.
    """
    ts = millis / 1000
    inside = (ts >= start) & (ts < end)
    if not inside.any():
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        speeds = np.diff(values, axis=0, prepend=np.nan) / np.diff(ts, prepend=np.nan)[:, None]
    states = states_of(template, values, speeds)
    most = believed(template)
    gaps = np.diff(ts, append=math.inf)
    stretch = np.where(gaps <= most, gaps, 0.0)
    seconds = np.clip(np.minimum(ts + stretch, end) - np.maximum(ts, start), 0.0, None)
    runs = np.array([*(state.runs for state in template.states), False], bool)[states]
    began = inside & runs & np.r_[False, ~runs[:-1]]
    counts = _counting(template, plan, states)
    totals, gained = _counters(template, values[inside], before, end - start, end - since)
    return Day(
        samples=int(inside.sum()), seen=float(seconds.sum()), run=float(seconds[runs].sum()), starts=int(began.sum()),
        states={
            state.code: float(found) for place, state in enumerate(template.states)
            if (found := seconds[states == place].sum()) > 0
        },
        totals=totals, gained=gained,
        points={
            code: reach for code in template.main
            if (reach := _reach(values[:, template.index(code)], np.where(counts & inside, seconds, 0.0))) is not None
        },
        worn={part.code: _worn(part, template, values, states, seconds, gained) for part in plan.parts},
        used={use.code: found for use in plan.uses if (found := _used(use, ts, values, seconds, end)) is not None},
        place=_place(template, values[inside]),
    )  # fmt: skip


def _counting(template: Template, plan: Plan, states: NDArray[np.int64]) -> NDArray[np.bool_]:
    wanted = plan.settings.states
    chosen = [(state.code in wanted if wanted else state.runs) for state in template.states]
    found: NDArray[np.bool_] = np.array([*chosen, False], bool)[states]
    return found


def _counters(
    template: Template, values: Floats, before: Mapping[str, float], day: float, passed: float
) -> tuple[dict[str, float], dict[str, float]]:
    """A counter that stands lower than before, or higher than it can have come to in the seconds of the
    `day` (or those that `passed` since the one before), is another counter: what it gained itself counts.
    """
    totals: dict[str, float] = {}
    gained: dict[str, float] = {}
    for place, point in enumerate(template.points):
        column = values[:, place]
        known = column[~np.isnan(column)]
        if not point.counter:
            continue
        earlier = before.get(point.code)
        if not len(known):
            if earlier is not None:
                totals[point.code], gained[point.code] = earlier, 0.0
            continue
        steps = np.diff(known, prepend=known[0] if earlier is None else earlier)
        most = point.most(np.where(np.arange(len(steps)) > 0, day, passed))
        ran = (steps > 0) & (steps <= most)
        totals[point.code], gained[point.code] = float(known[-1]), float(steps[ran].sum())
    return totals, gained


def _reach(column: Floats, seconds: Floats) -> Reach | None:
    counted = (seconds > 0) & ~np.isnan(column)
    if not counted.any():
        return None
    values, weights = column[counted], seconds[counted]
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    low, high = (
        values[order][min(len(order) - 1, int(np.searchsorted(share, at)))] for at in (0.02, 0.98)
    )
    mean = float(np.average(values, weights=weights))
    return Reach(float(weights.sum()), mean, float(low), float(high), float(values.max()))


def _worn(
    part: Part, template: Template, values: Floats, states: NDArray[np.int64], seconds: Floats, gained: Mapping[str, float]
) -> float:  # fmt: skip
    if part.counter is not None:
        return gained.get(template.points[part.counter].code, 0.0)
    rows = np.isin(states, list(part.states)) & (seconds > 0)
    factor = np.ones(int(rows.sum()))
    for weight in part.weigh:
        value = values[rows, weight.point]
        with np.errstate(over="ignore", invalid="ignore"):
            if weight.double:
                speed = 2.0 ** (np.maximum(0.0, value - weight.above) / weight.double)
            else:
                speed = (np.abs(value) / weight.rated) ** weight.power
        factor *= np.where(np.isnan(speed), 1.0, np.minimum(speed, weight.most))
    return float((seconds[rows] * factor).sum() / 3600)


def _used(use: Use, ts: Floats, values: Floats, seconds: Floats, end: float) -> float | None:
    if use.current is not None:
        amperes = values[:, use.current]
        counted = ~np.isnan(amperes) & (seconds > 0)
        if not counted.any():
            return None
        watts = math.sqrt(3) * use.volts * use.factor * np.abs(amperes[counted])
        return float((watts * seconds[counted]).sum() / 3.6e6)
    column: Any = values[:, use.level]
    known = ~np.isnan(column) & (ts < end)
    if not known.any():
        return None
    of = np.floor(ts[known] / LEVEL_S).astype(np.int64)
    edges = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    levels = [float(np.median(piece)) for piece in np.split(column[known], edges[1:])]
    filled = sum(rise for a, b in pairwise(levels) if (rise := b - a) >= use.refill)
    return max(0.0, levels[0] - levels[-1] + filled) / 100 * use.full


def _place(template: Template, values: Floats) -> tuple[float, float] | None:
    if "LATITUDE" not in template.places or "LONGITUDE" not in template.places:
        return None
    both = values[:, [template.index("LATITUDE"), template.index("LONGITUDE")]]
    known = both[~np.isnan(both).any(axis=1)]
    return (float(known[-1][0]), float(known[-1][1])) if len(known) else None
