"""The laws: vibration by the square of speed, power by the balance of torques, heat by friction."""

from __future__ import annotations

import numpy as np
import pytest

from bihuan.lib.simulate import Failure, Fleet, Kind
from bihuan.lib.simulate.centrifuge import resonance
from bihuan.lib.simulate.dice import Dice
from bihuan.lib.simulate.failures import Faults
from bihuan.lib.simulate.runs import BRAKE, INERTIA, TORQUE, Runs
from bihuan.lib.simulate.surroundings import held, relaxed
from bihuan.lib.simulate.tests.support import (
    DAY,
    HOUR,
    MONDAY,
    failing,
    healthy,
    in_state,
    machines,
)


def test_vibration_of_an_imbalance_grows_with_the_square_of_the_speed():
    unbalanced = Failure(Kind.IMBALANCE, begins=MONDAY - DAY)
    fleet = Fleet(machines("centrifuge", 40, (unbalanced,)), start=MONDAY, tick=60, inner=60)
    samples = fleet.step(MONDAY + DAY)
    speed = in_state(samples, "SPEED", "AT_SPEED")
    vibration = in_state(samples, "VIBRATION", "AT_SPEED")
    slope, _level = np.polyfit(np.log(speed), np.log(vibration), 1)
    assert slope == pytest.approx(2.0, abs=0.12)


def test_the_critical_speed_is_felt_and_passed():
    ratio = np.linspace(0.05, 6, 500)
    lifted = resonance(ratio)
    assert ratio[lifted.argmax()] == pytest.approx(1.0, abs=0.02)
    assert lifted.max() > 20
    assert resonance(np.array([5.5]))[0] < 1.2


def test_the_run_obeys_its_equation_of_motion():
    """J dw/dt = T - c - k w^2 while it runs up, and -(B + c + k w^2) while it brakes."""
    dice, step = Dice([1, 2, 3, 4, 5, 6, 7, 8]), 0.5
    runs, none = Runs(dice), Faults([()] * 8)
    seen = {1: 0, 3: 0}
    for t in np.arange(MONDAY + 2 * HOUR, MONDAY + 12 * HOUR, 20.0):
        before, at, after = (runs.at(float(t + each), none) for each in (-step, 0.0, step))
        slope = (after.omega - before.omega) / (2 * step)
        for state, drive in ((1, TORQUE), (3, -BRAKE)):
            sure = (before.state == state) & (after.state == state) & (at.omega > 2)
            net = drive - at.friction - at.windage * at.omega**2
            assert np.allclose(slope[sure], net[sure] / INERTIA, rtol=2e-3)
            seen[state] += int(sure.sum())
    assert min(seen.values()) > 50


def test_hotter_with_wear_and_with_speed():
    worn, well = failing("centrifuge", Kind.BEARING_WEAR), healthy("centrifuge")
    late = worn.times > MONDAY + DAY
    both = late[:, None] & (worn.states == 2) & (well.states[: len(worn)] == 2)
    hotter = worn.point("BEARING_TEMP")[both] - well.point("BEARING_TEMP")[: len(worn)][both]
    assert hotter.min() > 0
    assert hotter.mean() > 15


def test_a_pump_stands_where_both_curves_meet():
    samples = healthy("pump")
    sure = (samples.states == 1) & (samples.point("SPEED") > 2600)
    share = samples.point("SPEED")[sure] / 2950
    head = (samples.point("PRESSURE")[sure] - 0.02) / 0.00981
    expected = 48 * share**2 - 10e-6 * samples.point("FLOW")[sure] ** 2
    assert np.allclose(head, expected, rtol=0.05)


def test_newtons_cooling_is_exact_in_any_steps():
    one = relaxed(np.array([80.0]), np.array([20.0]), 1 / 900, 600.0)
    many = np.array([80.0])
    for _ in range(60):
        many = relaxed(many, np.array([20.0]), 1 / 900, 10.0)
    assert one == pytest.approx(many)
    assert one == pytest.approx(20 + 60 * np.exp(-600 / 900))


@pytest.mark.parametrize("dt", [1.0, 10.0, 600.0])
def test_what_holds_a_temperature_keeps_the_balance_of_energy(dt):
    """capacity dT = dt (leak (around - T) + load + power duty), at any step and at the bounds."""
    temp = np.array([-5.0, 4.0, 6.0, 40.0])
    after, duty = held(
        temp, target=np.full(4, 4.0), around=np.full(4, 22.0), leak=8.0, load=900.0,
        power=-2400.0, gain=1.5, bias=0.4, capacity=65_000.0, dt=dt,
    )  # fmt: skip
    gained = 65_000.0 * (after - temp)
    assert np.allclose(gained, dt * (8.0 * (22 - after) + 900 - 2400 * duty))
    assert ((duty >= 0) & (duty <= 1)).all()
    assert np.allclose(duty, np.clip(0.4 + 1.5 * (after - 4), 0, 1))


def test_nights_are_cooler_than_afternoons():
    fleet = Fleet(machines("excavator", 5), start=MONDAY, tick=600, inner=600)
    sunday = fleet.step(MONDAY + 6 * DAY + 23 * HOUR)
    still = sunday.times > MONDAY + 6 * DAY
    oil = sunday.point("OIL_TEMP")[still].mean(axis=1)
    hours = (sunday.times[still] - MONDAY - 6 * DAY) / HOUR
    assert oil[(hours > 14) & (hours < 18)].mean() > oil[(hours > 5) & (hours < 8)].mean()
