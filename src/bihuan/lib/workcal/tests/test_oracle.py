"""The fast arithmetic against the slow oracle."""

from __future__ import annotations

from bihuan.lib.workcal.bench import compare


def test_twenty_thousand_seeded_cases_agree_with_the_oracle() -> None:
    found = compare(seed=20261125, cases=20_000, pool=9, days=400)

    assert found.differences == []
    assert found.cases == 20_000
    assert found.waiting > 50  # open pauses were among them
