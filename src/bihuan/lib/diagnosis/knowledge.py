"""What is known of the faults of a kind of machine: symptoms, causes, and how often one shows the other.

Causes exclude each other: a machine calls for one repair at a time. Beside them stands `OTHER`, something
that is not in the list. It shows each symptom half as the listed causes do over all, half as the file says of
faults that nobody thought of: so a picture that fits no cause is left to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from bihuan.lib.workcal.words import Words

OTHER = "OTHER"

Advice = Literal["CONTINUE", "FINISH", "STOP"]
Follows = Literal["RECORD", "REMOTE", "URGENT"]
ADVICE: tuple[Advice, ...] = ("CONTINUE", "FINISH", "STOP")
"""What the customer does now, from mild to strict: go on, finish this batch and stop, stop at once."""
FOLLOWS: tuple[Follows, ...] = ("RECORD", "REMOTE", "URGENT")
"""What follows here: a record, a remote specialist who confirms first, at once an urgent fault."""


@dataclass(frozen=True)
class Reading:
    """A value of a point, or how much it is above another point, is above or below a limit."""

    point: str
    less: str = ""
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Change:
    """A point has changed over so many hours by more (or less) than a limit."""

    point: str
    hours: float
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Drift:
    """A point has left the machine's own baseline, up or down (`follow` says so)."""

    point: str
    up: bool


@dataclass(frozen=True)
class Alarm:
    """An alarm with this code stands, or stood shortly before."""

    code: str


@dataclass(frozen=True)
class Answer:
    """A person says so when asked the symptom's check."""


@dataclass(frozen=True)
class Event:
    """Something was done to the machine within so many days, after the asset's history."""

    code: str
    days: float


Sign = Reading | Change | Drift | Alarm | Answer | Event


@dataclass(frozen=True)
class Symptom:
    """One yes or no about a machine. It is there when one of `signs` is.

    `check` is what a person does or asks to know it, `minutes` what that costs; `otherwise` how often it is seen
    when the cause that is there does not speak of it.
    """

    code: str
    title: Words
    check: Words
    minutes: float
    signs: tuple[Sign, ...]
    otherwise: float


@dataclass(frozen=True)
class Cause:
    """One fault. `shows` is how often it shows a symptom; what it does not name it shows as `otherwise`."""

    code: str
    title: Words
    prior: float
    shows: Mapping[str, float]
    parts: tuple[str, ...]
    first: Words
    customer: Words
    advice: Advice
    follows: Follows


@dataclass(frozen=True)
class Knowledge:
    """Of one template of machines.

    `other_shows` is how often a fault that is in no list shows any one symptom; `unnamed` is what closed tickets
    taught of it, symptom by symptom, and goes before. `weight` is what the evidence of the symptoms counts:
    1 as if each came for itself, less where they say the same (`calibration.weighed`).
    """

    template: str
    symptoms: tuple[Symptom, ...]
    causes: tuple[Cause, ...]
    other_prior: float
    other_shows: float
    unnamed: Mapping[str, float] = field(default_factory=dict)
    weight: float = 1.0

    @cached_property
    def symptom(self) -> Mapping[str, Symptom]:
        return {each.code: each for each in self.symptoms}

    @cached_property
    def cause(self) -> Mapping[str, Cause]:
        return {each.code: each for each in self.causes}

    @cached_property
    def priors(self) -> Mapping[str, float]:
        """How often each cause is the one when a machine complains; they add up to one."""
        whole = self.other_prior + sum(each.prior for each in self.causes)
        return {each.code: each.prior / whole for each in self.causes} | {
            OTHER: self.other_prior / whole
        }

    def chance(self, cause: str, symptom: str) -> float:
        """How often this cause, or `OTHER`, shows this symptom."""
        if cause == OTHER:
            return self.unnamed.get(symptom) or (self._at_all[symptom] + self.other_shows) / 2
        return self.cause[cause].shows.get(symptom, self.symptom[symptom].otherwise)

    def evidence(self, cause: str, shown: Mapping[str, bool]) -> float:
        """The log of how often this cause looks like this, each symptom for itself; symptoms that are
        not of the knowledge are left out.
        """
        chances = ((self.chance(cause, code), there) for code, there in shown.items() if code in self.symptom)  # fmt: skip
        return sum(math.log(p if there else 1 - p) for p, there in chances)

    @cached_property
    def _at_all(self) -> Mapping[str, float]:
        """How often each symptom is seen over all causes that are known."""
        known = sum(each.prior for each in self.causes)
        return {
            symptom.code: sum(
                each.prior * each.shows.get(symptom.code, symptom.otherwise) for each in self.causes
            )
            / known
            for symptom in self.symptoms
        }

    @property
    def events(self) -> frozenset[str]:
        """Events that the asset's history is asked for."""
        return frozenset(sign.code for each in self.symptoms for sign in each.signs if isinstance(sign, Event))  # fmt: skip

    @property
    def changes(self) -> frozenset[tuple[str, float]]:
        """Points and hours over which their change is asked for."""
        return frozenset((sign.point, sign.hours) for each in self.symptoms for sign in each.signs if isinstance(sign, Change))  # fmt: skip
