"""A set-point that is changed on the way: the machine follows as its drive and its cooling allow."""

from __future__ import annotations

import numpy as np
import pytest

from bihuan.lib.simulate import TEMPLATES, BadMachine, Fleet
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


@pytest.mark.parametrize(
    ("template", "point", "value", "shown", "state", "near"),
    [
        ("pump", "SET_SPEED", 2000.0, "SPEED", "RUNNING", 20), ("instrument", "SET_FLOW", 1.6, "FLOW", "READY", 0.05),
        ("instrument", "SET_TEMP", 45.0, "OVEN_TEMP", "READY", 1.0), ("excavator", "SET_IDLE", 1100.0, "ENGINE_SPEED", "IDLING", 30),
    ],
)  # fmt: skip
def test_other_machines_follow_theirs_and_their_neighbours_do_not(
    template, point, value, shown, state, near
):
    fleet, twin = (Fleet(machines(template, 4), start=TEN, tick=10, inner=10) for _each in range(2))
    for each in (fleet, twin):
        each.step(TEN + 1200)
    fleet.set(f"{template}1", point, value)
    after, other = (each.step(TEN + 5 * HOUR) for each in (fleet, twin))
    assert (after.point(point)[:, 1] == value).all()
    late = after.times > TEN + 3000
    inside = after.states[:, 1] == TEMPLATES[template].states.index(state)
    told = after.point(shown)[late & inside, 1]
    assert len(told) > 10
    assert abs(np.median(told) - value) < near
    rest = [0, 2, 3]
    assert (after.values[:, rest] == other.values[:, rest]).all()


def test_a_pump_comes_to_its_new_speed_without_a_leap():
    fleet = Fleet(machines("pump", 4), start=TEN, tick=10, inner=10)
    before = fleet.step(TEN + 600).point("SPEED")[-1]
    running = int(np.argmax(before))
    fleet.set(f"pump{running}", "SET_SPEED", 1500.0)
    speed = fleet.step(TEN + 700).point("SPEED")[:, running]
    assert before[running] > speed[0] > 1600
    assert abs(speed[-1] - 1500) < 5


def test_a_fan_that_begins_later_lets_the_cabinet_get_warmer():
    fleet = Fleet(machines("cabinet", 2), start=TEN, tick=60, inner=60)
    fleet.step(TEN + 3 * HOUR)
    fleet.set("cabinet0", "SET_FAN", 40.0)
    later = fleet.step(TEN + 6 * HOUR).point("CABINET_TEMP")[-30:].mean(axis=0)
    assert later[0] > 40
    assert later[1] < 38


def test_a_lock_lets_a_running_engine_run_and_keeps_it_from_being_started_again():
    fleet = Fleet(machines("excavator", 4), start=TEN, tick=60, inner=60)
    before = fleet.step(TEN + 600)
    at_work = int(np.argmax(before.states[-1] > 0))
    name = f"excavator{at_work}"
    fleet.set(name, "START_LOCK", 1.0)
    soon = fleet.step(TEN + 1200)
    assert (soon.point("ENGINE_SPEED")[:, at_work] > 500).all()
    # Off for the rest at noon, it is not started in the afternoon, and stays where it is.
    day = fleet.step(TEN + 9 * HOUR)
    afternoon = day.times > TEN + 3.5 * HOUR
    assert day.point("ENGINE_SPEED")[afternoon, at_work].max() == 0
    assert np.ptp(day.point("LATITUDE")[afternoon, at_work]) < 3e-4
    others = [each for each in range(4) if each != at_work]
    assert day.point("ENGINE_SPEED")[afternoon][:, others].max() > 500
    fleet.set(name, "START_LOCK", 0.0)
    tomorrow = fleet.step(TEN + 26 * HOUR)
    assert tomorrow.point("ENGINE_SPEED")[:, at_work].max() > 500


@pytest.mark.parametrize("point", ["VIBRATION", "LID", "NOTHING"])
def test_what_is_no_set_point_cannot_be_set(point):
    fleet, _column, name = running()
    with pytest.raises(BadMachine):
        fleet.set(name, point, 1.0)
    with pytest.raises(BadMachine):
        fleet.set("nobody", "SET_TEMP", 4.0)
