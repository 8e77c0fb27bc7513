"""The most similar cases first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bihuan.lib.similar.pairs import Pair, chances
from bihuan.lib.similar.texts import grams, normal, said_otherwise

BY_PAIRS, BY_WORDS = 300, 200
"""Cases that are compared, of those with the likeliest pairs and of those with rare words."""
RARE = 24
"""Words by which cases without a pair are looked up: the rarest of the text."""
LIKELY = 0.02
"""A pair less likely than this is no reason to show a case."""
_WORDS = 0.7  # what the likest text counts beside a pair: as much as one that is even likely
_TOO_LITTLE = 0.1  # of the words by their rarity: less is chance, and without a pair no reason
_NEARLY_SURE = 0.999


@dataclass(frozen=True)
class Case:
    """An earlier case: its key, its labels, and the grams of its text (with the labels in it)."""

    key: int
    pairs: Sequence[Pair]
    grams: Sequence[str]

    @classmethod
    def of(cls, key: int, text: str, pairs: Iterable[tuple[str, str]]) -> Case:
        """A case from texts as people wrote them."""
        clean = tuple(dict.fromkeys(Pair(normal(a).strip(), normal(b).strip()) for a, b in pairs))
        labels = "\n".join(part + symptom for part, symptom in clean)
        return cls(key, clean, tuple(sorted(set(grams(f"{normal(text)}\n{labels}")))))


@dataclass(frozen=True)
class Found:
    """A similar case. `pairs` are those it shares with the text, the likeliest first."""

    key: int
    score: float
    pairs: tuple[Pair, ...] = field(default_factory=tuple)


class Source(Protocol):
    """What is known of earlier cases. Texts given are normal."""

    def pairs_in(self, text: str) -> Iterable[Pair]:
        """Pairs of cases of which both words stand in the text."""

    def with_pairs(self, pairs: Sequence[Pair], most: int) -> Iterable[Case]:
        """Cases that have one of the pairs, those with the first pairs first."""

    def with_grams(self, grams: Sequence[str], most: int) -> Iterable[Case]:
        """Cases that have one of the grams."""

    def shares(self, grams: Iterable[str]) -> Mapping[str, float]:
        """The share of cases (0 to 1) that have each gram; a gram that few have may be missing."""


def similar(
    text: str, source: Source, limit: int = 10, synonyms: Sequence[tuple[str, str]] = ()
) -> list[Found]:
    """The cases most like this text, best first; of equals the newest (largest key)."""
    plain = normal(text)
    ours = said_otherwise(plain, synonyms)
    asked = plain if ours == plain else f"{plain}\n{ours}"
    likely = chances(asked, set(source.pairs_in(asked)))
    order = sorted((pair for pair, of in likely.items() if of >= LIKELY), key=lambda p: -likely[p])
    words = Counter(grams(asked))
    rarity = _rarity(words, source.shares(words))
    rare = sorted(words, key=lambda gram: (-rarity[gram], -len(gram), gram))[:RARE]
    cases = {case.key: case for case in source.with_pairs(order, BY_PAIRS)} if order else {}
    if rare:
        cases |= {case.key: case for case in source.with_grams(rare, BY_WORDS)}
    told = sum(rarity.values())
    scored = [
        (found, shared / math.sqrt(20 + len(cases[found.key].grams)))
        for found, shared in (_score(case, likely, rarity) for case in cases.values())
        if found.pairs or shared >= _TOO_LITTLE * told
    ]
    most = max((shared for _found, shared in scored), default=0.0) or 1.0
    found = [
        Found(each.key, each.score + _WORDS * shared / most, each.pairs) for each, shared in scored
    ]
    return sorted(found, key=lambda each: (-each.score, -each.key))[:limit]


def _rarity(words: Mapping[str, int], shares: Mapping[str, float]) -> dict[str, float]:
    """How much it says to share a gram; one that is in no list is as rare as the rarest of it."""
    least = min(shares.values(), default=1.0) / 2
    return {gram: math.log(1 + 1 / max(shares.get(gram, least), 1e-6)) for gram in words}


def _score(
    case: Case, likely: Mapping[Pair, float], rarity: Mapping[str, float]
) -> tuple[Found, float]:
    """The case by its pairs, and how much of the words it shares."""
    pairs = sorted((pair for pair in case.pairs if pair in likely), key=lambda pair: -likely[pair])
    score = sum(-math.log(1 - min(likely[pair], _NEARLY_SURE)) for pair in pairs)
    shared = sum(rarity[gram] for gram in case.grams if gram in rarity)
    named = tuple(pair for pair in pairs if likely[pair] >= LIKELY)
    return Found(case.key, score, named), shared
