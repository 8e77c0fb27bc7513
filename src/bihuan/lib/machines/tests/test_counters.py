"""Counters: what they gained is taken however rarely they tell, a misread is not, a new meter is."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bihuan.lib.machines import Cause, read
from bihuan.lib.machines.counters import AGREE
from bihuan.lib.machines.evaluate import Evaluator
from bihuan.lib.machines.judge import Bounds, judge

SHIPPED = Path(__file__).parents[3] / "apps/monitoring/data/templates/centrifuge.yaml"
TEMPLATE = read(YAML(typ="safe", pure=True).load(SHIPPED.read_text("utf-8")))
SPEED, HOURS, CYCLES = (TEMPLATE.index(code) for code in ("SPEED", "HOURS", "CYCLES"))
START, NAN = 1_000_000.0, math.nan


class Pipe:
    """Judges and knows as a worker does; every so often it is killed and knows what was stored."""

    def __init__(self, template=TEMPLATE, forgets=math.inf):
        self.template, self.forgets, self.lots = template, forgets, 0
        self.evaluator, self.causes = Evaluator(template), []

    def take(self, ts, hours=NAN, cycles=NAN):
        """A lot of one machine, another one's rows between; returns the counters as they are stored."""
        ts = np.repeat(np.atleast_1d(ts).astype(float), 2)
        values = np.full((len(ts), len(self.template.points)), NAN)
        values[:, SPEED] = 4000.0
        values[::2, HOURS], values[::2, CYCLES] = hours, cycles
        values[1::2, HOURS] = 10 + ts[1::2] / 3600
        machines = np.tile([7, 8], len(ts) // 2)
        slots = np.array([self.evaluator.slot(each) for each in machines.tolist()])
        found = judge(
            self.template, ts, ts, values, self.evaluator.last[slots], Bounds(300, 86400),
            counters=self.evaluator.counters, slots=slots,
        )  # fmt: skip
        self.causes += [found.causes[row] for row in sorted(found.causes)]
        assert all(row % 2 == 0 for row in found.causes), (
            "the other machine is none of its business"
        )
        self.evaluator.feed(machines[found.keep], ts[found.keep], found.values[found.keep])
        self.lots += 1
        if self.lots % self.forgets == 0:
            self.again()
        return found.values[::2, HOURS].tolist(), found.values[::2, CYCLES].tolist()

    def again(self):
        before, self.evaluator = self.evaluator, Evaluator(self.template)
        for machine, memory in zip((7, 8), before.memories([7, 8]), strict=True):
            slot = before.slot(machine)
            stored = orjson.loads(orjson.dumps(memory))
            self.evaluator.load(
                machine, at=before.last_ts[slot], values=before.last[slot].tolist(), memory=stored
            )


@pytest.mark.parametrize("forgets", [1, math.inf])
@pytest.mark.parametrize("lot", [1, 7])
def test_an_hour_meter_that_tells_every_half_hour_is_taken(forgets, lot):
    pipe, times = Pipe(forgets=forgets), START + 10.0 * np.arange(900)
    hours = np.where(np.arange(900) % 180 == 0, 500 + np.arange(900) / 360, NAN)
    taken = []
    for begin in range(0, 900, lot):
        taken += pipe.take(times[begin : begin + lot], hours=hours[begin : begin + lot])[0]
    assert pipe.causes == []
    assert np.array_equal(taken, hours, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40_000), st.booleans()), min_size=1, max_size=40),
    st.integers(1, 5), st.floats(0.0, 1.0),
)  # fmt: skip
def test_what_a_meter_can_have_gained_is_never_refused(steps, lot, speed):
    """However irregularly it tells, and however often the worker is killed."""
    pipe = Pipe(forgets=3)
    times = START + np.cumsum([step for step, _told in steps], dtype=float)
    hours = np.where([told for _step, told in steps], 100 + speed * (times - START) / 3600, NAN)
    for begin in range(0, len(times), lot):
        pipe.take(times[begin : begin + lot], hours=hours[begin : begin + lot])
    assert pipe.causes == []


@pytest.mark.parametrize("forgets", [1, math.inf])
@pytest.mark.parametrize("wrong", [99_999_999.0, 0.0])
def test_one_misread_is_refused_and_what_follows_is_taken(wrong, forgets):
    pipe = Pipe(forgets=forgets)
    told = [pipe.take(START + 10 * n, cycles=5000.0 + n // 6)[1][0] for n in range(12)]
    assert math.isnan(pipe.take(START + 120, cycles=wrong)[1][0])
    told += [pipe.take(START + 10 * n, cycles=5000.0 + n // 6)[1][0] for n in range(13, 400)]
    assert not np.isnan(told).any()
    assert pipe.causes == [Cause.COUNTER_BACK if wrong < 5000 else Cause.COUNTER_JUMP]


@pytest.mark.parametrize("forgets", [1, math.inf])
@pytest.mark.parametrize("lot", [1, 25, 200])
@pytest.mark.parametrize("begins", [0.0, 20_000.0])
def test_a_new_meter_is_taken_once_its_readings_agree_and_that_is_said_once(begins, lot, forgets):
    pipe = Pipe(forgets=forgets)
    pipe.take(START, hours=5000.0)
    times = START + 10.0 * np.arange(1, 201)
    hours = begins + (times - START) / 3600
    taken = []
    for at in range(0, 200, lot):
        taken += pipe.take(times[at : at + lot], hours=hours[at : at + lot])[0]
    refused = np.isnan(taken).sum()
    assert refused == TEMPLATE.silent / 10, "until it has stood as long as a silence is one"
    assert np.array_equal(taken[refused:], hours[refused:])
    cause = Cause.COUNTER_BACK if begins < 5000 else Cause.COUNTER_JUMP
    assert pipe.causes == [*[cause] * refused, Cause.COUNTER_NEW]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 4000) | st.floats(6000, 1e6), min_size=2, max_size=60, unique=True))
def test_readings_that_do_not_agree_never_make_a_new_meter(wrong):
    falling = sorted(wrong, reverse=True)
    pipe = Pipe(forgets=4)
    pipe.take(START, hours=5000.0)
    for number, value in enumerate(falling, 1):
        pipe.take(START + 60 * number, hours=value)
    assert Cause.COUNTER_NEW not in pipe.causes
    assert not math.isnan(pipe.take(START + 60 * len(wrong) + 60, hours=5000.2)[0][0])


def test_between_two_true_readings_nothing_adds_up_to_a_new_meter():
    pipe = Pipe()
    pipe.take(START, hours=5000.0)
    for number in range(1, 400):
        pipe.take(START + 10 * number, hours=3.0 if number % AGREE else 5000 + number / 360)
    assert Cause.COUNTER_NEW not in pipe.causes


def test_a_telegram_sent_again_and_again_is_no_new_meter():
    pipe = Pipe()
    pipe.take(START, hours=5000.0)
    for _again in range(50):
        assert math.isnan(pipe.take(START + 1000, hours=3.0)[0][0])


def test_a_counter_without_a_figure_finds_back_from_a_misread():
    points = [replace(each, fastest=math.inf) for each in TEMPLATE.points]
    pipe = Pipe(replace(TEMPLATE, points=tuple(points)))
    pipe.take(START, cycles=5000.0)
    pipe.take(START + 10, cycles=99_999_999.0)
    told = [pipe.take(START + 10 * n, cycles=5001.0)[1][0] for n in range(2, 100)]
    assert told[-1] == 5001.0
    assert pipe.causes.count(Cause.COUNTER_NEW) == 1


def test_a_memory_from_before_counters_were_remembered_is_read():
    evaluator = Evaluator(TEMPLATE)
    values = [NAN] * len(TEMPLATE.points)
    evaluator.load(7, at=START, values=values, memory={})
    assert evaluator.counters.cells[evaluator.slot(7), :, 0].tolist() == [START, START]
    assert evaluator.memories([7]) == [{}], "and nothing is stored that says no more"
