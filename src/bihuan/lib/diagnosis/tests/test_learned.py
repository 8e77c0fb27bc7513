"""Closed tickets: three move little, three hundred overrule the file, and calibration comes back."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bihuan.lib.diagnosis import OTHER, Closed, Counts, Strength, diagnose, probabilities, taught
from bihuan.lib.diagnosis.tests.shipped import drawn, knowledge


def test_no_ticket_changes_no_probability():
    known = knowledge("centrifuge")
    same = taught(known, Counts())
    shown = {"VIBRATION_HIGH": True, "SHARE_1X_HIGH": False}
    assert probabilities(same, shown) == pytest.approx(probabilities(known, shown))


def test_the_file_stands_for_as_many_tickets_as_it_says():
    known = knowledge("pump")
    tickets = [Closed("SEAL_LEAK", {"FLOW_LOW": True})] * 12
    found = taught(known, Counts.of(tickets), Strength(priors=12, shows=12))
    before = known.chance("SEAL_LEAK", "FLOW_LOW")
    assert found.chance("SEAL_LEAK", "FLOW_LOW") == pytest.approx((before + 1) / 2)
    assert found.priors["SEAL_LEAK"] == pytest.approx((known.priors["SEAL_LEAK"] + 1) / 2)
    assert found.chance("SEAL_LEAK", "SEAL_DRIPS") == pytest.approx(
        known.chance("SEAL_LEAK", "SEAL_DRIPS")
    )
    assert found.chance("CAVITATION", "FLOW_LOW") == pytest.approx(
        known.chance("CAVITATION", "FLOW_LOW")
    )
    assert sum(found.priors.values()) == pytest.approx(1)


def test_what_no_list_names_is_learnt_too_and_what_is_not_known_left_out():
    known = knowledge("pump")
    tickets = [Closed(OTHER, {"GRINDING_NOISE": True, "FLOW_LOW": False})] * 60
    found = taught(known, Counts.of([*tickets, Closed("NO_SUCH", {"FLOW_LOW": True})]))
    shown = {"GRINDING_NOISE": True, "FLOW_LOW": False}
    assert probabilities(found, shown)[OTHER] > probabilities(known, shown)[OTHER] + 0.2
    assert diagnose(found, shown).leading is None
    assert "NO_SUCH" not in found.priors


def test_chances_stay_between_nought_and_one():
    known = knowledge("cabinet")
    found = taught(known, Counts.of([Closed("AIR_BLOCKED", {"CABINET_HOT": True})] * 5000))
    assert 0 < found.chance("AIR_BLOCKED", "CABINET_HOT") < 1
    assert diagnose(found, {"CABINET_HOT": False}).ranked[0].cause != "AIR_BLOCKED"


def test_a_file_that_is_wrong_about_this_fleet_is_put_right_by_its_tickets():
    """The fleet's true shares differ from the file; calibration before and after 600 tickets."""
    known = knowledge("centrifuge")
    chance = random.Random(11)
    true = replace(
        known,
        causes=tuple(
            replace(
                each, prior=each.prior * chance.choice([0.3, 1, 3]),
                shows={s.code: min(max(known.chance(each.code, s.code) + chance.uniform(-0.35, 0.35), 0.02), 0.98) for s in known.symptoms},
            )
            for each in known.causes
        ),
    )  # fmt: skip
    names, weights = list(true.priors), list(true.priors.values())

    def cases(count):
        for cause in chance.choices(names, weights, k=count):
            yield cause, drawn(true, cause, chance, 0.6)

    tickets = Counts.of(Closed(cause, shown) for cause, shown in cases(600))
    tried = list(cases(3000))
    before, after = (_error(each, tried) for each in (known, taught(known, tickets)))
    assert before > 0.08
    assert after < 0.05
    assert _right(taught(known, tickets), tried) > _right(known, tried) + 0.05


def _error(known, tried):
    bins = [[0.0, 0] for _ in range(10)]
    for cause, shown in tried:
        found = probabilities(known, shown)
        best = max(found, key=lambda each: found[each])
        place = bins[min(int(found[best] * 10), 9)]
        place[0] += found[best]
        place[1] += best == cause
    return sum(abs(sure - hits) for sure, hits in bins) / len(tried)


def _right(known, tried):
    return sum(
        max(found := probabilities(known, shown), key=lambda each: found[each]) == cause
        for cause, shown in tried
    ) / len(tried)  # fmt: skip


def test_a_strength_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        Strength(priors=0)
