"""Machines and the measuring points of their templates, in the order in which they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.simulate.dice import Array, Dice, seed_of
from bihuan.lib.simulate.failures import OF_DEVICES, OF_SENSORS, Failure, Faults, Kind

States = NDArray[np.int8]


class BadMachine(ValueError):
    """A machine that cannot be simulated, said for its author."""


class Point(NamedTuple):
    """A measuring point and its sensor: the noise is ``noise + share * |value|``."""

    code: str
    decimals: int
    noise: float = 0.0
    share: float = 0.0
    low: float = 0.0
    high: float = inf


class Template(NamedTuple):
    points: tuple[Point, ...]
    states: tuple[str, ...]
    failures: frozenset[Kind]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(each.code for each in self.points)


_COLD = -60.0  # a thermometer reads below zero

TEMPLATES: dict[str, Template] = {
    "centrifuge": Template(
        (
            Point("SPEED", 0, share=2e-4),
            Point("SET_SPEED", 0),
            Point("VIBRATION", 2, 0.01, 0.02),
            Point("BEARING_TEMP", 1, 0.08, low=_COLD),
            Point("CHAMBER_TEMP", 1, 0.05, low=_COLD),
            Point("SET_TEMP", 1, low=_COLD),
            Point("CURRENT", 2, 0.01, 0.005),
            Point("HOURS", 2),
            Point("CYCLES", 0),
            Point("LID", 0),
            Point("IMBALANCE_SHARE", 1, share=0.01, high=100.0),
            Point("HIGH_BAND", 3, 0.002, 0.03),
        ),
        ("IDLE", "RUN_UP", "AT_SPEED", "RUN_DOWN"),
        frozenset({Kind.IMBALANCE, Kind.BEARING_WEAR, Kind.LOOSE_FOOT, Kind.COOLING_LOSS}),
    ),
    "pump": Template(
        (
            Point("SPEED", 0, share=3e-4),
            Point("VIBRATION", 2, 0.01, 0.03),
            Point("FLOW", 1, share=0.006),
            Point("PRESSURE", 4, 0.0004, 0.002),
            Point("CURRENT", 2, share=0.006),
            Point("MOTOR_TEMP", 1, 0.1, low=_COLD),
            Point("FLUID_TEMP", 1, 0.08, low=_COLD),
            Point("HOURS", 2),
            Point("SET_SPEED", 0),
        ),
        ("IDLE", "RUNNING"),
        frozenset(
            {
                Kind.IMBALANCE,
                Kind.BEARING_WEAR,
                Kind.LOOSE_FOOT,
                Kind.CAVITATION,
                Kind.FILTER_BLOCKAGE,
                Kind.DRY_RUN,
            }
        ),
    ),
    "excavator": Template(
        (
            Point("ENGINE_SPEED", 0, share=0.004),
            Point("OIL_TEMP", 1, 0.15, low=_COLD),
            Point("COOLANT_TEMP", 1, 0.15, low=_COLD),
            Point("PRESSURE", 2, 0.02, 0.01),
            Point("FUEL", 1, 0.05, high=100.0),
            Point("HOURS", 2),
            Point("LATITUDE", 6, 1.5e-5, low=-90.0),
            Point("LONGITUDE", 6, 1.8e-5, low=-180.0),
            Point("LOAD", 1, share=0.01),
            Point("AMBIENT_TEMP", 1, 0.2, low=_COLD),
            Point("FUEL_RATE", 1, 0.1, 0.02),
            Point("BATTERY", 1, 0.08),
            Point("ENGINE_OIL_PRESSURE", 0, 2.0, 0.01),
            Point("SET_IDLE", 0),
            Point("START_LOCK", 0),
        ),
        ("OFF", "IDLING", "WORKING"),
        frozenset(
            {
                Kind.RADIATOR_BLOCKAGE,
                Kind.HYDRAULIC_LEAK,
                Kind.INJECTOR_WEAR,
                Kind.CHARGING_LOSS,
                Kind.OIL_PUMP_WEAR,
            }
        ),
    ),
    "instrument": Template(
        (
            Point("PRESSURE", 2, 0.01, 0.003),
            Point("FLOW", 3, share=0.001),
            Point("LAMP_HOURS", 2),
            Point("BASELINE_NOISE", 4, 0.0003, 0.08),
            Point("OVEN_TEMP", 2, 0.02, low=_COLD),
            Point("SET_TEMP", 1, low=_COLD),
            Point("HOURS", 2),
            Point("SET_FLOW", 1),
        ),
        ("STANDBY", "READY"),
        frozenset({Kind.FILTER_BLOCKAGE, Kind.LAMP_AGEING, Kind.SEAL_LEAK}),
    ),
    "cabinet": Template(
        (
            Point("CPU_LOAD", 1, 0.6, 0.02, high=100.0),
            Point("CABINET_TEMP", 1, 0.1, low=_COLD),
            Point("SUPPLY_VOLTAGE", 2, 0.02),
            Point("BUS_ERRORS", 0),
            Point("CYCLE_TIME", 2, 0.05, 0.01),
            Point("HOURS", 2),
            Point("AMBIENT_TEMP", 1, 0.15, low=_COLD),
            Point("FAN_CURRENT", 2, 0.005, 0.01),
            Point("SET_FAN", 0),
        ),
        ("RUNNING",),
        frozenset({Kind.FAN_FAILURE, Kind.FILTER_BLOCKAGE, Kind.SUPPLY_RIPPLE, Kind.BUS_FAULT}),
    ),
}


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine. ``hours`` and ``cycles`` are its counters when the simulation starts.

    Without a seed of its own it takes one from its id. ``place`` is the latitude and longitude
    where it stands; an excavator parks there.
    """

    id: str
    template: str
    seed: int | None = None
    hours: float = 0.0
    cycles: int = 0
    place: tuple[float, float] = (31.299, 120.585)
    failures: tuple[Failure, ...] = ()

    def __post_init__(self) -> None:
        template = TEMPLATES.get(self.template)
        if template is None:
            known = ", ".join(TEMPLATES)
            raise BadMachine(f"{self.id}: no template {self.template!r}; there are {known}")
        for each in self.failures:
            _check(self.id, self.template, template, each)

    @property
    def chance(self) -> int:
        return seed_of(self.id) if self.seed is None else self.seed


def _check(name: str, called: str, template: Template, failure: Failure) -> None:
    kind = failure.kind
    if kind not in template.failures | OF_SENSORS | OF_DEVICES:
        raise BadMachine(f"{name}: a {called} knows no {kind}")
    if kind in OF_SENSORS and failure.point not in template.codes:
        raise BadMachine(f"{name}: {kind} needs a point of a {called}, not {failure.point!r}")
    if failure.grows < 0 or failure.ends < failure.begins:
        raise BadMachine(f"{name}: {kind} ends before it begins, or grows backwards")
    if kind is not Kind.CLOCK_WRONG and not 0 < failure.extent <= 1:
        raise BadMachine(f"{name}: the extent of {kind} lies in (0, 1], not {failure.extent}")


class Physics(Protocol):
    """What goes on in the machines of one template; ``faults`` may be replaced on the way."""

    faults: Faults

    def __init__(
        self, machines: Sequence[Machine], dice: Dice, faults: Faults, start: float
    ) -> None: ...

    def advance(self, t: float, dt: float) -> tuple[Array, States]:
        """Live through the ``dt`` seconds that end at ``t``; true values [machine, point] there."""
        ...


@runtime_checkable
class Settable(Protocol):
    """Physics whose set-points may be changed on the way."""

    settable: frozenset[str]

    def set(self, place: int, point: str, value: float) -> None:
        """From now on this is the set-point of the machine at ``place``."""
        ...
