"""A liquid chromatograph: pump and column, detector lamp, column oven. Equations: README."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bihuan.lib.simulate.dice import Array, Dice, Flags
from bihuan.lib.simulate.failures import Faults, Kind
from bihuan.lib.simulate.model import Machine, States
from bihuan.lib.simulate.surroundings import DAY_S, Air, held, is_sunday, local_day, relaxed

COLUMN_MPA = 14.0  # a new column at 1 mL/min in water
COLUMN_H, COLUMN_GROWS = 1000.0, 0.3  # its resistance before it is changed
LAMP_H, LAMP_MAU = 2000.0, 0.03
WARMING_S = 300.0
LEAKED = 0.5
OVEN_J_K, OVEN_LEAK_W_K, HEATER_W = 2_000.0, 1.2, 90.0
RUN_S = (25 * 60.0, 45 * 60.0)
_OFF = -1e6  # no oven is colder: the heater rests


class Instrument:
    """Physics of liquid chromatographs side by side."""

    settable = frozenset({"SET_FLOW", "SET_TEMP"})

    def __init__(
        self, machines: Sequence[Machine], dice: Dice, faults: Faults, start: float
    ) -> None:
        self.faults = faults
        self._dice = dice
        self._air = Air(dice, mean=23.0, season=1.0, daily=0.7, weather=0.7)
        self._set_flow = np.round(dice.between(0.8, 1.2, 1), 1)
        self._set_temp = 30.0 + 5 * np.floor(3 * dice.uniform(2))
        self._run_s = dice.between(*RUN_S, 3)
        self._day = -1
        self._begins = self._ends = np.zeros(len(machines))
        self._hours = np.array([each.hours for each in machines])
        self._lamp = self._hours % 1500.0
        self._oven = self._air.at(start)
        self._flow = np.zeros(len(machines))

    def set(self, place: int, point: str, value: float) -> None:
        (self._set_flow if point == "SET_FLOW" else self._set_temp)[place] = value

    def advance(self, t: float, dt: float) -> tuple[Array, States]:
        room = self._air.at(t)
        ready, since = self._ready(t)
        self._hours += ready * (dt / 3600)
        self._lamp += ready * (dt / 3600)
        self._flow = relaxed(self._flow, self._set_flow * ready, 1 / 30.0, dt)
        self._flow[self._flow < 1e-3] = 0.0
        self._oven, _duty = held(
            self._oven,
            target=np.where(ready, self._set_temp, _OFF),
            around=room,
            leak=OVEN_LEAK_W_K,
            load=0.0,
            power=HEATER_W,
            gain=1.0,
            bias=0.15,
            capacity=OVEN_J_K,
            dt=dt,
        )
        ageing = self.faults.severity(Kind.LAMP_AGEING, t)
        lamp = LAMP_MAU * (1 + (self._lamp / LAMP_H) ** 2) + 0.5 * ageing
        noise = np.where(ready, lamp * (1 + 4 * np.exp(-since / WARMING_S)), 0.0)
        # A worn plunger seal lets so much of each stroke back that column and flow meter miss it.
        through = self._flow * (1 - LEAKED * self.faults.severity(Kind.SEAL_LEAK, t))
        values = np.column_stack(
            [
                0.1 + self._column(t) * through,
                through,
                self._lamp,
                noise,
                self._oven,
                self._set_temp,
                self._hours,
                self._set_flow,
            ]
        )
        return values, ready.astype(np.int8)

    def _column(self, t: float) -> Array:
        """MPa for each mL/min: age of the column, what blocks it, and the solvent of the gradient."""
        aged = 1 + COLUMN_GROWS * (self._hours % COLUMN_H) / COLUMN_H
        blocked = 1 + 2.5 * self.faults.severity(Kind.FILTER_BLOCKAGE, t)
        # Water with methanol is stickier than either: half way through the gradient it peaks.
        solvent = 1 + 0.25 * np.sin(np.pi * ((t / self._run_s) % 1.0))
        resistance: Array = COLUMN_MPA * aged * blocked * solvent
        return resistance

    def _ready(self, t: float) -> tuple[Flags, Array]:
        """On working days from half past seven or so until the evening; and since when."""
        day, second = local_day(t)
        if day != self._day:
            self._day = day
            works = self._dice.uniform(12, day) < (0.0 if is_sunday(day) else 0.95)
            self._begins = self._dice.between(7.3, 8.3, 10, day) * 3600
            ends = self._dice.between(17.5, 22.0, 11, day) * 3600
            self._ends = np.where(works, ends, 0.0)
        ready: Flags = (second >= self._begins) & (second < self._ends)
        return ready, np.clip(second - self._begins, 0.0, DAY_S)
