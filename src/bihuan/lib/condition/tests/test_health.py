"""One number that says why: bounded, monotone, and silent about what it does not know."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.condition import Inputs, Limit, Standing, Warned, health
from bihuan.lib.condition.tests.shipped import SETTINGS

LIMITS = (
    Limit(70.0, upward=True, klass="HIGH"),
    Limit(85.0, upward=True, klass="URGENT"),
    Limit(5.0, upward=False, klass="NORMAL"),
)
classes = st.sampled_from(["LOW", "NORMAL", "HIGH", "URGENT"])
alarms = st.lists(
    st.builds(
        Warned,
        rule=st.sampled_from("abcd"),
        klass=classes,
        days=st.floats(0, 90),
        stands=st.booleans(),
    ),
    max_size=6,
)
standings = st.lists(
    st.builds(
        lambda low, more: Standing("TEMP", low, low + more, LIMITS, (10.0, 70.0)),
        st.floats(-50, 150),
        st.floats(0, 50),
    ),
    max_size=3,
)
numbers = st.dictionaries(st.sampled_from("ABC"), st.floats(0, 20), max_size=3)
maybe = st.none()
inputs = st.builds(
    Inputs, standings=maybe | standings, alarms=maybe | alarms, wear=maybe | numbers, drift=maybe | numbers, late=maybe | numbers,
    fresh=st.floats(0, 1),
)  # fmt: skip


def at(value, **more):
    return health(
        Inputs(standings=[Standing("TEMP", value, value, LIMITS, (10.0, 70.0))], **more), SETTINGS
    )


@given(inputs)
def test_the_index_is_bounded_and_its_shares_add_up(given_):
    found = health(given_, SETTINGS)
    if found is None:
        return
    assert 0 <= found.index <= 100
    assert 0 <= found.confidence <= 1
    assert found.index == pytest.approx(
        max(0, min(100 - sum(each.lost for each in found.shares), found.ceiling)), abs=1e-6
    )
    assert sum(each.weight for each in found.shares) == pytest.approx(1)
    assert found.grade in {"GOOD", "FAIR", "POOR", "DANGER"}


@given(inputs, classes)
def test_one_more_alarm_never_helps(given_, klass):
    before = health(replace(given_, alarms=given_.alarms or []), SETTINGS)
    after = health(
        replace(given_, alarms=[*(given_.alarms or []), Warned("x", klass, 0, stands=True)]),
        SETTINGS,
    )
    assert after.index <= before.index + 1e-9


@given(inputs, st.floats(0, 3), st.floats(0, 3))
def test_more_wear_never_helps(given_, one, other):
    low, high = sorted((one, other))
    few, many = (health(replace(given_, wear={"A": value}), SETTINGS) for value in (low, high))
    assert many.index <= few.index + 1e-9


@given(st.floats(10, 200), st.floats(10, 200))
def test_a_value_nearer_to_its_limit_never_helps(one, other):
    low, high = sorted((one, other))
    assert at(high).index <= at(low).index + 1e-9


@given(inputs)
def test_what_is_not_known_lowers_the_confidence_alone(given_):
    whole = Inputs(
        standings=[Standing("TEMP", 40, 40, LIMITS)],
        alarms=[],
        wear={"A": 0.1},
        drift={"T": 0.0},
        late={},
    )
    bare = replace(whole, drift=None, late=None)
    assert health(whole, SETTINGS).index == health(bare, SETTINGS).index == 100
    assert health(bare, SETTINGS).confidence < health(whole, SETTINGS).confidence == 1
    assert health(bare, SETTINGS).unknown == ["drift", "maintenance"]


def test_nothing_known_is_no_number():
    assert health(Inputs(), SETTINGS) is None


def test_a_value_in_its_band_costs_nothing_at_its_limits_what_is_written_and_beyond_all():
    assert at(40).index == 100
    assert at(70).index == pytest.approx(SETTINGS.at["HIGH"])
    assert at(85).index == 0
    assert at(5).index == pytest.approx(SETTINGS.at["NORMAL"])
    assert at(62.5).index < 100
    reason = at(78).shares[0].reasons[0]
    assert (reason["point"], reason["value"], reason["limit"]) == ("TEMP", 78, 70)


def test_a_grave_alarm_that_stands_is_a_ceiling_and_one_long_over_hardly_counts():
    grave = at(
        40,
        alarms=[Warned("hot", "URGENT", 0, stands=True)],
        wear={"A": 0.0},
        drift={"T": 0.0},
        late={},
    )
    assert grave.index == SETTINGS.caps["URGENT"]
    assert grave.because["rule"] == "hot"
    over = at(
        40,
        alarms=[Warned("hot", "URGENT", 60, stands=False)],
        wear={"A": 0.0},
        drift={"T": 0.0},
        late={},
    )
    assert over.index > 99
    assert at(40, wear={"A": 1.3}).index <= SETTINGS.worn_cap
    assert at(40, late={"CLEAN": 45}).index < at(40, late={}).index
