"""The other sections of a pack: features, tiers, benefits, thresholds, targets, complaints, points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bihuan.lib.policy.conditions import Condition
from bihuan.lib.workcal.duration import Duration
from bihuan.lib.workcal.words import Words


@dataclass(frozen=True)
class Feature:
    """A trait that the record of a customer may carry: ``"CODE" in customer.features``."""

    id: str
    clause: str
    title: Words
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Criterion:
    """One weighted criterion of a score: ``bands`` are (reached from, score), rising."""

    code: str
    title: Words
    weight: float
    of: str
    bands: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class TierRow:
    """One row of a decision table: all ``limbs`` hold, or one of ``alternatives`` does."""

    tier: str
    limbs: tuple[Condition, ...]
    alternatives: tuple[Condition, ...]

    def about(self, name: str) -> tuple[Condition, ...]:
        """The limbs that ask for this value."""
        return tuple(limb for limb in self.limbs if name in limb.names)


@dataclass(frozen=True)
class Tiers:
    """How customers are ranked; ``order`` best first, rank 1 = best."""

    clause: str
    order: tuple[str, ...]
    names: Mapping[str, Words]
    by: str
    criteria: tuple[Criterion, ...]
    cuts: Mapping[str, float]
    otherwise: str
    only_if: Mapping[str, Condition]
    table: tuple[TierRow, ...]
    unmatched: str
    unmatched_flag: bool
    review: str
    down_after: int
    down_margin: float
    approve: Mapping[str, str]
    file: str = ""
    line: int = 0

    @cached_property
    def names_asked(self) -> frozenset[str]:
        """Of a customer's state all that the conditions of the scheme ask for."""
        rows = [condition for row in self.table for condition in (*row.limbs, *row.alternatives)]
        return frozenset(name for each in (*self.only_if.values(), *rows) for name in each.names)

    @cached_property
    def limbs_by_name(self) -> tuple[tuple[tuple[str, tuple[Condition, ...]], ...], ...]:
        """For each name that the rows of the table ask for: the tiers of the rows that ask for it,
        with their limbs about it.
        """
        asked = {name for row in self.table for limb in row.limbs for name in limb.names}
        return tuple(
            tuple((row.tier, mine) for row in self.table if (mine := row.about(name)))
            for name in sorted(asked)
        )

    def rank(self, tier: str) -> int:
        """1 for the best tier; one past the last for an unknown one."""
        return self.order.index(tier) + 1 if tier in self.order else len(self.order) + 1


@dataclass(frozen=True)
class Benefit:
    """What a tier brings; ``rule`` delivers it where it is a duty."""

    id: str
    clause: str
    title: Words
    tiers: tuple[str, ...]
    kind: str
    amount: float | None
    unit: str
    per: str
    rule: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Threshold:
    """A measured value that calls for something when it passes a limit."""

    id: str
    clause: str
    title: Words
    of: str
    below: float | None
    above: float | None
    then: str
    by: str
    within: str
    file: str = ""
    line: int = 0

    def crossed(self, value: float) -> bool:
        """Whether the value lies beyond the limit; the limit itself is still good."""
        under = self.below is not None and value < self.below
        over = self.above is not None and value > self.above
        return under or over


@dataclass(frozen=True)
class Target:
    """What a measure must reach in a period; ``unit`` share means 0 to 1."""

    id: str
    clause: str
    title: Words
    measure: str
    at_least: float | None
    at_most: float | None
    unit: str
    per: str
    file: str = ""
    line: int = 0

    def met(self, value: float) -> bool:
        """Whether the value satisfies the target; its limits count as reached."""
        low = self.at_least is None or value >= self.at_least
        high = self.at_most is None or value <= self.at_most
        return low and high


@dataclass(frozen=True)
class Grade:
    """A grade of complaints: who owns it and its limits."""

    code: str
    title: Words
    owner: str
    reply: Duration | None
    contain: Duration | None
    close: Duration | None
    progress: str


@dataclass(frozen=True)
class Question:
    """A question whose yes raises the grade."""

    id: str
    ask: Words
    yes: str


@dataclass(frozen=True)
class Complaints:
    """Grades from light to grave, and the questions that find one."""

    clause: str
    grades: tuple[Grade, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Earn:
    """Points for a kind of fact."""

    on: str
    points: int
    title: Words
    condition: Condition | None


@dataclass(frozen=True)
class Spend:
    """What points buy."""

    id: str
    title: Words
    cost: int
    kind: str


@dataclass(frozen=True)
class Points:
    """The points programme of a pack."""

    clause: str
    earn: tuple[Earn, ...]
    spend: tuple[Spend, ...]
    expire: Duration | None
