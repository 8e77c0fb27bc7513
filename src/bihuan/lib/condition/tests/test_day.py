"""A day from its samples: every second counted once, whatever order they came in."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.lib.condition.day import fold
from bihuan.lib.condition.tests.shipped import PLAN, TEMPLATE

DAY = 86400.0


def folded(ts, speed=3000.0, before=None, start=0.0, end=DAY, since=-math.inf, **columns):
    ts = np.asarray(ts, float)
    values = np.full((len(ts), 6), math.nan)
    values[:, 0] = speed
    for code, column in columns.items():
        values[:, TEMPLATE.index(code)] = column
    return fold(
        TEMPLATE, PLAN, np.rint(ts * 1000).astype(np.int64), values, start, end, before or {}, since=since
    )  # fmt: skip


def test_a_whole_day_at_rated_speed_wears_its_hours():
    ts = np.arange(0, DAY + 10, 10)
    found = folded(
        ts,
        TEMP=50.0,
        HOURS=100 + ts / 3600,
        CYCLES=np.floor(ts / 3600),
        FUEL=50.0,
        CURRENT=10.0,
        before={"HOURS": 100.0, "CYCLES": 0.0},
    )
    assert (found.seen, found.run, found.starts) == (DAY, DAY, 0)
    assert found.gained["HOURS"] == pytest.approx(24, abs=0.01)
    assert found.worn == pytest.approx({"ROTOR": 23, "BEARING": 24, "SEAL": 24}, abs=0.01)
    assert found.used["ENERGY"] == pytest.approx(math.sqrt(3) * 380 * 0.85 * 10 * 24 / 1000)
    assert found.used["FUEL"] == 0
    assert found.points["TEMP"].mean == pytest.approx(50)


def test_speed_and_heat_wear_faster():
    ts = np.arange(0, 3610, 10)
    assert folded(ts, speed=6000.0, end=3600.0).worn["BEARING"] == pytest.approx(4)
    assert folded(ts, TEMP=80.0, end=3600.0).worn["BEARING"] == pytest.approx(4)
    assert folded(ts, speed=0.0, end=3600.0).worn["BEARING"] == 0


def test_starts_are_counted_and_a_silence_is_not_run():
    ts = np.r_[np.arange(0, 600, 10), np.arange(7200, 7800, 10)]
    speed = np.r_[np.zeros(30), np.full(30, 3000.0), np.zeros(30), np.full(30, 3000.0)]
    found = folded(ts, speed=speed)
    assert found.starts == 2
    assert found.run == pytest.approx(580)
    assert found.states == pytest.approx({"IDLE": 600, "WORKING": 580})


def test_what_sloshes_is_not_consumed_and_a_filling_is_no_gain():
    ts = np.arange(0, DAY, 60)
    level = 80 - 40 * ts / DAY + np.where(ts > DAY / 2, 50, 0)
    noise = np.where(np.arange(len(ts)) % 2, 2.0, -2.0)
    found = folded(ts, FUEL=level + noise)
    assert found.used["FUEL"] == pytest.approx(80, abs=5)


def test_another_counter_gains_only_what_it_counted():
    ts = np.arange(0, 100, 10)
    assert folded(ts, HOURS=np.linspace(0, 9, 10), before={"HOURS": 5000.0}).gained["HOURS"] == 9
    assert folded(ts, before={"HOURS": 5000.0}).gained["HOURS"] == 0
    assert folded([DAY + 5]) is None


@given(st.integers(1, 98), st.sampled_from([0.0, 900.0, 20_000.0]))
def test_a_counter_replaced_in_the_day_gains_what_both_counted(when, begins):
    """Whether the new one stands lower or higher: the step between them is no gain."""
    ts = np.arange(0, 100 * 600, 600)
    meter = np.where(np.arange(100) < when, 5000.0, begins - when / 6) + np.arange(100) / 6
    found = folded(ts, HOURS=meter, before={"HOURS": 5000.0})
    assert found.gained["HOURS"] == pytest.approx(98 / 6)
    assert found.totals["HOURS"] == meter[-1]


def test_a_counter_replaced_in_the_night_gains_nothing_by_it():
    ts = np.arange(0, 3600, 600)
    found = folded(ts, HOURS=20_000 + ts / 3600, before={"HOURS": 5000.0}, since=-DAY)
    assert found.gained["HOURS"] == pytest.approx(5 / 6)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 2 * 86400 - 1), min_size=2, max_size=200, unique=True),
    st.integers(1, 86399),
)
def test_two_days_add_up_to_the_whole_wherever_they_are_cut(seconds, cut):
    ts = np.array(sorted(seconds), float)
    speed = np.where(np.arange(len(ts)) % 3, 3000.0, 0.0)
    whole = folded(ts, speed, end=2 * DAY)
    parts = [
        folded(ts, speed, start=0.0, end=float(cut)),
        folded(ts, speed, start=float(cut), end=2 * DAY),
    ]
    there = [part for part in parts if part]
    if len(there) == 2:
        assert sum(part.run for part in there) == pytest.approx(whole.run)
        assert sum(part.seen for part in there) == pytest.approx(whole.seen)
        assert sum(part.starts for part in there) == whole.starts
        assert sum(part.worn["BEARING"] for part in there) == pytest.approx(whole.worn["BEARING"])
