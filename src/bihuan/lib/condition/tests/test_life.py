"""What is left of a part: sound, and honest about what it does not know."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.condition import Measured, Rate, estimate, rate_of
from bihuan.lib.condition.tests.shipped import PLAN

ROTOR, BEARING, SEAL = PLAN.parts
STEADY = Rate(10.0, 9.0, 11.0)
shares = st.floats(0, 1.5)
wears = st.floats(0, 1)


def measures():
    return st.lists(st.builds(Measured, used=st.floats(0.05, 1.2), wear=wears), max_size=5)


@given(st.floats(0, 3000), measures())
def test_the_interval_holds_the_estimate_and_no_number_is_below_nothing(used, measured):
    found = estimate(BEARING, used, STEADY, measured=measured)
    assert 0 <= found.left_low <= found.left <= found.left_high
    assert 0 <= found.wear_low <= found.wear <= found.wear_high
    assert 0 <= found.days_low <= found.days <= (found.days_high or 1e9)


@given(shares, shares, measures())
def test_more_use_never_leaves_more(one, other, measured):
    less, more = sorted((one * 1000, other * 1000))
    assert (
        estimate(BEARING, more, STEADY, measured=measured).left
        <= estimate(BEARING, less, STEADY, measured=measured).left
    )


@given(st.floats(0.1, 1.0), wears, wears)
def test_a_greater_measured_wear_never_leaves_more(used, one, other):
    low, high = sorted((one, other))
    few, many = (
        estimate(BEARING, used * 1000, STEADY, measured=[Measured(used, wear)])
        for wear in (low, high)
    )
    assert many.left <= few.left
    assert many.wear >= few.wear


@given(st.floats(0.1, 1.0), wears)
def test_what_was_measured_lies_between_plan_and_measurement_and_narrows(used, wear):
    plain = estimate(BEARING, used * 1000, STEADY)
    found = estimate(BEARING, used * 1000, STEADY, measured=[Measured(used, wear)])
    assert min(used, wear) - 1e-9 <= found.wear <= max(
        used, wear
    ) + 1e-9 or found.wear == pytest.approx(0.05 * used)
    assert found.wear_high - found.wear_low <= plain.wear_high - plain.wear_low + 1e-9


def test_a_limit_that_is_a_rule_knows_no_estimate():
    found = estimate(ROTOR, 860, STEADY, measured=[Measured(0.86, 0.1)])
    assert (found.wear, found.left, found.left_low, found.left_high) == (0.86, 140, 140, 140)
    assert (found.days, round(found.days_low, 1), round(found.days_high, 1)) == (14, 12.7, 15.6)


def test_a_part_grows_old_too_and_one_that_is_not_used_has_no_other_day():
    idle = Rate(0, 0, 0)
    assert estimate(BEARING, 100, idle).days is None
    found = estimate(SEAL, 100, idle, age_days=700)
    assert found.by_age
    assert found.days == pytest.approx(30.5)
    assert estimate(SEAL, 499, STEADY, age_days=100).days < 1


def test_a_limit_of_its_own_counts():
    assert estimate(ROTOR, 100, STEADY, limit=500).wear == 0.2


def test_of_many_parts_at_least_four_in_five_end_within_their_interval():
    chance = random.Random(4)
    inside = 0
    for _ in range(400):
        speed = max(0.2, chance.gauss(1, BEARING.spread))
        measured = [
            Measured(at, max(0.0, chance.gauss(speed * at, BEARING.measured)))
            for at in (0.2, 0.4)
            if chance.random() < 0.5
        ]
        found = estimate(BEARING, 500, STEADY, measured=measured)
        truth = max(0.0, 1000 / speed - 500)
        inside += found.left_low <= truth <= found.left_high
    assert 0.75 <= inside / 400 <= 0.9


@given(st.lists(st.floats(0, 24), max_size=60))
def test_a_rate_lies_in_its_interval(daily):
    found = rate_of(daily)
    assert 0 <= found.low <= found.mean <= found.high
    assert found.mean == pytest.approx(sum(daily) / len(daily) if daily else 0)


def test_a_steady_machine_is_known_better_than_a_moody_one():
    steady, moody = rate_of([8.0] * 56), rate_of(([16.0] * 7 + [0.0] * 7) * 4)
    assert steady.mean == moody.mean
    assert steady.high < moody.high
    assert replace(steady, high=0) != moody
