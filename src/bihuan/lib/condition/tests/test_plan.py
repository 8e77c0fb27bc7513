"""A template's parts and health are read strictly: a slip is named with its place."""

from __future__ import annotations

import pytest

from bihuan.lib.condition import read
from bihuan.lib.condition.tests.shipped import HOUSE, TEMPLATE, W, body
from bihuan.lib.machines import BadTemplate

PART = {"title": W, "limit": 100}


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"parts": {"A": PART | {"limt": 5}}}, "parts.A.limt"),
        ({"parts": {"A": PART | {"counter": "SPEED"}}}, "parts.A"),
        ({"parts": {"A": PART | {"counter": "NOTHING"}}}, "parts.A.counter"),
        ({"parts": {"A": PART | {"limit": 0}}}, "parts.A.limit"),
        ({"parts": {"A": PART | {"spread": 1}}}, "parts.A"),
        ({"parts": {"A": PART | {"states": ["FLYING"]}}}, "parts.A"),
        ({"parts": {"A": PART | {"weigh": [{"point": "SPEED"}]}}}, "parts.A.weigh[0]"),
        ({"service": {"S": {"title": W, "kind": "SING", "counter": "HOURS", "every": 5}}}, "service.S.kind"),
        ({"service": {"S": {"title": W, "kind": "CLEAN", "counter": "HOURS", "every": 5, "ahead": 5}}}, "service.S"),
        ({"uses": {"U": {"title": W, "unit": "L"}}}, "uses.U"),
        ({"health": {"weights": {"luck": 1}}}, "health.weights"),
        ({"health": {"wear": [[0, 10], [1, 20]]}}, "health.wear"),
        ({"health": {"points": ["NOTHING"]}}, "health.points"),
        ({"health": {"grades": {"GOOD": 50}}}, "health"),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_its_place(more, place):
    with pytest.raises(BadTemplate) as found:
        read(body(**more), TEMPLATE, HOUSE)
    assert found.value.place == place
