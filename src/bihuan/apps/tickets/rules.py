"""What holds for tickets, without database and clock."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bihuan.apps.tickets.enums import UNSOLVED, Answer, Event, Impact, Kind, Severity, Status

S = Status


@dataclass(frozen=True)
class Move:
    """From which states an event leads to which; `to` None = back to where it waited from."""

    sources: tuple[Status, ...]
    to: Status | None


MOVES: dict[Event, Move] = {
    Event.ACCEPT: Move((S.NEW,), S.ACCEPTED),
    Event.VERIFY: Move((S.ACCEPTED, S.DIAGNOSING), S.DIAGNOSING),
    Event.DISPATCH: Move((S.DIAGNOSING, S.DISPATCHED, S.WORKING), S.DISPATCHED),
    Event.ARRIVE: Move((S.DISPATCHED,), S.WORKING),
    Event.WAIT: Move((S.ACCEPTED, S.DIAGNOSING, S.DISPATCHED, S.WORKING), S.WAITING),
    Event.GO_ON: Move((S.WAITING,), None),
    Event.SOLVE: Move((S.ACCEPTED, S.DIAGNOSING, S.DISPATCHED, S.WORKING, S.WAITING), S.SOLVED),
    Event.FEED_BACK: Move((S.SOLVED,), S.FED_BACK),
    Event.CONFIRM: Move((S.FED_BACK, S.UNCONFIRMED), S.CONFIRMED),
    Event.DENY: Move((S.SOLVED, S.FED_BACK, S.UNCONFIRMED), S.DIAGNOSING),
    Event.GIVE_UP: Move((S.FED_BACK,), S.UNCONFIRMED),
    Event.CLOSE: Move((S.CONFIRMED, S.UNCONFIRMED), S.CLOSED),
    Event.REOPEN: Move((S.CONFIRMED, S.UNCONFIRMED, S.CLOSED), S.DIAGNOSING),
    Event.CANCEL: Move(UNSOLVED, S.CANCELLED),
    Event.MERGE: Move(UNSOLVED, S.DUPLICATE),
    Event.PUT_BACK: Move((S.ACCEPTED,), S.NEW),
}


def may_move(event: Event, status: str) -> bool:
    return status in MOVES[event].sources


def after(event: Event, status: str, before_wait: str = "") -> Status:
    """The state after an event. Raises ValueError where the table has no such move."""
    if not may_move(event, status):
        raise ValueError(f"{event} from {status}")
    to = MOVES[event].to
    return to if to is not None else Status(before_wait or S.ACCEPTED)


# Kinds that must say when, where and what it stops before somebody is sent or it counts as solved.
NEEDS_THE_FACTS = (Kind.FAULT,)


def facts_missing(kind: str, *, happened_at: datetime | None, place: str, impact: str) -> list[str]:
    """Of time, place and impact, those that a fault does not say yet (codes)."""
    if kind not in NEEDS_THE_FACTS:
        return []
    known = {"happened_at": happened_at, "place": place.strip(), "impact": impact}
    return [name for name, value in known.items() if not value]


SEVERITY = {
    Impact.PERSON_SAFETY: Severity.URGENT,
    Impact.LINE_STOP: Severity.URGENT,
    Impact.SET_STOP: Severity.URGENT,
    Impact.DEGRADED: Severity.NORMAL,
    Impact.COSMETIC: Severity.LOW,
    Impact.NONE: Severity.LOW,
}


def too_long_ago(moment: datetime | None, now: datetime, days: int) -> bool:
    """Whether somebody must have mistyped the year."""
    return moment is not None and moment < now - timedelta(days=days)


def severity_of(impact: str, *, downtime: bool, set_stopped: bool) -> Severity:
    """What an impact suggests; a person may choose otherwise when opening."""
    if set_stopped:
        return Severity.URGENT
    found = SEVERITY[Impact(impact)] if impact else Severity.NORMAL
    return Severity.HIGH if downtime and found in (Severity.NORMAL, Severity.LOW) else found


HEAVIEST = (Severity.URGENT, Severity.HIGH, Severity.NORMAL, Severity.LOW)


def graver(impact: str, severity: str, *, than: tuple[str, str]) -> bool:
    """Whether this weighs more than impact and severity `than`: danger to people above all."""
    other_impact, other_severity = than
    if impact == Impact.PERSON_SAFETY and other_impact != Impact.PERSON_SAFETY:
        return True
    if not severity or (other_impact == Impact.PERSON_SAFETY and impact != other_impact):
        return False
    return HEAVIEST.index(Severity(severity)) < HEAVIEST.index(Severity(other_severity))


# What takes the danger out of the words that follow it ("nobody was injured", 没有人受伤). Only
# what can stand between the two may: one call too many is better than one that never came.
DENIED = re.compile(
    r"(没有?|无|未|不会|避免|防止|预防)[人员有发生出现造成导致引起任何被再]{0,6}$"
    r"|\b(no|not|nobody|none|without|never)\b( (one|was|were|is|are|has|have|been|got|any|people|person|worker|workers))*\s*$",
    re.IGNORECASE,
)


def dangers(text: str, words: Iterable[str]) -> list[str]:
    """The words of danger that stand in a text and are not denied there; Latin ones as whole words."""
    found = []
    for word in words:
        sign = rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word)
        places = re.finditer(sign, text, re.IGNORECASE)
        if any(
            not DENIED.search(text[max(0, place.start() - 24) : place.start()]) for place in places
        ):
            found.append(word)
    return found


@dataclass(frozen=True)
class Asked:
    """One try at getting the customer's yes; `day` in the company's zone."""

    result: str
    channel: str
    day: date


def could_not_be_reached(
    tries: Iterable[Asked], *, attempts: int, channels: int, days: int
) -> bool:
    """Whether enough was tried, by enough channels and on enough days, and nobody answered."""
    rows = list(tries)
    if any(each.result != Answer.NO_ANSWER for each in rows):
        return False
    return (
        len(rows) >= attempts
        and len({each.channel for each in rows}) >= channels
        and len({each.day for each in rows}) >= days
    )


def may_confirm(
    *, kind: str, person: int, doers: Collection[int], same_call: Collection[str],
    same_team: bool, other_team: bool,
) -> bool:  # fmt: skip
    """Whether this member of staff may write down the customer's answer: nobody confirms work of
    his own, except for kinds that the regulation lets be confirmed in the same call.
    """
    if kind in same_call:
        return True
    return person not in doers and not (other_team and same_team)


def escalates(count: int, limit: int) -> bool:
    """Whether this chase goes to the one above: the limit and each after it."""
    return count >= limit > 0


def doubles(
    *, reported_at: datetime, other_reported_at: datetime, hours: float, status: str, kind: str, other_kind: str
) -> bool:  # fmt: skip
    """Whether a report about the same machine is of one that waits for its solution already. What
    was solved and fails again is another matter, and a fault is none of a delivery of parts.
    """
    near = abs(reported_at - other_reported_at) <= timedelta(hours=hours)
    return near and status in UNSOLVED and (kind != Kind.FAULT or other_kind == Kind.FAULT)


CHECKS = ("answered", "cause", "action", "told")
"""What guards closing, by code: the customer's answer, cause, action, the customer was told."""


def unmet(
    *, kind: str, status: str, cause: str, action: str, told: bool, more: Sequence[str] = ()
) -> list[str]:
    """What stands between a ticket and its end; codes of `CHECKS` and open items of its list."""
    found = []
    if status not in MOVES[Event.CLOSE].sources:
        found.append("answered")
    if kind == Kind.FAULT and not cause:
        found.append("cause")
    if not action.strip():
        found.append("action")
    if not told:
        found.append("told")
    return [*found, *more]


def line_of(roles: Collection[str], lines: Mapping[int, Collection[str]]) -> int:
    """The line that somebody works off by his posts: the highest; the first for everybody else."""
    return max((line for line, names in lines.items() if set(names) & set(roles)), default=1)


PREFIX = "WX"


def number_of(day: date, place: int) -> str:
    """WX-20261122-0007."""
    return f"{PREFIX}-{day:%Y%m%d}-{place:04d}"
