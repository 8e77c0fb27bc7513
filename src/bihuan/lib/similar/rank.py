"""The most similar cases first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bihuan.lib.similar.pairs import Pair, chances
from bihuan.lib.similar.texts import grams, normal, said_otherwise

OF_PAIR = 100
"""Cases looked at of one pair: its newest."""
BY_PAIRS, BY_WORDS = 40, 80
"""Cases whose words are compared: those with the likeliest pairs, and those with rare words."""
RARE = 24
"""Words by which cases without a pair are looked up: the rarest of the text."""
LIKELY = 0.02
"""A pair less likely than this is no reason to show a case."""
_WORDS = 0.7  # what the likest text counts beside a pair: as much as one that is even likely
_TOO_LITTLE = 0.04  # of the words by their rarity: less is chance, and without a pair no reason
_NEARLY_SURE = 0.999


@dataclass(frozen=True)
class Case:
    """An earlier case: its key, its labels, and the grams of its text (with the labels in it)."""

    key: int
    pairs: Sequence[Pair]
    grams: Sequence[int]

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

    def with_pairs(self, pairs: Sequence[Pair], most: int) -> Iterable[tuple[int, Pair]]:
        """Keys of the newest cases (at most so many) of each pair."""

    def with_grams(self, grams: Sequence[int], most: int) -> Iterable[int]:
        """Keys of cases that have one of the grams."""

    def grams_of(self, keys: Sequence[int]) -> Iterable[tuple[int, Sequence[int]]]:
        """The grams of these cases."""

    def shares(self, grams: Sequence[int]) -> Mapping[int, float]:
        """The share of cases (0 to 1) that have each gram; a gram that few have may be missing."""


def similar(
    text: str, source: Source, limit: int = 10, synonyms: Sequence[tuple[str, str]] = ()
) -> list[Found]:
    """The cases most like this text, best first; of equals the newest (largest key)."""
    plain = normal(text)
    ours = said_otherwise(plain, synonyms)
    asked = plain if ours == plain else f"{plain}\n{ours}"
    likely = chances(asked, set(source.pairs_in(asked)))
    named = sorted((pair for pair in likely if likely[pair] >= LIKELY), key=lambda p: -likely[p])
    pairs: defaultdict[int, list[Pair]] = defaultdict(list)
    for key, pair in source.with_pairs(named, OF_PAIR) if named else ():
        pairs[key].append(pair)
    score = {key: sum(-math.log(1 - min(likely[pair], _NEARLY_SURE)) for pair in several) for key, several in pairs.items()}  # fmt: skip
    keys = sorted(score, key=lambda key: (-score[key], -key))[:BY_PAIRS]
    words = list(dict.fromkeys(grams(asked)))
    rarity = _rarity(words, source.shares(words) if words else {})
    rare = sorted(words, key=lambda gram: -rarity[gram])[:RARE]
    keys += source.with_grams(rare, BY_WORDS) if rare else ()
    shared, told = {}, sum(rarity.values())
    for key, theirs in source.grams_of(list(dict.fromkeys(keys))):
        same = sum(rarity[gram] for gram in theirs if gram in rarity)
        if key in pairs or same >= _TOO_LITTLE * told:
            shared[key] = same / math.sqrt(20 + len(theirs))
    most = max(shared.values(), default=0.0) or 1.0
    found = [
        Found(key, score.get(key, 0.0) + _WORDS * same / most, _ordered(pairs.get(key, ()), likely))
        for key, same in shared.items()
    ]
    return sorted(found, key=lambda each: (-each.score, -each.key))[:limit]


def _rarity(words: Sequence[int], shares: Mapping[int, float]) -> dict[int, float]:
    """How much it says to share a gram; one that is in no list is as rare as the rarest of it."""
    least = min(shares.values(), default=1.0) / 2
    return {gram: math.log(1 + 1 / max(shares.get(gram, least), 1e-6)) for gram in words}


def _ordered(pairs: Iterable[Pair], likely: Mapping[Pair, float]) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda pair: (-likely[pair], pair)))
