"""Is a first cause as often right as it was said to be; and if not, how much its evidence is worth.

Symptoms that come together are counted twice by a diagnosis that takes them as independent, and so is
what a machine's sensors cannot tell apart: it is then surer than it may be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bihuan.lib.diagnosis.knowledge import Knowledge
from bihuan.lib.diagnosis.learned import Closed, Counts, Strength, taught

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_Z = 1.959964  # 95 %
_GRID = tuple(round(math.exp(step / 20), 4) for step in range(-50, 11))  # 0.08 to 1.65
_FOLDS = 5
_HOLDS = 4.0
"""So many tickets' worth of doubt hold the weight at 1: a handful of them moves it little."""


@dataclass(frozen=True)
class Said:
    """A first cause: the probability that was stated, and whether it was the one."""

    probability: float
    right: bool


@dataclass(frozen=True)
class Bin:
    """Of all that were said from `low` (with it) to `high`: how many, how many were right, the mean of
    what was stated; `low_share` to `high_share` is where their true share lies (Wilson, 95 %).
    """

    low: float
    high: float
    count: int
    right: int
    stated: float

    @property
    def share(self) -> float:
        return self.right / self.count if self.count else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.right, self.count)


def wilson(right: int, count: int, z: float = _Z) -> tuple[float, float]:
    """Where the true share lies when `right` of `count` were seen; all of it when nothing was."""
    if count == 0:
        return 0.0, 1.0
    share, more = right / count, z * z / count
    middle = (share + more / 2) / (1 + more)
    half = z / (1 + more) * math.sqrt(share * (1 - share) / count + more / (4 * count))
    low = middle - half if right else 0.0  # rounding leaves a dust of it
    return low, middle + half if right < count else 1.0


def reliability(said: Sequence[Said], edges: Sequence[float] = EDGES) -> list[Bin]:
    """A row for each range of stated probability; the last range holds its upper edge too."""
    found = []
    for low, high in pairwise(edges):
        mine = [
            each
            for each in said
            if low <= each.probability < high or (high == edges[-1] and each.probability == high)
        ]
        stated = sum(each.probability for each in mine) / len(mine) if mine else math.nan
        found.append(Bin(low, high, len(mine), sum(each.right for each in mine), stated))
    return found


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected difference between what is stated and how often it is right; NaN of nothing."""
    whole = sum(each.count for each in bins)
    if not whole:
        return math.nan
    return sum(each.count * abs(each.share - each.stated) for each in bins if each.count) / whole


def brier(said: Sequence[Said]) -> float:
    """The mean square of stated probability less what was (1 right, 0 wrong); NaN of nothing."""
    if not said:
        return math.nan
    return sum((each.probability - each.right) ** 2 for each in said) / len(said)


def weighed(
    knowledge: Knowledge, tickets: Sequence[Closed], strength: Strength | None = None
) -> Knowledge:
    """The knowledge with the tickets in it (`taught`), and its evidence weighed by what made the
    probabilities of tickets that were left out in turn come true most nearly (log loss).
    """
    own = strength or Strength()
    known = [each for each in tickets if each.cause in knowledge.priors]
    held = [_logs(knowledge, part, rest, own) for part, rest in _folds(known)]
    cases = [case for fold in held for case in fold]
    weight = min(_GRID, key=lambda each: _loss(cases, each) + _HOLDS * math.log(each) ** 2)
    return replace(taught(knowledge, Counts.of(tickets), own), weight=weight)


_Case = tuple[int, tuple[float, ...], tuple[float, ...]]
"""The place of the true cause, and of each cause the logs of its prior and of its evidence."""


def _folds(tickets: Sequence[Closed]) -> list[tuple[Sequence[Closed], Sequence[Closed]]]:
    """Each ticket is left out once: (left out, the others)."""
    return [
        (tickets[fold::_FOLDS], [each for place, each in enumerate(tickets) if place % _FOLDS != fold])
        for fold in range(min(_FOLDS, len(tickets)))
    ]  # fmt: skip


def _logs(
    knowledge: Knowledge, part: Sequence[Closed], rest: Sequence[Closed], strength: Strength
) -> list[_Case]:
    known = taught(knowledge, Counts.of(rest), strength)
    causes = list(known.priors)
    priors = tuple(math.log(known.priors[cause]) for cause in causes)
    return [
        (causes.index(ticket.cause), priors, tuple(known.evidence(cause, ticket.shown) for cause in causes))
        for ticket in part
    ]  # fmt: skip


def _loss(cases: Sequence[_Case], weight: float) -> float:
    """Of all cases together, in nats."""
    whole = 0.0
    for place, priors, evidence in cases:
        logs = [prior + weight * each for prior, each in zip(priors, evidence, strict=True)]
        most = max(logs)
        whole += most + math.log(sum(math.exp(each - most) for each in logs)) - logs[place]
    return whole
