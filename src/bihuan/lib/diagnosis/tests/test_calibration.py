"""Whether what is stated comes true, and evidence that says the same twice is weighed down."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from bihuan.lib.diagnosis import (
    Closed,
    Counts,
    Said,
    brier,
    calibration_error,
    diagnose,
    probabilities,
    reliability,
    taught,
    weighed,
    wilson,
)
from bihuan.lib.diagnosis.tests.shipped import drawn, knowledge


def test_the_table_counts_each_once_and_says_where_the_true_share_lies():
    said = [Said(0.55, True)] * 6 + [Said(0.59, False)] * 4 + [Said(1.0, True), Said(0.6, False)]
    bins = reliability(said)
    assert [(row.low, row.count, row.right) for row in bins if row.count] == [
        (0.5, 10, 6), (0.6, 1, 0), (0.9, 1, 1),
    ]  # fmt: skip
    assert bins[1].stated == pytest.approx(0.566)
    assert bins[1].share == 0.6
    assert bins[1].interval == pytest.approx((0.3127, 0.8318), abs=1e-4)  # Wilson, 6 of 10
    wanted = (10 * abs(0.6 - 0.566) + 0.6 + 0) / 12
    assert calibration_error(bins) == pytest.approx(wanted)
    assert brier(said) == pytest.approx((6 * 0.45**2 + 4 * 0.59**2 + 0 + 0.36) / 12)


def test_of_nothing_nothing_is_said():
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == 1.0
    assert math.isnan(brier([])) and math.isnan(calibration_error(reliability([])))


def twice(known, chance, count):
    """Cases in which a few symptoms are really one: what one shows, its companions show too."""
    codes = [each.code for each in known.symptoms]
    lead, led = codes[0], codes[1:7]
    names, weights = list(known.priors), list(known.priors.values())
    for cause in chance.choices(names, weights, k=count):
        shown = drawn(known, cause, chance, 0.8)
        if lead in shown:
            shown |= {code: shown[lead] for code in led if code in shown}
        yield Closed(cause, shown)


def first(known, tickets):
    found = []
    for ticket in tickets:
        chances = probabilities(known, ticket.shown)
        best = max(chances, key=lambda each: chances[each])
        found.append(Said(chances[best], best == ticket.cause))
    return found


def error(known, tickets):
    return calibration_error(reliability(first(known, tickets)))


def test_what_is_counted_twice_is_too_sure_and_tickets_put_it_right():
    """On tickets that nothing was learnt from: surer than right by the file and by counting alone."""
    known, chance = knowledge("centrifuge"), random.Random(3)
    learnt, tried = list(twice(known, chance, 400)), list(twice(known, chance, 2000))
    counted, put_right = taught(known, Counts.of(learnt)), weighed(known, learnt)
    assert put_right.weight < 0.8
    assert error(counted, tried) > 0.08
    assert error(put_right, tried) < 0.05
    assert brier(first(put_right, tried)) < brier(first(counted, tried)) < brier(first(known, tried))  # fmt: skip


def test_a_handful_of_tickets_moves_the_weight_little():
    known, chance = knowledge("pump"), random.Random(5)
    assert weighed(known, []) == taught(known, Counts())
    few = weighed(known, list(twice(known, chance, 6)))
    assert 0.6 < few.weight < 1.3


def test_independent_symptoms_keep_their_weight():
    known, chance = knowledge("pump"), random.Random(6)
    names, weights = list(known.priors), list(known.priors.values())
    tickets = [
        Closed(cause, drawn(known, cause, chance, 0.7))
        for cause in chance.choices(names, weights, k=400)
    ]
    assert weighed(known, tickets).weight == pytest.approx(1, abs=0.15)


def test_evidence_that_is_worth_nothing_leaves_the_priors():
    known = replace(knowledge("pump"), weight=0.0)
    found = diagnose(known, {"FLOW_LOW": True, "PRESSURE_LOW": True})
    assert {each.cause: pytest.approx(each.probability) for each in found.ranked} == {
        code: prior for code, prior in known.priors.items() if code != "OTHER"
    }
