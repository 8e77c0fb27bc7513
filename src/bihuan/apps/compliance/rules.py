"""Counting what was kept (domain reference E8). Pure: cells are added, rates are asked of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bihuan.apps.compliance.enums import Definition
from bihuan.apps.obligations.enums import DONE, State, Verifier
from bihuan.lib.policy.parts import Target

# What the colours of the board mean, best first; no duty hangs on them.
BANDS = (("good", 0.95), ("fair", 0.9), ("weak", 0.8), ("poor", 0.7))
WORST = "bad"
MOST_STEPS = 12  # the ladder of roles is a tree of a few steps; a circle must not hang the page


@dataclass(frozen=True)
class Tally:
    """Duties that fell due in a cell: void ones are no part of it, waived ones stand apart.

    `strength` is the sum of the strengths (1 to 5) of the `proofs` that prove them.
    """

    due: int = 0
    on_time: int = 0
    strict: int = 0
    waived: int = 0
    strength: int = 0
    proofs: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.due + other.due, self.on_time + other.on_time, self.strict + other.strict,
            self.waived + other.waived, self.strength + other.strength, self.proofs + other.proofs,
        )  # fmt: skip

    @property
    def mean_strength(self) -> float | None:
        """None without any proof."""
        return self.strength / self.proofs if self.proofs else None

    def kept(self, by: Definition) -> int:
        return self.strict if by is Definition.STRICT else self.on_time

    def whole(self, by: Definition) -> int:
        return self.due + (self.waived if by is Definition.WAIVED_TOO else 0)

    def rate(self, by: Definition) -> float | None:
        """0 to 1; None where nothing fell due: nothing kept and nothing missed."""
        whole = self.whole(by)
        return self.kept(by) / whole if whole else None


class Key(NamedTuple):
    """What a cell counts: a clause (with the number it had), the role that owes, the region."""

    clause: str
    number: str
    role: str
    region: str


Cells = Mapping[Key, Tally]
FIGURES = ("due", "on_time", "strict", "waived", "strength", "proofs")
"""The figures of a tally, in its order."""


def differences(before: Cells, after: Cells) -> list[tuple[Key, Tally, Tally]]:
    """The cells whose figures are not the same, with both."""
    found = [
        (key, before.get(key, Tally()), after.get(key, Tally()))
        for key in sorted({*before, *after})
    ]
    return [each for each in found if each[1] != each[2]]


def canonical(content: object) -> bytes:
    """The one way to write this content, so that its hash can be checked anywhere."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


class Outcome(StrEnum):
    """How one duty was counted."""

    MISSED = "missed"
    ON_TIME = "on_time"  # done in time, the verification that the rule asks for is not there
    STRICT = "strict"
    WAIVED = "waived"

    @property
    def tally(self) -> Tally:
        return {
            Outcome.MISSED: Tally(1), Outcome.ON_TIME: Tally(1, 1), Outcome.STRICT: Tally(1, 1, 1),
            Outcome.WAIVED: Tally(0, 0, 0, 1),
        }[self]  # fmt: skip


def outcome(
    state: str, discharged_at: datetime | None, due_at: datetime | None, verified_by_rule: str
) -> Outcome:
    """How a duty that fell due is counted, whatever the definition asked for."""
    if state == State.WAIVED:
        return Outcome.WAIVED
    if state not in DONE or not discharged_at or not due_at or discharged_at > due_at:
        return Outcome.MISSED
    if state == State.VERIFIED or verified_by_rule == Verifier.NONE:
        return Outcome.STRICT
    return Outcome.ON_TIME


def band(rate: float | None) -> str:
    """The colour of a cell; "" where there is nothing to judge."""
    if rate is None:
        return ""
    return next((name for name, least in BANDS if rate >= least), WORST)


def department_of(role: str, up: Mapping[str, str]) -> str:
    """Whose people a role belongs to: the highest lead on its ladder below a head, else the head
    (who answers to the top); a role beside the heads that leads nobody belongs to the top itself.
    """
    ladder = [role]
    while (higher := up.get(ladder[-1], "")) and len(ladder) < MOST_STEPS:
        ladder.append(higher)
    leads = [each for each in ladder[:-2] if each in up.values()]
    if leads:
        return leads[-1]
    below_top = ladder[-2] if len(ladder) > 1 else role
    return below_top if below_top in up.values() else ladder[-1]


# Measures of targets that are counted here, and how each counts; others are counted elsewhere.
MEASURES = {
    "clause_on_time_rate": Definition.ON_TIME,
    "clause_strict_rate": Definition.STRICT,
    "clause_waived_too_rate": Definition.WAIVED_TOO,
}
MONTHLY = "month"


@dataclass(frozen=True)
class Aim:
    """A target of the regulation beside its clause, counted as the target says.

    `met` is None where nothing fell due, and where the target is for more than a month.
    """

    target: Target
    by: Definition
    met: bool | None


def aim_of(target: Target, tally: Tally) -> Aim | None:
    """What a target says of the duties of its clause; None when it measures something else."""
    by = MEASURES.get(target.measure)
    if by is None:
        return None
    rate = tally.rate(by)
    judged = rate is not None and target.per == MONTHLY
    return Aim(target, by, target.met(rate) if judged and rate is not None else None)
