"""Counters of all machines of a template: what they can have gained, and whether another one stands there.

One that went back or ran faster than it can was misread. Where the readings after it agree with each
other and not with what was known, the meter was replaced: it is taken then, and that is said once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.machines.cause import Cause
from bihuan.lib.machines.states import Floats, Ints
from bihuan.lib.machines.template import Template

Flags = NDArray[np.bool_]
AGREE = 3
"""Readings, and the time after which a machine counts as silent: one bad telegram sent again, or a
controller that starts up, is no new meter.
"""
_AT, _OTHER, _SINCE, _UPTO, _TIMES = range(5)
_CELLS = 5


class Counters:
    """`cells` remember of each machine and counter when its value was measured; and of one that was
    refused the value, since and until when it was read, and how often.
    """

    def __init__(self, template: Template) -> None:
        self._points = template.points
        self._stands = template.silent
        self.places = [place for place, point in enumerate(template.points) if point.counter]
        self.cells = np.empty((0, len(self.places), _CELLS))

    def grow(self, more: int) -> None:
        fresh = np.full((more, len(self.places), _CELLS), np.nan)
        self.cells = np.concatenate([self.cells, fresh])

    def load(self, slot: int, at: float, memory: dict[str, list[float | None]]) -> None:
        """Without a word in `memory` a counter was measured with the machine's last sample."""
        for number, place in enumerate(self.places):
            said = memory.get(self._points[place].code, [at])
            cells = [math.nan if each is None else each for each in said]
            self.cells[slot, number] = [*cells, *[math.nan] * (_CELLS - len(cells))]

    def remember(
        self, slots: Ints, last_ts: Floats, found: Sequence[dict[str, list[float]]]
    ) -> None:
        """Into the memories `found` what `load` would not know without."""
        cells = self.cells[slots]
        told = ~np.isnan(cells[..., _AT]) & (cells[..., _AT] != last_ts[slots, None])
        told |= ~np.isnan(cells[..., _OTHER])
        for row, number in zip(*(each.tolist() for each in np.nonzero(told)), strict=True):
            found[row][self._points[self.places[number]].code] = cells[row, number].tolist()

    def note(
        self, slots: Ints, starts: Ints, ends: Ints, ts: Floats, absent: Flags, newer: Flags
    ) -> None:
        """Samples that lie machine by machine: when each counter was measured last."""
        row = np.arange(len(ts))
        for number, place in enumerate(self.places):
            at, inside = ends, newer
            if absent[:, place].any():
                at = np.maximum.accumulate(np.where(absent[:, place], -1, row))[ends]
                inside = newer & (at >= starts)
            self.cells[slots[inside], number, _AT] = ts[at[inside]]

    def judge(
        self, slots: Ints, ts: Floats, values: Floats, last: Floats, sure: Flags
    ) -> dict[int, Cause]:
        """Takes what cannot be true out of `values`: row -> why. `sure` says which could be otherwise."""
        causes: dict[int, Cause] = {}
        for number, place in enumerate(self.places):
            value, before, cells = values[:, place], last[:, place], self.cells[:, number]
            passed = ts - cells[slots, _AT]
            with np.errstate(invalid="ignore"):
                known = sure[:, place] & ~np.isnan(before) & (passed > 0)
                back = known & (value < before)
                wrong = back | (known & (value - before > self._points[place].most(passed)))
            if not wrong.any() and np.isnan(cells[slots, _OTHER]).all():
                continue
            waits = np.isin(slots, slots[wrong]) | ~np.isnan(cells[slots, _OTHER])
            for row in np.flatnonzero(known & waits).tolist():
                cell = cells[slots[row]]
                if not wrong[row]:
                    cell[_OTHER:] = np.nan
                    continue
                stood = self._stands_there(cell)
                self._heard(place, cell, float(ts[row]), float(value[row]))
                if not self._stands_there(cell):
                    causes[row] = Cause.COUNTER_BACK if back[row] else Cause.COUNTER_JUMP
                    value[row] = np.nan
                elif not stood:
                    causes[row] = Cause.COUNTER_NEW
        return causes

    def _heard(self, place: int, cell: Floats, at: float, value: float) -> None:
        """A reading that does not agree with what is known."""
        if at <= cell[_UPTO]:  # sent again
            return
        gained, passed = value - cell[_OTHER], at - cell[_UPTO]
        if not 0 <= gained <= self._points[place].most(passed):
            cell[[_SINCE, _TIMES]] = at, 0
        cell[[_OTHER, _UPTO]] = value, at
        cell[_TIMES] += 1

    def _stands_there(self, cell: Floats) -> bool:
        return bool(cell[_TIMES] >= AGREE and cell[_UPTO] - cell[_SINCE] >= self._stands)
