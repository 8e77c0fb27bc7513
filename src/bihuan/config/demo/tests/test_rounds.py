"""What comes round is done when people do such things."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

from bihuan.config.demo import rounds
from bihuan.config.demo.chance import ZONE, Chance


def test_customers_are_asked_for_a_visit_by_day():
    asked = []
    book = SimpleNamespace(plan=lambda at, _name, **_about: asked.append(at.astimezone(ZONE)))
    stage = SimpleNamespace(chance=Chance(7), book=book)
    begun = datetime(2026, 1, 1, tzinfo=ZONE)
    for hour in range(200):
        row = SimpleNamespace(pk=hour, opens_at=begun, anchor_at=begun)
        rounds._visit(stage, row, begun + timedelta(hours=hour))
    assert {each.hour for each in asked} == {9, 10, 11, 14, 15, 16, 17}
    assert min(asked) >= begun
