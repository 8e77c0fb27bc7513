"""When a centrifuge runs and how fast it turns: a function of the moment alone.

Time is cut into slots of about an hour, each with at most one run: loading, run-up, hold,
run-down. The equation of motion J w' = T - c - k w^2 has the closed solution w = w_inf tanh(s/tau)
with a motor's torque, and w = w_b tan(phi - s/tau) with a brake's, so nothing is integrated.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from bihuan.lib.simulate.dice import Array, Dice, Flags, Whole
from bihuan.lib.simulate.failures import Faults, Kind
from bihuan.lib.simulate.model import States
from bihuan.lib.simulate.surroundings import DAY_S, EAST_S

INERTIA = 2.2  # kg m2: a loaded rotor for six litre bottles
TORQUE, BRAKE = 8.0, 6.0  # N m, the limits of the drive
FRICTION, WORN = 0.25, 2.2  # N m of healthy bearings, and what full wear adds to it
WINDAGE = 1.4e-5  # N m s2: 1.2 kW of air friction at 4,200 r/min
SHORTEST_S, LONGEST_S = 58 * 60.0, 80 * 60.0
HOLD_S = (20 * 60.0, 40 * 60.0)
LOADING_S = (300.0, 600.0)
LID_S = 60.0  # the lid opens so long after standstill and closes so long before the run
IDLE, RUN_UP, AT_SPEED, RUN_DOWN = range(4)


@dataclass
class Moment:
    """What each machine's drive is doing."""

    omega: Array  # rad/s
    target: Array  # rad/s
    torque: Array  # N m, of the motor or the brake
    friction: Array  # N m
    windage: Array  # N m s2
    load: Array  # how unevenly this run was loaded, about 1
    state: States
    loading: Flags  # the lid is open


@dataclass
class _Plan:
    """The run of a slot, one number a machine."""

    begins: Array
    active: Array
    gap: Array
    target: Array
    load: Array
    friction: Array
    up_limit: Array
    up_s: Array
    up_takes: Array
    hold: Array
    down_limit: Array
    down_s: Array
    down_from: Array
    down_takes: Array

    def take(self, other: _Plan, where: Array) -> None:
        for each in fields(self):
            getattr(self, each.name)[where] = getattr(other, each.name)[where]


class Runs:
    """The runs of centrifuges."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._slot_s = dice.between(SHORTEST_S, LONGEST_S, 1)
        self._offset = self._slot_s * dice.uniform(2)
        self._windage = WINDAGE * dice.between(0.95, 1.05, 3)
        self._friction = FRICTION * dice.between(0.9, 1.1, 4)
        # Three programmes a machine, 3,600 to 4,800 r/min.
        rows = [3600 + 300 * np.floor(5 * dice.uniform(5, each)) for each in range(3)]
        self._speeds = np.stack(rows) * np.pi / 30
        # What somebody has set, rad/s: nan where the programme of each run holds; and how fast such
        # a machine turns, as the drive takes it there no faster than its torque allows.
        self._asked = np.full(len(self._slot_s), np.nan)
        self._turns = np.full(len(self._slot_s), np.nan)
        self._omega = np.zeros(len(self._slot_s))
        self._before = 0.0
        self._slot: Whole | None = None
        self._plan: _Plan | None = None

    def ask(self, place: int, omega: float) -> None:
        """From now on, in this run and in all that follow, the machine turns at this speed."""
        self._asked[place] = omega
        if self._plan is not None:
            self._turns[place] = self._omega[place]
            self._aim(self._plan, np.where(np.isnan(self._asked), self._plan.target, self._asked))

    def at(self, t: float, faults: Faults) -> Moment:
        slot = np.floor((t - self._offset) / self._slot_s).astype(np.int64)
        if self._slot is None or self._plan is None:
            self._plan = self._made(slot, faults)
        elif (changed := slot != self._slot).any():
            self._plan.take(self._made(slot, faults), changed)
        self._slot = slot
        return self._moment(t, self._plan)

    def _made(self, slot: Whole, faults: Faults) -> _Plan:
        dice = self._dice
        begins = self._offset + slot * self._slot_s
        programme = np.floor(3 * dice.uniform(10, slot)).astype(np.int64)
        target = self._speeds[programme, np.arange(len(slot))]
        target = np.where(np.isnan(self._asked), target, self._asked)
        wear = faults.severity(Kind.BEARING_WEAR, begins)
        friction = self._friction * (1 + WORN * wear)
        up_limit = np.sqrt((TORQUE - friction) / self._windage)
        up_s = INERTIA / np.sqrt((TORQUE - friction) * self._windage)
        down_limit = np.sqrt((BRAKE + friction) / self._windage)
        down_s = INERTIA / np.sqrt((BRAKE + friction) * self._windage)
        down_from = np.arctan(target / down_limit)
        return _Plan(
            begins=begins,
            active=(dice.uniform(11, slot) < _wanted(begins)).astype(np.float64),
            gap=dice.between(*LOADING_S, 12, slot),
            target=target,
            load=dice.between(0.8, 1.2, 13, slot),
            friction=friction,
            up_limit=up_limit,
            up_s=up_s,
            up_takes=up_s * np.arctanh(target / up_limit),
            hold=dice.between(*HOLD_S, 14, slot),
            down_limit=down_limit,
            down_s=down_s,
            down_from=down_from,
            down_takes=down_s * down_from,
        )

    @staticmethod
    def _aim(plan: _Plan, target: Array) -> None:
        """The same runs to another speed: their ways up and down are longer or shorter."""
        plan.target = target
        plan.up_takes = plan.up_s * np.arctanh(target / plan.up_limit)
        plan.down_from = np.arctan(target / plan.down_limit)
        plan.down_takes = plan.down_s * plan.down_from

    def _led(self, t: float, plan: _Plan, at_speed: Flags) -> Array:
        """The speed of machines that hold theirs: where it was changed, on the way to the new one."""
        most = (t - self._before) * TORQUE / 2 / INERTIA
        self._before = t
        on_the_way = at_speed & ~np.isnan(self._turns)
        led = np.clip(plan.target, self._turns - most, self._turns + most)
        self._turns = np.where(on_the_way & (led != plan.target), led, np.nan)
        return np.where(on_the_way, led, plan.target)

    def _moment(self, t: float, plan: _Plan) -> Moment:
        into = t - plan.begins
        up = into - plan.gap
        hold = up - plan.up_takes
        down = hold - plan.hold
        state = np.select(
            [(plan.active == 0) | (up < 0), hold < 0, down < 0, down < plan.down_takes],
            [IDLE, RUN_UP, AT_SPEED, RUN_DOWN],
            IDLE,
        ).astype(np.int8)
        omega = np.select(
            [state == RUN_UP, state == AT_SPEED, state == RUN_DOWN],
            [
                plan.up_limit * np.tanh(up / plan.up_s),
                self._led(t, plan, state == AT_SPEED),
                plan.down_limit * np.tan(np.clip(plan.down_from - down / plan.down_s, 0.0, 1.5)),
            ],
            0.0,
        )
        self._omega = omega
        keeping = plan.friction + self._windage * omega**2
        torque = np.select(
            [state == RUN_UP, state == AT_SPEED, state == RUN_DOWN], [TORQUE, keeping, -BRAKE], 0.0
        )
        return Moment(
            omega=omega,
            target=plan.target,
            torque=torque,
            friction=plan.friction,
            windage=self._windage,
            load=plan.load,
            state=state,
            loading=(plan.active > 0) & (into > LID_S) & (up < -LID_S),
        )


def _wanted(begins: Array) -> Array:
    """How likely somebody runs the machine: by day often, at night and on Sundays seldom."""
    # Day 0 was a Thursday: day 3 is a Sunday.
    day, second = np.divmod(begins + EAST_S, DAY_S)
    by_day = (second >= 8 * 3600) & (second < 20 * 3600)
    likely: Array = np.where((day + 4) % 7 == 0, 0.1, np.where(by_day, 0.9, 0.15))
    return likely
