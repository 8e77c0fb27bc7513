"""Machines that behave like machines: their measuring points by physics, and failures that grow.

    from bihuan.lib.simulate import Failure, Fleet, Kind, Machine
    wear = Failure(Kind.BEARING_WEAR, begins=t0 + 3600, grows=2 * 86400)
    fleet = Fleet([Machine("HY0000000001", "centrifuge", failures=(wear,))], start=t0)
    samples = fleet.step(t0 + 86400)
    samples.point("VIBRATION")        # [time, machine]

Deterministic: what a machine measures at a moment depends on its seed, its failures and the start,
never on how far it is stepped at once nor on its neighbours.
"""

from __future__ import annotations

from bihuan.lib.simulate.failures import Failure, Kind
from bihuan.lib.simulate.fleet import Fleet, Samples, fleets
from bihuan.lib.simulate.model import TEMPLATES, BadMachine, Machine, Point, Template

__all__ = [
    "TEMPLATES",
    "BadMachine",
    "Failure",
    "Fleet",
    "Kind",
    "Machine",
    "Point",
    "Samples",
    "Template",
    "fleets",
]
