"""The plan of a year: what cadences bring, what was done, and the channel mix against its target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from bihuan.apps.callbacks import words
from bihuan.apps.callbacks.enums import CallState
from bihuan.apps.callbacks.models import Callback, PlannedDay
from bihuan.apps.callbacks.rules import mark_of
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.snapshots import customers as snapshot
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.people.calendars import Calendars, calendars
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.lib.policy import MixState, Pack, mix, plan, span_by_key

KINDS = ("callback.", "visit.regular", "visit.executive", "contact.proactive")
YEAR = timedelta(days=366)


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


@dataclass(frozen=True)
class Line:
    customer: Customer
    months: list[list[Mark]]
    done: int
    all: int


def is_ours(kind: str) -> bool:
    return kind.startswith(KINDS) and kind not in (
        "callback.brief",
        "callback.news",
        "callback.plan",
        "callback.sample",
    )


def lines(customers: Iterable[Customer], year: int, now: datetime) -> list[Line]:
    """One line a customer with twelve cells; a fixed number of queries."""
    rows = list(customers)
    ids = [row.pk for row in rows]
    made = _made(ids, year)
    shifted = _shifted(ids)
    try:
        pack = pack_at(now)
    except NoPackInForce:
        pack = None
    read = calendars()
    states = snapshot(ids, now) if pack is not None and ids else {}
    found = []
    for row in rows:
        marks = [_of_row(ob, now) for ob in made.get(row.pk, ())]
        known = {(mark.rule, mark.occasion) for mark in marks}
        if pack is not None:
            marks += _to_come(row.pk, pack, states.get(row.pk, {}), year, known, shifted, read, now)
        months: list[list[Mark]] = [[] for _ in range(12)]
        for mark in sorted(marks, key=lambda each: each.on):
            if mark.on.year == year:
                months[mark.on.month - 1].append(mark)
        done = sum(mark.state.endswith("done") for month in months for mark in month)
        found.append(Line(row, months, done, sum(map(len, months))))
    return found


def _made(ids: list[int], year: int) -> dict[int, list[Obligation]]:
    first = timezone.make_aware(datetime(year, 1, 1))  # noqa: DTZ001
    rows = Obligation.objects.filter(
        customer_id__in=ids, anchor_at__gte=first - timedelta(days=40), anchor_at__lt=first + YEAR
    ).exclude(state__in=("VOID", "WAIVED"))
    found: dict[int, list[Obligation]] = {}
    for row in rows.order_by("due_at", "pk"):
        if is_ours(row.kind) and row.customer_id is not None:
            found.setdefault(row.customer_id, []).append(row)
    return found


def _shifted(ids: list[int]) -> dict[tuple[int, str, str], date]:
    rows = PlannedDay.objects.filter(customer_id__in=ids)
    return {(row.customer_id, row.rule, row.occasion): row.on for row in rows}


def _of_row(ob: Obligation, now: datetime) -> Mark:
    on = ob.discharged_at or ob.due_at or ob.anchor_at
    first, last = _span(ob.occasion)
    return Mark(
        mark_of(ob.due_at, ob.discharged_at, now), words.said(ob.title), timezone.localtime(on).date(),
        ob.pk, ob.rule, ob.occasion, ob.clause, ob.clause_number, first, last,
    )  # fmt: skip


def _span(occasion: str) -> tuple[date | None, date | None]:
    try:
        _, span = span_by_key(occasion)
    except ValueError:
        return None, None
    return span.first, span.last


def _to_come(
    customer_id: int, pack: Pack, state: Mapping[str, Any], year: int, known: set[tuple[str, str]],
    shifted: Mapping[tuple[int, str, str], date], known_calendars: Calendars, now: datetime,
) -> list[Mark]:  # fmt: skip
    found = []
    for duty in plan(pack, {"customer": state}, year, known_calendars, "customer"):
        due_at = duty.due_at
        ended = due_at is not None and due_at < now
        if not is_ours(duty.must) or (duty.rule, duty.occasion) in known or ended:
            continue
        first, last = _span(duty.occasion)
        usual = timezone.localtime(due_at or duty.opens_at).date()
        found.append(
            Mark(
                "planned", words.said(_title(pack, duty.rule)),
                shifted.get((customer_id, duty.rule, duty.occasion), usual), None, duty.rule,
                duty.occasion, duty.clause, pack.clauses[duty.clause].number, first, last,
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


def mixes(person: User, now: datetime, *, customer_id: int | None = None) -> list[Mix]:
    """For every rule with a mix: what the done calls of its tiers were made by."""
    try:
        pack = pack_at(now)
    except NoPackInForce:
        return []
    found = []
    for rule in pack.rules.values():
        if not rule.mix:
            continue
        rows = visible(
            Callback.objects.filter(state=CallState.DONE, done_at__gt=now - YEAR),
            person,
            "callbacks.see",
        )
        if rule.tiers:
            rows = rows.filter(tier__in=rule.tiers)
        if customer_id is not None:
            rows = rows.filter(customer_id=customer_id)
        state = mix(
            [(at, channel) for at, channel in rows.values_list("done_at", "channel") if at],
            rule,
            now,
        )
        found.append(
            Mix(
                words.said(_title(pack, rule.id)),
                rule.clause,
                pack.clauses[rule.clause].number,
                state,
                _shares(state),
            )
        )
    return found


def _shares(state: MixState) -> list[dict[str, Any]]:
    return [
        {
            "title": words.title(words.CHANNEL, each.channel), "share": round(each.share * 100),
            "wanted": round(each.wanted * 100), "operator": each.operator, "kept": each.kept,
        }
        for each in state.shares
    ]  # fmt: skip


def channels(person: User, now: datetime) -> list[dict[str, Any]]:
    """Done calls of twelve months by channel, with and without care."""
    rows = visible(
        Callback.objects.filter(state=CallState.DONE, done_at__gt=now - YEAR),
        person,
        "callbacks.see",
    )
    counted: dict[str, int] = {}
    for channel in rows.values_list("channel", flat=True):
        counted[channel] = counted.get(channel, 0) + 1
    total = sum(counted.values())
    return [
        {"title": words.title(words.CHANNEL, code), "n": n, "total": total}
        for code, n in sorted(counted.items(), key=lambda pair: -pair[1])
    ]


def totals(person: User, now: datetime, year: int) -> dict[str, int]:
    """Calls of the year: done, for care, late recorded, not reached, confirmation timed out."""
    rows = visible(Callback.objects.filter(started_at__year=year), person, "callbacks.see")
    return {
        "done": rows.filter(state=CallState.DONE).count(),
        "care": rows.filter(state=CallState.DONE, care=True).count(),
        "sales": rows.filter(state=CallState.DONE, care=False).count(),
        "late": rows.filter(late=True).count(),
        "unreachable": rows.filter(state=CallState.UNREACHABLE).count(),
        "timeout": rows.filter(state=CallState.CONFIRM_TIMEOUT).count(),
    }
