"""A process pump of 15 kW with a speed drive: pump curve against system curve. Equations: README."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bihuan.lib.simulate.dice import Array, Dice, Whole
from bihuan.lib.simulate.failures import Faults, Kind
from bihuan.lib.simulate.model import Machine, States
from bihuan.lib.simulate.surroundings import Air, relaxed

RATED = 2950.0  # r/min
# Heads in metres, flows in L/min: H = 48 s^2 - a Q^2 of the pump, 8 + k Q^2 of the system.
SHUT_HEAD, PUMP_A, STATIC_HEAD, PIPE_K, FILTER_K = 48.0, 10e-6, 8.0, 20e-6, 4e-6
BEST_FLOW = 1000.0
MPA_PER_M = 0.00981
# Shaft power: W per (L/min x m) at 70 % efficiency, and what friction takes at rated speed.
HYDRAULIC_W, FRICTION_W, WORN_W = 9.81 / 60 / 0.7, 350.0, 1500.0
IDLE_A, AMPERE_W = 6.0, 530.0  # magnetising current; three phases of 400 V at cos 0.85, 90 %
MOTOR_K_W, MOTOR_S = 0.0047, 1500.0
FLUID_S, DRY_K, DRY_S = 3600.0, 45.0, 600.0
RISE_S, FALL_S = 8.0, 6.0


class Pump:
    """Physics of pumps side by side."""

    settable = frozenset({"SET_SPEED"})

    def __init__(
        self, machines: Sequence[Machine], dice: Dice, faults: Faults, start: float
    ) -> None:
        self.faults = faults
        self._dice = dice
        self._air = Air(dice, mean=21.0, season=5.0, daily=2.0, weather=2.0)
        self._slot_s = dice.between(6 * 3600.0, 9 * 3600.0, 1)
        self._offset = self._slot_s * dice.uniform(2)
        self._valve_s = dice.between(4 * 3600.0, 6 * 3600.0, 3)
        self._valve_at = dice.between(0.0, 2 * np.pi, 4)
        self._rough = dice.between(0.9, 1.5, 5)
        self._warm = dice.between(8.0, 14.0, 6)
        self._hours = np.array([each.hours for each in machines])
        room = self._air.at(start)
        self._motor = room + 25.0
        self._fluid = room + self._warm
        self._dry = np.zeros(len(machines))
        self._asked = np.full(len(machines), np.nan)
        self._turns = np.zeros(len(machines))

    def set(self, place: int, point: str, value: float) -> None:
        """From now on, in this run and in all that follow, the drive holds this speed."""
        self._asked[place] = value

    def advance(self, t: float, dt: float) -> tuple[Array, States]:
        room = self._air.at(t)
        speed, target = self._speed(t, dt)
        share = speed / RATED
        running = speed > 50
        flow, head = self._flow(t, share)
        wear = self.faults.severity(Kind.BEARING_WEAR, t)
        shaft = HYDRAULIC_W * flow * head + (FRICTION_W + WORN_W * wear) * share**2
        current = np.where(running, np.hypot(IDLE_A, shaft / AMPERE_W), 0.0)
        # Copper and iron warm the winding with the power, a worn bearing from its friction.
        heat = MOTOR_K_W * (shaft + 2.2 * WORN_W * wear * share**2)
        self._motor = relaxed(self._motor, room + heat, 1 / MOTOR_S, dt)
        self._fluid = relaxed(self._fluid, room + self._warm * running, 1 / FLUID_S, dt)
        # Without liquid the casing keeps what the seal and the churning give off.
        churned = DRY_K * self.faults.severity(Kind.DRY_RUN, t) * share**2
        self._dry = relaxed(self._dry, churned, 1 / DRY_S, dt)
        self._hours += running * (dt / 3600)
        values = np.column_stack(
            [
                speed,
                self._vibration(t, share, flow, wear),
                flow,
                0.02 + MPA_PER_M * head,
                current,
                self._motor,
                self._fluid + self._dry,
                self._hours,
                target,
            ]
        )
        return values, running.astype(np.int8)

    def _speed(self, t: float, dt: float) -> tuple[Array, Array]:
        """Runs of hours with a stop between; the drive ramps as a first-order lag. And what is set."""
        slot: Whole = np.floor((t - self._offset) / self._slot_s).astype(np.int64)
        into = t - self._offset - slot * self._slot_s
        on_s = self._slot_s * self._dice.between(0.85, 0.95, 10, slot)
        planned = RATED * self._dice.between(0.9, 1.0, 11, slot)
        asked = ~np.isnan(self._asked)
        target = np.where(asked, self._asked, planned)
        rising = target * -np.expm1(-into / RISE_S)
        falling = target * np.exp(-np.maximum(into - on_s, 0.0) / FALL_S)
        speed = np.where(into < on_s, rising, np.where(falling > 5, falling, 0.0))
        # Where somebody set it the lag goes on from the speed that the pump has.
        on = into < on_s
        led = relaxed(self._turns, target * on, np.where(on, 1 / RISE_S, 1 / FALL_S), dt)
        speed = np.where(asked, np.where(on | (led > 5), led, 0.0), speed)
        self._turns = speed
        return speed, target

    def _flow(self, t: float, share: Array) -> tuple[Array, Array]:
        """Where the pump's curve meets the system's: L/min and metres."""
        starved = self.faults.severity(Kind.CAVITATION, t)
        blocked = self.faults.severity(Kind.FILTER_BLOCKAGE, t)
        filled = 1 - self.faults.severity(Kind.DRY_RUN, t)
        valve = 0.85 + 0.12 * np.sin(2 * np.pi * t / self._valve_s + self._valve_at)
        shut = SHUT_HEAD * share**2 * (1 - 0.3 * starved) * filled
        drag = PUMP_A + PIPE_K / valve**2 + FILTER_K * (1 + 25 * blocked)
        flow = np.sqrt(np.maximum(shut - STATIC_HEAD, 0.0) / drag)
        # Vapour bubbles collapse irregularly: the flow hunts while the pump cavitates.
        hunting = 1 + 0.05 * starved * self._dice.normal(20, round(t * 1000), 1)[:, 0]
        flow = flow * hunting
        head: Array = np.maximum(shut - PUMP_A * flow**2, 0.0)
        return flow, head

    def _vibration(self, t: float, share: Array, flow: Array, wear: Array) -> Array:
        said = self.faults.severity
        away = np.maximum(0.5 - flow / BEST_FLOW, 0.0) * (share > 0.5)
        parts = [
            self._rough * share**2,
            9.0 * said(Kind.IMBALANCE, t) * share**2,
            9.5 * said(Kind.LOOSE_FOOT, t) * share**1.5,
            9.5 * said(Kind.CAVITATION, t) * share,
            8.5 * wear**1.5 * share,
            2.5 * away,  # recirculation far below the best flow
            np.full(len(share), 0.03),
        ]
        whole: Array = np.sqrt(np.sum(np.square(parts), axis=0))
        return whole
