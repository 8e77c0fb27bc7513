"""A pack as it was read: frozen, typed, every rule with its clause and its place in the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.lib.policy.conditions import Condition, Switch, Terms
from bihuan.lib.policy.errors import Problem
from bihuan.lib.policy.limits import Limit, Turn
from bihuan.lib.policy.over import Replaced
from bihuan.lib.policy.parts import Benefit, Complaints, Feature, Points, Target, Threshold, Tiers
from bihuan.lib.policy.vocabulary import Vocabulary
from bihuan.lib.workcal.duration import Duration
from bihuan.lib.workcal.words import NO_WORDS, Words

PERIOD_FACT = "period.began"


@dataclass(frozen=True)
class Parameter:
    """A named value. ``open``: the regulation leaves it to the company."""

    name: str
    value: Any
    title: Words
    clause: str
    open: bool
    file: str
    line: int
    inferred: bool = False


@dataclass(frozen=True)
class Choice:
    """A recorded interpretation of an ambiguity or a conflict."""

    id: str
    about: tuple[str, ...]
    question: Words
    options: Mapping[str, Words]
    chosen: str
    why: Words
    settles: tuple[str, ...]
    prefer: str
    file: str
    line: int
    sets: tuple[str, ...] = ()
    """The parameters whose values the chosen option gives."""

    @property
    def decided(self) -> bool:
        """An option is chosen, or there are none and the preference says it all."""
        return bool(self.chosen) or (not self.options and bool(self.prefer))

    @property
    def settled(self) -> bool:
        """Whether the choice settles a conflict between rules."""
        return bool(self.settles and self.prefer) and self.decided


@dataclass(frozen=True)
class Clause:
    """One article of the regulation. ``carried`` says what makes it true, ``by`` names it."""

    id: str
    number: str
    title: Words
    text: Words
    carried: str
    by: str
    from_: date | None
    file: str
    line: int
    inferred: bool = False


@dataclass(frozen=True)
class Done:
    """A fact that discharges, when the named fields are the same in both facts."""

    fact: str
    same: tuple[str, ...]
    condition: Condition | None


@dataclass(frozen=True)
class Proof:
    """What proves: ``any`` one of these, and ``all`` of those."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        return (*self.all, *self.any)


@dataclass(frozen=True)
class Step:
    """One step of the ladder: who is told when this share of the time has passed."""

    percent: int
    tell: str


@dataclass(frozen=True)
class Prepare:
    """A second duty, due this long before the planned day of the first."""

    lead: Duration
    must: str
    by: str
    proof: Proof


@dataclass(frozen=True)
class Rule:
    """One promise: when, for whom, must, within, by, proved, else.

    An event rule has ``when``, a cadence ``every``, and ``run`` where it takes several such
    periods together: how many, counted from which day. ``unfilled`` names parameters without a
    value that the rule rests on: until they are filled it can only fail, loudly. ``prepares``
    names the cadence whose act this rule prepares; such a rule is made by the reader. ``section``
    tells a rule that was written as a meeting, report or drill.
    """

    id: str
    clause: str
    title: Words
    when: tuple[str, ...]
    every: str
    of: str
    condition: Condition | None
    tiers: tuple[str, ...]
    population: Condition | None
    must: str
    limit: Limit | None
    calendar: Switch
    anchor: str
    opens: Limit | None
    window: Duration | None
    by: Switch
    done: tuple[Done, ...]
    proof: Proof
    verified: str
    needs: tuple[str, ...]
    ladder: tuple[Step, ...]
    severity: str
    channel: tuple[str, ...]
    mix: Mapping[str, tuple[str, float]]
    mix_min: int
    mix_tolerance: float
    prepare: Prepare | None
    mid_period: str
    from_: date | None
    file: str
    line: int
    unfilled: tuple[str, ...] = ()
    within: Switch = field(
        default_factory=lambda: Switch(())
    )  # the limit where it depends on something; `limit` is None then
    limits: Mapping[str, Limit] = field(default_factory=dict)  # its values, by their text
    details: Mapping[str, Any] = field(default_factory=dict, compare=False)
    inferred: bool = False
    prepares: str = ""
    section: str = "rules"
    tier_names: Mapping[str, Words] = field(default_factory=dict, compare=False, repr=False)
    vocabulary: Vocabulary | None = field(default=None, compare=False, repr=False)
    run: tuple[int, date] | None = None

    @cached_property
    def turn(self) -> Turn:
        """How a cadence comes round."""
        return Turn(self.every, *self.run) if self.run else Turn(self.every)

    @cached_property
    def same(self) -> tuple[str, ...]:
        """The fields that some discharging fact must share."""
        return tuple(sorted({name for done in self.done for name in done.same}))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition of the rule that decides whether it applies."""
        return tuple(c for c in (self.condition, self.population) if c is not None)

    def card(self, lang: str = "zh") -> list[tuple[str, str]]:
        """The rule in words, label by label; see ``cards``."""
        from bihuan.lib.policy.cards import card

        return card(self, lang)


@dataclass(frozen=True)
class Pack:
    """A regulation that can run."""

    code: str
    version: str
    title: Words
    from_: date
    to: date | None
    zone_name: str
    calendar: str
    parameters: Mapping[str, Parameter]
    choices: tuple[Choice, ...]
    clauses: Mapping[str, Clause]
    rules: Mapping[str, Rule]
    tiers: Tiers | None
    benefits: tuple[Benefit, ...]
    thresholds: tuple[Threshold, ...]
    targets: tuple[Target, ...]
    complaints: Complaints | None
    points: Points | None
    cases: tuple[Any, ...]
    files: Mapping[str, str]
    hash: str
    vocabulary: Vocabulary = field(repr=False)
    terms: Mapping[str, Terms] = field(repr=False, compare=False, default_factory=dict)
    features: tuple[Feature, ...] = ()
    over: str = ""
    replaced: tuple[Replaced, ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    def rules_of(self, clause: str) -> tuple[Rule, ...]:
        """The rules that carry a clause, in the order they are written."""
        return tuple(rule for rule in self.rules.values() if rule.clause == clause)

    def benefits_of(self, tier: str) -> tuple[Benefit, ...]:
        """What a customer of this tier is entitled to."""
        return tuple(b for b in self.benefits if not b.tiers or tier in b.tiers)

    def blockers(self) -> list[Problem]:
        """What keeps the pack from activation; empty when it may take force."""
        from bihuan.lib.policy.checks import check

        return check(self)

    @cached_property
    def settlements(self) -> tuple[tuple[frozenset[str], str], ...]:
        """Groups of conflicting rules with the recorded preference for each."""
        return tuple(
            (frozenset(choice.settles), choice.prefer) for choice in self.choices if choice.settled
        )


def title_or(words: Words, default: str) -> Words:
    """The title, or the code where the author gave none."""
    return words if words != NO_WORDS else Words(default, default)
