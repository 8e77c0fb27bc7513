from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.lib.policy import crossed, grade, mix
from bihuan.lib.policy.tests.packs import PACK, at, pack
from bihuan.lib.policy.tests.test_cases import GRADES

NOW = at("2026-10-01T00:00+08:00")
RULE = pack().rules["silver.callback"]


def calls(phone, other, days_ago=10):
    moment = NOW - timedelta(days=days_ago)
    return [(moment, "PHONE")] * phone + [(moment, "VIDEO")] * other


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
    state = mix(calls(phone, other), RULE, NOW)
    assert (state.counted, state.enough, state.kept) == (phone + other, enough, kept)


def test_the_mix_looks_back_twelve_months():
    assert mix(calls(5, 20, days_ago=366), RULE, NOW).counted == 0
    assert mix(calls(5, 20, days_ago=364), RULE, NOW).counted == 25
    assert mix(calls(5, 20, days_ago=-1), RULE, NOW).counted == 0


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
