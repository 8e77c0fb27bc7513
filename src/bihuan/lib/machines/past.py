"""A rule with another limit or duration, over what machines sent before: when it would have fired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bihuan.lib.machines.evaluate import RAISED, Evaluator
from bihuan.lib.machines.states import Floats, Ints
from bihuan.lib.machines.template import Rule, Template

Bounds = Sequence[float | None]


@dataclass
class Fired:
    """An alarm that would have been raised, epoch seconds; `over` None while it still held at the end.
    `times` counts how often it came back soon enough to be the same one.
    """

    machine: int
    since: float
    at: float
    value: float
    peak: float
    over: float | None = None
    times: int = 1


class Past:
    """Hours in the order of time; those in which nothing can happen need not be unpacked."""

    def __init__(
        self, template: Template, rule: Rule, *, value: float, lasting: float, again: float
    ) -> None:
        """`again`: seconds within which what comes back is the same alarm."""
        self.fired: list[Fired] = []
        self._again = again
        self.rule = replace(
            rule, lasting=lasting, clear=rule.clear + value - rule.edge,
            above=value if rule.upward else rule.above, below=rule.below if rule.upward else value,
        )  # fmt: skip
        above = template.parents(rule.code)
        rules = (self.rule, *(each for each in template.rules if each.code in above))
        self._evaluator = Evaluator(replace(template, rules=rules, watches=()))
        self._open: dict[int, Fired] = {}

    def needs(self, machine: int, low: Bounds, high: Bounds) -> bool:
        """Whether an hour with these lowest and highest values has to be looked at sample by sample."""
        rule = self.rule
        if rule.rate or (machine in self._evaluator and self._evaluator.remembers(machine)):
            return True
        first, second = (high, low) if rule.upward else (low, high)
        value = first[rule.point]
        if value is not None and rule.of is not None:
            other = second[rule.of]
            value = None if other is None else value - other
        return value is not None and (value > rule.edge if rule.upward else value < rule.edge)

    def resume(self, machine: int, at: float, values: Sequence[float]) -> None:
        """The last sample before hours that were left out: what comes next is no gap."""
        self._evaluator.load(machine, at=at, values=list(values), memory={})

    def hour(self, machines: Ints, ts: Floats, values: Floats) -> None:
        """The samples of one hour of any machines, those of each in the order of time."""
        for event in self._evaluator.feed(machines, ts, values):
            if event.rule != self.rule.code:
                continue
            known = self._open.get(event.machine)
            if event.what != RAISED:
                if known is not None:
                    known.over, known.peak = event.at, event.peak
                continue
            if (
                known is not None
                and known.over is not None
                and event.at - known.over <= self._again
            ):
                known.over, known.times = None, known.times + 1
                continue
            found = Fired(event.machine, event.since, event.at, event.value, event.peak)
            self._open[event.machine] = found
            self.fired.append(found)


def bounds_of(layout: Sequence[str], template: Template, values: Bounds) -> Bounds:
    """Summaries in the order of the template; None for a point that the layout does not have."""
    known: Mapping[str, int] = {code: place for place, code in enumerate(layout)}
    return [values[known[point.code]] if point.code in known else None for point in template.points]


def columns_of(layout: Sequence[str], template: Template, values: Floats) -> Floats:
    """Samples in the order of the template."""
    known = {code: place for place, code in enumerate(layout)}
    found = np.full((len(values), len(template.points)), np.nan)
    for column, point in enumerate(template.points):
        if point.code in known:
            found[:, column] = values[:, known[point.code]]
    return found
