"""Figures of the archive: per class, source and outcome, and how long a proposal took."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import ExtractYear

from bihuan.apps.demands.enums import State
from bihuan.apps.demands.lists import PACE, paced
from bihuan.apps.demands.queries.archive import seen
from bihuan.apps.demands.rules import middle
from bihuan.apps.people.calendars import COMPANY, calendars
from bihuan.base.access.models import User
from bihuan.base.ui.deadline import WORK_DAYS, working_left

MEASURED = 5000
"""Proposals of one year of which the middle is taken: the latest."""


@dataclass
class Line:
    """One class or source with its counts; `days` are working days from receipt to proposal."""

    code: str
    title: str
    all: int = 0
    states: dict[str, int] = field(default_factory=dict)
    untold: int = 0
    unanswered: int = 0
    days: float | None = None
    pace: dict[str, int] = field(default_factory=dict)


def years(person: User, now: datetime) -> list[int]:
    """Years in which something was received, the latest first; this year always."""
    rows = seen(person).annotate(year=ExtractYear("received_at")).order_by()
    found = set(rows.values_list("year", flat=True).distinct())
    return sorted(found | {now.year}, reverse=True)


def by(person: User, name: str, titles: dict[str, Any], year: int) -> list[Line]:
    """The lines of a field (class or source), in the order of `titles`; codes that stand in the
    rows only come last (four queries).
    """
    rows = seen(person).filter(received_at__year=year).order_by()
    counts = {f"s_{state}": Count("pk", filter=Q(state=state)) for state in State}
    told = Q(state__in=(State.DELIVERED, State.PLANNED, State.MERGED, State.DECLINED))
    found = rows.values(name).annotate(
        all=Count("pk"), untold=Count("pk", filter=told & Q(told_at=None)),
        unanswered=Count("pk", filter=Q(told_at__isnull=False, answered_at=None)), **counts,
    )  # fmt: skip
    lines = {str(code): Line(str(code), str(title)) for code, title in titles.items()}
    for each in found:
        code = each[name] or "none"
        line = lines.setdefault(code, Line(code, str(code)))
        line.all, line.untold, line.unanswered = each["all"], each["untold"], each["unanswered"]
        line.states = {str(state): each[f"s_{state}"] for state in State}
    for pace in PACE:
        for each in rows.filter(paced(pace)).values(name).annotate(n=Count("pk")):
            lines[each[name] or "none"].pace[pace] = each["n"]
    for code, days in _days(person, name, year).items():
        if code in lines:
            lines[code].days = middle(days)
    return [line for line in lines.values() if line.all]


def _days(person: User, name: str, year: int) -> dict[str, list[float]]:
    """Working days from receipt to proposal, by code."""
    rows = seen(person).filter(received_at__year=year, proposed_at__isnull=False)
    calendar = calendars().for_(COMPANY, {})
    found: dict[str, list[float]] = defaultdict(list)
    latest = rows.order_by("-received_at").values_list(name, "received_at", "proposed_at")
    for code, start, end in latest[:MEASURED]:
        found[code or "none"].append(working_left(calendar, end, start, WORK_DAYS))
    return found


def total(lines: list[Line]) -> Line:
    """The sum of the lines; the middle of middles would be none, so it is left out."""
    found = Line("", "")
    for line in lines:
        found.all += line.all
        found.untold += line.untold
        found.unanswered += line.unanswered
        for name, part in (("states", line.states), ("pace", line.pace)):
            into = getattr(found, name)
            for code, count in part.items():
                into[code] = into.get(code, 0) + count
    return found
