"""Failures as data: what goes wrong, from when, how fast it grows and how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.simulate.dice import Array


class Kind(StrEnum):
    """What can go wrong. The last four are of the sensor and the device, not of the machine."""

    IMBALANCE = "imbalance"
    BEARING_WEAR = "bearing_wear"
    LOOSE_FOOT = "loose_foot"
    COOLING_LOSS = "cooling_loss"
    CAVITATION = "cavitation"
    FILTER_BLOCKAGE = "filter_blockage"
    DRY_RUN = "dry_run"
    RADIATOR_BLOCKAGE = "radiator_blockage"
    HYDRAULIC_LEAK = "hydraulic_leak"
    INJECTOR_WEAR = "injector_wear"
    CHARGING_LOSS = "charging_loss"
    OIL_PUMP_WEAR = "oil_pump_wear"
    LAMP_AGEING = "lamp_ageing"
    SEAL_LEAK = "seal_leak"
    FAN_FAILURE = "fan_failure"
    SUPPLY_RIPPLE = "supply_ripple"
    BUS_FAULT = "bus_fault"
    SENSOR_STUCK = "sensor_stuck"
    SENSOR_SPIKES = "sensor_spikes"
    CLOCK_WRONG = "clock_wrong"
    DEVICE_SILENT = "device_silent"


OF_SENSORS = frozenset({Kind.SENSOR_STUCK, Kind.SENSOR_SPIKES})
OF_DEVICES = frozenset({Kind.CLOCK_WRONG, Kind.DEVICE_SILENT})
_STEEP = frozenset({Kind.BEARING_WEAR})  # damage breeds damage
_STEEPNESS = 3.0


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure of one machine.

    Times are seconds since 1970 (UTC). It grows from nothing at ``begins`` to ``extent`` in
    ``grows`` seconds and stays there until ``ends``, when somebody has put it right.
    ``extent`` is 1 for the full damage that the README describes; for ``CLOCK_WRONG`` it is the
    error in seconds. ``point`` names the measuring point of a sensor that fails.
    """

    kind: Kind
    begins: float
    grows: float = 0.0
    extent: float = 1.0
    ends: float = inf
    point: str = ""

    def severity(self, t: float) -> float:
        """How bad it is at a moment."""
        if not self.begins <= t < self.ends:
            return 0.0
        grown = 1.0 if self.grows <= 0 else min((t - self.begins) / self.grows, 1.0)
        if self.kind in _STEEP:
            grown = float(np.expm1(_STEEPNESS * grown) / np.expm1(_STEEPNESS))
        return self.extent * grown


@dataclass(frozen=True)
class _Lot:
    """The failures of one kind, side by side."""

    kind: Kind
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    begins: Array
    ends: Array
    grows: Array
    extent: Array

    def severity(self, t: float | Array) -> Array:
        moment = np.broadcast_to(t, self.begins.shape) if np.isscalar(t) else _picked(t, self.rows)
        grown = np.minimum((moment - self.begins) / np.maximum(self.grows, 1e-9), 1.0)
        grown = np.where(self.grows <= 0, 1.0, np.maximum(grown, 0.0))
        if self.kind in _STEEP:
            grown = np.expm1(_STEEPNESS * grown) / np.expm1(_STEEPNESS)
        on = (moment >= self.begins) & (moment < self.ends)
        severity: Array = np.where(on, self.extent * grown, 0.0)
        return severity


class Faults:
    """The failures of a fleet, asked by kind."""

    def __init__(
        self, failures: Sequence[Sequence[Failure]], points: Sequence[str] | None = None
    ) -> None:
        self._size = len(failures)
        self._none: Array = np.zeros(self._size)
        self._none.flags.writeable = False
        told = [(row, each) for row, own in enumerate(failures) for each in own]
        self._lots = {
            kind: _lot(kind, [(row, each) for row, each in told if each.kind is kind], points or ())
            for kind in {each.kind for _row, each in told}
        }

    def severity(self, kind: Kind, t: float | Array) -> Array:
        """How bad it is for each machine, at one moment or at one moment each."""
        lot = self._lots.get(kind)
        if lot is None:
            return self._none
        found = np.zeros(self._size)
        severity = lot.severity(t)
        # The larger in size counts; a clock may be wrong backwards.
        for row, value in zip(lot.rows, severity, strict=True):
            if abs(value) > abs(found[row]):
                found[row] = value
        return found

    def of_points(self, kind: Kind, t: float) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
        """Return rows, columns and how bad, for the sensors that fail in this way now."""
        lot = self._lots.get(kind)
        if lot is None:
            empty = np.zeros(0, dtype=np.intp)
            return empty, empty, np.zeros(0)
        severity = lot.severity(t)
        on = severity > 0
        return lot.rows[on], lot.columns[on], severity[on]


def _picked(t: float | Array, rows: NDArray[np.intp]) -> Array:
    assert isinstance(t, np.ndarray)
    return t[rows]


def _lot(kind: Kind, told: list[tuple[int, Failure]], points: Sequence[str]) -> _Lot:
    def numbers(name: str) -> Array:
        return np.array([float(getattr(each, name)) for _row, each in told])

    columns = [points.index(each.point) if each.point in points else 0 for _row, each in told]
    return _Lot(
        kind=kind,
        rows=np.array([row for row, _each in told], dtype=np.intp),
        columns=np.array(columns, dtype=np.intp),
        begins=numbers("begins"),
        ends=numbers("ends"),
        grows=numbers("grows"),
        extent=numbers("extent"),
    )
