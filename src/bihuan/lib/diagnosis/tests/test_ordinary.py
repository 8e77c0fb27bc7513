"""By the hour: what operation explains is no drift; what it does not is; and a fleet's odd one out."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.lib.diagnosis import Ordinary, State, apart, departed, departures, ordinary

HOUR, TRAINING, WHOLE = 3600.0, 28 * 12, 90 * 12


def machine(seed: int = 1):
    """Twelve hours a day: a current that follows the speed, and a quiet band."""
    chance = np.random.default_rng(seed)
    days = np.repeat(np.arange(WHOLE // 12), 12) * 24 + np.tile(np.arange(12), WHOLE // 12)
    speed = 4000 + 100 * chance.integers(-4, 5, WHOLE)
    current = 0.005 * speed + chance.normal(0, 0.1, WHOLE)
    band = 0.8 + chance.normal(0, 0.05, WHOLE)
    return (days * HOUR).tolist(), np.column_stack([current, band]), speed[:, None].astype(float)


def learnt(rows, drivers, times):
    return ordinary(times[:TRAINING], rows[:TRAINING], drivers[:TRAINING], ["CURRENT", "BAND"])


def test_a_machine_run_faster_is_no_drift_and_one_that_draws_more_is():
    times, rows, drivers = machine()
    faster = rows.copy(), drivers.copy()
    faster[1][600:] = 4300.0
    faster[0][600:, 0] = 0.005 * 4300 + rows[600:, 0] - 0.005 * drivers[600:, 0]
    worn = rows.copy()
    worn[600:, 0] += 3.0
    for values, by, alarm in ((*faster, False), (worn, drivers, True)):
        known, state = learnt(values, by, times)
        state, found = departed(known, state, times[TRAINING:], values[TRAINING:], by[TRAINING:])
        assert bool(found.alarm.any()) is alarm
        if alarm:
            first = departures(known, state)[0]
            assert (
                first.name == "CURRENT"
                and first.ratio > 1
                and first.mean > first.limit > first.level
            )


def test_an_operation_that_training_has_not_seen_is_not_judged():
    times, rows, drivers = machine()
    rows[600:, 0] += 50
    drivers[600:] = 9000.0
    known, state = learnt(rows, drivers, times)
    _state, found = departed(known, state, times[TRAINING:], rows[TRAINING:], drivers[TRAINING:])
    assert not found.alarm.any() and np.isnan(found.ratio[400:]).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(TRAINING, WHOLE), max_size=6))
def test_batches_of_any_split_and_a_state_kept_as_data_say_the_same(cuts):
    times, rows, drivers = machine()
    rows[700:, 1] += 0.4
    known, state = learnt(rows, drivers, times)
    known = Ordinary.from_data(json.loads(json.dumps(known.to_data())))
    whole, _found = departed(known, state, times[TRAINING:], rows[TRAINING:], drivers[TRAINING:])
    places = sorted({TRAINING, *cuts, WHOLE})
    for first, last in pairwise(places):
        state, _found = departed(
            known, state, times[first:last], rows[first:last], drivers[first:last]
        )
        state = State.from_data(json.loads(json.dumps(state.to_data())))
    assert state == whole


def test_nothing_new_changes_nothing():
    times, rows, drivers = machine()
    known, state = learnt(rows, drivers, times)
    assert departed(known, state, [], [], [])[0] == state


def test_a_change_too_small_to_be_worth_a_way_raises_nothing():
    times, rows, drivers = machine()
    rows[:, 1] = 0.8 + (rows[:, 1] - 0.8) / 100
    rows[600:, 1] += 0.04
    known, state = learnt(rows, drivers, times)
    _state, found = departed(known, state, times[TRAINING:], rows[TRAINING:], drivers[TRAINING:])
    assert not found.alarm.any()


def test_the_odd_one_of_a_fleet_stands_out_and_moves_no_limit():
    values = np.column_stack([1.6 + 0.05 * np.arange(12.0) % 0.2, np.full(12, 20.0)])
    values[5, 0] = 4.0
    far, middle, _spread = apart(values, machines=10)
    assert far[5, 0] > 8 and (np.abs(np.delete(far[:, 0], 5)) < 4).all() and middle[0] < 1.8
    assert np.isnan(apart(values[:9], machines=10)[0]).all()
    values[3] = np.nan
    assert np.isnan(apart(values, machines=10)[0][3]).all()
