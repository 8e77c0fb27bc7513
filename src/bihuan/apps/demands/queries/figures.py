"""Figures of the archive: per class, source and outcome, and how long a proposal took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Q, When
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

    def add(self, group: Mapping[str, Any]) -> None:
        """Add `n` demands that are alike."""
        n = group["n"]
        self.all += n
        self.untold += n * group["untold"]
        self.unanswered += n * group["unanswered"]
        self.states[group["state"]] = self.states.get(group["state"], 0) + n
        for pace in PACE:
            self.pace[pace] = self.pace.get(pace, 0) + n * group[f"is_{pace}"]


def years(person: User, now: datetime) -> list[int]:
    """Years in which something was received, the latest first; this year always."""
    rows = seen(person).annotate(year=ExtractYear("received_at")).order_by()
    found = set(rows.values_list("year", flat=True).distinct())
    return sorted(found | {now.year}, reverse=True)


def lines(
    person: User, titles: Mapping[str, Mapping[str, Any]], year: int
) -> dict[str, list[Line]]:
    """The lines of each field of `titles` (class, source), in the order of its titles; codes that
    stand in the rows only come last (two queries, both over the demands of one year).
    """
    told = Q(state__in=(State.DELIVERED, State.PLANNED, State.MERGED, State.DECLINED))
    rows = seen(person).filter(received_at__year=year).order_by()
    found = rows.annotate(
        untold=Case(When(told & Q(told_at=None), then=1), default=0),
        unanswered=Case(When(told_at__isnull=False, answered_at=None, then=1), default=0),
        # asked of each demand by its number: as a condition, the planner may begin at the duties
        **{f"is_{pace}": paced(pace) for pace in PACE},
    ).values(*titles, "state", "untold", "unanswered", *(f"is_{pace}" for pace in PACE))
    sums = {
        name: {str(code): Line(str(code), str(title)) for code, title in each.items()}
        for name, each in titles.items()
    }
    for each in found.annotate(n=Count("pk")):
        for name, named in sums.items():
            code = each[name] or "none"
            named.setdefault(code, Line(code, str(code))).add(each)
    days = _days(person, tuple(titles), year)
    for name, named in sums.items():
        for code, spent in days[name].items():
            if code in named:
                named[code].days = middle(spent)
    return {name: [line for line in named.values() if line.all] for name, named in sums.items()}


def _days(person: User, names: tuple[str, ...], year: int) -> dict[str, dict[str, list[float]]]:
    """Working days from receipt to proposal, by field and code."""
    rows = seen(person).filter(received_at__year=year, proposed_at__isnull=False)
    calendar = calendars().for_(COMPANY, {})
    found: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in names}
    latest = rows.order_by("-received_at").values_list("received_at", "proposed_at", *names)
    for start, end, *codes in latest[:MEASURED]:
        days = working_left(calendar, end, start, WORK_DAYS)
        for name, code in zip(names, codes, strict=True):
            found[name][code or "none"].append(days)
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
