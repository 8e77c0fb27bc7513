"""Fleets for the tests: Monday, 1 December 2025, midnight in China, or a Monday in July."""

from __future__ import annotations

from functools import cache

import numpy as np

from bihuan.lib.simulate import TEMPLATES, Failure, Fleet, Kind, Machine, Samples

HOUR, DAY = 3600.0, 86_400.0
MONDAY = 1_764_518_400.0
JULY = 1_783_872_000.0
MACHINES = 12


def machines(template: str, count: int = MACHINES, failures: tuple[Failure, ...] = ()):
    return [Machine(f"{template}{each}", template, failures=failures) for each in range(count)]


@cache
def healthy(template: str, start: float = MONDAY, days: int = 2) -> Samples:
    fleet = Fleet(machines(template), start=start, tick=60, inner=60)
    return fleet.step(start + days * DAY)


@cache
def failing(template: str, kind: Kind) -> Samples:
    """Two days; the failure has grown fully when the second begins."""
    failure = Failure(kind, begins=MONDAY + 6 * HOUR, grows=12 * HOUR)
    fleet = Fleet(machines(template, failures=(failure,)), start=MONDAY, tick=60, inner=60)
    return fleet.step(MONDAY + 2 * DAY)


def worst(samples: Samples, code: str, state: str = "", after: float = 0.0):
    """The largest value of each machine, in this state, after so many seconds."""
    values = samples.point(code).copy()
    if state:
        wanted = TEMPLATES[samples.template].states.index(state)
        values[samples.states != wanted] = -np.inf
    return values[samples.times >= samples.times[0] + after].max(axis=0)


def in_state(samples: Samples, code: str, state: str, after: float = 0.0):
    """All values of a point in this state, after so many seconds."""
    late = (samples.times >= samples.times[0] + after)[:, None]
    wanted = TEMPLATES[samples.template].states.index(state)
    return samples.point(code)[late & (samples.states == wanted)]
