"""The same samples for the same times, whatever the batch, the neighbours and the tick."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.lib.simulate import TEMPLATES, BadMachine, Failure, Fleet, Kind, Machine, fleets
from bihuan.lib.simulate.bench import run
from bihuan.lib.simulate.tests.support import HOUR, MONDAY, machines

START = MONDAY + 9 * HOUR
FAILURES = (
    Failure(Kind.SENSOR_SPIKES, begins=START, point="HOURS"),
    Failure(Kind.SENSOR_STUCK, begins=START + 200, ends=START + 500, point="HOURS"),
    Failure(Kind.CLOCK_WRONG, begins=START + 100, grows=300, extent=-90),
    Failure(Kind.DEVICE_SILENT, begins=START + 300, ends=START + 400),
)


def same(one, other) -> bool:
    return all(
        np.array_equal(getattr(one, each), getattr(other, each))
        for each in ("times", "clocks", "values", "sent", "states")
    )


@settings(max_examples=30)
@given(
    template=st.sampled_from(sorted(TEMPLATES)),
    cuts=st.lists(st.floats(0, 900), max_size=8),
    seed=st.integers(0, 2**64 - 1),
)
def test_the_same_whatever_the_batch(template, cuts, seed):
    lot = [Machine(f"m{each}", template, seed=seed + each, failures=FAILURES) for each in range(3)]
    whole = Fleet(lot, start=START).step(START + 900)
    pieces = Fleet(lot, start=START)
    parts = [pieces.step(START + cut) for cut in [*sorted(cuts), 900]]
    assert np.array_equal(np.concatenate([each.values for each in parts]), whole.values)
    assert np.array_equal(np.concatenate([each.times for each in parts]), whole.times)
    assert np.array_equal(np.concatenate([each.clocks for each in parts]), whole.clocks)
    assert np.array_equal(np.concatenate([each.sent for each in parts]), whole.sent)
    assert len(whole) == 90


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_same_whoever_runs_beside_it(template):
    lot = machines(template, 6)
    together = Fleet(lot, start=START).step(START + HOUR)
    alone = Fleet(lot[4:5], start=START).step(START + HOUR)
    assert np.array_equal(together.values[:, 4:5], alone.values)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_same_however_often_it_measures(template):
    lot = machines(template, 3)
    often = Fleet(lot, start=START, tick=10).step(START + HOUR)
    seldom = Fleet(lot, start=START, tick=60).step(START + HOUR)
    assert np.array_equal(often.values[5::6], seldom.values)


def test_another_seed_is_another_machine():
    one, other = (Machine("m", "pump", seed=each) for each in (1, 2))
    lives = [Fleet([each], start=START).step(START + HOUR) for each in (one, other)]
    assert not same(*lives)
    assert same(lives[0], Fleet([one], start=START).step(START + HOUR))


def test_a_stuck_sensor_repeats_itself_and_recovers():
    stuck = Failure(Kind.SENSOR_STUCK, begins=START + 600, ends=START + 1200, point="VIBRATION")
    samples = Fleet(machines("pump", 2, (stuck,)), start=START).step(START + 1800)
    well = Fleet(machines("pump", 2), start=START).step(START + 1800)
    during = (samples.times >= START + 600) & (samples.times < START + 1200)
    held = samples.point("VIBRATION")[during]
    assert (held == held[0]).all()
    assert len(np.unique(well.point("VIBRATION")[during][:, 0])) > 5
    assert np.array_equal(samples.values[~during], well.values[~during])
    others = [each for each in samples.points if each != "VIBRATION"]
    for code in others:
        assert np.array_equal(samples.point(code), well.point(code))


def test_spikes_are_seldom_and_high_and_in_one_point():
    spikes = Failure(Kind.SENSOR_SPIKES, begins=START, point="FLOW")
    samples = Fleet(machines("pump", 1, (spikes,)), start=START).step(START + 4 * HOUR)
    well = Fleet(machines("pump", 1), start=START).step(START + 4 * HOUR)
    raised = samples.point("FLOW") - well.point("FLOW")
    assert 0.02 < (raised > 1).mean() < 0.1
    assert np.array_equal(samples.point("PRESSURE"), well.point("PRESSURE"))


def test_a_silent_device_sends_nothing_and_a_wrong_clock_tells_a_wrong_time():
    samples = Fleet(machines("pump", 1, FAILURES), start=START).step(START + 1800)
    quiet = (samples.times >= START + 300) & (samples.times < START + 400)
    assert np.array_equal(~samples.sent[:, 0], quiet)
    told = list(samples.sent_by("pump0"))
    assert len(told) == 170
    assert told[-1][0] == round((START + 1800 - 90) * 1000)
    assert len(told[0][1]) == len(samples.points)


def test_what_was_not_foreseen_can_be_declared_and_repaired():
    fleet = Fleet(machines("cabinet", 2), start=START)
    fleet.step(START + 600)
    fleet.declare("cabinet1", Failure(Kind.BUS_FAULT, begins=START + 600))
    worse = fleet.step(START + 1200).point("BUS_ERRORS")
    fleet.repair("cabinet1", Kind.BUS_FAULT, at=START + 1200)
    better = fleet.step(START + 1800).point("BUS_ERRORS")
    assert worse[-1, 1] > 30 > worse[-1, 0]
    assert better[-1, 1] - worse[-1, 1] < 3


def test_values_have_the_resolution_of_their_sensor():
    samples = Fleet(machines("centrifuge", 3), start=START).step(START + HOUR)
    for point in TEMPLATES["centrifuge"].points:
        values = samples.point(point.code)
        assert np.array_equal(values, np.round(values, point.decimals)), point.code


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Machine("m", "toaster"), "no template 'toaster'"),
        (lambda: Machine("m", "pump", failures=(Failure(Kind.LAMP_AGEING, 0),)), "knows no lamp"),
        (
            lambda: Machine("m", "pump", failures=(Failure(Kind.SENSOR_STUCK, 0, point="LID"),)),
            "LID",
        ),
        (lambda: Machine("m", "pump", failures=(Failure(Kind.IMBALANCE, 0, extent=3),)), "extent"),
        (
            lambda: Machine("m", "pump", failures=(Failure(Kind.IMBALANCE, 9, ends=5),)),
            "ends before",
        ),
        (lambda: Fleet([], start=0), "one template"),
        (lambda: Fleet([*machines("pump", 1), *machines("pump", 1)], start=0), "same id"),
        (lambda: Fleet(machines("pump", 1), start=0, tick=15), "no multiple"),
    ],
)
def test_what_makes_no_sense_is_refused_plainly(make, said):
    with pytest.raises(BadMachine, match=said):
        make()


def test_a_refused_failure_changes_nothing():
    fleet = Fleet(machines("pump", 1), start=START)
    fleet.step(START + 600)
    before = fleet.machines
    with pytest.raises(BadMachine, match="in the past"):
        fleet.declare("pump0", Failure(Kind.CAVITATION, begins=START))
    with pytest.raises(BadMachine, match="knows no"):
        fleet.declare("pump0", Failure(Kind.COOLING_LOSS, begins=START + 900))
    with pytest.raises(BadMachine, match="in the past"):
        fleet.repair("pump0", Kind.CAVITATION, at=START)
    with pytest.raises(BadMachine, match="no machine"):
        fleet.declare("pump9", Failure(Kind.CAVITATION, begins=START + 900))
    assert fleet.machines is before
    assert fleet.step(START + 1200).point("VIBRATION").max() < 3


def test_a_mixed_park_is_sorted_into_fleets():
    lot = [*machines("pump", 2), *machines("cabinet", 1)]
    found = fleets(lot, start=START)
    assert [(each.template, len(each.machines)) for each in found] == [("pump", 2), ("cabinet", 1)]


def test_twenty_thousand_machines_take_well_under_a_core():
    assert all(each["core_share"] < 0.5 for each in run(20_000).values())
