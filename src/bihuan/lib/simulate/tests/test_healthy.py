"""A machine without failures stays within sane limits for a week, and behaves as one."""

from __future__ import annotations

import numpy as np
import pytest

from bihuan.lib.simulate import TEMPLATES
from bihuan.lib.simulate.tests.support import DAY, HOUR, JULY, MONDAY, healthy, in_state

LIMITS = {
    "centrifuge": {
        "SPEED": (0, 4810), "SET_SPEED": (3600, 4800), "VIBRATION": (0, 4.5),
        "BEARING_TEMP": (10, 70), "CHAMBER_TEMP": (0, 20), "SET_TEMP": (4, 10), "CURRENT": (0.3, 8),
        "LID": (0, 1), "IMBALANCE_SHARE": (0, 100), "HIGH_BAND": (0, 0.5),
    },
    "pump": {
        "SPEED": (0, 2980), "VIBRATION": (0, 4.5), "FLOW": (0, 1200), "PRESSURE": (0, 0.5),
        "CURRENT": (0, 25), "MOTOR_TEMP": (5, 80), "FLUID_TEMP": (5, 50), "SET_SPEED": (2655, 2950),
    },
    "excavator": {
        "ENGINE_SPEED": (0, 1950), "OIL_TEMP": (-15, 90), "COOLANT_TEMP": (-15, 100),
        "PRESSURE": (0, 36), "FUEL": (10, 100), "LOAD": (0, 100), "AMBIENT_TEMP": (-15, 45), "FUEL_RATE": (0, 22),
        "BATTERY": (24.9, 28.5), "ENGINE_OIL_PRESSURE": (0, 700), "SET_IDLE": (950, 950), "START_LOCK": (0, 0),
    },
    "instrument": {
        "PRESSURE": (0, 30), "FLOW": (0, 1.25), "BASELINE_NOISE": (0, 0.25), "OVEN_TEMP": (15, 42),
        "SET_FLOW": (0.8, 1.2),
    },
    "cabinet": {
        "CPU_LOAD": (10, 80), "CABINET_TEMP": (10, 45), "SUPPLY_VOLTAGE": (23, 25),
        "CYCLE_TIME": (5, 15), "AMBIENT_TEMP": (10, 40), "FAN_CURRENT": (0, 0.65),
    },
}  # fmt: skip
COUNTERS = {
    "centrifuge": ("HOURS", "CYCLES"),
    "pump": ("HOURS",),
    "excavator": ("HOURS",),
    "instrument": ("HOURS", "LAMP_HOURS"),
    "cabinet": ("HOURS", "BUS_ERRORS"),
}


WEEK = 7


@pytest.mark.parametrize("template", LIMITS)
@pytest.mark.parametrize(("start", "days"), [(MONDAY, WEEK), (JULY, 2)], ids=["winter", "summer"])
def test_a_healthy_week_is_within_limits(template, start, days):
    samples = healthy(template, start, days)
    assert np.isfinite(samples.values).all()
    for code, (low, high) in LIMITS[template].items():
        values = samples.point(code)
        assert values.min() >= low, code
        assert values.max() <= high, code
    assert samples.sent.all()


@pytest.mark.parametrize("template", COUNTERS)
def test_counters_never_go_back_and_do_move(template):
    samples = healthy(template, MONDAY, WEEK)
    for code in COUNTERS[template]:
        values = samples.point(code)
        assert (np.diff(values, axis=0) >= 0).all(), code
        assert values[-1].max() > values[0].max(), code


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_state_occurs(template):
    states = healthy(template, MONDAY, WEEK).states
    assert set(np.unique(states)) == set(range(len(TEMPLATES[template].states)))


def test_hours_are_the_time_it_turned():
    samples = healthy("centrifuge", MONDAY, WEEK)
    turned = (samples.states > 0).sum(axis=0) * 60 / HOUR
    assert np.allclose(samples.point("HOURS")[-1], turned, atol=0.02)


def test_cycles_are_the_runs():
    samples = healthy("centrifuge", MONDAY, WEEK)
    ended = (np.diff((samples.states > 0).astype(int), axis=0) == -1).sum(axis=0)
    assert (samples.point("CYCLES")[-1] == ended).all()


def test_a_closed_lid_while_it_turns():
    samples = healthy("centrifuge", MONDAY, WEEK)
    assert samples.point("LID")[samples.states > 0].min() == 1
    assert samples.point("LID").min() == 0


def test_the_chamber_is_held_at_its_temperature():
    deviation = in_state(
        healthy("centrifuge", MONDAY, WEEK), "CHAMBER_TEMP", "AT_SPEED"
    ) - in_state(healthy("centrifuge", MONDAY, WEEK), "SET_TEMP", "AT_SPEED")
    assert np.abs(deviation).max() < 1.5


def test_rest_is_rest():
    samples = healthy("centrifuge", MONDAY, WEEK)
    assert in_state(samples, "SPEED", "IDLE").max() == 0
    assert in_state(samples, "VIBRATION", "IDLE").max() < 0.1
    assert in_state(healthy("excavator", MONDAY, WEEK), "ENGINE_SPEED", "OFF").max() == 0


def test_an_excavator_goes_no_faster_than_tracks_and_comes_home():
    samples = healthy("excavator", MONDAY, WEEK)
    latitude, longitude = samples.point("LATITUDE"), samples.point("LONGITUDE")
    north = np.diff(latitude, axis=0) * 111_320
    east = np.diff(longitude, axis=0) * 111_320 * np.cos(np.radians(31.3))
    noise = 12.0  # two fixes of a receiver, metres
    metres = np.hypot(north, east)
    assert metres.max() < 1.3 * 60 + noise
    resting = (samples.states[1:] == 0) & (samples.states[:-1] == 0)
    assert metres[resting].max() < noise
    home = np.hypot(latitude - 31.299, (longitude - 120.585) * 0.854) * 111_320
    for day in range(7):
        assert home[int(day * 24 * 60)].max() < noise
    assert home.max() > 300


def test_fuel_is_burnt_by_work_and_filled_at_rest():
    samples = healthy("excavator", MONDAY, WEEK)
    fuel = samples.point("FUEL")
    rises = np.diff(fuel, axis=0) > 5
    assert rises.any()
    assert (samples.states[1:][rises] == 0).all()
    burnt = -np.minimum(np.diff(fuel, axis=0), 0).sum(axis=0)
    assert burnt.min() > 50


def test_a_sunday_is_quiet():
    samples = healthy("excavator", MONDAY, WEEK)
    sunday = samples.times > MONDAY + 6 * DAY
    assert (samples.states[sunday] == 0).all()
