"""Which pairs of part and symptom a text is about."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, product
from typing import NamedTuple

MOST_PLACES = 12
"""Places at which one word is looked at; more of them say no more."""

# Logistic regression on 821 labelled fault texts (`bihuan bench similar` has another quarter): how
# much each sign says for "this text is about this pair". Four fits on three quarters of them each
# agreed within 0.3 of every weight.
_START = -4.75
_FAR = -0.92  # of the logarithm of the characters between part and symptom
_PART_FIRST = 1.75
_SENTENCE = -1.6  # of half the sentence ends between, at most four
_COMMA = -0.48  # of half the commas between, at most four
_WHOLE_PART = 2.4  # the part stands somewhere outside a longer known word
_WHOLE_SYMPTOM = 1.0


class Pair(NamedTuple):
    """A part and what is wrong with it, as normal text."""

    part: str
    symptom: str


def chances(text: str, pairs: Collection[Pair]) -> dict[Pair, float]:
    """How likely each pair is what this normal text is about, 0 to 1.

    Pairs of which one word is missing, or which only stand within each other, are left out.
    """
    places = _places(text, {word for pair in pairs for word in pair if word})
    whole = _outside_longer(places)
    ends, commas = _counted(text, "。;!?\n"), _counted(text, ",、:")
    found = {}
    for pair in pairs:
        if pair.part not in places or pair.symptom not in places:
            continue
        said = _START + _WHOLE_PART * (pair.part in whole) + _WHOLE_SYMPTOM * (pair.symptom in whole)  # fmt: skip
        near = _nearest(pair, places[pair.part], places[pair.symptom], ends, commas)
        if near is not None:
            found[pair] = 1 / (1 + math.exp(-said - near))
    return found


def _nearest(
    pair: Pair, parts: Sequence[int], symptoms: Sequence[int], ends: Sequence[int], commas: Sequence[int]
) -> float | None:  # fmt: skip
    """The best that the places of both say; None when they never stand beside each other."""
    best = None
    for part, symptom in product(parts, symptoms):
        if symptom >= part:
            begin, end = part + len(pair.part), symptom
        else:
            begin, end = symptom + len(pair.symptom), part
        if end < begin:
            continue
        said = (
            _FAR * math.log1p(end - begin)
            + _PART_FIRST * (symptom >= part)
            + _SENTENCE * min(ends[end] - ends[begin], 4) / 2
            + _COMMA * min(commas[end] - commas[begin], 4) / 2
        )
        best = said if best is None else max(best, said)
    return best


def _places(text: str, words: Iterable[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for word in words:
        at = text.find(word)
        places: list[int] = []
        while at >= 0 and len(places) < MOST_PLACES:
            places.append(at)
            at = text.find(word, at + 1)
        if places:
            found[word] = places
    return found


def _outside_longer(places: dict[str, list[int]]) -> set[str]:
    """Words that stand somewhere without being a piece of a longer word (车 in 车身)."""
    spans = [(at, -len(word), word) for word, several in places.items() for at in several]
    whole, reached = set(), -1
    for at, length, word in sorted(spans):
        if at - length > reached:
            whole.add(word)
            reached = at - length
    return whole


def _counted(text: str, marks: str) -> list[int]:
    """How many of these marks stand before each place."""
    return [0, *accumulate(each in marks for each in text)]
