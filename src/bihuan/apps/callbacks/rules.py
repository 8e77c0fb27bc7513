"""What holds for calls and visits, without database and clock."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from bihuan.apps.callbacks.enums import NOT_REACHED, CallKind, Outcome
from bihuan.lib.policy.values import listed

EARTH = 6_371_000  # metres, mean radius
Span = tuple[time, time]


@dataclass(frozen=True)
class Tried:
    """One attempt as the rule for unreachable people sees it; `day` in the company's zone."""

    outcome: str
    channel: str
    day: date


def is_unreachable(tried: Iterable[Tried], *, attempts: int, channels: int, days: int) -> bool:
    """Whether enough was tried, by enough channels and on enough days."""
    rows = [each for each in tried if each.outcome in NOT_REACHED]
    return (
        len(rows) >= attempts
        and len({each.channel for each in rows}) >= channels
        and len({each.day for each in rows}) >= days
    )


def spans(text: str) -> list[Span]:
    """`09:00-12:00 13:30-18:00`. Raises ValueError for a span that is none."""
    found = []
    for part in listed(text):
        start, _, end = part.partition("-")
        found.append((time.fromisoformat(start), time.fromisoformat(end)))
    return found


def share_of(text: str) -> float:
    """0..1, written as 10% or 0.1. Raises ValueError."""
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def inside(at: time, spans: Sequence[Span]) -> bool:
    """Whether a time of day lies in one of these spans (end excluded)."""
    return any(start <= at < end for start, end in spans)


def quiet(at: time, spans: Sequence[Span]) -> Span | None:
    """The span of do-not-disturb that this time of day falls into; spans may run past midnight."""
    for start, end in spans:
        within = start <= at < end if start <= end else at >= start or at < end
        if within:
            return start, end
    return None


def kind_of(duties: Iterable[str], table: Mapping[str, str]) -> CallKind:
    """What a call that serves these duties is called: the most telling of them."""
    given = set(duties)
    for duty, kind in table.items():
        if duty in given:
            return CallKind(kind)
    return CallKind.TRIGGERED if given else CallKind.CARE


def missing_blocks(script: Mapping[str, Any] | None, talked: Iterable[str]) -> list[str]:
    """Mandatory blocks of the script that were not talked about."""
    if script is None:
        return []
    done = set(talked)
    return [block for block in script.get("mandatory", ()) if block not in done]


def state_after(outcome: str, *, unreachable: bool, confirming: bool) -> str:
    """The state of a call after an attempt. Nobody answering a request for confirmation is a
    state of its own.
    """
    if outcome == Outcome.DONE:
        return "DONE"
    if outcome in (Outcome.RESCHEDULED, Outcome.PARTIAL):
        return "RESCHEDULED"
    if outcome in (Outcome.REFUSED, Outcome.DND):
        return "REFUSED"
    if unreachable:
        return "CONFIRM_TIMEOUT" if confirming else "UNREACHABLE"
    return "OPEN"


def drawn(month: str, numbers: Sequence[str], share: float) -> list[str]:
    """The calls of a month that are checked: the same whoever draws, at least one."""
    if not numbers:
        return []
    wanted = max(1, math.ceil(len(numbers) * share - 1e-9))
    return sorted(numbers, key=lambda each: _mark(month, each))[:wanted]


def _mark(month: str, number: str) -> str:
    return hashlib.sha256(f"{month}|{number}".encode()).hexdigest()


def metres(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """The distance of two places on the globe (haversine; degrees in, metres out)."""
    a, b = math.radians(lat), math.radians(to_lat)
    turn = math.radians(to_lon - lon) / 2
    high = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn) ** 2
    return 2 * EARTH * math.asin(math.sqrt(high))


@dataclass(frozen=True)
class CapState:
    """How much of the cap of one person is used."""

    used: int
    today: int
    count: int
    days: int
    a_day: int

    @property
    def full(self) -> bool:
        return self.used >= self.count or self.today >= self.a_day


def mark_of(due: datetime | None, done: datetime | None, now: datetime) -> str:
    """What a cell of the plan shows: planned, done or late."""
    if done is not None:
        return "late_done" if due is not None and done > due else "done"
    return "late" if due is not None and due < now else "planned"
