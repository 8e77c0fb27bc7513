"""Does a machine leave its own baseline? A short mean against a level that follows slowly.

For every channel the mean of the last seconds is compared with a level that follows it slowly and
stands still while the channel is in alarm. What counts as far is learnt from a training part alone:
the residuals' `share` quantile of each channel is its unit, and the same quantile of the largest of all
channels is the limit, so that many channels do not raise more false alarms than one.

Two ways in give the same answer to the last bit: `follow` takes samples as they come, in batches of any
split, and its state can be stored; `judged` takes a whole recording as an array. Times are seconds of any origin.
What is missing (NaN, infinite, not later than the sample before) is no evidence: it neither raises nor
clears, and moves no level. The caller hands over samples of one state of the machine (at speed, say); a run-up
is a gap to the detector.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.diagnosis.settings import FAST, Settings
from bihuan.lib.diagnosis.state import Line, State
from bihuan.lib.diagnosis.windows import LARGEST, short_means

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

KEPT, LEAST, WANDERS, CONSTANT, TOO_FEW = "KEPT", "LEAST", "WANDERS", "CONSTANT", "TOO_FEW"
_STILL = 1e-9  # of the value: a residual below it is rounding


@dataclass(frozen=True)
class Channel:
    """What training said of one channel. `unit` is its ordinary residual, in the unit of the channel.

    `why`: KEPT, LEAST (all wander, this one least), WANDERS, CONSTANT (never moved, so its spread is not
    known), TOO_FEW (values).
    """

    name: str
    unit: float
    wander: float
    why: str

    @property
    def judged(self) -> bool:
        return self.why in {KEPT, LEAST}


@dataclass(frozen=True)
class Baseline:
    """A machine's own ordinary life. `limit` is in units of the channels."""

    channels: tuple[Channel, ...]
    limit: float
    settings: Settings

    def to_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Baseline:
        channels = tuple(Channel(**each) for each in data["channels"])
        return cls(channels, data["limit"], Settings(**data["settings"]))


@dataclass(frozen=True)
class Judged:
    """What came out, a row a sample and a column a channel.

    `ratio` is the residual with its sign over the limit that raises, NaN where nothing was judged; `over`
    says which channels are in alarm, `alarm` whether any is.
    """

    ratio: Floats
    over: Bools

    @property
    def alarm(self) -> Bools:
        return np.asarray(self.over.any(axis=1), bool)


class NoBaseline(ValueError):
    """The training part holds no channel that can be judged."""


def learn(
    times: Sequence[float] | Floats, rows: Sequence[Sequence[float]] | Floats, names: Sequence[str],
    settings: Settings = FAST,
) -> tuple[Baseline, State]:  # fmt: skip
    """The baseline of a training part, and the state at its end to go on from."""
    at, values = _arrays(times, rows, len(names))
    found: list[Channel] = []
    lines: list[Line] = []
    units = np.full(values.shape, np.nan)
    for column, name in enumerate(names):
        index, means, left = short_means(at, values[:, column], Line(), settings)
        level, residuals = _settled(at[index], means, settings)
        channel = _weighed(name, values[index, column], residuals, settings)
        found.append(channel)
        lines.append(replace(left, level=level))
        if channel.unit > 0:
            units[index[len(index) - len(residuals) :], column] = np.abs(residuals) / channel.unit
    if all(channel.why == WANDERS for channel in found if channel.unit > 0):
        found = _least(found)
    kept = [column for column, channel in enumerate(found) if channel.judged]
    if not kept:
        raise NoBaseline(f"none of {len(found)} channels can be judged")
    held = units[:, kept]
    largest = np.nanmax(held[~np.isnan(held).all(axis=1)], axis=1)
    limit = float(np.quantile(largest, settings.share))
    return Baseline(tuple(found), limit, settings), State(tuple(lines))


def follow(
    baseline: Baseline, state: State, times: Sequence[float], rows: Sequence[Sequence[float | None]]
) -> tuple[State, Judged]:
    """The samples of a batch, in order; one sample is a batch too."""
    lines = list(state.lines)
    ratio = np.full((len(times), len(lines)), np.nan)
    over = np.zeros((len(times), len(lines)), bool)
    for number, (time, row) in enumerate(zip(times, rows, strict=True)):
        for column, value in enumerate(row):
            channel = baseline.channels[column]
            if channel.judged:
                lines[column], ratio[number, column] = _stepped(baseline, channel, lines[column], time, value)  # fmt: skip
                over[number, column] = lines[column].alarm
    return State(tuple(lines)), Judged(ratio, over)


def judged(
    baseline: Baseline, state: State, times: Sequence[float] | Floats, rows: Sequence[Sequence[float]] | Floats
) -> Judged:  # fmt: skip
    """A whole recording at once: the same as `follow`, many times as fast."""
    at, values = _arrays(times, rows, len(baseline.channels))
    ratio = np.full(values.shape, np.nan)
    over = np.zeros(values.shape, bool)
    for column, (channel, line) in enumerate(zip(baseline.channels, state.lines, strict=True)):
        if not channel.judged:
            continue
        index, means, _left = short_means(at, values[:, column], line, baseline.settings)
        alarm, level, seen, before = line.alarm, line.level, line.seen, 0
        for row, time, mean in zip(index.tolist(), at[index].tolist(), means.tolist(), strict=True):
            over[before:row, column] = alarm
            since = _since(seen, time)
            level, alarm, ratio[row, column] = _moved(
                baseline, channel, level, mean, since, alarm=alarm
            )
            seen, before = time, row
        over[before:, column] = alarm
    return Judged(ratio, over)


def _stepped(
    baseline: Baseline, channel: Channel, line: Line, time: float, value: float | None
) -> tuple[Line, float]:
    """One sample of one channel."""
    if value is None or not abs(value) < LARGEST or not math.isfinite(time):
        return line, math.nan
    if line.seen is not None and time <= line.seen:
        return line, math.nan
    settings = baseline.settings
    since = _since(line.seen, time)
    first = 0
    while first < len(line.times) and line.times[first] <= time - settings.short_s:
        first += 1
    times, values = (*line.times[first:], time), (*line.values[first:], value)
    total = 0.0
    for each in values:  # `sum` rounds otherwise from Python 3.12 on
        total += each
    level, alarm, ratio = _moved(baseline, channel, line.level, total / len(values), since, alarm=line.alarm)  # fmt: skip
    return Line(level, alarm, time, times, values), ratio


def _moved(
    baseline: Baseline, channel: Channel, level: float | None, mean: float, since: float, *, alarm: bool
) -> tuple[float, bool, float]:  # fmt: skip
    """Level, alarm and ratio after a short mean."""
    settings = baseline.settings
    if level is None:
        level = mean
    residual = mean - level
    far = abs(residual) / channel.unit / baseline.limit
    alarm = far > (settings.clear_at if alarm else settings.raise_at)
    if not alarm:
        level += residual * _share(since, settings)
    return level, alarm, residual / channel.unit / baseline.limit / settings.raise_at


def _since(seen: float | None, time: float) -> float:
    return 0.0 if seen is None else time - seen


def _share(since: float, settings: Settings) -> float:
    """How much of the way to the short mean a level goes."""
    return -math.expm1(-min(since, settings.gap_s) / settings.level_s)


def _settled(at: Floats, means: Floats, settings: Settings) -> tuple[float | None, Floats]:
    """The level at the end of the training, and the residuals behind its first part."""
    if not len(at):
        return None, np.zeros(0)
    first = int(np.searchsorted(at, at[0] + settings.settle_s))
    level, seen = float(means[:first].mean()), float(at[first - 1])
    residuals = []
    for time, mean in zip(at[first:].tolist(), means[first:].tolist(), strict=True):
        residuals.append(mean - level)
        level += residuals[-1] * _share(time - seen, settings)
        seen = time
    return level, np.array(residuals, float)


def _weighed(name: str, values: Floats, residuals: Floats, settings: Settings) -> Channel:
    """Unit and kind of one channel."""
    if len(residuals) < settings.least_rows:
        return Channel(name, 0.0, 0.0, TOO_FEW)
    unit = float(np.quantile(np.abs(residuals), settings.share))
    steps = float(np.diff(values).std())
    if unit <= _STILL * float(np.abs(values).max()) or steps == 0:
        return Channel(name, 0.0, 0.0, CONSTANT)
    wander = float(residuals.std()) / steps
    return Channel(name, unit, wander, KEPT if wander < settings.wander else WANDERS)


def _least(channels: Sequence[Channel]) -> list[Channel]:
    """Where all wander, the one that does it least is better than none."""
    wanders = [channel for channel in channels if channel.why == WANDERS]
    least = min(wanders, key=lambda channel: channel.wander, default=None)
    return [replace(each, why=LEAST) if each is least else each for each in channels]


def _arrays(times: Any, rows: Any, columns: int) -> tuple[Floats, Floats]:
    at = np.asarray(times, float)
    values = np.asarray(rows, float).reshape(len(at), columns)
    return at, values
