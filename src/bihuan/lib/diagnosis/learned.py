"""Closed tickets correct the knowledge: what the engineer found, with the symptoms that were seen.

The file's own values stand for so many imagined tickets (`Strength`), so that three tickets move little
and three hundred overrule it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bihuan.lib.diagnosis.knowledge import OTHER, Knowledge


@dataclass(frozen=True)
class Closed:
    """A closed ticket: the cause that the engineer confirmed (`OTHER` when it is in no list), and
    each symptom of which it was known whether it was there.
    """

    cause: str
    shown: Mapping[str, bool]


@dataclass(frozen=True)
class Counts:
    """Tickets by cause, and by (cause, symptom) how many showed it and how many did not."""

    causes: Mapping[str, int] = field(default_factory=dict)
    there: Mapping[tuple[str, str], int] = field(default_factory=dict)
    absent: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, tickets: Iterable[Closed]) -> Counts:
        causes: Counter[str] = Counter()
        there: Counter[tuple[str, str]] = Counter()
        absent: Counter[tuple[str, str]] = Counter()
        for ticket in tickets:
            causes[ticket.cause] += 1
            for symptom, shown in ticket.shown.items():
                (there if shown else absent)[ticket.cause, symptom] += 1
        return cls(dict(causes), dict(there), dict(absent))


@dataclass(frozen=True)
class Strength:
    """For how many tickets the file stands: `priors` of all causes together (Dirichlet), `shows` for
    each cause and symptom (Beta).
    """

    priors: float = 40.0
    shows: float = 12.0

    def __post_init__(self) -> None:
        if self.priors <= 0 or self.shows <= 0:
            raise ValueError("the file's own strength is above 0")


STRENGTH = Strength()


def taught(knowledge: Knowledge, counts: Counts, strength: Strength = STRENGTH) -> Knowledge:
    """The knowledge with the tickets in it. Causes and symptoms that it does not know are left out."""
    priors = {
        cause: strength.priors * prior + counts.causes.get(cause, 0)
        for cause, prior in knowledge.priors.items()
    }
    whole = sum(priors.values())

    def shows(cause: str) -> dict[str, float]:
        return {
            symptom.code: _beta(knowledge, counts, strength, cause, symptom.code)
            for symptom in knowledge.symptoms
        }

    return replace(
        knowledge,
        causes=tuple(replace(each, prior=priors[each.code] / whole, shows=shows(each.code)) for each in knowledge.causes),
        other_prior=priors[OTHER] / whole,
        unnamed=shows(OTHER),
    )  # fmt: skip


def _beta(
    knowledge: Knowledge, counts: Counts, strength: Strength, cause: str, symptom: str
) -> float:
    there, absent = (held.get((cause, symptom), 0) for held in (counts.there, counts.absent))
    expected = strength.shows * knowledge.chance(cause, symptom)
    return (expected + there) / (strength.shows + there + absent)
