"""Which queue and which person a ticket goes to, by the company's table, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from bihuan.apps.people.models import Leave, Skill
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.actions import common
from bihuan.apps.tickets.enums import OPEN, UNSOLVED, Note
from bihuan.apps.tickets.lines.rules import Case, Choice, Found, Hand, Way, choose, find
from bihuan.apps.tickets.models import Handover, Queue, Route, Ticket
from bihuan.apps.tickets.refusals import OnLeave
from bihuan.base import sql
from bihuan.base.access.models import User

MOST = "tickets.load_limit"
WAYS = "WHERE queue.active AND t.line = %s ORDER BY t.place, t.id"


@dataclass(frozen=True)
class Verdict:
    """Where it goes: `found` says which row of the table decided, `choice` who got it."""

    queue: Queue | None = None
    person: User | None = None
    found: Found = field(default_factory=lambda: Found(None))
    choice: Choice = field(default_factory=Choice)


def case_of(ticket: Ticket, line: int) -> Case:
    asset, customer = ticket.asset, ticket.customer
    return Case(
        line=line, kind=ticket.kind, severity=ticket.severity,
        family=asset.model.family if asset is not None else "",
        tier=customer.tier if customer is not None else "",
    )  # fmt: skip


def judge(ticket: Ticket, *, line: int, now: datetime, queue: Queue | None = None) -> Verdict:
    """By the rows of the table for this line; with `queue` only who of it (its own rows)."""
    rows = sql.load(Route, WAYS, [line], also=("queue",))  # of every report
    if queue is not None:
        rows = [row for row in rows if row.queue_id == queue.pk]
    if not rows:
        return Verdict(queue=queue)
    found = find(case_of(ticket, line), [_way(row) for row in rows])
    if found.way is None:
        return Verdict(queue=queue, found=found)
    chosen = next(row.queue for row in rows if row.pk == found.way.pk)
    if not found.way.assign:
        return Verdict(chosen, None, found)
    most = figures.whole(MOST, now)
    people = {each.pk: each for each in chosen.members.filter(is_active=True)}
    choice = choose(
        hands(people, common.day_of(now), skilled=bool(found.way.skill)), skill=found.way.skill, most=most
    )  # fmt: skip
    person = people[choice.person] if choice.person is not None else None
    return Verdict(chosen, person, found, choice)


def _way(row: Route) -> Way:
    return Way(
        pk=row.pk, queue=row.queue_id, line=row.line, kind=row.kind, family=row.family,
        severity=row.severity, tier=row.tier, skill=row.skill, assign=row.assign,
    )  # fmt: skip


def hands(people: Mapping[int, User], on: date, *, skilled: bool = True) -> list[Hand]:
    """These people with their load, valid skills, and whether they are away on a day (four queries
    for any number).
    """
    away = set(
        Leave.objects.filter(user__in=people, from_on__lte=on, to_on__gt=on).values_list(
            "user_id", flat=True
        )
    )
    skills: dict[int, set[str]] = {}
    if skilled:
        valid = Skill.objects.filter(user__in=people).filter(Q(until=None) | Q(until__gte=on))
        for user, code in valid.values_list("user_id", "code"):
            skills.setdefault(user, set()).add(code)
    load = loads(people)
    return [Hand(pk, frozenset(skills.get(pk, ())), pk in away, load.get(pk, 0)) for pk in people]


def loads(people: Mapping[int, Any]) -> dict[int, int]:
    """How many open tickets each has, with the hand-overs taken over and not yet answered."""
    owned = Ticket.objects.filter(owner__in=people, status__in=OPEN).order_by()
    found = dict(owned.values_list("owner").annotate(n=Count("pk")))
    taken = Handover.objects.filter(
        accepted_by__in=people, answered_at=None, back_at=None, ticket__status__in=UNSOLVED
    ).order_by()
    for user, n in (
        taken.exclude(ticket__owner__in=people).values_list("accepted_by").annotate(n=Count("pk"))
    ):
        found[user] = found.get(user, 0) + n
    return found


def present(queue: Queue, now: datetime) -> list[User]:
    """The people of a queue who are not away."""
    on = common.day_of(now)
    away = Leave.objects.filter(from_on__lte=on, to_on__gt=on).values("user_id")
    return list(queue.members.filter(is_active=True).exclude(pk__in=away).order_by("name", "pk"))


def must_be_there(person: User, now: datetime) -> None:
    """Nobody gets what is to be done while away. Raises OnLeave."""
    on = common.day_of(now)
    row = Leave.objects.filter(user=person, from_on__lte=on, to_on__gt=on).first()
    if row is not None:
        instead = row.substitute.name if row.substitute is not None else "—"
        raise OnLeave(who=person.name, until=row.to_on.isoformat(), instead=instead)


def route(ticket: Ticket, *, by: User | None, now: datetime) -> Verdict:
    """Send a ticket its way by the table; who has it keeps it. Without a fitting row it stays."""
    if ticket.status not in UNSOLVED:
        return Verdict()
    verdict = judge(ticket, line=ticket.line, now=now)
    if verdict.found.way is None:
        return verdict
    with transaction.atomic():
        changes: dict[str, Any] = {"queue": verdict.queue}
        if ticket.owner_id is None and verdict.person is not None:
            changes["owner"] = verdict.person
        common.change(ticket, **changes)
        keep(ticket, verdict, at=now)
        if "owner" in changes:
            common.tell_watchers(ticket, by=by, now=now, key=f"routed:{ticket.version}")
    return verdict


def keep(ticket: Ticket, verdict: Verdict, *, at: datetime) -> None:
    """Write down why it went there, as it was then."""
    way, choice = verdict.found.way, verdict.choice
    assert way is not None
    common.event(
        ticket, Note.ROUTED, at=at, by=None, text=verdict.queue.name if verdict.queue else "",
        way=way.pk, queue=way.queue, assign=way.assign, skill=way.skill, person=choice.person,
        fits={name: getattr(way, name) for name in ("kind", "family", "severity", "tier") if getattr(way, name)},
        load=choice.load, passed=[[each.pk, each.load, each.by] for each in choice.passed],
        lost=[[each.way, each.by] for each in verdict.found.lost],
    )  # fmt: skip
