"""Cases held in memory: some thousands; a larger number belongs into a database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bihuan.lib.similar.pairs import Pair
from bihuan.lib.similar.rank import Case


class Memory:
    """A `Source` to which cases are added and from which they are taken one by one."""

    def __init__(self, cases: Iterable[Case] = ()) -> None:
        self._cases: dict[int, Case] = {}
        self._of_pair: defaultdict[Pair, set[int]] = defaultdict(set)
        self._of_gram: defaultdict[int, set[int]] = defaultdict(set)
        for case in cases:
            self.put(case)

    def put(self, case: Case) -> None:
        """Add a case, in place of an earlier one with its key."""
        self.drop(case.key)
        self._cases[case.key] = case
        for pair in case.pairs:
            self._of_pair[pair].add(case.key)
        for gram in case.grams:
            self._of_gram[gram].add(case.key)

    def drop(self, key: int) -> None:
        case = self._cases.pop(key, None)
        if case is None:
            return
        for pair in case.pairs:
            self._of_pair[pair].discard(key)
            if not self._of_pair[pair]:
                del self._of_pair[pair]
        for gram in case.grams:
            self._of_gram[gram].discard(key)

    def pairs_in(self, text: str) -> Iterator[Pair]:
        return (pair for pair in self._of_pair if pair.part in text and pair.symptom in text)

    def with_pairs(self, pairs: Sequence[Pair], most: int) -> Iterator[tuple[int, Pair]]:
        for pair in pairs:
            for key in sorted(self._of_pair.get(pair, ()), reverse=True)[:most]:
                yield key, pair

    def with_grams(self, grams: Sequence[int], most: int) -> Iterator[int]:
        seen = Counter(key for gram in grams for key in self._of_gram.get(gram, ()))
        return (key for key, _ in seen.most_common(most))

    def grams_of(self, keys: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
        return ((key, self._cases[key].grams) for key in keys)

    def shares(self, grams: Sequence[int]) -> Mapping[int, float]:
        count = len(self._cases) or 1
        return {gram: len(held) / count for gram in grams if (held := self._of_gram.get(gram))}
