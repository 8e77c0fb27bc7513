"""How fast values change: reckoned over a stretch of time from a reference that moves on, for all
machines at once, however many rows each has between two references.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.machines.states import Floats, Ints

_SPAN = 10**13
"""Milliseconds beyond any moment."""


@dataclass(frozen=True)
class Rows:
    """Rows that lie machine by machine: of each its machine, its moment in milliseconds, and whether
    there was a gap before it; of each machine its first and last row.
    """

    of: Ints
    starts: Ints
    ends: Ints
    millis: Ints
    gap: NDArray[np.bool_]

    @cached_property
    def gaps(self) -> Ints:
        """How many gaps until each row."""
        return np.cumsum(self.gap)


@dataclass
class Reference:
    """Of each machine the value that changes are reckoned from, and when it was (epoch seconds); NaN
    where there is none.
    """

    value: Floats
    at: Floats

    def follow(self, rows: Rows, values: Floats, within: float) -> Floats:
        """Move on through the rows: to each that comes `within` seconds after the reference, and to the
        first after a gap. Returns the change per minute of each row, NaN but where that time is over.
        """
        changes = np.full(len(values), np.nan)
        before = rows.gaps[rows.starts] - rows.gap[rows.starts]
        there = np.flatnonzero(~np.isnan(values))
        known = before.copy()
        if len(there):
            known[rows.of[there]] = rows.gaps[there]
            self._follow(rows, there, values[there], before, within, changes)
        self.at[rows.gaps[rows.ends] != known] = np.nan
        return changes

    def _follow(
        self, rows: Rows, there: Ints, value: Floats, before: Ints, within: float, changes: Floats
    ) -> None:
        """`there` are the rows with a value."""
        machine, moment, gap = rows.of[there], rows.millis[there], rows.gaps[there]
        first = np.r_[True, machine[1:] != machine[:-1]]
        begin = np.flatnonzero(first | np.r_[True, gap[1:] != gap[:-1]])  # of each stretch
        whose = machine[begin]
        goes_on = first[begin] & (gap[begin] == before[whose]) & ~np.isnan(self.at[whose])
        since = np.rint(np.where(goes_on, self.at[whose], 0.0) * 1000).astype(np.int64)
        at = np.where(goes_on, since, moment[begin])
        ref = np.where(goes_on, self.value[whose], value[begin])
        stretch = np.repeat(np.arange(len(begin)), np.diff(np.r_[begin, len(there)]))
        key, step = stretch * _SPAN + moment, max(1, round(within * 1000))
        active = np.arange(len(begin))
        while len(active):
            ripe = np.searchsorted(key, active * _SPAN + at[active] + step)
            here = (ripe < len(key)) & (stretch[np.minimum(ripe, len(key) - 1)] == active)
            active, ripe = active[here], ripe[here]
            passed = (moment[ripe] - at[active]) / 60_000
            changes[there[ripe]] = (value[ripe] - ref[active]) / passed
            ref[active], at[active] = value[ripe], moment[ripe]
        self.value[whose], self.at[whose] = ref, at / 1000  # of each machine its last stretch
