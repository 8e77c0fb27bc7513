"""How well the desk works: every figure a part of a whole, and the rows of both.

Each figure is one condition for its whole and one for its part (`refs/domain.md` E4); the number on
the page and the rows behind it are asked by the same conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.functions import Extract

from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import CADENCE, Obligation
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.enums import Channel, How, Kind, Status
from bihuan.apps.tickets.models import Handover, Ticket
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible

VERB = "tickets.see"
REMOTE_TARGET = "remote_resolution_rate"
"""The measure by which a pack sets what the remote-solve rate must reach."""
ANSWERING = ("response.answer", "response.phone", "response.acknowledge")
"""Duties that are done with the first answer of a person."""
MOST_PEOPLE = 20
GONE = (Status.CANCELLED, Status.DUPLICATE)
OF_ITSELF = Q(channel=Channel.IOT) | Q(kind__in=(Kind.MAINTENANCE, Kind.INSPECTION))
"""What we did before the customer had to ask: by an alarm, by plan, by prediction."""
NO_VISIT = Q(how__in=(How.REMOTE, How.SELF), arrived_at=None)
VISITED = Q(kind=Kind.FAULT, how=How.ONSITE)
BACK = Q(back_at__isnull=False) | Q(to_line__lt=F("from_line"))


@dataclass(frozen=True)
class Asked:
    """From `start` until before `end`; `team` is that of the person the ticket is with, 0 = all."""

    start: datetime
    end: datetime
    team: int = 0


@dataclass(frozen=True)
class Figure:
    """A part of a whole; `column` is the time by which a ticket belongs to the span."""

    code: str
    column: str
    part: Q
    whole: Q = field(default_factory=Q)


class Percentile(Aggregate):
    """The value that this share of all does not pass."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"


def known(now: datetime) -> dict[str, Figure]:
    """All figures by code, with the regulation's numbers of this moment."""
    days, late = figures.values(["tickets.repeat_days", "tickets.late_entry"], now)
    again = Ticket.objects.filter(
        VISITED, asset=OuterRef("asset"), pk__gt=OuterRef("pk"),
        reported_at__gt=OuterRef("solved_at"),
        reported_at__lte=OuterRef("solved_at") + timedelta(days=float(days)),
    ).exclude(status__in=GONE)  # fmt: skip
    answering = Obligation.objects.filter(
        ~Q(cause_kind=CADENCE), ~Q(state__in=(State.VOID, State.WAIVED)), occasion=OuterRef("number"),
        kind__in=ANSWERING, due_at__isnull=False,
    )  # fmt: skip
    answering_late = answering.filter(
        Q(discharged_at__gt=F("due_at")) | Q(discharged_at=None, due_at__lt=now)
    )
    due = answering.filter(Q(due_at__lt=now) | Q(discharged_at__isnull=False))
    fault = Q(kind=Kind.FAULT)
    entered = Q(recorded_at__gt=F("reported_at") + timedelta(minutes=float(late)))
    found = [
        *(Figure(f"line{line}", "solved_at", Q(line=line)) for line in (1, 2, 3)),
        Figure("remote", "solved_at", NO_VISIT, fault),
        Figure("remote_all", "solved_at", NO_VISIT),
        Figure("self", "solved_at", Q(how=How.SELF)),
        Figure("repeat", "solved_at", Q(reopened__gt=0) | Q(Exists(again)), VISITED),
        Figure("answered", "reported_at", ~Q(Exists(answering_late)), ~OF_ITSELF & Q(Exists(due))),
        Figure("proactive", "reported_at", OF_ITSELF),
        Figure("bounced", "handed_at", Q()),
        Figure("late_entry", "recorded_at", entered, Q(recorded_by__isnull=False)),
    ]
    return {each.code: each for each in found}


def tickets(person: User, asked: Asked, column: str) -> QuerySet[Ticket]:
    """Those in this person's reach that belong to the span; what was called off does not count."""
    rows = visible(Ticket.objects.exclude(status__in=GONE), person, VERB)
    if asked.team:
        rows = rows.filter(owner__team_id=asked.team)
    return rows.filter(**{f"{column}__gte": asked.start, f"{column}__lt": asked.end})


def handovers(person: User, asked: Asked) -> QuerySet[Handover]:
    rows = visible(
        Handover.objects.filter(at__gte=asked.start, at__lt=asked.end, withdrawn=False),
        person,
        VERB,
    )
    return rows.filter(ticket__owner__team_id=asked.team) if asked.team else rows


@dataclass(frozen=True)
class Person:
    """Somebody's tickets of the span, and those that were entered late."""

    pk: int
    name: str
    late: int
    all: int


@dataclass(frozen=True)
class Found:
    """Part and whole by figure; seconds to the first answer; who entered late; the target."""

    shares: dict[str, tuple[int, int]]
    half: float | None
    nine_in_ten: float | None
    people: list[Person]
    target: float | None


def found(person: User, asked: Asked, now: datetime) -> Found:
    """All figures (one statement for each time that tickets belong to a span by, one for the
    hand-overs, one for the people).
    """
    by_code = known(now)
    shares: dict[str, tuple[int, int]] = {}
    taken = ExpressionWrapper(
        Extract(F("contacted_at") - F("reported_at"), "epoch"), output_field=FloatField()
    )
    spoken = ~OF_ITSELF & Q(contacted_at__isnull=False)
    more: dict[str, Any] = {
        name: Percentile(taken, filter=spoken, share=share, output_field=FloatField())
        for name, share in (("half", 0.5), ("nine", 0.9))
    }
    times: dict[str, Any] = {}
    for column in ("solved_at", "reported_at", "recorded_at"):
        mine = [each for each in by_code.values() if each.column == column]
        counts: dict[str, Any] = {}
        for each in mine:
            counts[f"{each.code}_part"] = Count("pk", filter=each.whole & each.part)
            counts[f"{each.code}_whole"] = (
                Count("pk", filter=each.whole) if each.whole else Count("pk")
            )
        counts |= more if column == "reported_at" else {}
        numbers = tickets(person, asked, column).aggregate(**counts)
        times |= {name: numbers.get(name) for name in more if name in numbers}
        for each in mine:
            shares[each.code] = (numbers[f"{each.code}_part"], numbers[f"{each.code}_whole"])
    handed = handovers(person, asked).aggregate(part=Count("pk", filter=BACK), whole=Count("pk"))
    shares["bounced"] = (handed["part"], handed["whole"])
    return Found(
        shares,
        times["half"],
        times["nine"],
        _people(person, asked, by_code["late_entry"]),
        target(now),
    )


def _people(person: User, asked: Asked, figure: Figure) -> list[Person]:
    rows = (
        tickets(person, asked, figure.column).filter(figure.whole)
        .values("recorded_by_id", "recorded_by__name").order_by()
        .annotate(all=Count("pk"), late=Count("pk", filter=figure.part)).filter(late__gt=0)
        .order_by("-late", "recorded_by_id")
    )  # fmt: skip
    return [
        Person(row["recorded_by_id"], row["recorded_by__name"], row["late"], row["all"])
        for row in rows[:MOST_PEOPLE]
    ]


def target(now: datetime) -> float | None:
    """What the regulation in force asks of the remote-solve rate, 0 to 1."""
    try:
        targets = pack_at(now).targets
    except NoPackInForce:
        return None
    asked = [each.at_least for each in targets if each.measure == REMOTE_TARGET]
    return next((each for each in asked if each is not None), None)


def behind(
    person: User, asked: Asked, now: datetime, code: str, which: str, by: int = 0
) -> QuerySet[Ticket]:
    """The tickets of a figure: `part`, `rest`, or all of its whole; `by` who entered them."""
    figure = known(now)[code]
    if code == "bounced":
        ways = handovers(person, asked)
        ways = {"part": ways.filter(BACK), "rest": ways.exclude(BACK)}.get(which, ways)
        rows = visible(Ticket.objects.filter(pk__in=ways.values("ticket_id")), person, VERB)
    else:
        rows = tickets(person, asked, figure.column).filter(figure.whole)
        if which in ("part", "rest"):
            rows = rows.filter(figure.part if which == "part" else ~figure.part)
        if by:
            rows = rows.filter(recorded_by_id=by)
    return rows.order_by("-reported_at", "-id")


__all__: Sequence[str] = ("Asked", "Figure", "Found", "behind", "found", "known")
