"""Rates and departments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.compliance.enums import Definition
from bihuan.apps.compliance.rules import Tally, band, department_of

UP = {
    "engineer": "region_lead", "region_lead": "head", "analyst": "care_lead", "care_lead": "head",
    "store": "head", "head": "top", "sponsor": "top", "top": "",
}  # fmt: skip


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    due = draw(st.integers(0, 50))
    on_time = draw(st.integers(0, due))
    return Tally(due, on_time, draw(st.integers(0, on_time)), draw(st.integers(0, 9)))


@given(tallies(), tallies())
def test_cells_add_up_and_strict_is_never_better(one: Tally, other: Tally) -> None:
    both = one + other
    assert (both.due, both.waived) == (one.due + other.due, one.waived + other.waived)
    rates = [both.rate(by) for by in (Definition.STRICT, Definition.ON_TIME)]
    if not both.due:
        assert rates == [None, None]
        return
    strict, on_time = (rate or 0 for rate in rates)
    assert 0 <= strict <= on_time <= 1
    assert (both.rate(Definition.WAIVED_TOO) or 0) <= on_time


@pytest.mark.parametrize(
    ("rate", "colour"),
    [(None, ""), (1.0, "good"), (0.95, "good"), (0.949, "fair"), (0.9, "fair"), (0.89, "weak"),
     (0.7, "poor"), (0.699, "bad"), (0.0, "bad")],
)  # fmt: skip
def test_a_colour_begins_at_its_limit(rate: float | None, colour: str) -> None:
    assert band(rate) == colour


@pytest.mark.parametrize(
    ("role", "department"),
    [("engineer", "region_lead"), ("region_lead", "region_lead"), ("analyst", "care_lead"),
     ("store", "head"), ("head", "head"), ("sponsor", "top"), ("top", "top"), ("unknown", "unknown")],
)  # fmt: skip
def test_a_role_belongs_to_the_lead_above_it(role: str, department: str) -> None:
    assert department_of(role, UP) == department


def test_a_ladder_that_runs_in_a_circle_ends() -> None:
    assert department_of("a", {"a": "b", "b": "a"}) in ("a", "b")
