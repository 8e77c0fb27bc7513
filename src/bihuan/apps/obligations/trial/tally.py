"""Counting what became of the duties of a trial. Pure; nothing of a duty is kept but the worst."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bihuan.apps.obligations.trial.rules import End, Row, end_of
from bihuan.lib.workcal import due
from bihuan.lib.workcal.duration import CLOCK, DAYS, WORK, Duration, Unit
from bihuan.lib.workcal.report import describe_answer

KEPT = 300
"""Late duties that a result names one by one; all are counted."""
FACTORS = ((1, 4), (1, 2), (3, 4), (1, 1), (3, 2), (2, 1))
"""Limits that a sensitivity asks about, as shares of the rule's own."""
OWED = (End.ON_TIME, End.LATE)


@dataclass
class Tally:
    """What a regulation brought in a span. `asked` are the rules whose limit is varied."""

    until: datetime
    zone: ZoneInfo
    asked: frozenset[str] = frozenset()
    late_before: frozenset[UUID] = frozenset()
    ends: Counter[End] = field(default_factory=Counter)
    rules: dict[str, Counter[End]] = field(default_factory=lambda: defaultdict(Counter))
    roles: dict[str, Counter[End]] = field(default_factory=lambda: defaultdict(Counter))
    hours: list[Counter[End]] = field(default_factory=lambda: [Counter() for _ in range(24)])
    weeks: dict[str, Counter[End]] = field(default_factory=lambda: defaultdict(Counter))
    load: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    limits: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    agreed: dict[str, list[int]] = field(default_factory=dict)
    late: set[UUID] = field(default_factory=set)
    worst: list[Row] = field(default_factory=list)

    def take(self, row: Row) -> None:
        """Count one duty."""
        end = end_of(row, self.until)
        self.ends[end] += 1
        self.rules[row.rule][end] += 1
        if end not in (*OWED, End.OPEN):
            return
        self.roles[row.role][end] += 1
        if row.window is None:  # a period begins at midnight and says nothing of the hour
            self.hours[row.cause_at.astimezone(self.zone).hour][end] += 1
        week = iso_week(row.due_at or row.cause_at, self.zone)
        self.weeks[week][end] += 1
        self.load[row.role][week] += 1
        if row.rule in self.asked and end in OWED:
            self._vary(row, end)
        if end is End.LATE:
            self.late.add(row.uid)
            if row.uid not in self.late_before:
                self._name(row)

    def _vary(self, row: Row, end: End) -> None:
        """How the duty would have stood under other limits of its rule; one whose limit is not the
        rule's stands under each as it does.
        """
        if (
            row.agreed
            or row.within is None
            or row.calendar is None
            or row.within.before
            or row.within.unit not in VARIED
        ):
            counted = self.agreed.setdefault(row.rule, [0, 0])
            counted[0] += 1
            counted[1] += end is End.ON_TIME
            return
        done = row.done_at if row.done_at is not None and row.done_at < self.until else None
        lines = self.limits.setdefault(row.rule, {})
        for other in variants(row.within):
            answer = due(row.calendar, row.anchor, other, row.pauses).due
            if done is None and (answer is None or answer > self.until):
                continue
            counted = lines.setdefault(str(other), [0, 0])
            counted[0] += 1
            counted[1] += done is not None and (answer is None or done <= answer)

    def _name(self, row: Row) -> None:
        self.worst.append(row)
        if len(self.worst) > 2 * KEPT:
            self._cut()

    def _cut(self) -> None:
        # the latest first: what happened last is remembered best
        self.worst.sort(key=lambda row: (row.due_at is not None, row.due_at, row.uid), reverse=True)
        del self.worst[KEPT:]

    def close(self) -> None:
        """Forget what only a duty that still lives asks for: the whole regulation hangs on it, and
        no other process could read that.
        """
        self._cut()
        for row in self.worst:
            row.opening, row.rules = None, ()

    def to_data(self) -> dict[str, Any]:
        """As JSON."""
        self._cut()
        return {
            "ends": dict(self.ends), "worst": [_named(row) for row in self.worst],
            "late_new": len(self.late - self.late_before),
            "rules": {name: dict(ends) for name, ends in sorted(self.rules.items())},
            "roles": {name: dict(ends) for name, ends in sorted(self.roles.items())},
            "hours": [dict(ends) for ends in self.hours],
            "weeks": {name: dict(ends) for name, ends in sorted(self.weeks.items())},
            "load": {role: dict(sorted(weeks.items())) for role, weeks in sorted(self.load.items())},
            "limits": self._limits(),
        }  # fmt: skip

    def _limits(self) -> dict[str, dict[str, list[int]]]:
        return {
            rule: {limit: _sum(counted, self.agreed.get(rule, (0, 0))) for limit, counted in lines.items()}
            for rule, lines in self.limits.items()
        }  # fmt: skip


def _sum(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [mine + theirs for mine, theirs in zip(one, other, strict=True)]


def _named(row: Row) -> dict[str, Any]:
    why: dict[str, str] = {}
    if row.within is not None and row.calendar is not None:
        answer = due(row.calendar, row.anchor, row.within, row.pauses)
        why = {lang: describe_answer(answer, explain=True, lang=lang) for lang in ("zh", "en")}
    return {
        "uid": str(row.uid), "rule": row.rule, "clause": row.clause, "number": row.number,
        "customer": row.customer_id, "role": row.role, "occasion": row.occasion, "why": why,
        "cause_at": row.cause_at.isoformat(), "due_at": _iso(row.due_at), "done_at": _iso(row.done_at),
    }  # fmt: skip


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


VARIED = CLOCK | WORK | DAYS | {Unit.WORK_DAY}
_FINER = {Unit.HOUR: Unit.MINUTE, Unit.WORK_HOUR: Unit.WORK_MINUTE}


def variants(within: Duration) -> list[Duration]:
    """A limit and its neighbours, the shortest first, without repeats."""
    found: dict[str, Duration] = {}
    for over, under in FACTORS:
        amount, unit = within.amount, within.unit
        if (amount * over) % under and unit in _FINER:
            amount, unit = amount * 60, _FINER[unit]
        scaled = max(1, round(amount * over / under))
        other = Duration(scaled, unit, roll=within.roll, at=within.at)
        found.setdefault(str(other), other)
    return list(found.values())


def iso_week(moment: datetime, zone: ZoneInfo) -> str:
    """``2026-W09``."""
    return _week_of(moment.astimezone(zone).date())


@lru_cache(maxsize=4096)
def _week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def merged(parts: Iterable[Tally]) -> Tally:
    """The sum of the shares of a trial."""
    found: Tally | None = None
    for part in parts:
        if found is None:
            found = part
            continue
        found.ends += part.ends
        for mine, other in (
            (found.rules, part.rules), (found.roles, part.roles), (found.weeks, part.weeks),
        ):  # fmt: skip
            for name, ends in other.items():
                mine[name] += ends
        for hour, ends in enumerate(part.hours):
            found.hours[hour] += ends
        for role, weeks in part.load.items():
            found.load[role] += weeks
        for rule, lines in part.limits.items():
            of_rule = found.limits.setdefault(rule, {})
            for limit, counted in lines.items():
                of_rule[limit] = _sum(counted, of_rule.get(limit, (0, 0)))
        for rule, counted in part.agreed.items():
            found.agreed[rule] = _sum(counted, found.agreed.get(rule, (0, 0)))
        found.late |= part.late
        found.late_before |= part.late_before
        found.worst += part.worst
    assert found is not None
    return found


def people_needed(load: Mapping[str, int], minutes: float, weekly: float) -> float:
    """How many people the busiest week asks for: duties x minutes each / minutes a person has."""
    return max(load.values(), default=0) * minutes / weekly if weekly else 0.0
