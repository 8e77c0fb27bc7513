"""The drift detector: what raises, what does not, and that both ways in agree to the last bit."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.diagnosis import (
    FAST,
    SLOW,
    Baseline,
    Channel,
    Line,
    NoBaseline,
    Settings,
    State,
    follow,
    judged,
    learn,
)

TRAINING, WHOLE = 1800, 2800


def machine(seed: int = 1, rows: int = WHOLE):
    """A quiet machine: speed, vibration and a temperature that wanders, once a second."""
    chance = np.random.default_rng(seed)
    speed = 4200 + chance.normal(0, 8, rows)
    vibration = 2.0 + chance.normal(0, 0.1, rows)
    wandering = 40 + np.cumsum(chance.normal(0, 0.02, rows)) + chance.normal(0, 0.005, rows)
    return np.arange(rows, dtype=float), np.column_stack([speed, vibration, wandering])


def alarms(times, rows, settings=FAST, training=TRAINING):
    baseline, state = learn(
        times[:training], rows[:training], ["SPEED", "VIBRATION", "TEMP"], settings
    )
    return baseline, judged(baseline, state, times[training:], rows[training:])


def test_noise_alone_raises_next_to_nothing_in_twenty_hours_and_a_channel_that_wanders_is_left_out():
    shares = []
    for seed in range(20):
        times, rows = machine(seed, TRAINING + 3600)
        baseline, found = alarms(times, rows)
        assert [channel.why for channel in baseline.channels] == ["KEPT", "KEPT", "WANDERS"]
        shares.append(found.alarm.mean())
    assert np.mean(shares) < 0.0005
    assert sum(share > 0 for share in shares) <= 2


def test_a_step_is_seen_within_seconds_named_by_its_channel_and_stays_till_it_ends():
    times, rows = machine()
    rows[2200:2500, 1] += 0.3
    _, found = alarms(times, rows)
    first = int(np.flatnonzero(found.alarm)[0]) + TRAINING
    assert 2200 <= first <= 2215
    assert found.over[2220 - TRAINING : 2500 - TRAINING, 1].all()
    assert not found.over[:, 0].any()
    assert not found.alarm[2530 - TRAINING :].any()
    assert found.ratio[2300 - TRAINING, 1] > 1


def test_a_fall_counts_as_well_as_a_rise():
    times, rows = machine()
    rows[2200:, 1] -= 0.3
    _, found = alarms(times, rows)
    assert found.alarm[-1]
    assert found.ratio[-1, 1] < -1


def test_a_drift_faster_than_the_level_is_seen_and_a_slower_one_followed():
    times, rows = machine()
    fast, slow = rows.copy(), rows.copy()
    fast[2200:, 1] += np.arange(600) * 0.002
    slow[2200:, 1] += np.arange(600) * 0.0001
    assert alarms(times, fast)[1].alarm[-300:].all()
    assert not alarms(times, slow)[1].alarm.any()


def test_a_bearing_that_wears_over_weeks_is_seen_on_hourly_means():
    hours = np.arange(24 * 200, dtype=float)
    chance = np.random.default_rng(3)
    band = 0.8 + chance.normal(0, 0.05, len(hours))
    names, training = ["HIGH_BAND"], 24 * 60
    grown = band + np.where(hours > 24 * 120, 0.02 * np.expm1((hours - 24 * 120) / 24 / 20), 0)
    for rows, raised in ((band, False), (grown, True)):
        baseline, state = learn(hours[:training] * 3600, rows[:training, None], names, SLOW)
        found = judged(baseline, state, hours[training:] * 3600, rows[training:, None])
        assert found.alarm[: 24 * 60].sum() == 0
        assert bool(found.alarm[-1]) is raised


def test_missing_values_are_no_evidence():
    times, rows = machine()
    rows[2200:2500, 1] += 0.3
    rows[2350:2400, 1] = math.nan
    rows[2400:2420, 1] = math.inf
    _, found = alarms(times, rows)
    assert found.over[2350 - TRAINING : 2420 - TRAINING, 1].all(), "silence does not clear"
    assert np.isnan(found.ratio[2350 - TRAINING : 2420 - TRAINING, 1]).all()
    rows[TRAINING:, 1] = math.nan
    assert not alarms(times, rows)[1].over[:, 1].any(), "nor does it raise"


def test_a_silence_starts_the_short_mean_anew_and_keeps_the_level():
    times, rows = machine()
    rows[:, 1] = np.where(np.arange(WHOLE) % 2, 1.9, 2.1)
    rows[2200:, 1] += 5
    later = times.copy()
    later[2200:] += 3600
    _, found = alarms(later, rows)
    assert found.alarm[2200 - TRAINING], "the first sample behind the gap stands for itself"
    _, near = alarms(times, rows)
    assert abs(near.ratio[2200 - TRAINING, 1]) < abs(found.ratio[2200 - TRAINING, 1]) / 5


def by_hand(values, every=3600.0):
    """A channel of unit one at level nought; samples so far apart that each is its own short mean."""
    baseline = Baseline((Channel("V", 1.0, 0.1, "KEPT"),), 1.0, FAST)
    times = [every * number for number in range(1, len(values) + 1)]
    start = State((Line(level=0.0, seen=0.0),))
    return follow(baseline, start, times, [[value] for value in values])


def test_an_alarm_that_is_neither_far_nor_ordinary_stays_as_it_is():
    _, found = by_hand([1.7, 1.3, 1.1, 0.9, 1.2])
    assert found.alarm.tolist() == [True, True, True, False, False]
    assert not by_hand([1.3])[1].alarm.any()


def test_one_sample_behind_a_long_silence_does_not_become_the_level():
    state, _ = by_hand([1.0], every=86_400.0)
    assert state.lines[0].level == pytest.approx(1 - math.exp(-FAST.gap_s / FAST.level_s))


def test_a_sample_that_comes_late_or_twice_changes_nothing():
    times, rows = machine()
    baseline, state = learn(times[:TRAINING], rows[:TRAINING], ["A", "B", "C"])
    after, _ = follow(baseline, state, [1800.0], [rows[1800].tolist()])
    again, found = follow(baseline, after, [1800.0, 1799.0], [[9e9, 9e9, 9e9]] * 2)
    assert again == after
    assert not found.alarm.any()


def test_channels_that_never_moved_or_hardly_spoke_are_not_judged():
    times, rows = machine()
    rows[:, 0] = 1.0
    rows[30:, 2] = math.nan
    baseline, found = alarms(times, rows)
    assert [channel.why for channel in baseline.channels] == ["CONSTANT", "KEPT", "TOO_FEW"]
    rows[2300:, 0] = 0.0
    assert not alarms(times, rows)[1].over[:, 0].any()
    assert np.isnan(found.ratio[:, 0]).all()
    with pytest.raises(NoBaseline):
        learn(times[:TRAINING], rows[:TRAINING, :1], ["LID"])


def test_where_all_wander_the_least_is_kept():
    times, rows = machine()
    baseline, _ = learn(times[:TRAINING], rows[:TRAINING, 2:], ["TEMP"])
    assert baseline.channels[0].why == "LEAST"


def test_baseline_and_state_live_through_json():
    times, rows = machine()
    baseline, state = learn(times[:TRAINING], rows[:TRAINING], ["A", "B", "C"])
    state, _ = follow(baseline, state, times[1800:1820].tolist(), rows[1800:1820].tolist())
    assert Baseline.from_data(json.loads(json.dumps(baseline.to_data()))) == baseline
    assert State.from_data(json.loads(json.dumps(state.to_data()))) == state


@pytest.mark.parametrize(
    "wrong", [{"short_s": 0}, {"share": 1}, {"clear_at": 2}, {"least_rows": 1}]
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match=r"lies in|above zero"):
        replace(FAST, **wrong)


@st.composite
def recordings(draw):
    """Any samples, with holes, repeats, steps back and gaps, in batches of any split."""
    rows = draw(st.integers(1, 60))
    value = st.one_of(
        st.floats(-50, 50), st.just(math.nan), st.just(math.inf), st.floats(-1e160, 1e160)
    )
    steps = st.sampled_from([1.0, 1.0, 1.0, 0.1, 3.7, 0.0, -5.0, 29.9, 31.0, 4000.0])
    times = np.cumsum(draw(st.lists(steps, min_size=rows, max_size=rows))) + TRAINING
    table = draw(st.lists(st.tuples(value, value, value), min_size=rows, max_size=rows))
    cuts = sorted(draw(st.lists(st.integers(0, rows), max_size=6)))
    short = draw(st.sampled_from([0.05, 3.0, 15.0, 40.0]))
    return times, np.array(table, float), [0, *cuts, rows], Settings(short_s=short)


@given(recordings())
def test_a_stream_in_any_split_and_the_whole_array_agree_to_the_last_bit(made):
    times, rows, cuts, settings = made
    before, quiet = machine(rows=TRAINING)
    baseline, state = learn(before, quiet, ["A", "B", "C"], settings)
    whole = judged(baseline, state, times, rows)
    parts = []
    for begin, end in pairwise(cuts):
        state, found = follow(baseline, state, times[begin:end].tolist(), rows[begin:end].tolist())
        state = State.from_data(json.loads(json.dumps(state.to_data())))
        parts.append(found)
    assert np.array_equal(np.concatenate([each.over for each in parts]), whole.over)
    assert np.array_equal(
        np.concatenate([each.ratio for each in parts]), whole.ratio, equal_nan=True
    )


def test_half_a_recording_judged_goes_on_where_it_stopped():
    times, rows = machine()
    rows[2100:2400, 1] += 0.3
    baseline, state = learn(times[:TRAINING], rows[:TRAINING], ["A", "B", "C"])
    whole = judged(baseline, state, times[1800:], rows[1800:])
    middle, _ = follow(baseline, state, times[1800:2200].tolist(), rows[1800:2200].tolist())
    assert np.array_equal(
        judged(baseline, middle, times[2200:], rows[2200:]).over, whole.over[400:]
    )
