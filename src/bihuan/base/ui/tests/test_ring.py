"""The loop ring: shape and accessible name."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from bihuan.base.ui.ring import STAGES, ring


@pytest.fixture(autouse=True)
def _chinese():
    with translation.override("zh-hans"):
        yield


def classes(svg: str) -> list[str]:
    return re.findall(r'<(?:path|circle)[^>]* class="([\w-]+)"', svg)


@pytest.mark.parametrize(
    ("stage", "state", "name"),
    [
        ("fact", "current", "第 1 段事实，办理中"),
        ("evidence", "soon", "第 3 段证据，快到期"),
        ("verification", "late", "第 4 段核实，已超时"),
        ("evidence", "paused", "第 3 段证据，停表"),
        ("closed", "closed", "已闭环"),
        ("fact", "void", "已作废"),
    ],
)
def test_accessible_name(stage, state, name):
    svg = ring(stage, state)
    assert 'role="img"' in svg
    assert f'aria-label="{name}"' in svg


def test_the_red_arc_tells_where_it_broke():
    assert classes(ring("evidence", "late")) == ["done", "done", "late", "todo", "todo"]


def test_a_pause_is_hatched_over_the_empty_track():
    svg = ring("evidence", "paused", 48)
    assert classes(svg) == ["done", "done", "todo", "paused", "todo", "todo"]
    assert 'stroke-dasharray="1.5 1.6"' in svg


def test_closed_is_one_unbroken_circle_with_a_tick():
    assert classes(ring("closed", "closed")) == ["closed", "tick"]


def test_words_and_counts_inside():
    assert ">核实</text>" in ring("verification", "late", 72)
    assert "<text" not in ring("verification", "late", 36)
    assert ">3</text>" in ring("evidence", "current", 36, count=3)


def test_upper_case_codes_are_read():
    assert ring("EVIDENCE", "LATE") == ring("evidence", "late")


@pytest.mark.parametrize(("stage", "state"), [("proof", "late"), ("fact", "overdue")])
def test_unknown_words_are_refused(stage, state):
    with pytest.raises(ValueError, match="no ring"):
        ring(stage, state)


def test_arcs_lie_clockwise_from_the_top():
    starts = re.findall(r'd="M([\d.]+) ([\d.]+)A', ring("fact", "current", 48))
    first, last = starts[0], starts[-1]
    assert len(starts) == len(STAGES)
    assert float(first[0]) > 20 > float(last[0])
    assert float(first[1]) < 20
