"""A set-point that is changed on the way: the machine follows as its drive and its cooling allow."""

from __future__ import annotations

import numpy as np
import pytest

from bihuan.lib.simulate import BadMachine, Fleet
from bihuan.lib.simulate.tests.support import HOUR, MONDAY, machines

TEN = MONDAY + 10 * HOUR


def running(count=12):
    """A fleet and one of its machines that has just come to its speed."""
    fleet = Fleet(machines("centrifuge", count), start=TEN, tick=10, inner=10)
    for _ in range(400):
        step = fleet.step(fleet.now + 10)
        for column in range(count):
            if step.state(-1, column) == "AT_SPEED":
                return fleet, column, f"centrifuge{column}"
    raise AssertionError("none runs")


@pytest.mark.parametrize("share", [0.7, 0.9, 1.1])
def test_it_turns_at_the_new_speed_without_a_leap_and_no_other_does(share):
    fleet, column, name = running()
    twin, _column, _name = running()
    before = fleet.step(fleet.now + 10).point("SET_SPEED")[-1, column]
    twin.step(twin.now + 10)
    wanted = round(before * share)
    fleet.set(name, "SET_SPEED", wanted)
    after, other = fleet.step(fleet.now + 300), twin.step(twin.now + 300)
    assert (after.point("SET_SPEED")[:, column] == wanted).all()
    speed = after.point("SPEED")[:, column]
    assert np.abs(np.diff(speed)).max() < 500
    assert abs(speed[-1] - wanted) < wanted * 0.005
    rest = [each for each in range(12) if each != column]
    assert (after.values[:, rest] == other.values[:, rest]).all()


def test_it_stays_set_for_the_runs_that_follow():
    fleet, column, name = running()
    fleet.set(name, "SET_SPEED", 3000)
    later = fleet.step(fleet.now + 4 * HOUR)
    assert (later.point("SET_SPEED")[:, column] == 3000).all()
    fast = later.point("SPEED")[:, column][later.states[:, column] == 2]
    assert abs(np.median(fast) - 3000) < 20


def test_the_chamber_follows_its_new_set_point_slowly():
    fleet, column, name = running()
    fleet.set(name, "SET_TEMP", 12.0)
    soon = fleet.step(fleet.now + 10)
    assert soon.point("SET_TEMP")[-1, column] == 12.0
    later = fleet.step(fleet.now + HOUR)
    chamber = later.point("CHAMBER_TEMP")[:, column]
    assert chamber[0] < 11
    assert abs(chamber[-1] - 12) < 1


@pytest.mark.parametrize("point", ["VIBRATION", "LID", "NOTHING"])
def test_what_is_no_set_point_cannot_be_set(point):
    fleet, _column, name = running()
    with pytest.raises(BadMachine):
        fleet.set(name, point, 1.0)
    with pytest.raises(BadMachine):
        fleet.set("nobody", "SET_TEMP", 4.0)
