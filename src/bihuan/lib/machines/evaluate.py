"""Raises and clears the alarms of all machines of one template, many machines at a time.

Only cells (machine, rule) that are beyond their limit or remember something are followed from sample
to sample; for the others one comparison of arrays, whatever lies in a batch, is all there is to do.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.machines.changes import Reference, Rows
from bihuan.lib.machines.counters import Counters
from bihuan.lib.machines.order import by_machine, turns
from bihuan.lib.machines.states import Floats, Ints, states_of
from bihuan.lib.machines.template import Template

Memory = dict[str, list[float | None]]
"""What is remembered of one machine: rule -> since, active, back, peak, reference value, reference
time, count, first of them; and of a counter, by its point, what `Counters` keeps. Empty while nothing is beyond a limit.
"""
RAISED, CLEARED, MERGED = "RAISED", "CLEARED", "MERGED"
_SINCE, _ACTIVE, _BACK, _PEAK, _REF, _REF_AT, _COUNT, _FIRST = range(8)
_CELLS = 8


@dataclass(frozen=True)
class Event:
    """An alarm of a machine began, is over, or is held by its parent from now on.

    `at` is the machine's clock, `since` when the value first stood beyond the limit, `value` the
    value judged (a difference or a change where the rule says so), `peak` the worst until now.
    `point`, `limit` and `evidence` are told by a watch, which has none of its own beforehand.
    """

    machine: int
    rule: str
    what: str
    at: float
    since: float
    value: float
    peak: float
    state: str
    point: int | None = None
    limit: float | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()


class Evaluator:
    """Holds what is remembered of every machine; `machine` is any whole number that names one."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self._slots: dict[int, int] = {}
        self._machines: list[int] = []
        rules = template.rules
        self._point = np.array([rule.point for rule in rules], np.int64)
        self._of = np.array([-1 if rule.of is None else rule.of for rule in rules], np.int64)
        self._rate = np.array([rule.rate for rule in rules], bool)
        self._lasting = np.array([rule.lasting for rule in rules])
        self._settled = np.array([rule.settled for rule in rules])
        self._within = np.array([rule.within for rule in rules])
        self._times = np.array([rule.times for rule in rules], np.int64)
        self._upward = np.array([rule.upward for rule in rules], bool)
        self._sign = np.where(self._upward, 1.0, -1.0)
        self._allowed = np.array(
            [[not rule.states or state in rule.states for rule in rules] for state in range(len(template.states) + 1)],
            bool,
        )  # fmt: skip
        moving = (each for state in template.states for each in state.when if each.rate)
        self._moving = sorted({each.point for each in moving})
        self._codes = {rule.code: place for place, rule in enumerate(rules)}
        self._free = np.array([rule.parent not in self._codes for rule in rules])
        self.set_trial(())
        self._edge = np.array([rule.edge for rule in rules])
        self._clear = np.array([rule.clear for rule in rules])
        self.counters = Counters(template)
        self.last_ts = np.empty(0)
        self.last = np.empty((0, len(template.points)))
        self.state = np.empty(0, np.int64)
        self._limit = np.empty((0, len(rules)))
        self._good = np.empty((0, len(rules)))
        self._lasts = np.empty((0, len(rules)))
        self._off = np.empty((0, len(rules)), bool)
        self._cells = np.empty((0, len(rules), _CELLS))
        self._live = np.empty((0, len(rules)), bool)

    def __contains__(self, machine: int) -> bool:
        return machine in self._slots

    def slot(self, machine: int) -> int:
        """The row of a machine in the arrays; a new one is made room for."""
        found = self._slots.get(machine)
        if found is None:
            found = self._slots[machine] = len(self._machines)
            self._machines.append(machine)
            if found >= len(self.last_ts):
                self._grow(max(64, 2 * len(self.last_ts)))
        return found

    def load(
        self, machine: int, *, at: float, values: Sequence[float | None], memory: Memory,
        limits: Mapping[str, float] | None = None, off: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """What the database knows of a machine; `limits` are those set for it alone, `off` the
        rules that do not hold for it.
        """
        slot = self.slot(machine)
        self.last_ts[slot] = at
        self.last[slot] = [math.nan if value is None else value for value in values]
        here = self.last[slot][None]
        self.state[slot] = states_of(self.template, here, np.full(here.shape, np.nan))[0]
        self._cells[slot] = np.nan
        self._live[slot] = False
        for place, rule in enumerate(self.template.rules):
            cells = memory.get(rule.code)
            if cells is not None:
                self._cells[slot, place] = [math.nan if value is None else value for value in cells]
                self._live[slot, place] = True
        self.counters.load(slot, at, memory)
        self.set_limits(machine, limits or {}, off)

    def forget(self, machine: int) -> None:
        """Its alarms are over for the people: what still stands is raised anew when it says so again."""
        slot = self.slot(machine)
        self._cells[slot], self._live[slot] = np.nan, False

    def set_trial(self, rules: Collection[str]) -> None:
        """These are on trial: nobody is told of their alarms, so they hold no others."""
        above = [self.template.parents(rule.code) for rule in self.template.rules]
        holds = {code: place for code, place in self._codes.items() if code not in rules}
        self._above = [[holds[code] for code in each if code in holds] for each in above]
        places = range(len(above))
        self._below = [[low for low in places if high in self._above[low]] for high in places]

    def set_limits(
        self, machine: int, limits: Mapping[str, float], off: Sequence[str] = (), lasting: Mapping[str, float] | None = None
    ) -> None:  # fmt: skip
        """Limits and durations (seconds) of one machine alone; the good side moves with the limit."""
        slot = self.slot(machine)
        for place, rule in enumerate(self.template.rules):
            own = limits.get(rule.code, self._edge[place])
            self._limit[slot, place] = own
            self._good[slot, place] = self._clear[place] + own - self._edge[place]
            self._off[slot, place] = rule.code in off
            self._lasts[slot, place] = (lasting or {}).get(rule.code, self._lasting[place])

    def limit_of(self, machine: int, rule: str) -> float | None:
        """The limit that holds for a machine; None for a rule that the template does not have."""
        for place, each in enumerate(self.template.rules):
            if each.code == rule:
                return float(self._limit[self.slot(machine), place])
        return None

    def remembers(self, machine: int) -> bool:
        return bool(self._live[self._slots[machine]].any())

    def memories(self, machines: Sequence[int]) -> list[dict[str, list[float]]]:
        """`Memory` of each, with NaN for what is not there: orjson writes null."""
        slots = np.array([self._slots[machine] for machine in machines], np.int64)
        found: list[dict[str, list[float]]] = [{} for _ in machines]
        rows, rules = np.nonzero(self._live[slots])
        codes = [rule.code for rule in self.template.rules]
        cells = self._cells[slots[rows], rules].tolist()
        for row, rule, each in zip(rows.tolist(), rules.tolist(), cells, strict=True):
            found[row][codes[rule]] = each
        self.counters.remember(slots, self.last_ts, found)
        return found

    def state_of(self, machine: int) -> str:
        return self._state_code(int(self.state[self._slots[machine]]))

    def feed(self, machines: Ints, ts: Floats, values: Floats) -> list[Event]:
        """Samples in any number and order of machines, those of one machine in order of time."""
        if not len(machines):
            return []
        order, starts, ends, slots = self._by_machine(machines)
        of = np.repeat(np.arange(len(starts)), ends - starts + 1)
        ts, values = ts[order], values[order]
        passed, speeds = self._since_before(slots, starts, ends, ts, values)
        states = states_of(self.template, values, speeds)
        gap = ~(passed <= self.template.silent)  # also after nothing at all
        judged = self._told(values)
        self._changes(slots, starts, ends, of, ts, judged, gap)
        signed = judged * self._sign
        beyond = signed > (self._limit[slots] * self._sign)[of]
        allowed = self._allowed[states] & ~self._off[slots][of]
        beyond &= allowed
        look = np.logical_or.reduceat(beyond, starts, axis=0) | self._busy(slots)
        self.state[slots] = states[ends]
        events: list[Event] = []
        if look.any():
            cells, places = look[of] & (~np.isnan(judged) | ~allowed), slots[of]
            cells[1:] &= ~self._still(of, signed, beyond, gap)
            looked = np.flatnonzero(cells.any(axis=1))
            for turn in turns(looked - starts[of[looked]], order[looked]):
                rows, rules = np.nonzero(cells[looked[turn]])
                events += self._judge(places, ts, judged, beyond, allowed, gap, states, looked[turn[rows]], rules)  # fmt: skip
        return events

    def note(self, machines: Ints, ts: Floats, values: Floats) -> None:
        """Samples that came too late to raise anything: known, but not judged. Those of one machine in
        order of time.
        """
        if len(machines):
            order, starts, ends, slots = self._by_machine(machines)
            self._since_before(slots, starts, ends, ts[order], values[order])

    def _by_machine(self, machines: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """As `order.by_machine`, and the slot of each machine."""
        order, starts, ends = by_machine(machines)
        slots = np.array([self.slot(each) for each in machines[order[starts]].tolist()], np.int64)
        return order, starts, ends, slots

    def _since_before(
        self, slots: Ints, starts: Ints, ends: Ints, ts: Floats, values: Floats
    ) -> tuple[Floats, Floats]:
        """Seconds since the sample before, and changes per second of points that are asked for theirs;
        what is known afterwards is noted. Rows lie machine by machine.
        """
        known, filled = self.last[slots], values
        absent = np.isnan(values)
        if holes := np.flatnonzero(absent.any(axis=0)).tolist():
            filled, begun = values.copy(), np.repeat(starts, ends - starts + 1)
            row, machine = np.arange(len(ts)), np.repeat(np.arange(len(starts)), ends - starts + 1)
            for column in holes:
                newest = np.maximum.accumulate(np.where(absent[:, column], -1, row))
                filled[:, column] = np.where(newest >= begun, values[newest, column], known[machine, column])  # fmt: skip
        before_ts = np.roll(ts, 1)
        before_ts[starts] = self.last_ts[slots]
        passed = ts - before_ts
        speeds = np.full(values.shape, np.nan)
        for column in self._moving:
            before = np.roll(filled[:, column], 1)
            before[starts] = known[:, column]
            with np.errstate(invalid="ignore", divide="ignore"):
                speeds[:, column] = (values[:, column] - before) / passed
        newer = ~(ts[ends] < self.last_ts[slots])
        self.counters.note(slots, starts, ends, ts, absent, newer)
        self.last[slots[newer]], self.last_ts[slots[newer]] = filled[ends[newer]], ts[ends[newer]]
        return passed, speeds

    def _told(self, values: Floats) -> Floats:
        """For each rule what it judges: a value, or its difference to another."""
        judged = values[:, self._point]
        other = self._of >= 0
        judged[:, other] -= values[:, self._of[other]]
        return judged

    def _changes(
        self, slots: Ints, starts: Ints, ends: Ints, of: Ints, ts: Floats, judged: Floats, gap: NDArray[np.bool_]
    ) -> None:  # fmt: skip
        """Rules of change: per minute since the reference, which moves on after `within` seconds and
        is lost in a gap. `slots`, `starts` and `ends` have one for each machine, `of` the machine of
        each row.
        """
        rate = np.flatnonzero(self._rate)
        if not len(rate):
            return
        rows = Rows(of, starts, ends, np.rint(ts * 1000).astype(np.int64), gap)
        for rule in rate.tolist():
            held = Reference(self._cells[slots, rule, _REF], self._cells[slots, rule, _REF_AT])
            judged[:, rule] = held.follow(rows, judged[:, rule], self._within[rule])
            self._cells[slots, rule, _REF], self._cells[slots, rule, _REF_AT] = held.value, held.at
        place = slots[:, None], rate
        self._live[place] = (~np.isnan(self._cells[place])).any(axis=-1)

    def _still(
        self, of: Ints, signed: Floats, beyond: NDArray[np.bool_], gap: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Cells of the second row on that say nothing new to a rule that counts: it stood beyond the
        limit at the sample before, and no less far.
        """
        counts = (self._times > 1) & self._free
        goes_on = ((of[1:] == of[:-1]) & ~gap[1:])[:, None]
        found: NDArray[np.bool_] = (
            beyond[1:] & beyond[:-1] & (signed[1:] <= signed[:-1]) & goes_on & counts
        )
        return found

    def _busy(self, slots: Ints) -> NDArray[np.bool_]:
        """Cells that remember more than a reference."""
        busy = self._live[slots]
        rows, rules = np.nonzero(busy & self._rate)
        cells = self._cells[slots[rows], rules]
        cells[:, [_REF, _REF_AT]] = np.nan
        busy[rows, rules] = (~np.isnan(cells)).any(axis=1)
        return busy

    def _judge(
        self, slots: Ints, ts: Floats, judged: Floats, beyond: NDArray[np.bool_], allowed: NDArray[np.bool_],
        gap: NDArray[np.bool_], states: Ints, rows: Ints, rules: Ints,
    ) -> list[Event]:  # fmt: skip
        """The cells that are beyond a limit or remember something."""
        places, at = slots[rows], ts[rows]
        cells = self._cells[places, rules]
        bad, value = beyond[rows, rules], judged[rows, rules]
        sign = self._sign[rules]
        active = cells[:, _ACTIVE] == 1
        broken = gap[rows] & ~active
        cells[broken, _SINCE] = np.nan
        cells[gap[rows], _BACK] = np.nan
        begun = bad & np.isnan(cells[:, _SINCE])
        cells[begun, _SINCE], cells[begun, _PEAK] = at[begun], value[begun]
        with np.errstate(invalid="ignore"):
            worse = bad & (value * sign > cells[:, _PEAK] * sign)
            good = ~bad & (
                ~allowed[rows, rules] | (value * sign <= self._good[places, rules] * sign)
            )
        cells[worse, _PEAK] = value[worse]
        cells[bad, _BACK] = np.nan
        self._count(cells, begun, at, rules)
        cells[~bad & ~active, _SINCE] = np.nan
        cells[~bad & ~good & active, _BACK] = np.nan
        returned = good & active & np.isnan(cells[:, _BACK])
        cells[returned, _BACK] = at[returned]
        with np.errstate(invalid="ignore"):
            enough = np.where(
                self._times[rules] > 1, cells[:, _COUNT] >= self._times[rules], at - cells[:, _SINCE] >= self._lasts[places, rules]
            )  # fmt: skip
            over = good & active & (at - cells[:, _BACK] >= self._settled[rules])
        self._cells[places, rules] = cells
        raised = bad & ~active & enough
        events = self._raise(raised, places, rules, at, value, states[rows])
        events += self._end(over, places, rules, at, value, states[rows], CLEARED)
        remembers = (~np.isnan(self._cells[places, rules])).any(axis=1)
        self._live[places, rules] = remembers
        return events

    def _count(self, cells: Floats, begun: NDArray[np.bool_], at: Floats, rules: Ints) -> None:
        """How often the limit was crossed within the time that counts."""
        often = self._times[rules] > 1
        with np.errstate(invalid="ignore"):
            stale = often & (at - cells[:, _FIRST] > self._within[rules])
        cells[stale, _COUNT] = cells[stale, _FIRST] = np.nan
        new = often & begun
        first = new & np.isnan(cells[:, _FIRST])
        cells[first, _FIRST], cells[first, _COUNT] = at[first], 0.0
        cells[new, _COUNT] += 1

    def _raise(
        self, raised: NDArray[np.bool_], places: Ints, rules: Ints, at: Floats, value: Floats, states: Ints
    ) -> list[Event]:  # fmt: skip
        """Parents before their children: a child that begins with one of its parents stays silent."""
        found: list[Event] = []
        chosen = np.flatnonzero(raised).tolist()
        for each in sorted(chosen, key=lambda each: len(self._above[rules[each]])):
            place, rule = int(places[each]), int(rules[each])
            if (self._cells[place, self._above[rule], _ACTIVE] == 1).any():
                continue
            self._cells[place, rule, _ACTIVE] = 1.0
            found.append(self._event(place, rule, RAISED, at[each], value[each], int(states[each])))
            for child in self._below[rule]:
                if self._cells[place, child, _ACTIVE] == 1:
                    merged = place, child, MERGED, at[each], value[each], int(states[each])
                    found.append(self._event(*merged))
                    self._cells[place, child, [_ACTIVE, _BACK]] = np.nan
        return found

    def _end(
        self, over: NDArray[np.bool_], places: Ints, rules: Ints, at: Floats, value: Floats, states: Ints, what: str
    ) -> list[Event]:  # fmt: skip
        found = []
        for each in np.flatnonzero(over).tolist():
            place, rule = int(places[each]), int(rules[each])
            found.append(self._event(place, rule, what, at[each], value[each], int(states[each])))
            self._cells[place, rule, [_SINCE, _ACTIVE, _BACK, _PEAK]] = np.nan
        return found

    def _event(self, place: int, rule: int, what: str, at: Any, value: Any, state: int) -> Event:
        cells = self._cells[place, rule]
        return Event(
            machine=self._machines[place], rule=self.template.rules[rule].code, what=what, at=float(at),
            since=float(cells[_SINCE]), value=float(value), peak=float(cells[_PEAK]), state=self._state_code(state),
        )  # fmt: skip

    def _state_code(self, state: int) -> str:
        return self.template.states[state].code if state < len(self.template.states) else ""

    def _grow(self, size: int) -> None:
        points, rules = len(self.template.points), len(self.template.rules)
        more = size - len(self.last_ts)
        self.counters.grow(more)
        self.last_ts = np.concatenate([self.last_ts, np.full(more, np.nan)])
        self.last = np.concatenate([self.last, np.full((more, points), np.nan)])
        self.state = np.concatenate(
            [self.state, np.full(more, len(self.template.states), np.int64)]
        )
        self._limit = np.concatenate([self._limit, np.tile(self._edge, (more, 1))])
        self._good = np.concatenate([self._good, np.tile(self._clear, (more, 1))])
        self._lasts = np.concatenate([self._lasts, np.tile(self._lasting, (more, 1))])
        self._off = np.concatenate([self._off, np.zeros((more, rules), bool)])
        self._cells = np.concatenate([self._cells, np.full((more, rules, _CELLS), np.nan)])
        self._live = np.concatenate([self._live, np.zeros((more, rules), bool)])
