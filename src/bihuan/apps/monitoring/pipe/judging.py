"""Samples of a batch, lot by lot: judged, and what they raise and clear."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.refusing import Refusals
from bihuan.apps.monitoring.pipe.fleet import Fleet
from bihuan.apps.monitoring.pipe.reading import Message
from bihuan.lib.machines import Cause, Template
from bihuan.lib.machines.evaluate import Event
from bihuan.lib.machines.judge import Bounds, judge

LOT = 5_000
"""Samples that are judged at once: the arrays between stay in the processor's cache."""
_ENDLESS = 1e300
"""Beyond any number that could be reckoned with."""


@dataclass(frozen=True)
class Numbers:
    ahead: float
    old: float
    kept: float
    late: float
    flood: float

    @classmethod
    def at(cls, now: datetime) -> Numbers:
        return cls(
            figures.number("clock_ahead_s", now), figures.number("oldest_days", now) * 86400,
            figures.number("keep_days", now) * 86400, figures.number("late_s", now), figures.number("flood_per_s", now),
        )  # fmt: skip


@dataclass
class Lot:
    """Samples of one template, in the order in which they came: for each message its times and rows,
    and what is the same for all of them (`count`).
    """

    template: Template
    rows: int = 0
    device: list[int] = field(default_factory=list)
    ts: list[NDArray[np.float64]] = field(default_factory=list)
    received: list[float] = field(default_factory=list)
    values: list[NDArray[np.float64]] = field(default_factory=list)
    message: list[int] = field(default_factory=list)
    past: list[bool] = field(default_factory=list)
    count: list[int] = field(default_factory=list)

    def times(self, numbers: Numbers) -> NDArray[np.float64]:
        """Those that can be."""
        received = np.repeat(self.received, self.count)
        old = np.repeat(np.where(self.past, numbers.kept, numbers.old), self.count)
        ts = np.concatenate(self.ts)
        found: NDArray[np.float64] = ts[(ts <= received + numbers.ahead) & (ts >= received - old)]
        return found


@dataclass(frozen=True)
class Judged:
    template: Template
    device: NDArray[np.int64]
    ts: NDArray[np.float64]
    received: NDArray[np.float64]
    layout: NDArray[np.int64]
    values: NDArray[np.float64]
    fresh: NDArray[np.bool_]
    events: list[Event]


def judged(
    lot: Lot, fleet: Fleet, messages: Sequence[Message], numbers: Numbers, refusals: Refusals, seconds: dict[int, int]
) -> Judged:  # fmt: skip
    """What of them is true goes on to the evaluator; what is not is counted by its cause. `seconds`
    counts the samples of a device's second in the lots of a batch.
    """
    template = lot.template
    evaluator = fleet.evaluators[template.code]
    of = np.repeat(np.arange(len(lot.count)), lot.count)
    device = np.array(lot.device, np.int64)[of]
    ts, received = np.concatenate(lot.ts), np.array(lot.received)[of]
    values = np.concatenate(lot.values)
    values[np.abs(values) >= _ENDLESS] = math.inf
    slots = np.array([evaluator.slot(each) for each in lot.device], np.int64)[of]
    old = np.where(lot.past, numbers.kept, numbers.old)[of]
    fine = judge(
        template, ts, received, values, evaluator.last[slots], Bounds(numbers.ahead, old),
        counters=evaluator.counters, slots=slots,
    )  # fmt: skip
    keep = fine.keep.copy()
    keep[fine.keep] = _no_flood(device[fine.keep], ts[fine.keep], numbers.flood, seconds)
    for row, cause in (
        fine.causes | dict.fromkeys(np.flatnonzero(fine.keep & ~keep).tolist(), Cause.FLOOD)
    ).items():
        message, known = messages[lot.message[of[row]]], fleet.by_pk[lot.device[of[row]]]
        raw = fleet.raw(known, message.data)
        refusals.add(message.code, cause, raw, device=known.pk)
    device, ts, received, slots = device[keep], ts[keep], received[keep], slots[keep]
    values = fine.values[keep]
    newest = _newest_before(slots, ts, evaluator.last_ts)
    fresh = ~(ts <= newest)
    live = fresh & (received - ts <= numbers.late)
    evaluator.note(device[fresh & ~live], ts[fresh & ~live], values[fresh & ~live])
    found = evaluator.feed(device[live], ts[live], values[live])
    layout = np.full(len(device), fleet.layout(template.code), np.int64)
    return Judged(template, device, ts, received, layout, values, fresh, found)


def _no_flood(
    device: NDArray[np.int64], ts: NDArray[np.float64], most: float, seconds: dict[int, int]
) -> NDArray[np.bool_]:  # fmt: skip
    """Of a device that measures many times a second more than it may, the rest of each second
    is left out; what it catches up on after a silence is no flood. The times were judged: the
    key below holds for none but those that can be.
    """
    keep = np.ones(len(device), bool)
    if not len(device):
        return keep
    key = device * 10**11 + np.floor(ts).astype(np.int64)
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.r_[True, key[order][1:] != key[order][:-1]])
    each, often = key[order[starts]].tolist(), np.diff(np.r_[starts, len(key)])
    before = np.array([seconds.get(second, 0) for second in each], np.int64)
    seconds.update(zip(each, (before + often).tolist(), strict=True))
    rank = np.arange(len(key)) - np.repeat(starts - before, often)
    keep[order[rank >= most]] = False
    return keep


def _newest_before(
    slots: NDArray[np.int64], ts: NDArray[np.float64], last_ts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """For each row the newest time of its machine before it: known earlier, or by a row above."""
    known = last_ts[slots]
    if len(np.unique(slots)) == len(slots):
        return known
    order = np.argsort(slots, kind="stable")
    ordered, span = slots[order], 10**13
    millis = np.rint(ts[order] * 1000).astype(np.int64) + ordered * span
    before = np.r_[np.int64(-1), np.maximum.accumulate(millis)[:-1]]
    begins = np.r_[True, ordered[1:] != ordered[:-1]]
    seen = np.where(begins, np.nan, (before - ordered * span) / 1000)
    found = np.empty(len(ts))
    found[order] = np.fmax(seen, known[order])
    return found
