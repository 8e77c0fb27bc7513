"""Lists of tickets: the queue with its views, and those of a customer or a machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.utils.translation import gettext as _

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.models import CADENCE, Obligation
from bihuan.apps.obligations.rows import LIMITED, Limited, limits_of
from bihuan.apps.tickets.enums import OPEN, Status
from bihuan.apps.tickets.lines.mine import in_my_line
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.models.ticket import UNTAKEN
from bihuan.base import sql
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.registry import Holding
from bihuan.base.search.things import things
from bihuan.base.ui.addresses import address

OVER = tuple(each for each in State if each not in LIVE)
SEEN = (
    "number", "title", "kind", "status", "wait", "severity", "claimed_severity", "line", "reported_at", "green", "chased", "reopened",
    "next_update_at", "confirmed_at", "version", "customer__name", "customer__short_name", "customer__tier",
    "customer__tier_rank", "owner__name", "asset__serial", "asset__model__code",
)  # fmt: skip


class QueueRow(NamedTuple):
    """What a line of the queue rests on: plain columns, for fifty models would cost more than their
    lines.
    """

    pk: int
    number: str
    title: str
    kind: str
    status: str
    wait: str
    severity: str
    claimed_severity: str
    line: int
    reported_at: datetime
    green: bool
    chased: int
    reopened: int
    confirmed_at: datetime | None
    version: int
    customer: str | None
    customer_short: str | None
    owner: str | None
    model: str | None
    serial: str | None

    @property
    def unsaid(self) -> bool:
        """As `Ticket.unsaid`."""
        return self.status == Status.CLOSED and self.confirmed_at is None


_OF_OTHERS = {
    "customer": "customer__name", "customer_short": "customer__short_name", "owner": "owner__name",
    "model": "asset__model__code", "serial": "asset__serial",
}  # fmt: skip
QUEUE_COLUMNS = tuple(_OF_OTHERS.get(name, name) for name in QueueRow._fields)


OF_OCCASION = Func(
    Func(F("occasion"), Value("#"), Value(1), function="split_part"), Value("/"), Value(1),
    function="split_part", output_field=TextField(),
)  # fmt: skip
"""The number of the ticket that a duty is about, read off its occasion alone (WX-…#2, WX-…/17): the
index of what is late holds it.
"""


_CLOCK = f"""
    SELECT id, {", ".join(LIMITED)} FROM obligations_obligation
    WHERE state NOT IN ({", ".join(f"'{each}'" for each in OVER)})
"""  # noqa: S608 - the names of columns and states
NEXT = f"""
    SELECT DISTINCT ON (matter) id, {", ".join(LIMITED)}, matter
    FROM unnest(%(numbers)s::text[]) AS matter CROSS JOIN LATERAL (
        {_CLOCK} AND match ? 'ticket' AND match -> 'ticket' = to_jsonb(matter)
        UNION ALL
        {_CLOCK} AND NOT match ? 'ticket' AND occasion = matter AND NOT cause_kind = '{CADENCE}'
    ) AS clocks
    ORDER BY matter, due_at NULLS LAST, id
"""  # noqa: S608 - the texts above and a word of the program
"""Of each ticket the clock that is due next, ticket by ticket: what stands for all of them at once takes
PostgreSQL longer to plan than to find.
"""


def late_numbers(now: datetime) -> Q:
    """Tickets of which a clock has run out (the duties that are late are read in their index, then
    their tickets in one of theirs: no other open ticket is looked at).
    """
    late = Obligation.objects.filter(~Q(cause_kind=CADENCE), state=State.OPEN, due_at__lt=now)
    return Q(number__among=ArraySubquery(late.values(matter=OF_OCCASION)))


def condition(view: str, person: User, now: datetime) -> Q:
    """What a built-in view of the queue holds; everything where there is no such view. Only `line`
    asks the database.
    """
    live = Q(status__in=OPEN)
    match view:
        case "mine":
            return live & Q(owner=person)
        case "line":
            return live & in_my_line(person)
        case "new":
            return UNTAKEN
        case "late":
            return live & late_numbers(now)
        case "waiting":
            return Q(status=Status.WAITING)
        case "tell":
            return Q(status=Status.SOLVED)
        case "confirm":
            return Q(status=Status.FED_BACK)
        case "open":
            return live
        case "ended":
            return ~live
        case _:
            return Q()


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed by; empty means all."""

    kind: str = ""
    severity: str = ""
    region: str = ""
    status: str = ""
    channel: str = ""
    line: str = ""
    owner: str = ""
    query: str = ""


def narrowed(rows: QuerySet[Ticket], asked: Filters, person: User) -> QuerySet[Ticket]:
    equal = {
        "kind": asked.kind, "severity": asked.severity, "customer__region": asked.region,
        "status": asked.status, "channel": asked.channel,
    }  # fmt: skip
    whole = {"line": asked.line, "owner_id": asked.owner}
    wanted: dict[str, Any] = {name: value for name, value in equal.items() if value}
    wanted |= {name: int(value) for name, value in whole.items() if value.isdecimal() and len(value) <= 18}  # fmt: skip
    if wanted:
        rows = rows.filter(**wanted)
    text = asked.query.strip()
    if text:
        # title, words, number, serial, customer
        found = Q(pk__among=things("ticket", text, person, "tickets.see"))
        if text.isascii():
            called = Customer.objects.filter(pinyin__startswith=text.lower())
            found |= Q(customer__in=called.values("pk"))
        rows = rows.filter(found)
    return rows


def next_clocks(tickets: Sequence[Ticket | QueueRow], now: datetime) -> dict[str, dict[str, Any]]:
    """Number -> what the chip reads of the clock that is due next (one query).

    What has ended is left out by saying so: asked for what is live, PostgreSQL would read an index
    of all that is live in the house.
    """
    numbers = [each.number for each in tickets]
    if not numbers:
        return {}
    found = sql.rows(NEXT, {"numbers": numbers})
    limits = limits_of([Limited(*each) for *each, _matter in found], now)
    return dict(zip([row[-1] for row in found], limits, strict=True))


def new_in_sight(person: User, now: datetime) -> QuerySet[Ticket]:
    """Tickets that nobody has accepted (menu)."""
    return visible(Ticket.objects.filter(status=Status.NEW), person, "tickets.see")


def of_customer(person: User, customer_id: int) -> QuerySet[Ticket]:
    """Open tickets of a customer (tab)."""
    rows = Ticket.objects.open().filter(customer_id=customer_id)
    return visible(rows, person, "tickets.see")


def of_asset(person: User, asset_id: int) -> QuerySet[Ticket]:
    """Open tickets of a machine (tab)."""
    rows = Ticket.objects.open().filter(asset_id=asset_id)
    return visible(rows, person, "tickets.see")


def open_of(asset_id: int, person: User | None) -> dict[str, str]:
    """Number -> title of the machine's open tickets, of those that the person sees (a service: lower
    apps hang what they do on a ticket). None is the program itself.
    """
    rows = Ticket.objects.open().filter(asset_id=asset_id)
    seen = rows if person is None else visible(rows, person, "tickets.see")
    return dict(seen.order_by("-pk").values_list("number", "title"))


def last_of(person: User, **where: Any) -> QuerySet[Ticket]:
    """The tickets of a customer or a machine, the newest first."""
    rows = visible(Ticket.objects.filter(**where), person, "tickets.see")
    rows = rows.select_related("customer", "owner", "asset__model").only(*SEEN)
    return rows.order_by("-reported_at", "-id")


def holdings(user_id: int) -> list[Holding]:
    """Open tickets that a leaver must hand over."""
    rows = Ticket.objects.open().filter(owner_id=user_id).order_by("reported_at")
    return [
        Holding(
            key=str(row.pk), kind=_("工单"), title=f"{row.number} {row.title[:40]}",
            url=address("tickets:detail", row.pk), customer_id=row.customer_id,
        )
        for row in rows
    ]  # fmt: skip


__all__: Sequence[str] = ("Filters", "condition", "next_clocks")
Numbers = Mapping[str, int]
