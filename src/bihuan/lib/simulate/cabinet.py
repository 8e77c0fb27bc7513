"""A control cabinet with a PLC: losses, a fan, a supply, a field bus. Equations: README."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bihuan.lib.simulate.dice import Array, Dice
from bihuan.lib.simulate.failures import Faults, Kind
from bihuan.lib.simulate.model import Machine, States
from bihuan.lib.simulate.surroundings import Air, block_of, local_day

LOSS_W, SHELL_W_K, FAN_W_K, CABINET_J_K = 180.0, 4.0, 20.0, 30_000.0
SET_FAN_C, FAN_BAND_K = 30.0, 8.0  # the fan begins there and is at full speed so much above
FAN_A, FAN_IDLE_A, STALLED = 0.6, 0.02, 0.8  # at full speed; and more of it where it drags
MATTED = 0.9  # of the air that a full filter mat keeps away
SUPPLY_V, DROOP_V, RIPPLE_V = 24.15, 0.25, 3.0
ERRORS_H, FAULT_ERRORS_H = 0.05, 400.0
HOT_C, DOUBLES_K = 60.0, 8.0  # above this, errors double with every so many degrees
CYCLE_MS = 8.0
BLOCK_S = 600


class Cabinet:
    """Physics of control cabinets side by side."""

    settable = frozenset({"SET_FAN"})

    def __init__(
        self, machines: Sequence[Machine], dice: Dice, faults: Faults, start: float
    ) -> None:
        self.faults = faults
        self._dice = dice
        self._air = Air(dice, mean=24.0, season=4.0, daily=2.0, weather=1.5)
        self._loss = LOSS_W * dice.between(0.85, 1.15, 1)
        self._hours = np.array([each.hours for each in machines])
        self._errors = np.zeros(len(machines))
        self._set_fan = np.full(len(machines), SET_FAN_C)
        self._temp = self._air.at(start) + 9.0

    def set(self, place: int, point: str, value: float) -> None:
        self._set_fan[place] = value

    def advance(self, t: float, dt: float) -> tuple[Array, States]:
        said = self.faults.severity
        room = self._air.at(t)
        load = self._load(t)
        heat = self._loss * (0.7 + 0.6 * load)
        worn, matted = said(Kind.FAN_FAILURE, t), said(Kind.FILTER_BLOCKAGE, t)
        asked = self._cool(room, heat, (1 - worn) * (1 - MATTED * matted), dt)
        # A dragging fan draws more for the same speed, stalled the most.
        fan = FAN_IDLE_A + (FAN_A - FAN_IDLE_A) * asked * (1 + STALLED * worn)
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
                room,
                fan,
                self._set_fan,
            ]
        )
        return values, np.zeros(len(load), dtype=np.int8)

    def _cool(self, room: Array, heat: Array, blown: Array, dt: float) -> Array:
        """Warm or cool the air inside; how fast the fan is asked to turn, of its full speed.

        Backward Euler by Newton's method: the fan follows the temperature within any step.
        """
        found = self._temp
        for _ in range(6):
            asked = np.clip((found - self._set_fan) / FAN_BAND_K, 0.0, 1.0)
            wide = SHELL_W_K + FAN_W_K * blown * asked
            steeper = FAN_W_K * blown * ((asked > 0) & (asked < 1)) / FAN_BAND_K
            wrong = CABINET_J_K * (found - self._temp) - dt * (heat - wide * (found - room))
            slope = CABINET_J_K + dt * (wide + steeper * (found - room))
            found = found - wrong / np.maximum(slope, CABINET_J_K)
        self._temp = found
        asked_now: Array = np.clip((found - self._set_fan) / FAN_BAND_K, 0.0, 1.0)
        return asked_now

    def _load(self, t: float) -> Array:
        """The share of the processor's time: the line runs by day, the set-up varies."""
        _day, second = local_day(t)
        busy = 0.16 if 6 * 3600 <= second < 22 * 3600 else 0.0
        return 0.28 + busy + self._dice.between(0.0, 0.14, 30, block_of(t, BLOCK_S))
