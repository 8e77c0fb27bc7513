"""Each failure shows where it should, crosses its limit, and leaves alone what it should not touch."""

from __future__ import annotations

import numpy as np
import pytest

from bihuan.lib.simulate import Failure, Fleet, Kind
from bihuan.lib.simulate.tests.support import (
    DAY,
    HOUR,
    JULY,
    MONDAY,
    failing,
    healthy,
    in_state,
    machines,
    worst,
)

CROSSED = [
    ("centrifuge", Kind.IMBALANCE, "VIBRATION", 7.1),
    ("centrifuge", Kind.LOOSE_FOOT, "VIBRATION", 7.1),
    ("centrifuge", Kind.BEARING_WEAR, "BEARING_TEMP", 85),
    ("centrifuge", Kind.BEARING_WEAR, "HIGH_BAND", 1.2),
    ("pump", Kind.CAVITATION, "VIBRATION", 7.1),
    ("pump", Kind.IMBALANCE, "VIBRATION", 7.1),
    ("pump", Kind.LOOSE_FOOT, "VIBRATION", 7.1),
    ("pump", Kind.BEARING_WEAR, "VIBRATION", 7.1),
    ("pump", Kind.DRY_RUN, "FLUID_TEMP", 60),
    ("excavator", Kind.RADIATOR_BLOCKAGE, "COOLANT_TEMP", 105),
    ("instrument", Kind.FILTER_BLOCKAGE, "PRESSURE", 40),
    ("instrument", Kind.LAMP_AGEING, "BASELINE_NOISE", 0.3),
    ("cabinet", Kind.FAN_FAILURE, "CABINET_TEMP", 55),
    ("cabinet", Kind.SUPPLY_RIPPLE, "SUPPLY_VOLTAGE", 28),
    ("cabinet", Kind.BUS_FAULT, "BUS_ERRORS", 5000),
]
# What must look as on a healthy machine, for each failure.
UNTOUCHED = [
    ("centrifuge", Kind.IMBALANCE, ("HIGH_BAND", "CHAMBER_TEMP", "CURRENT")),
    ("centrifuge", Kind.LOOSE_FOOT, ("HIGH_BAND", "CHAMBER_TEMP", "CURRENT")),
    ("centrifuge", Kind.BEARING_WEAR, ("CHAMBER_TEMP",)),
    ("centrifuge", Kind.COOLING_LOSS, ("VIBRATION", "BEARING_TEMP", "HIGH_BAND", "CURRENT")),
    ("pump", Kind.CAVITATION, ("MOTOR_TEMP", "FLUID_TEMP", "PRESSURE", "FLOW")),
    ("pump", Kind.FILTER_BLOCKAGE, ("VIBRATION", "MOTOR_TEMP", "FLUID_TEMP", "FLOW")),
    ("pump", Kind.BEARING_WEAR, ("FLOW", "PRESSURE", "FLUID_TEMP")),
    ("pump", Kind.DRY_RUN, ("MOTOR_TEMP", "CURRENT", "FLOW", "PRESSURE")),
    ("excavator", Kind.RADIATOR_BLOCKAGE, ("PRESSURE", "ENGINE_SPEED")),
    ("excavator", Kind.HYDRAULIC_LEAK, ("COOLANT_TEMP", "PRESSURE", "LOAD")),
    (
        "excavator",
        Kind.INJECTOR_WEAR,
        ("OIL_TEMP", "COOLANT_TEMP", "PRESSURE", "ENGINE_OIL_PRESSURE"),
    ),
    ("excavator", Kind.CHARGING_LOSS, ("FUEL_RATE", "OIL_TEMP", "PRESSURE", "ENGINE_OIL_PRESSURE")),
    ("excavator", Kind.OIL_PUMP_WEAR, ("FUEL_RATE", "OIL_TEMP", "COOLANT_TEMP", "BATTERY")),
    ("instrument", Kind.FILTER_BLOCKAGE, ("BASELINE_NOISE", "OVEN_TEMP", "FLOW")),
    ("instrument", Kind.SEAL_LEAK, ("BASELINE_NOISE", "OVEN_TEMP", "FLOW", "PRESSURE")),
    ("instrument", Kind.LAMP_AGEING, ("PRESSURE", "OVEN_TEMP", "FLOW")),
    ("cabinet", Kind.FAN_FAILURE, ("SUPPLY_VOLTAGE", "CPU_LOAD")),
    ("cabinet", Kind.FILTER_BLOCKAGE, ("SUPPLY_VOLTAGE", "CPU_LOAD")),
    ("cabinet", Kind.SUPPLY_RIPPLE, ("CABINET_TEMP", "CPU_LOAD", "BUS_ERRORS")),
    ("cabinet", Kind.BUS_FAULT, ("CABINET_TEMP", "SUPPLY_VOLTAGE", "CPU_LOAD")),
]


@pytest.mark.parametrize(("template", "kind", "code", "limit"), CROSSED)
def test_it_crosses_its_limit_and_a_healthy_one_does_not(template, kind, code, limit):
    assert worst(failing(template, kind), code, after=DAY).min() > limit
    assert worst(healthy(template), code).max() < limit


@pytest.mark.parametrize(("template", "kind", "codes"), UNTOUCHED)
def test_it_raises_nothing_else(template, kind, codes):
    failed, well = failing(template, kind), healthy(template)
    for code in codes:
        assert worst(failed, code).max() <= 1.03 * worst(well, code).max() + 0.05, code


@pytest.mark.parametrize("kind", [Kind.IMBALANCE, Kind.LOOSE_FOOT])
def test_shaking_does_not_heat_a_bearing_to_its_limit(kind):
    assert worst(failing("centrifuge", kind), "BEARING_TEMP").max() < 75


def test_imbalance_is_told_from_the_other_shakers_by_its_share():
    def share(kind: Kind) -> float:
        return float(
            np.median(in_state(failing("centrifuge", kind), "IMBALANCE_SHARE", "AT_SPEED", DAY))
        )

    assert share(Kind.IMBALANCE) > 95
    assert share(Kind.BEARING_WEAR) < 20
    assert share(Kind.LOOSE_FOOT) < 10


def test_cooling_loss_lets_the_chamber_go():
    def deviation(samples):
        wide = samples.point("CHAMBER_TEMP") - samples.point("SET_TEMP")
        wide[samples.states != 2] = -np.inf
        return wide[samples.times > MONDAY + DAY].max(axis=0)

    assert deviation(failing("centrifuge", Kind.COOLING_LOSS)).min() > 3
    assert deviation(healthy("centrifuge")).max() < 1.5


def test_a_blocked_filter_costs_flow_and_raises_pressure_before_it():
    failed, well = failing("pump", Kind.FILTER_BLOCKAGE), healthy("pump")
    flow = [np.median(in_state(each, "FLOW", "RUNNING", DAY)) for each in (failed, well)]
    pressure = [np.median(in_state(each, "PRESSURE", "RUNNING", DAY)) for each in (failed, well)]
    assert flow[0] < 0.7 * flow[1]
    assert pressure[0] > 1.1 * pressure[1]


def test_a_pump_that_runs_dry_delivers_nothing_and_draws_its_idle_current():
    dry = failing("pump", Kind.DRY_RUN)
    assert in_state(dry, "FLOW", "RUNNING", DAY).max() == 0
    assert in_state(dry, "CURRENT", "RUNNING", DAY).max() < 7


def test_a_hydraulic_leak_takes_the_pressure():
    failed, well = failing("excavator", Kind.HYDRAULIC_LEAK), healthy("excavator")
    top = [np.percentile(in_state(each, "PRESSURE", "WORKING", DAY), 95) for each in (failed, well)]
    assert top[0] < 0.6 * top[1]
    assert worst(failed, "OIL_TEMP").max() < 90


# (point, state, the mean with the full fault over that of a healthy machine)
MOVED = [
    ("excavator", Kind.INJECTOR_WEAR, "FUEL_RATE", "WORKING", (1.22, 1.28)),
    ("excavator", Kind.CHARGING_LOSS, "BATTERY", "WORKING", (0.84, 0.86)),
    ("excavator", Kind.OIL_PUMP_WEAR, "ENGINE_OIL_PRESSURE", "WORKING", (0.23, 0.27)),
    ("instrument", Kind.SEAL_LEAK, "FLOW", "READY", (0.48, 0.52)),
    ("instrument", Kind.SEAL_LEAK, "PRESSURE", "READY", (0.48, 0.53)),
    ("cabinet", Kind.FILTER_BLOCKAGE, "FAN_CURRENT", "RUNNING", (1.5, 4.0)),
    ("cabinet", Kind.FILTER_BLOCKAGE, "CABINET_TEMP", "RUNNING", (1.1, 1.8)),
]


@pytest.mark.parametrize(("template", "kind", "code", "state", "share"), MOVED)
def test_it_moves_what_it_should(template, kind, code, state, share):
    failed, well = (
        in_state(each, code, state, DAY).mean()
        for each in (failing(template, kind), healthy(template))
    )
    assert share[0] < failed / well < share[1]


def test_a_mat_that_fills_is_seen_by_the_fan_long_before_the_temperature():
    """The fan holds the temperature as long as it can: a third of the way it draws more, and is hardly warmer."""
    mat = Failure(Kind.FILTER_BLOCKAGE, begins=MONDAY, extent=0.35)
    runs = [Fleet(machines("cabinet", 6, own), start=MONDAY, tick=60, inner=60).step(MONDAY + DAY) for own in ((), (mat,))]  # fmt: skip
    current, warmth = (
        [in_state(each, code, "RUNNING", 6 * HOUR).mean() for each in runs]
        for code in ("FAN_CURRENT", "CABINET_TEMP")
    )
    assert current[1] > 1.15 * current[0]
    assert warmth[1] - warmth[0] < 2


def test_in_summer_a_blocked_radiator_cooks_the_oil_too():
    blocked = Failure(Kind.RADIATOR_BLOCKAGE, begins=JULY)
    fleet = Fleet(machines("excavator", 6, (blocked,)), start=JULY, tick=60, inner=60)
    samples = fleet.step(JULY + DAY)
    assert worst(samples, "OIL_TEMP").min() > 92
    assert worst(samples, "COOLANT_TEMP").max() < 125  # the engine protects itself


@pytest.mark.parametrize("kind", [Kind.IMBALANCE, Kind.BEARING_WEAR])
def test_it_grows_no_faster_than_told(kind):
    samples = failing("centrifuge", kind)
    early = samples.times < MONDAY + 6 * HOUR
    well = healthy("centrifuge").values[: len(samples)]
    assert (samples.values[early] == well[early]).all()
    assert not (samples.values == well).all()
