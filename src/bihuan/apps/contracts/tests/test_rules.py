"""States by dates and days of maintenance: pure."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.contracts.enums import CountedFrom, State, Status
from bihuan.apps.contracts.rules.plans import (
    BadEvery,
    following,
    next_after,
    occurrence,
    read_every,
)
from bihuan.apps.contracts.rules.states import state_on

START, END = date(2026, 1, 1), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2025, 12, 31), State.COMING),
        (date(2026, 1, 1), State.ACTIVE),
        (date(2026, 10, 1), State.ACTIVE),
        (date(2026, 10, 2), State.EXPIRING),
        (date(2026, 12, 31), State.EXPIRING),
        (date(2027, 1, 1), State.EXPIRED),
    ],
)
def test_both_ends_are_inside(day, state):
    assert state_on(day, status=Status.SIGNED, start_on=START, end_on=END, lead_days=90) == state


def test_an_ended_contract_runs_to_its_last_day():
    ended = {
        "status": Status.ENDED,
        "start_on": START,
        "end_on": END,
        "ended_on": date(2026, 6, 30),
        "ended_reason": "TERMINATED",
    }
    assert state_on(date(2026, 6, 30), **ended) == State.ACTIVE
    assert state_on(date(2026, 7, 1), **ended) == State.TERMINATED


def test_a_draft_is_no_contract_yet():
    assert (
        state_on(date(2026, 5, 1), status=Status.DRAFT, start_on=START, end_on=None) == State.DRAFT
    )


def test_without_an_end_it_runs():
    assert (
        state_on(date(2060, 1, 1), status=Status.SIGNED, start_on=START, end_on=None, lead_days=90)
        == State.ACTIVE
    )


@pytest.mark.parametrize("text", ["", "3", "mo", "0mo", "-1d", "3 months", "999y", "1.5mo", "x2w"])
def test_a_cadence_that_cannot_be_read_is_refused(text):
    with pytest.raises(BadEvery):
        read_every(text)


def test_the_last_of_a_month_does_not_slide():
    assert [occurrence(date(2026, 1, 31), "1mo", n) for n in (1, 2, 3)] == [
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]
    assert occurrence(date(2026, 1, 31), "1y", 1) == date(2027, 1, 31)
    assert occurrence(date(2026, 1, 31), "2w", 2) == date(2026, 2, 28)


CADENCES = st.sampled_from(["1d", "10d", "2w", "1mo", "3mo", "6mo", "1y", "2y"])


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), CADENCES, st.integers(-400, 5000))
def test_the_next_day_is_the_first_after(anchor, every, later):
    day = anchor + timedelta(days=later)
    number, found = next_after(anchor, every, day)
    slow = 1
    while occurrence(anchor, every, slow) <= day:
        slow += 1
    assert (number, found) == (slow, occurrence(anchor, every, slow))


def test_counted_from_the_work_done_or_by_the_calendar():
    common = {
        "anchor": date(2026, 1, 10),
        "every": "3mo",
        "planned_on": date(2026, 4, 10),
        "done_on": date(2026, 5, 2),
    }
    assert following(counted=CountedFrom.PLANNED, **common) == date(2026, 7, 10)
    assert following(counted=CountedFrom.DONE, **common) == date(2026, 8, 2)
