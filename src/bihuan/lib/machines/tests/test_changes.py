"""Changes of many machines reckoned at once are those of one row after the other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.machines.changes import Reference, Rows

WITHIN = 60.0
row = st.tuples(
    st.sampled_from([1, 10, 30, 59, 60, 61, 200]),  # seconds since the row before
    st.sampled_from([math.nan, 0.0, 1.0, 5.0, 7.5]),
    st.sampled_from([False, False, False, True]),  # after a gap
)
machine = st.tuples(st.sampled_from([None, 2.0]), st.lists(row, min_size=1, max_size=12))


def by_row(value, at, rows):
    """The rule as it is told: one row, one step."""
    changes = []
    for now, told, gap in rows:
        if gap:
            at = math.nan
        ripe = now - at >= WITHIN
        changes.append((told - value) / (now - at) * 60 if ripe else math.nan)
        if (ripe or math.isnan(at)) and not math.isnan(told):
            value, at = told, now
    return changes, value, at


@given(st.lists(machine, min_size=1, max_size=4), st.integers(0, 12))
def test_all_at_once_is_row_after_row(machines, cut):
    held = Reference(
        np.array([math.nan if begun is None else begun for begun, _ in machines]),
        np.array([math.nan if begun is None else 1000.0 for begun, _ in machines]),
    )
    expected, rows = [], []
    for number, (begun, steps) in enumerate(machines):
        at, lines = 1000.0, []
        for passed, told, gap in steps:
            at += passed
            lines.append((at, told, gap or (begun is None and not lines)))
        value, since = (math.nan, math.nan) if begun is None else (begun, 1000.0)
        changes, value, since = by_row(value, since, lines)
        expected.append((changes, value, since))
        rows += [(number, place, *line) for place, line in enumerate(lines)]
    found = {}
    for part in (
        [each for each in rows if each[1] < cut],
        [each for each in rows if each[1] >= cut],
    ):
        found |= step(held, part)  # in two batches
    for number, (changes, value, since) in enumerate(expected):
        told = [found[number, place] for place in range(len(changes))]
        assert told == pytest.approx(changes, nan_ok=True)
        assert held.at[number] == pytest.approx(since, nan_ok=True)
        if not math.isnan(since):
            assert held.value[number] == value


def step(held, part):
    """One batch, as the evaluator hands it over."""
    if not part:
        return {}
    there = sorted({each[0] for each in part})
    of = np.array([there.index(each[0]) for each in part])
    starts = np.searchsorted(of, np.arange(len(there)))
    ends = np.append(starts[1:], len(of)) - 1
    millis = np.array([round(each[2] * 1000) for each in part], np.int64)
    rows = Rows(of, starts, ends, millis, np.array([each[4] for each in part]))
    mine = Reference(held.value[there], held.at[there])
    changes = mine.follow(rows, np.array([each[3] for each in part]), WITHIN)
    held.value[there], held.at[there] = mine.value, mine.at
    return {each[:2]: change for each, change in zip(part, changes.tolist(), strict=True)}
