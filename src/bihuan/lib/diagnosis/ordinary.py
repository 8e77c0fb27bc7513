"""A machine's ordinary life by the hour: its baseline, and what its operation explains of it.

What follows from the operation (speed, set-points) is learnt as a straight line for each point and
taken off before the baseline judges; an hour of an operation that training has not seen says
nothing, for a straight line does not know it either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.diagnosis.baseline import Baseline, Judged, follow, learn
from bihuan.lib.diagnosis.settings import SLOW, Settings
from bihuan.lib.diagnosis.state import State

Floats = NDArray[np.float64]
_RIDGE = 1.0
"""So that two set-points that always moved together share what they explain."""
_SEEN = (0.01, 0.99)
_SPARE = 0.05
"""Of the spread of training: so little beyond it is still the same operation."""


@dataclass(frozen=True)
class Explained:
    """`weights` a row a driver and a column a point, of drivers less `centre` over `spread`."""

    centre: tuple[float, ...]
    spread: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Ordinary:
    explained: Explained | None
    baseline: Baseline

    def to_data(self) -> dict[str, Any]:
        return {"explained": asdict(self.explained) if self.explained else None, "baseline": self.baseline.to_data()}  # fmt: skip

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Ordinary:
        said = data["explained"]
        explained = None
        if said is not None:
            one = {name: tuple(said[name]) for name in ("centre", "spread", "low", "high")}
            explained = Explained(**one, weights=tuple(tuple(row) for row in said["weights"]))
        return cls(explained, Baseline.from_data(data["baseline"]))

    def beyond(self, factor: float) -> Ordinary:
        """The same life, judged by another limit."""
        settings = replace(self.baseline.settings, raise_at=factor)
        return replace(self, baseline=replace(self.baseline, settings=settings))


def ordinary(
    times: Sequence[float], rows: Sequence[Sequence[float]], drivers: Sequence[Sequence[float]], names: Sequence[str],
    settings: Settings = SLOW,
) -> tuple[Ordinary, State]:  # fmt: skip
    """Learn from a quiet part; `drivers` has a row of every time, empty ones for none. Raises
    NoBaseline.
    """
    values = np.asarray(rows, float).reshape(len(times), len(names))
    by = np.asarray(drivers, float).reshape(len(times), -1)
    explained = _explain(by, values) if by.shape[1] else None
    left = values if explained is None else _left(explained, by, values)
    baseline, state = learn(times, left, names, settings)
    return Ordinary(explained, _worth(baseline, state)), state


def _worth(baseline: Baseline, state: State) -> Baseline:
    """A limit lies at least so far from the level that going there is worth somebody's way."""
    whole = baseline.limit * baseline.settings.raise_at
    channels = [
        replace(
            channel,
            unit=max(channel.unit, baseline.settings.worth * abs(line.level or 0.0) / whole),
        )
        if channel.judged and whole > 0
        else channel
        for channel, line in zip(baseline.channels, state.lines, strict=True)
    ]
    return replace(baseline, channels=tuple(channels))


def departed(
    known: Ordinary, state: State, times: Sequence[float], rows: Sequence[Sequence[float]],
    drivers: Sequence[Sequence[float]],
) -> tuple[State, Judged]:  # fmt: skip
    """The hours that followed, in any batches."""
    values = np.asarray(rows, float).reshape(len(times), len(known.baseline.channels))
    if known.explained is not None:
        by = np.asarray(drivers, float).reshape(len(times), len(known.explained.centre))
        values = _left(known.explained, by, values)
    return follow(known.baseline, state, list(times), values.tolist())


@dataclass(frozen=True)
class Departure:
    """How one point stands: its short mean, the level it had and the limit on the side where it is;
    `ratio` 1 is the limit that raises, with the sign of the side.
    """

    name: str
    mean: float
    level: float
    limit: float
    ratio: float


def departures(known: Ordinary, state: State) -> list[Departure]:
    """Every judged point, the farthest first."""
    found = []
    for channel, line in zip(known.baseline.channels, state.lines, strict=True):
        if not channel.judged or line.level is None or not line.values:
            continue
        mean = sum(line.values) / len(line.values)
        width = channel.unit * known.baseline.limit * known.baseline.settings.raise_at
        side = 1.0 if mean >= line.level else -1.0
        found.append(
            Departure(channel.name, mean, line.level, line.level + side * width, (mean - line.level) / width)
        )  # fmt: skip
    return sorted(found, key=lambda each: -abs(each.ratio))


def _explain(by: Floats, values: Floats) -> Explained:
    fit = ~np.isnan(by).any(axis=1)
    known = by[fit]
    if not len(known):
        wide = by.shape[1]
        zero = (0.0,) * wide
        return Explained(zero, (1.0,) * wide, zero, zero, ((0.0,) * values.shape[1],) * wide)
    centre, spread = known.mean(axis=0), known.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    low, high = np.quantile(known, _SEEN[0], axis=0), np.quantile(known, _SEEN[1], axis=0)
    scaled = (known - centre) / spread
    weights = np.zeros((by.shape[1], values.shape[1]))
    for column in range(values.shape[1]):
        has = ~np.isnan(values[fit, column])
        if has.sum() > by.shape[1]:
            one, of = scaled[has], values[fit, column][has]
            square = one.T @ one + _RIDGE * np.eye(by.shape[1])
            weights[:, column] = np.linalg.solve(square, one.T @ (of - of.mean()))
    return Explained(
        tuple(centre.tolist()), tuple(spread.tolist()), tuple((low - _SPARE * spread).tolist()),
        tuple((high + _SPARE * spread).tolist()), tuple(tuple(row) for row in weights.tolist()),
    )  # fmt: skip


def _left(explained: Explained, by: Floats, values: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        inside = ((by >= np.array(explained.low)) & (by <= np.array(explained.high))).all(axis=1)
    scaled = (by - np.array(explained.centre)) / np.array(explained.spread)
    found: Floats = values - scaled @ np.array(explained.weights)
    found[~inside] = np.nan
    return found
