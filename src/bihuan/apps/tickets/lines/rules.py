"""How a ticket finds its queue and its person, and what of it others may read; no database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """What of a ticket decides its way."""

    line: int
    kind: str
    severity: str = ""
    family: str = ""
    tier: str = ""


@dataclass(frozen=True)
class Way:
    """One row of the company's table; empty fields fit everything."""

    pk: int
    queue: int
    line: int
    kind: str = ""
    family: str = ""
    severity: str = ""
    tier: str = ""
    skill: str = ""
    assign: bool = False


ASKS = ("line", "kind", "family", "severity", "tier")


def misfit(way: Way, case: Case) -> str:
    """The first field by which a row does not fit; empty when it fits."""
    return next((name for name in ASKS if getattr(way, name) not in ("", getattr(case, name))), "")


@dataclass(frozen=True)
class Lost:
    """A row that did not decide: by which field, or because another stood before it ("place")."""

    way: int
    by: str


@dataclass(frozen=True)
class Hand:
    """Somebody of a queue; `load` is how many open tickets and hand-overs are in hand."""

    pk: int
    skills: frozenset[str] = frozenset()
    away: bool = False
    load: int = 0


AWAY, UNSKILLED, FULL, BUSIER = "away", "skill", "full", "busier"


@dataclass(frozen=True)
class Passed:
    """Somebody who did not get it, with the load and why."""

    pk: int
    load: int
    by: str


@dataclass(frozen=True)
class Choice:
    """Who gets it (None: it waits in the queue) and who does not."""

    person: int | None = None
    load: int = 0
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True)
class Found:
    """The row that decided (None: no row fits) and those that did not."""

    way: Way | None
    lost: tuple[Lost, ...] = field(default_factory=tuple)


def find(case: Case, ways: Sequence[Way]) -> Found:
    """The first fitting row, in the order of the company's table."""
    hit: Way | None = None
    lost = []
    for way in ways:
        by = misfit(way, case)
        if not by and hit is None:
            hit = way
        else:
            lost.append(Lost(way.pk, by or "place"))
    return Found(hit, tuple(lost))


def choose(hands: Iterable[Hand], *, skill: str = "", most: int = 0) -> Choice:
    """Who has least in hand of those who are there and have learned it; of equals the one with the
    lowest number. Nobody gets more than `most` by this (0: no limit).
    """
    fit: list[Hand] = []
    passed: list[Passed] = []
    for hand in sorted(hands, key=lambda each: (each.load, each.pk)):
        if hand.away:
            passed.append(Passed(hand.pk, hand.load, AWAY))
        elif skill and skill not in hand.skills:
            passed.append(Passed(hand.pk, hand.load, UNSKILLED))
        elif most and hand.load >= most:
            passed.append(Passed(hand.pk, hand.load, FULL))
        else:
            fit.append(hand)
    if not fit:
        return Choice(passed=tuple(passed))
    first, *others = fit
    passed += [Passed(each.pk, each.load, BUSIER) for each in others]
    return Choice(first.pk, first.load, tuple(passed))


HIDDEN = "▇▇"
SHORTEST = 2
PHONES = re.compile(
    r"(?<![A-Za-z0-9-])(?:\+\d[\d -]{7,}\d|(?:86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}|0\d{2,3}[- ]?\d{7,8}"
    r"|[48]00(?:[- ]?\d{3,4}){2})(?![A-Za-z0-9-])"
)
"""Mobile, landline and service numbers as they are written here, and any that begins with +."""
MAILS = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


TELLING = 4
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def beginnings(company: str) -> set[str]:
    """A company's name, and its beginnings that tell it as well: 小河制药 for 小河制药厂."""
    found = CHINESE.match(company)
    return {company} | {company[:n] for n in range(TELLING, found.end() if found else 0)}


def without_names(text: str, names: Iterable[str]) -> str:
    """A text without the names given, telephone numbers and mail addresses: what the technical
    side may read of what was written for others. Longer names go first.
    """
    text = MAILS.sub(HIDDEN, text)
    known = {name.strip() for name in names if len(name.strip()) >= SHORTEST}
    if known:
        longest = sorted(known, key=lambda each: (-len(each), each))
        found = re.compile("|".join(re.escape(each) for each in longest), re.IGNORECASE)
        text = found.sub(HIDDEN, text)
    return PHONES.sub(HIDDEN, text)
