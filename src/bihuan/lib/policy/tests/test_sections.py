from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bihuan.lib.policy import crossed, grade, mix, mix_from
from bihuan.lib.policy.tests.packs import PACK, pack
from bihuan.lib.policy.tests.test_cases import GRADES

RULE = pack().rules["silver.callback"]


@pytest.mark.parametrize(
    ("phone", "other", "enough", "kept"),
    [
        (6, 4, True, True),
        (11, 9, True, True),
        (5, 5, True, False),
        (1, 8, False, True),
        (0, 0, False, True),
    ],
)
def test_the_mix_counts_its_tolerance_and_its_least_number(phone, other, enough, kept):
    state = mix({"PHONE": phone, "VIDEO": other}, RULE)
    assert (state.counted, state.enough, state.kept) == (phone + other, enough, kept)


@pytest.mark.parametrize(
    ("sign", "wanted", "tolerance", "kept"),
    [
        (">=", 0.5, 0.0, True), (">", 0.5, 0.0, False), ("<=", 0.5, 0.0, True),
        ("<", 0.5, 0.0, False), ("=", 0.5, 0.0, True), (">", 0.55, 0.05, False),
        (">=", 0.55, 0.05, True), ("<", 0.45, 0.05, False), ("<=", 0.45, 0.05, True),
    ],
)  # fmt: skip
def test_a_share_exactly_at_its_limit(sign, wanted, tolerance, kept):
    rule = replace(RULE, mix={"PHONE": (sign, wanted)}, mix_tolerance=tolerance)
    assert mix({"PHONE": 20, "VIDEO": 20}, rule).kept is kept


def test_the_mix_looks_back_twelve_months():
    assert mix_from(date(2026, 10, 1)) == date(2025, 10, 2)
    assert mix_from(date(2028, 2, 29)) == date(2027, 3, 1)


def test_the_gravest_yes_counts():
    complaints = pack(pack=PACK + GRADES).complaints
    assert grade(complaints, {"injury": True}) == "MAJOR"
    assert grade(complaints, {"injury": False}) == "GENERAL"
    with pytest.raises(KeyError):
        grade(complaints, {"weather": True})


def test_thresholds():
    text = "thresholds:\n  - {id: low, clause: C3, title: {zh: 低, en: Low}, of: survey.attitude, below: 3.5, then: plan.propose, by: lead, within: 3wd}\n"
    found = pack(pack=PACK + text)
    assert [t.id for t in crossed(found, "survey.attitude", 3.49)] == ["low"]
    assert crossed(found, "survey.attitude", 3.5) == []
    assert crossed(found, "survey.speed", 1) == []
