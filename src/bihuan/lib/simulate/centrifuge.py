"""A large floor centrifuge: rotor, drive, bearings and a cooled chamber. Equations: README."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bihuan.lib.simulate.dice import Array, Dice
from bihuan.lib.simulate.failures import Faults, Kind
from bihuan.lib.simulate.model import Machine, States
from bihuan.lib.simulate.runs import Runs
from bihuan.lib.simulate.surroundings import Air, held, relaxed

REFERENCE = 440.0  # rad/s, 4,200 r/min: where amplitudes are quoted
RPM = 30 / np.pi
# Vibration, mm/s at the reference speed.
IMBALANCE, WEAR_BROAD, FOOT = 10.0, 4.5, 9.5
CRITICAL, DAMPING, PEAK = 80.0, 0.025, 25.0
# Bearing: warms by friction, cools to the room.
BEARING_W_K, BEARING_S = 3.4, 1200.0
# Chamber.
CHAMBER_J_K, LEAK_W_K, OPEN_W_K, COOLING_W = 65_000.0, 8.0, 40.0, 2_400.0
LOST = 0.72  # of the cooling that full loss of refrigerant takes
# Motor: magnetising current, and torque for each ampere.
IDLE_A, MAGNET_A, TORQUE_A = 0.4, 3.0, 1.3
SET_TEMPS = np.array([4.0, 4.0, 4.0, 8.0, 10.0])


class Centrifuge:
    """Physics of centrifuges side by side."""

    settable = frozenset({"SET_SPEED", "SET_TEMP"})

    def __init__(
        self, machines: Sequence[Machine], dice: Dice, faults: Faults, start: float
    ) -> None:
        self.faults = faults
        self._dice = dice
        self._runs = Runs(dice)
        self._air = Air(dice, mean=22.0, season=1.5, daily=1.0, weather=1.0)
        self._residual = dice.between(0.7, 1.2, 101)
        self._critical = dice.between(CRITICAL, CRITICAL + 10, 102)
        self._floor = dice.between(0.25, 0.4, 103)
        self._roughness = dice.between(0.8, 1.2, 104)
        self._set_temp = SET_TEMPS[(dice.uniform(105) * len(SET_TEMPS)).astype(np.int64)]
        self._hours = np.array([each.hours for each in machines])
        self._cycles = np.array([float(each.cycles) for each in machines])
        room = self._air.at(start)
        self._bearing = room + 5.0
        self._chamber = self._set_temp.copy()
        self._turning = self._runs.at(start, faults).omega > 0

    def set(self, place: int, point: str, value: float) -> None:
        if point == "SET_SPEED":
            self._runs.ask(place, value / RPM)
        else:
            self._set_temp[place] = value

    def advance(self, t: float, dt: float) -> tuple[Array, States]:
        wear = self.faults.severity(Kind.BEARING_WEAR, t)
        run = self._runs.at(t, self.faults)
        omega = run.omega
        room = self._air.at(t)
        turning = omega > 0
        self._cycles += self._turning & ~turning
        self._turning = turning
        self._hours += turning * (dt / 3600)
        share = omega / REFERENCE
        once, vibration = self._vibration(t, share, omega, wear, run.load)

        friction_w = run.friction * omega * (1 + 0.02 * once)
        self._bearing = relaxed(self._bearing, room + friction_w / BEARING_W_K, 1 / BEARING_S, dt)
        lost = self.faults.severity(Kind.COOLING_LOSS, t)
        self._chamber, _duty = held(
            self._chamber,
            target=self._set_temp,
            around=room,
            leak=np.where(run.loading, LEAK_W_K + OPEN_W_K, LEAK_W_K),
            load=run.windage * omega**3,
            power=-COOLING_W * (1 - LOST * lost),
            gain=1.5,
            bias=0.4,
            capacity=CHAMBER_J_K,
            dt=dt,
        )
        load_a = np.abs(run.torque) / TORQUE_A
        current = np.where(turning, np.hypot(MAGNET_A, load_a), IDLE_A)
        high = np.where(turning, (0.15 * self._roughness + 1.9 * wear) * share**1.5, 0.0)
        values = np.column_stack(
            [
                omega * RPM,
                run.target * RPM,
                vibration,
                self._bearing,
                self._chamber,
                self._set_temp,
                current,
                self._hours,
                self._cycles,
                ~run.loading,
                np.where(turning, 100 * once**2 / vibration**2, 0.0),
                high,
            ]
        )
        return values, run.state

    def _vibration(
        self, t: float, share: Array, omega: Array, wear: Array, load: Array
    ) -> tuple[Array, Array]:
        """Return the part at 1x speed and the whole, mm/s."""
        loose = self.faults.severity(Kind.LOOSE_FOOT, t)
        moment = self._residual * load + IMBALANCE * self.faults.severity(Kind.IMBALANCE, t)
        once = moment * share**2 * resonance(omega / (self._critical * (1 - 0.25 * loose)))
        broad = (0.35 * self._roughness + WEAR_BROAD * wear**1.5) * share
        rattle = FOOT * loose * share**1.5
        whole = np.sqrt(once**2 + broad**2 + rattle**2 + (self._floor * share) ** 2 + 0.03**2)
        return once, whole


def resonance(ratio: Array) -> Array:
    """How much the critical speed lifts the vibration; 1 far from it."""
    twice = 2 * DAMPING * ratio
    peak = twice**2 / ((1 - ratio**2) ** 2 + twice**2)
    lifted: Array = np.sqrt(1 + PEAK**2 * peak)
    return lifted
