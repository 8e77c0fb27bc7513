"""The first diagnosis: what it says of plain cases, and whether its probabilities are true."""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace

import pytest

from bihuan.lib.diagnosis import (
    NEVER,
    OTHER,
    Rules,
    Seen,
    diagnose,
    for_customer,
    for_engineer,
    probabilities,
    symptoms,
)
from bihuan.lib.diagnosis.tests.shipped import POINTS, drawn, knowledge

QUIET = {
    "VIBRATION_HIGH": False, "SHARE_1X_HIGH": False, "HIGH_BAND_HIGH": False, "BEARING_WARM": False,
    "GREW_OVER_WEEKS": False, "CHAMBER_WARM": False, "CURRENT_LOW": False, "CURRENT_HIGH": False,
    "SPEED_LOW": False, "LID_SAYS_OPEN": False,
}  # fmt: skip
PLAIN = {
    "IMBALANCE": {"VIBRATION_HIGH", "SHARE_1X_HIGH", "AFTER_LOADING"},
    "BEARING_WEAR": {"VIBRATION_HIGH", "HIGH_BAND_HIGH", "BEARING_WARM", "GREW_OVER_WEEKS"},
    "COOLING_LOSS": {"CHAMBER_WARM", "CURRENT_LOW"},
    "CONDENSER_DIRTY": {"CHAMBER_WARM", "CURRENT_HIGH"},
    "LID_LOCK": {"LID_SAYS_OPEN"},
}


@pytest.mark.parametrize("cause", PLAIN)
def test_what_a_centrifuge_measures_leads_to_the_cause(cause):
    shown = QUIET | dict.fromkeys(PLAIN[cause], True)
    found = diagnose(knowledge("centrifuge"), shown)
    assert found.leading
    assert found.leading.cause == cause
    assert sum(each.probability for each in found.ranked) + found.other == pytest.approx(1)


def test_evidence_is_told_for_and_against_by_how_much_it_moves():
    known = knowledge("centrifuge")
    shown = QUIET | {"VIBRATION_HIGH": True, "HIGH_BAND_HIGH": True, "BEARING_WARM": True}
    found = diagnose(known, shown)
    first = found.ranked[0]
    assert first.cause == "BEARING_WEAR"
    assert {each.symptom for each in first.speaks_for} >= {"HIGH_BAND_HIGH", "BEARING_WARM"}
    assert first.speaks_against[0].symptom == "GREW_OVER_WEEKS"
    weight = first.speaks_against[0].weight
    without = probabilities(known, {k: v for k, v in shown.items() if k != "GREW_OVER_WEEKS"})
    odds = [math.log(p / (1 - p)) for p in (first.probability, without["BEARING_WEAR"])]
    assert weight == pytest.approx(odds[0] - odds[1])
    assert weight < 0


def test_the_next_check_separates_the_leading_causes_and_costs_count():
    known = knowledge("centrifuge")
    shown = dict.fromkeys(QUIET, False) | {"CHAMBER_WARM": True}
    del shown["CURRENT_LOW"], shown["CURRENT_HIGH"]
    found = diagnose(known, shown)
    assert {each.cause for each in found.ranked[:2]} == {"COOLING_LOSS", "CONDENSER_DIRTY"}
    assert {each.symptom for each in found.checks} == {"GRILLE_DUSTY", "RIM_FROST", "CURRENT_HIGH"}
    dear = replace(
        known, symptoms=tuple(replace(each, minutes=240) if each.code == "GRILLE_DUSTY" else each for each in known.symptoms)
    )  # fmt: skip
    assert diagnose(dear, shown).checks[0].symptom != "GRILLE_DUSTY"
    after = diagnose(known, shown | {"GRILLE_DUSTY": True, "CURRENT_HIGH": True})
    assert after.leading
    assert after.leading.cause == "CONDENSER_DIRTY"


def test_nothing_known_and_a_contradictory_picture_are_answered_i_do_not_know():
    known = knowledge("pump")
    assert diagnose(known, {}).leading is None
    odd = {"PRESSURE_HIGH": True, "SEAL_DRIPS": True, "GRINDING_NOISE": True, "FLUID_WARM": True, "FLOW_LOW": False, "VIBRATION_HIGH": False, "VALVE_SHUT": False}  # fmt: skip
    found = diagnose(known, odd)
    assert found.leading is None
    assert found.other > found.ranked[0].probability
    assert found.follows == "REMOTE"
    assert "还不能判断" in for_engineer(found, "zh")[0]
    assert "原因还不能确定" in for_customer(found, "zh")


def test_the_strictest_advice_of_what_is_weighty_wins():
    known = knowledge("pump")
    shown = {"FLOW_LOW": True, "PRESSURE_LOW": True, "CURRENT_LOW": True, "FILTER_DIRTY": False, "VIBRATION_HIGH": False}  # fmt: skip
    found = diagnose(known, shown)
    dry = next(each for each in found.ranked if each.cause == "DRY_RUN")
    assert dry.probability >= 0.2
    assert (found.advice, found.follows) == ("STOP", "URGENT")
    bold = diagnose(known, shown, Rules(caution=0.99))
    assert bold.advice != "STOP"


def test_codes_that_are_not_of_the_knowledge_are_left_out():
    known = knowledge("pump")
    assert diagnose(known, {"NO_SUCH": True}).ranked == diagnose(known, {}).ranked


def test_readings_become_symptoms_and_what_is_missing_is_neither_yes_nor_no():
    known = knowledge("centrifuge")
    found = symptoms(known, Seen(
        points={"VIBRATION": 5.0, "IMBALANCE_SHARE": 71.0, "CHAMBER_TEMP": 9.0, "SET_TEMP": 4.0, "SET_SPEED": 4000.0, "LID": math.nan},
        changes={("VIBRATION", 720.0): 0.1}, drifts={"VIBRATION": 0, "HIGH_BAND": 0, "CURRENT": -1},
        answers={"AFTER_LOADING": True, "CHAMBER_WARM": False}, days={"ROTOR_CHANGED": 3.0, "MOVED": NEVER},
    ))  # fmt: skip
    assert found == {
        "VIBRATION_HIGH": True, "SHARE_1X_HIGH": True, "HIGH_BAND_HIGH": False, "GREW_OVER_WEEKS": False,
        "AFTER_LOADING": True, "ROTOR_CHANGED": True, "MOVED": False, "CHAMBER_WARM": False,
        "CURRENT_LOW": True, "CURRENT_HIGH": False,
    }  # fmt: skip
    assert symptoms(known, Seen()) == {}
    assert known.events == {"ROTOR_CHANGED", "MOVED"}
    assert ("VIBRATION", 720.0) in known.changes


def test_the_customer_reads_one_thing_to_do_without_numbers_or_blame():
    blame = re.compile(
        r"%|％|\d|概率|可能性|操作不当|误操作|违规|你们的错|您没有|忘记|your fault|misuse|wrongly|you failed|you forgot|probab"
    )
    chance = random.Random(4)
    for template in POINTS:
        known = knowledge(template)
        for cause in known.priors:
            for _ in range(5):
                found = diagnose(known, drawn(known, cause, chance))
                for language, last in (("zh-hans", "不是最终结论。"), ("en", "not a final conclusion.")):  # fmt: skip
                    text = for_customer(found, language)
                    assert text.endswith(last)
                    assert not blame.search(text), text
                    assert text.count("停机" if language == "zh-hans" else "stop the machine") <= 3
                    engineer = " ".join(for_engineer(found, language))
                    assert "%" in engineer
                    assert ("下一步先查" in engineer or "Check next" in engineer) == bool(found.unknown)  # fmt: skip


@pytest.mark.parametrize("share", [1.0, 0.6])
@pytest.mark.parametrize("template", POINTS)
def test_probabilities_are_as_often_right_as_they_say(template, share):
    """The best cause's probability against how often it is the one, in ten bins."""
    known = knowledge(template)
    chance = random.Random(7)
    names, weights = list(known.priors), list(known.priors.values())
    bins = [[0, 0.0, 0] for _ in range(10)]
    right = told = true = named = 0
    for _ in range(4000):
        cause = chance.choices(names, weights)[0]
        found = probabilities(known, drawn(known, cause, chance, share))
        best = max(found, key=lambda each: found[each])
        place = bins[min(int(found[best] * 10), 9)]
        place[0] += 1
        place[1] += found[best]
        place[2] += best == cause
        if cause != OTHER:
            listed = max(known.cause, key=lambda each: found[each])
            named += 1
            right += listed == cause
            if found[listed] >= max(0.5, found[OTHER]):
                told += 1
                true += listed == cause
    error = sum(abs(sure - hits) for _, sure, hits in bins) / 4000
    assert error < 0.05
    assert right / named > 2.5 * max(each.prior for each in known.causes)
    assert true / told > 0.8


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_a_fault_that_nobody_thought_of_is_mostly_answered_i_do_not_know(share):
    """Each cause in turn is taken out of the knowledge, and its cases are put before the rest."""
    chance = random.Random(9)
    silent = asked = 0
    for template in POINTS:
        whole = knowledge(template)
        for gone in whole.causes:
            rest = replace(whole, causes=tuple(each for each in whole.causes if each is not gone))
            for _ in range(40):
                shown = drawn(whole, gone.code, chance, share)
                asked += 1
                silent += diagnose(rest, shown).leading is None
    assert silent / asked > 0.6
