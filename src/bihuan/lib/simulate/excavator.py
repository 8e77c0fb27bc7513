"""A crawler excavator of about 20 t: working days, digging, oil, coolant, fuel. Equations: README."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bihuan.lib.simulate.dice import Array, Dice, Flags
from bihuan.lib.simulate.failures import Faults, Kind
from bihuan.lib.simulate.model import Machine, States
from bihuan.lib.simulate.routes import Routes
from bihuan.lib.simulate.surroundings import Air, block_of, is_sunday, local_day, relaxed

OFF, IDLING, WORKING = range(3)
WARM_UP_S, BLOCK_S = 600.0, 300
IDLE_SPEED, WORK_SPEED, DROOP = 950.0, 1850.0, 0.6  # r/min, and r/min for each % of load
TRAVEL_LOAD, IDLE_LOAD = 45.0, 8.0
PILOT_MPA, MPA_PER_LOAD, RELIEF_MPA = 3.5, 0.42, 34.3
OIL_J_K, OIL_W_PER_LOAD, OIL_W_K = 400_000.0, 560.0, (120.0, 800.0)  # shell, and the cooler's
OIL_OPENS = (50.0, 75.0)
BLOCKED = 0.82  # of the air that full blockage keeps from the coolers
DERATED_C, DERATED_K, DERATED_TO = 106.0, 10.0, 0.6  # the engine's own protection
ENGINE_J_K, ENGINE_W, ENGINE_W_PER_LOAD = 120_000.0, 12_000.0, 650.0
RADIATOR_W_K, BLOCK_W_K, COOLANT_OPENS = 1_600.0, 40.0, (78.0, 90.0)
VENT_C, VENT_W_K = 114.0, 2_500.0  # the cap of the radiator lets steam go
TANK_L, IDLE_L_H, L_H_PER_LOAD = 400.0, 3.0, 0.22
REFUEL_BELOW, REFUEL_TO, REFUEL_S = 55.0, 95.0, (6 * 3600, 6.5 * 3600)
REST_S, HOMING_S = 3600.0, 900.0
WORN_BURNS = 0.25  # more fuel for the same work with worn injectors
CHARGED_V, RESTING_V, FLAT_V = (
    27.9,
    25.4,
    23.6,
)  # while it charges, at rest, and with a dead alternator
LUBE_KPA, LUBE_PER_RPM, LUBE_PER_K, LUBE_LOST = 90.0, 0.21, 0.004, 0.75  # engine oil at 85 degrees


@dataclass(frozen=True)
class _Day:
    """The plan of a day, in seconds of the local day."""

    day: int
    works: Flags
    begins: Array
    ends: Array
    noon: Array
    takes: Array  # from the yard to the site


@dataclass(frozen=True)
class _Hour:
    """What the day's plan says of a moment."""

    on: Flags
    travelling: Flags
    warming: Flags
    gone: Array  # seconds along the way
    worked: Array  # seconds at the site
    left: Array  # falls from 1 to 0 before the way home
    opening: bool  # the yard is still shut: the tanker comes now


class Excavator:
    """Physics of excavators side by side."""

    settable = frozenset({"SET_IDLE", "START_LOCK"})

    def __init__(
        self, machines: Sequence[Machine], dice: Dice, faults: Faults, start: float
    ) -> None:
        self.faults = faults
        self._dice = dice
        self._air = Air(dice, mean=16.0, season=11.0, daily=4.0, weather=3.0)
        self._routes = Routes(dice, np.array([each.place for each in machines]))
        self._cycle_s = dice.between(17.0, 23.0, 1)
        self._hours = np.array([each.hours for each in machines])
        self._fuel = dice.between(55.0, 95.0, 2)
        self._plan: _Day | None = None
        self._idle = np.full(len(machines), IDLE_SPEED)
        self._locked = np.zeros(len(machines))
        self._on = np.zeros(len(machines), dtype=bool)
        self._at = np.full((2, len(machines)), np.nan)
        self._kept = np.full(len(machines), -1)
        air = self._air.at(start)
        self._oil = air.copy()
        self._coolant = air.copy()

    def set(self, place: int, point: str, value: float) -> None:
        """A lock keeps the engine from being started; one that runs goes on until it is switched off."""
        (self._idle if point == "SET_IDLE" else self._locked)[place] = value

    def advance(self, t: float, dt: float) -> tuple[Array, States]:
        hour = self._let(self._hour(t))
        state, mean = self._work(t, hour)
        on = hour.on
        swing = 1 + 0.45 * np.sin(2 * np.pi * ((t / self._cycle_s) % 1.0))
        load = np.where(state == WORKING, np.where(hour.travelling, mean, mean * swing), mean)
        self._heat(t, dt, on, mean, state)
        said = self.faults.severity
        idling = np.where(state == IDLING, self._idle / IDLE_SPEED, 1.0)
        rate = on * (IDLE_L_H * idling + L_H_PER_LOAD * mean)
        rate = rate * (1 + WORN_BURNS * said(Kind.INJECTOR_WEAR, t))
        burnt = rate * dt / 3600
        self._fuel = np.maximum(self._fuel - 100 * burnt / TANK_L, 0.0)
        self._fuel = np.where(hour.opening & (self._fuel < REFUEL_BELOW), REFUEL_TO, self._fuel)
        self._hours += on * (dt / 3600)
        leak = self.faults.severity(Kind.HYDRAULIC_LEAK, t)
        pressure = np.minimum(PILOT_MPA + MPA_PER_LOAD * load * (state == WORKING), RELIEF_MPA)
        speed = np.where(state == WORKING, WORK_SPEED - DROOP * load, self._idle)
        latitude, longitude = self._stands(t, hour)
        lube = (LUBE_KPA + LUBE_PER_RPM * speed) * (1 - LUBE_PER_K * (self._coolant - 85.0))
        lube = lube * (1 - LUBE_LOST * said(Kind.OIL_PUMP_WEAR, t))
        charging = CHARGED_V - (CHARGED_V - FLAT_V) * said(Kind.CHARGING_LOSS, t)
        values = np.column_stack(
            [
                speed * on,
                self._oil,
                self._coolant,
                pressure * on * (1 - 0.5 * leak),
                self._fuel,
                self._hours,
                latitude,
                longitude,
                load,
                self._air.at(t),
                rate,
                np.where(on, charging, RESTING_V),
                lube * on,
                self._idle,
                self._locked,
            ]
        )
        return values, state

    def _let(self, hour: _Hour) -> _Hour:
        """A locked machine is not started, however its day was planned."""
        on = hour.on & ((self._locked == 0) | self._on)
        self._on = on
        return replace(hour, on=on, travelling=hour.travelling & on, warming=hour.warming & on)

    def _stands(self, t: float, hour: _Hour) -> Array:
        """Latitude and longitude: along the day's way, or for the rest of the day where a lock found it."""
        day = local_day(t)[0]
        here = np.stack(self._routes.position(day, hour.gone, hour.worked, hour.left))
        self._kept = np.where((self._locked > 0) & ~hour.on, day, self._kept)
        self._at = np.where((self._kept == day) & ~np.isnan(self._at[0]), self._at, here)
        return self._at

    def _hour(self, t: float) -> _Hour:
        """From the yard to the site in the morning, at noon an hour's rest, back in the evening."""
        day, second = local_day(t)
        if self._plan is None or day != self._plan.day:
            self._plan = self._planned(day)
        plan = self._plan
        there, back = plan.begins + WARM_UP_S + plan.takes, plan.ends - plan.takes
        resting = (second >= plan.noon) & (second < plan.noon + REST_S)
        on = plan.works & (second >= plan.begins) & (second < plan.ends) & ~resting
        travelling = ((second >= there - plan.takes) & (second < there)) | (second >= back)
        out = np.clip(second - there + plan.takes, 0.0, plan.takes)
        home = np.clip(second - back, 0.0, plan.takes)
        worked = np.clip(second - there, 0.0, plan.noon - there)
        worked = worked + np.clip(second - plan.noon - REST_S, 0.0, back - plan.noon)
        # Before the way home it goes back along its standing places to where the way ends.
        left = np.clip((back - second) / HOMING_S, 0.0, 1.0)
        return _Hour(
            on=on,
            travelling=on & travelling,
            warming=on & (second < plan.begins + WARM_UP_S),
            gone=plan.works * (out - home),
            worked=plan.works * worked,
            left=left,
            opening=REFUEL_S[0] <= second < REFUEL_S[1],
        )

    def _planned(self, day: int) -> _Day:
        dice = self._dice
        return _Day(
            day=day,
            works=dice.uniform(10, day) < (0.0 if is_sunday(day) else 0.95),
            begins=dice.between(6.7, 7.3, 11, day) * 3600,
            ends=dice.between(17.0, 18.0, 12, day) * 3600,
            noon=dice.between(11.8, 12.2, 13, day) * 3600,
            takes=self._routes.takes(day),
        )

    def _work(self, t: float, hour: _Hour) -> tuple[States, Array]:
        """The state, and the mean load while it lasts: five minutes of digging, or waiting."""
        block = block_of(t, BLOCK_S)
        waits = self._dice.uniform(20, block) < 0.15
        digs = self._dice.between(45.0, 62.0, 21, block)
        eased = np.clip(1 - (self._coolant - DERATED_C) / DERATED_K, DERATED_TO, 1.0)
        idle = hour.warming | (waits & ~hour.travelling)
        state = np.where(hour.on, np.where(idle, IDLING, WORKING), OFF).astype(np.int8)
        mean = np.select(
            [state == OFF, state == IDLING, hour.travelling],
            [0.0, IDLE_LOAD, TRAVEL_LOAD * eased],
            digs * eased,
        )
        return state, mean

    def _heat(self, t: float, dt: float, on: Flags, mean: Array, state: States) -> None:
        """Oil and coolant: losses in, shell and cooler out; a blocked radiator hinders both."""
        air = self._air.at(t)
        free = 1 - BLOCKED * self.faults.severity(Kind.RADIATOR_BLOCKAGE, t)
        leak = self.faults.severity(Kind.HYDRAULIC_LEAK, t)
        shell, cooler = OIL_W_K
        opened = np.clip((self._oil - OIL_OPENS[0]) / (OIL_OPENS[1] - OIL_OPENS[0]), 0.0, 1.0)
        out = shell + cooler * opened * free * on
        warming = OIL_W_PER_LOAD * mean * (state == WORKING) * (1 + 0.25 * leak)
        self._oil = relaxed(self._oil, air + warming / out, out / OIL_J_K, dt)
        heat = on * (ENGINE_W + ENGINE_W_PER_LOAD * mean)
        self._coolant = _thermostat(self._coolant, air, heat, free, on, dt)


def _thermostat(temp: Array, air: Array, heat: Array, free: Array, on: Flags, dt: float) -> Array:
    """Backward Euler by Newton's method: the thermostat is far quicker than a long step."""
    low, high = COOLANT_OPENS
    found = temp
    for _ in range(6):
        opened = np.clip((found - low) / (high - low), 0.0, 1.0)
        width = BLOCK_W_K + RADIATOR_W_K * free * opened * on
        steeper = RADIATOR_W_K * free * on * ((found > low) & (found < high)) / (high - low)
        venting = VENT_W_K * (found > VENT_C)
        lost = width * (found - air) + venting * (found - VENT_C)
        wrong = ENGINE_J_K * (found - temp) - dt * (heat - lost)
        found = found - wrong / (ENGINE_J_K + dt * (width + venting + steeper * (found - air)))
    return found
