"""The plan of a year: what cadences bring, what was done, and the channel mix against its target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from bihuan.apps.callbacks import words
from bihuan.apps.callbacks.enums import CallState, Channel, Level, VisitState
from bihuan.apps.callbacks.models import Callback, PlannedDay, Visit
from bihuan.apps.callbacks.rules import mark_of
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.snapshots import customers as snapshot
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.people.calendars import Calendars, calendars
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.lib.policy import (
    MixState,
    Pack,
    PlannedDuty,
    mix,
    mix_from,
    plan,
    plan_key,
    span_by_key,
)

KINDS = ("callback.", "visit.regular", "visit.executive", "contact.proactive")
OTHER = ("callback.brief", "callback.news", "callback.plan", "callback.sample")
SHOWN = (
    "title", "discharged_at", "due_at", "planned_at", "anchor_at", "occasion", "rule", "clause", "clause_number",
    "customer_id",
)  # fmt: skip
YEAR = timedelta(days=366)


def asked_for(now: datetime) -> bool:
    """Whether the regulation in force asks for any call or visit that stands in the plan."""
    try:
        rules = pack_at(now).rules.values()
    except NoPackInForce:
        return True
    return any(rule.must.startswith(KINDS) and rule.must not in OTHER for rule in rules)


@dataclass(frozen=True)
class Mark:
    """One occasion: planned ○, done ●, late; with the day it is planned for."""

    state: str
    title: str
    on: date
    url_id: int | None
    rule: str
    occasion: str
    clause: str
    clause_number: str
    first: date | None = None
    last: date | None = None
    customer_id: int | None = None

    @property
    def shift_url(self) -> str:
        """Where a planned mark can be moved to another day of its period; "" for any other."""
        if self.customer_id is None or self.first is None or self.last is None:
            return ""
        asked = {
            "rule": self.rule, "occasion": self.occasion, "on": self.on, "title": self.title,
            "first": self.first, "last": self.last,
        }  # fmt: skip
        return f"{reverse('callbacks:shift', args=[self.customer_id])}?{urlencode(asked)}"


@dataclass(frozen=True)
class Line:
    customer: Customer
    months: list[list[Mark]]
    done: int
    all: int


def is_ours(kind: str) -> bool:
    return kind.startswith(KINDS) and kind not in OTHER


def lines(
    customers: Iterable[Customer], year: int, now: datetime, person: User | None = None
) -> list[Line]:
    """One line a customer with twelve cells; a fixed number of queries. For a `person` a mark leads
    to its duty where that is in reach.
    """
    rows = list(customers)
    ids = [row.pk for row in rows]
    made = _made(ids, year)
    beyond = _beyond(made, person) if person is not None else frozenset[int]()
    shifted = _shifted(ids)
    try:
        pack = pack_at(now)
    except NoPackInForce:
        pack = None
    planner = _Planner(pack, year, calendars(), now) if pack is not None else None
    states = snapshot(ids, now) if pack is not None and ids else {}
    found = []
    for row in rows:
        marks = [_of_row(ob, now, beyond) for ob in made.get(row.pk, ())]
        known = {(mark.rule, mark.occasion) for mark in marks}
        if planner is not None:
            marks += _to_come(row.pk, planner, states.get(row.pk, {}), known, shifted)
        months: list[list[Mark]] = [[] for _ in range(12)]
        for mark in sorted(marks, key=lambda each: each.on):
            if mark.on.year == year:
                months[mark.on.month - 1].append(mark)
        done = sum(mark.state.endswith("done") for month in months for mark in month)
        found.append(Line(row, months, done, sum(map(len, months))))
    return found


def _made(ids: list[int], year: int) -> dict[int, list[Obligation]]:
    first = timezone.make_aware(datetime(year, 1, 1))  # noqa: DTZ001
    ours = Q()
    for start in KINDS:
        ours |= Q(kind__startswith=start)
    rows = (
        Obligation.objects.filter(
            ours,
            customer_id__in=ids,
            anchor_at__gte=first - timedelta(days=40),
            anchor_at__lt=first + YEAR,
        )
        .exclude(Q(state__in=("VOID", "WAIVED")) | Q(kind__in=OTHER))
        .only(*SHOWN)
    )
    found: dict[int, list[Obligation]] = {}
    for row in rows.order_by("due_at", "pk"):
        if row.customer_id is not None:
            found.setdefault(row.customer_id, []).append(row)
    return found


def _beyond(made: Mapping[int, list[Obligation]], person: User) -> frozenset[int]:
    """Those that this person may not open."""
    ids = {ob.pk for rows in made.values() for ob in rows}
    found = Obligation.objects.filter(pk__in=ids).order_by()
    return frozenset(
        ids - set(visible(found, person, "obligations.see").values_list("pk", flat=True))
    )


def _shifted(ids: list[int]) -> dict[tuple[int, str, str], date]:
    rows = PlannedDay.objects.filter(customer_id__in=ids)
    return {(row.customer_id, row.rule, row.occasion): row.on for row in rows}


def _of_row(ob: Obligation, now: datetime, beyond: frozenset[int]) -> Mark:
    on = ob.discharged_at or ob.planned_at or ob.due_at or ob.anchor_at
    first, last = _span(ob.occasion)
    return Mark(
        mark_of(ob.due_at, ob.discharged_at, now), words.said(ob.title), timezone.localtime(on).date(),
        None if ob.pk in beyond else ob.pk, ob.rule, ob.occasion, ob.clause, ob.clause_number, first, last,
    )  # fmt: skip


def _span(occasion: str) -> tuple[date | None, date | None]:
    try:
        _, span = span_by_key(occasion)
    except ValueError:
        return None, None
    return span.first, span.last


class _Planner:
    """What cadences still bring in a year; customers that they cannot tell apart share it."""

    def __init__(self, pack: Pack, year: int, known: Calendars, now: datetime) -> None:
        self.pack, self.year, self.known, self.now = pack, year, known, now
        self.plans: dict[tuple[str, ...], list[PlannedDuty]] = {}

    def of(self, state: Mapping[str, Any]) -> list[PlannedDuty]:
        key = plan_key(self.pack, {"customer": state})
        if key not in self.plans:
            self.plans[key] = [duty for duty in self._all(state) if self._ours(duty)]
        return self.plans[key]

    def _all(self, state: Mapping[str, Any]) -> list[PlannedDuty]:
        today = timezone.localtime(self.now).date()
        return plan(self.pack, {"customer": state}, self.year, self.known, since=today)

    def _ours(self, duty: PlannedDuty) -> bool:
        return is_ours(duty.must) and (duty.due_at is None or duty.due_at >= self.now)


def _to_come(
    customer_id: int, planner: _Planner, state: Mapping[str, Any], known: set[tuple[str, str]],
    shifted: Mapping[tuple[int, str, str], date],
) -> list[Mark]:  # fmt: skip
    found, pack = [], planner.pack
    for duty in planner.of(state):
        if (duty.rule, duty.occasion) in known:
            continue
        first, last = _span(duty.occasion)
        usual = timezone.localtime(duty.due_at or duty.opens_at).date()
        found.append(
            Mark(
                "planned", words.said(_title(pack, duty.rule)),
                shifted.get((customer_id, duty.rule, duty.occasion), usual), None, duty.rule,
                duty.occasion, duty.clause, pack.clauses[duty.clause].number, first, last, customer_id,
            )
        )  # fmt: skip
    return found


def _title(pack: Pack, rule: str) -> dict[str, str]:
    title = pack.rules[rule].title
    return {"zh": title.zh, "en": title.en}


@dataclass(frozen=True)
class Mix:
    """A rule's channel mix over the last twelve months."""

    title: str
    clause: str
    clause_number: str
    state: MixState
    shares: list[dict[str, Any]]


@dataclass(frozen=True)
class Calls:
    """How many calls of one tier were made by one channel."""

    tier: str
    channel: str
    n: int


def done_calls(person: User, now: datetime) -> list[Calls]:
    """The calls done in the twelve months that a channel mix looks back, and the visits of our staff
    as those on site (two queries).
    """
    first = timezone.make_aware(
        datetime.combine(mix_from(timezone.localdate(now)), datetime.min.time())
    )
    then = Q(done_at__gte=first, done_at__lte=now)
    rows = visible(Callback.objects.filter(then, state=CallState.DONE), person, "callbacks.see")
    calls = rows.values("tier", "channel").annotate(n=Count("pk")).order_by()
    there = Visit.objects.filter(then, state=VisitState.DONE, level=Level.STAFF)
    there = visible(there, person, "callbacks.see").order_by()
    visits = there.values_list("customer__tier").annotate(n=Count("pk"))
    return [
        *(Calls(**row) for row in calls),
        *(Calls(tier, Channel.ONSITE, n) for tier, n in visits),
    ]


def mixes(calls: Iterable[Calls], now: datetime) -> list[Mix]:
    """For every rule with a mix: what the done calls of its tiers were made by."""
    try:
        pack = pack_at(now)
    except NoPackInForce:
        return []
    return [
        Mix(
            words.said(_title(pack, rule.id)), rule.clause, pack.clauses[rule.clause].number,
            state, _shares(state),
        )
        for rule in pack.rules.values()
        if rule.mix
        for state in (mix(_by_channel(calls, rule.tiers), rule),)
    ]  # fmt: skip


def _by_channel(calls: Iterable[Calls], tiers: Collection[str] = ()) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for each in calls:
        if not tiers or each.tier in tiers:
            counted[each.channel] += each.n
    return counted


def _shares(state: MixState) -> list[dict[str, Any]]:
    return [
        {
            "title": words.title(words.CHANNEL, each.channel), "share": round(each.share * 100),
            "wanted": round(each.wanted * 100), "operator": each.operator, "kept": each.kept,
        }
        for each in state.shares
    ]  # fmt: skip


def channels(calls: Iterable[Calls]) -> list[dict[str, Any]]:
    """The same calls by channel, the most used first."""
    counted = _by_channel(calls)
    total = sum(counted.values())
    return [
        {"title": words.title(words.CHANNEL, code), "n": n, "total": total}
        for code, n in sorted(counted.items(), key=lambda pair: -pair[1])
    ]


def totals(person: User, now: datetime, year: int) -> dict[str, int]:
    """Calls of the year: done, for care, late recorded, not reached, confirmation timed out."""
    rows = visible(Callback.objects.filter(started_at__year=year), person, "callbacks.see")
    done = Q(state=CallState.DONE)
    return rows.aggregate(
        done=Count("pk", filter=done),
        for_care=Count("pk", filter=done & Q(care=True)),
        for_sales=Count("pk", filter=done & Q(care=False)),
        recorded_late=Count("pk", filter=Q(late=True)),
        unreachable=Count("pk", filter=Q(state=CallState.UNREACHABLE)),
        timeout=Count("pk", filter=Q(state=CallState.CONFIRM_TIMEOUT)),
    )
