"""Going live: the duties of the first period are spread over its weeks by capacity.

What is decided stands in the facts themselves (`places` of `period.began` and of what an import
tells), so that hearing them again gives the same weeks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Max
from django.db.models.functions import TruncWeek

from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.querysets import meant_by
from bihuan.apps.people.calendars import COMPANY as CALENDAR
from bihuan.apps.people.calendars import calendars
from bihuan.apps.people.queries import capacities
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base.facts.actions import Telling, drafts
from bihuan.base.facts.arriving import Arrivals
from bihuan.base.facts.models import Fact
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import span_of
from bihuan.lib.policy.cadence import movable, spreads
from bihuan.lib.policy.model import Pack, Rule
from bihuan.lib.policy.spreading import Due, spread
from bihuan.lib.workcal import due, working_days

CONTACTS = ("callback.done", "visit.done", "contact.made")
NEVER = 100_000
"""Days since the last contact of who was never contacted."""
UNRATED = 99
"""Rank of a customer without a tier: behind all others."""
BATCH = 500
ARRIVALS = "arrivals.within"
"""Parameter of a pack: over which time what an import first asks for is spread."""
PLACES = "places"


def placed(
    tellings: Sequence[Telling], pack: Pack, *, first: Callable[[Rule], bool], now: datetime
) -> list[Telling]:
    """The same tellings with the weeks in which the duties of a first period are to be done.

    `first` says whether a period of this rule is its first one. Whose capacity the company has not
    stated, their duties stay as the regulation has them.
    """
    if not _stated():
        return list(tellings)
    rows: list[_Row] = []
    for start in range(0, len(tellings), BATCH):
        batch = tellings[start : start + BATCH]
        rows += _asked(drafts(batch, now=now, source="clock"), pack.rules, first, now)
    places = _weeks_of(rows, pack.zone, tellings[0].at, {})
    return [_with(each, places) for each in tellings]


def arriving(facts: Sequence[Fact], arrivals: Arrivals) -> None:
    """Name the weeks in which what came in by an import is first owed (`places` of its facts).

    A regulation is in force and others have their duties: those and what came in before fill
    the weeks first. A round is spread over its first period, what is owed upon the arrival itself
    over the time that the regulation gives for it; its limit then counts from its week.
    """
    entering = [fact for fact in facts if PLACES in vocabulary().facts[fact.kind].fields]
    try:
        pack = pack_at(arrivals.now)
    except NoPackInForce:
        return
    if not entering or not _stated():
        return
    fields = [(fact.pk, fact.tx) for fact in entering]
    for place, fact in enumerate(entering, start=1):
        fact.pk, fact.tx = -place, 0  # as a draft: the log has no such fact yet
    until = _until(pack, arrivals.now)
    rows = list(_asked(entering, pack.rules, lambda _rule: True, arrivals.now, until))
    for fact, (pk, tx) in zip(entering, fields, strict=True):
        fact.pk, fact.tx = pk, tx
    if not arrivals.load:
        arrivals.load.update(_standing(arrivals.now, pack.zone))
    places = _weeks_of(rows, pack.zone, arrivals.now, arrivals.load)
    for fact in entering:
        if found := _places_of(fact.subjects, places):
            fact.data["fact"][PLACES] = found


def _until(pack: Pack, now: datetime) -> date | None:
    """The last day over which what arises with an import is spread; None where the regulation
    gives no time for it.
    """
    parameter = pack.parameters.get(ARRIVALS)
    if parameter is None or parameter.value is None:
        return None
    last = due(calendars().for_(CALENDAR, {}), now, str(parameter.value)).due
    return (last.astimezone(pack.zone) - timedelta(seconds=1)).date() if last else None


def _stated() -> bool:
    """Whether the company has stated anybody's capacity."""
    known = capacities()
    return bool(known.users or known.teams or known.roles)


def _standing(now: datetime, zone: ZoneInfo) -> Load:
    """The duties that stand in each week, by whose they are (one query)."""
    rows = Obligation.objects.filter(state__in=LIVE, due_at__gt=now).order_by()
    week = TruncWeek(meant_by() - timedelta(seconds=1), tzinfo=zone)
    found: Load = defaultdict(lambda: defaultdict(int))
    for who, role, monday, n in rows.values_list("assignee_id", "role", week).annotate(
        n=Count("pk")
    ):
        found[_who(who, role)][monday.date()] += n
    return found


Load = dict[str, dict[date, int]]
"""Duties by whose they are and by the Monday of their week."""


def _weeks_of(
    rows: Sequence[_Row], zone: ZoneInfo, at: datetime, load: Load
) -> dict[tuple[str, int], list[str]]:
    """Subject -> "rule=week" of each duty that is placed; what is placed is added to the load."""
    known, who_of = capacities(), {row.who: row.ob for row in rows}
    figures = {
        who: figure
        for who, ob in who_of.items()
        if (figure := known.of(ob.assignee_id, ob.role)) is not None
    }
    free = [row for row in rows if row.due and row.who in figures]
    if not free:
        return {}
    live = at.astimezone(zone).date()
    weeks = _weeks(live, max(row.until for row in rows))
    fixed: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for who, held in load.items():
        for monday, n in held.items():
            if weeks[0] <= monday <= weeks[-1]:
                fixed[who][_nth(weeks[0], monday)] += n
    for row in rows:
        if row.due is None:
            fixed[row.who][_nth(weeks[0], row.until)] += 1
    duties = {
        row.due.key: replace(row.due, last=_nth(weeks[0], row.until)) for row in free if row.due
    }
    found = spread(duties.values(), _working(weeks, live), figures, fixed)
    places: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in {row.due.key: row for row in free if row.due}.values():
        assert row.due is not None
        monday = weeks[found.weeks[row.due.key]]
        places[row.ob.subject_type, row.ob.subject_id].append(
            f"{row.ob.rule}={span_of('week', monday).key}"
        )
        load.setdefault(row.who, {}).setdefault(monday, 0)
        load[row.who][monday] += 1
    return places


@dataclass(frozen=True)
class _Row:
    """A duty that a telling calls for; `due` where it may be placed, `until` its last day."""

    ob: Obligation
    due: Due | None
    who: str
    until: date


def _asked(
    facts: Sequence[Fact], rules: Mapping[str, Rule], first: Callable[[Rule], bool], now: datetime,
    until: date | None = None,
) -> Iterable[_Row]:  # fmt: skip
    from bihuan.apps.obligations.engine import Judge

    judge = Judge(facts, now)
    last = _last_contacts(facts)
    for fact in facts:
        response, context = judge.response(fact)
        for duty in response.duties if context is not None else ():
            assert context is not None
            ob = judge.row(duty, fact, context)
            rule = rules[ob.rule]
            if ob.due_at is None or rule.prepares or not (rule.every or until):
                continue
            who = _who(ob.assignee_id, ob.role)
            ends = (ob.due_at.astimezone(context.pack.zone) - timedelta(seconds=1)).date()
            if rule.every:
                free = movable(rule, rule.limit)
            else:
                free = _counted(rule) and until is not None and until > ends
                ends = max(ends, until) if free and until is not None else ends
            placed = None
            if free and not ob.source and ob.subject_type != "company" and first(rule):
                placed = Due(
                    0,
                    _urgency(fact, last),
                    f"{ob.subject_type}:{ob.subject_id:012d}:{ob.rule}",
                    who,
                )
            yield _Row(ob, placed, who, ends)


def _who(assignee: int | None, role: str) -> str:
    return f"u{assignee}" if assignee is not None else f"r{role}"


def _counted(rule: Rule) -> bool:
    """Whether the limit of what is owed upon an arrival may count from a later week."""
    limits = list(rule.limits.values()) or ([rule.limit] if rule.limit is not None else [])
    return bool(limits) and all(spreads(rule, limit) for limit in limits)


def _last_contacts(facts: Sequence[Fact]) -> dict[int, datetime]:
    """When each customer was last contacted, as the log knows (one query)."""
    ids = {each.customer_id for each in facts if each.customer_id is not None}
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
    found = _places_of(telling.subjects, places)
    return replace(telling, data={**telling.data, "places": found}) if found else telling


def _places_of(
    subjects: Mapping[str, int], places: Mapping[tuple[str, int], list[str]]
) -> list[str]:
    kind = next((n for n in ("contact", "asset", "contract", "customer") if n in subjects), "")
    return sorted(places.get((kind, subjects[kind]), ())) if kind else []
