"""A control cabinet with a PLC: losses, a fan, a supply, a field bus. Equations: README."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bihuan.lib.simulate.dice import Array, Dice
from bihuan.lib.simulate.failures import Faults, Kind
from bihuan.lib.simulate.model import Machine, States
from bihuan.lib.simulate.surroundings import Air, block_of, local_day, relaxed

LOSS_W, SHELL_W_K, FAN_W_K, CABINET_J_K = 180.0, 4.0, 14.0, 30_000.0
SUPPLY_V, DROOP_V, RIPPLE_V = 24.15, 0.25, 3.0
ERRORS_H, FAULT_ERRORS_H = 0.05, 400.0
HOT_C, DOUBLES_K = 60.0, 8.0  # above this, errors double with every so many degrees
CYCLE_MS = 8.0
BLOCK_S = 600


class Cabinet:
    """Physics of control cabinets side by side."""

    def __init__(
        self, machines: Sequence[Machine], dice: Dice, faults: Faults, start: float
    ) -> None:
        self.faults = faults
        self._dice = dice
        self._air = Air(dice, mean=24.0, season=4.0, daily=2.0, weather=1.5)
        self._loss = LOSS_W * dice.between(0.85, 1.15, 1)
        self._hours = np.array([each.hours for each in machines])
        self._errors = np.zeros(len(machines))
        self._temp = self._air.at(start) + 9.0

    def advance(self, t: float, dt: float) -> tuple[Array, States]:
        said = self.faults.severity
        room = self._air.at(t)
        load = self._load(t)
        shed = SHELL_W_K + FAN_W_K * (1 - said(Kind.FAN_FAILURE, t))
        heat = self._loss * (0.7 + 0.6 * load)
        self._temp = relaxed(self._temp, room + heat / shed, shed / CABINET_J_K, dt)
        self._hours += dt / 3600
        moment = round(t * 1000)
        hot = np.maximum(self._temp - HOT_C, 0.0)
        per_hour = ERRORS_H * 2 ** (hot / DOUBLES_K) + FAULT_ERRORS_H * said(Kind.BUS_FAULT, t)
        # Rounding with chance keeps the mean exact however short the time.
        fresh = np.floor(per_hour * (dt / 3600) + self._dice.uniform(20, moment))
        self._errors += fresh
        ripple = RIPPLE_V * said(Kind.SUPPLY_RIPPLE, t) * self._dice.normal(21, moment, 1)[:, 0]
        values = np.column_stack(
            [
                100 * load,
                self._temp,
                SUPPLY_V - DROOP_V * load + np.clip(ripple, -6.0, 6.0),
                self._errors,
                CYCLE_MS * (0.75 + 0.6 * load) + np.minimum(2.0 * fresh, 12.0),
                self._hours,
            ]
        )
        return values, np.zeros(len(load), dtype=np.int8)

    def _load(self, t: float) -> Array:
        """The share of the processor's time: the line runs by day, the set-up varies."""
        _day, second = local_day(t)
        busy = 0.16 if 6 * 3600 <= second < 22 * 3600 else 0.0
        return 0.28 + busy + self._dice.between(0.0, 0.14, 30, block_of(t, BLOCK_S))
