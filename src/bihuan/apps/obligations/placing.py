"""Going live: the duties of the first period are spread over its weeks by capacity.

What is decided stands in the fact `period.began` itself (`places`), so that hearing it again
gives the same weeks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Max

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.people.calendars import COMPANY as CALENDAR
from bihuan.apps.people.calendars import calendars
from bihuan.apps.people.queries import capacities
from bihuan.base.facts.actions import Telling, drafts
from bihuan.base.facts.models import Fact
from bihuan.lib.policy import span_of
from bihuan.lib.policy.cadence import movable
from bihuan.lib.policy.model import Pack, Rule
from bihuan.lib.policy.spreading import Due, spread
from bihuan.lib.workcal import working_days

CONTACTS = ("callback.done", "visit.done", "contact.made")
NEVER = 100_000
"""Days since the last contact of who was never contacted."""
UNRATED = 99
"""Rank of a customer without a tier: behind all others."""
BATCH = 500


def placed(
    tellings: Sequence[Telling], pack: Pack, *, first: Callable[[Rule], bool], now: datetime
) -> list[Telling]:
    """The same tellings with the weeks in which the duties of a first period are to be done.

    `first` says whether a period of this rule is its first one. Whose capacity the company has not
    stated, their duties stay as the regulation has them.
    """
    known = capacities()
    if not (known.users or known.teams or known.roles):
        return list(tellings)
    rows: list[_Row] = []
    for start in range(0, len(tellings), BATCH):
        rows += _asked(tellings[start : start + BATCH], pack, first, now)
    who_of = {row.who: row.ob for row in rows}
    figures = {
        who: figure
        for who, ob in who_of.items()
        if (figure := known.of(ob.assignee_id, ob.role)) is not None
    }
    free = [row for row in rows if row.due and row.who in figures]
    if not free:
        return list(tellings)
    live = tellings[0].at.astimezone(pack.zone).date()
    weeks = _weeks(live, max(row.until for row in rows))
    fixed: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        if row.due is None:
            fixed[row.who][_nth(weeks[0], row.until)] += 1
    duties = [replace(row.due, last=_nth(weeks[0], row.until)) for row in free if row.due]
    found = spread(duties, _working(weeks, live), figures, fixed)
    places: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in free:
        if row.due:
            week = span_of("week", weeks[found.weeks[row.due.key]]).key
            places[row.ob.subject_type, row.ob.subject_id].append(f"{row.ob.rule}={week}")
    return [_with(each, places) for each in tellings]


@dataclass(frozen=True)
class _Row:
    """A duty that a telling calls for; `due` where it may be placed, `until` its last day."""

    ob: Obligation
    due: Due | None
    who: str
    until: date


def _asked(
    tellings: Sequence[Telling], pack: Pack, first: Callable[[Rule], bool], now: datetime
) -> Iterable[_Row]:
    from bihuan.apps.obligations.engine import Judge

    facts = drafts(tellings, now=now, source="clock")
    judge = Judge(facts, now)
    last = _last_contacts(tellings)
    for fact in facts:
        response, context = judge.response(fact)
        for duty in response.duties if context is not None else ():
            assert context is not None
            ob = judge.row(duty, fact, context)
            rule = pack.rules[ob.rule]
            if ob.due_at is None or rule.prepares:
                continue
            who = f"u{ob.assignee_id}" if ob.assignee_id is not None else f"r{ob.role}"
            until = (ob.due_at.astimezone(pack.zone) - timedelta(seconds=1)).date()
            free = movable(rule, rule.limit) and not ob.source and ob.subject_type != "company"
            due = None
            if free and first(rule):
                due = Due(
                    0,
                    _urgency(fact, last),
                    f"{ob.subject_type}:{ob.subject_id:012d}:{ob.rule}",
                    who,
                )
            yield _Row(ob, due, who, until)


def _last_contacts(tellings: Sequence[Telling]) -> dict[int, datetime]:
    """When each customer was last contacted, as the log knows (one query)."""
    ids = {each.subjects["customer"] for each in tellings if "customer" in each.subjects}
    rows = Fact.objects.filter(kind__in=CONTACTS, customer_id__in=ids).order_by()
    found = rows.values_list("customer_id").annotate(last=Max("at"))
    return {pk: last for pk, last in found if pk is not None}


def _urgency(fact: Fact, last: dict[int, datetime]) -> tuple[float, ...]:
    """The highest tier first, then who has waited longest."""
    rank = int(fact.data.get("customer", {}).get("rank") or UNRATED)
    contact = last.get(fact.customer_id or 0)
    days = (fact.at - contact).days if contact is not None else NEVER
    return float(rank), float(-days)


def _weeks(first: date, last: date) -> list[date]:
    """The Mondays of the weeks from one day to another."""
    monday = first - timedelta(days=first.weekday())
    return [monday + timedelta(weeks=n) for n in range(_nth(monday, last) + 1)]


def _nth(monday: date, day: date) -> int:
    return max(0, (day - monday).days // 7)


def _working(weeks: Sequence[date], first: date) -> list[int]:
    calendar = calendars().for_(CALENDAR, {})
    return [
        working_days(calendar, max(first, monday), monday + timedelta(days=6)) for monday in weeks
    ]


def _with(telling: Telling, places: dict[tuple[str, int], list[str]]) -> Telling:
    kind = next((n for n in ("asset", "contract", "customer") if n in telling.subjects), "")
    found = places.get((kind, telling.subjects[kind])) if kind else None
    if not found:
        return telling
    return replace(telling, data={**telling.data, "places": sorted(found)})
