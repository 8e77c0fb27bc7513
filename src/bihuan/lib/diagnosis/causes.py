"""From symptoms to ranked causes, with the evidence for and against each and the check to do next.

Naive Bayes over causes that exclude each other, `OTHER` among them. What is not known is left out; it
counts neither way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bihuan.lib.diagnosis.knowledge import ADVICE, FOLLOWS, OTHER, Advice, Follows, Knowledge

_NOTHING = 0.05  # of log-odds: what moves a cause by less is not told


@dataclass(frozen=True)
class Rules:
    """When a diagnosis speaks.

    floor     A cause is called the probable one from here on: more likely than everything else together.
    caution   A cause at least this likely already counts for what the customer should do now: the
              strictest advice of them wins, for a stopped machine costs less than a broken one.
    way_min   Minutes that any check costs beside its own: to walk up, ask and write down.
    checks    So many next checks are named.
    """

    floor: float = 0.5
    caution: float = 0.2
    way_min: float = 5.0
    checks: int = 3


RULES = Rules()


@dataclass(frozen=True)
class Evidence:
    """A symptom that moves a cause. `weight` is by how much, in log-odds: what they would be
    without it is taken off what they are.
    """

    symptom: str
    there: bool
    weight: float


@dataclass(frozen=True)
class Ranked:
    """A cause with what speaks for and against it, the strongest first."""

    cause: str
    probability: float
    speaks_for: tuple[Evidence, ...]
    speaks_against: tuple[Evidence, ...]


@dataclass(frozen=True)
class Check:
    """A check and the bits it is expected to tell of the cause."""

    symptom: str
    bits: float
    minutes: float


@dataclass(frozen=True)
class Diagnosis:
    """A first opinion: causes the likeliest first, without `OTHER`, which has its own probability."""

    knowledge: Knowledge
    shown: Mapping[str, bool]
    ranked: tuple[Ranked, ...]
    other: float
    checks: tuple[Check, ...]
    rules: Rules = RULES

    @property
    def leading(self) -> Ranked | None:
        """The probable cause; None is "I do not know"."""
        first = self.ranked[0]
        return first if first.probability >= max(self.rules.floor, self.other) else None

    @property
    def unknown(self) -> tuple[str, ...]:
        """Symptoms of which nothing is known yet."""
        return tuple(each.code for each in self.knowledge.symptoms if each.code not in self.shown)

    @property
    def advice(self) -> Advice:
        """What the customer does now. Who does not know lets nobody run on for long."""
        least = ADVICE.index("CONTINUE" if self.leading else "FINISH")
        return ADVICE[max([least, *(ADVICE.index(self.knowledge.cause[each].advice) for each in self._weighty)])]  # fmt: skip

    @property
    def follows(self) -> Follows:
        """What follows here: the strictest of what is weighty; a person looks at what is not known."""
        least = FOLLOWS.index("RECORD" if self.leading else "REMOTE")
        return FOLLOWS[max([least, *(FOLLOWS.index(self.knowledge.cause[each].follows) for each in self._weighty)])]  # fmt: skip

    @property
    def _weighty(self) -> list[str]:
        return [each.cause for each in self.ranked if each.probability >= self.rules.caution]


def diagnose(knowledge: Knowledge, shown: Mapping[str, bool], rules: Rules = RULES) -> Diagnosis:
    """What these symptoms say (`seen.symptoms` finds them); codes that are not of the knowledge are left out."""
    known = {code: there for code, there in shown.items() if code in knowledge.symptom}
    whole = probabilities(knowledge, known)
    without = {
        code: probabilities(knowledge, {each: there for each, there in known.items() if each != code})
        for code in known
    }  # fmt: skip
    ranked = []
    for cause in sorted((each.code for each in knowledge.causes), key=lambda code: -whole[code]):
        moved = [
            Evidence(code, there, _odds(whole[cause]) - _odds(without[code][cause]))
            for code, there in known.items()
        ]
        moved.sort(key=lambda each: -abs(each.weight))
        ranked.append(Ranked(
            cause, whole[cause], tuple(each for each in moved if each.weight > _NOTHING),
            tuple(each for each in moved if each.weight < -_NOTHING),
        ))  # fmt: skip
    return Diagnosis(knowledge, known, tuple(ranked), whole[OTHER], _checks(knowledge, known, whole, rules), rules)  # fmt: skip


def probabilities(knowledge: Knowledge, shown: Mapping[str, bool]) -> dict[str, float]:
    """Of each cause and of `OTHER`; they add up to one."""
    logs = {
        cause: math.log(prior) + knowledge.weight * knowledge.evidence(cause, shown)
        for cause, prior in knowledge.priors.items()
    }
    most = max(logs.values())
    weights = {cause: math.exp(log - most) for cause, log in logs.items()}
    whole = sum(weights.values())
    return {cause: weight / whole for cause, weight in weights.items()}


def _checks(
    knowledge: Knowledge, known: Mapping[str, bool], now: Mapping[str, float], rules: Rules
) -> tuple[Check, ...]:
    """Of the symptoms not known yet, those that tell most for their minutes."""
    found = []
    for symptom in knowledge.symptoms:
        if symptom.code not in known:
            bits = _bits(knowledge, symptom.code, now)
            found.append(Check(symptom.code, bits, symptom.minutes))
    found.sort(key=lambda each: -each.bits / (each.minutes + rules.way_min))
    return tuple(found[: rules.checks])


def _bits(knowledge: Knowledge, symptom: str, now: Mapping[str, float]) -> float:
    """How much uncertainty over the causes the answer is expected to take away."""
    there = {cause: p * knowledge.chance(cause, symptom) for cause, p in now.items()}
    whole = sum(there.values())
    yes = [p / whole for p in there.values()]
    no = [(now[cause] - p) / (1 - whole) for cause, p in there.items()]
    left = whole * _entropy(yes) + (1 - whole) * _entropy(no)
    return max(_entropy(list(now.values())) - left, 0.0)


def _entropy(shares: Sequence[float]) -> float:
    return -sum(p * math.log2(p) for p in shares if p > 0)


def _odds(p: float) -> float:
    """Log-odds, of which rounding makes no infinity."""
    p = min(max(p, 1e-12), 1 - 1e-12)
    return math.log(p / (1 - p))
