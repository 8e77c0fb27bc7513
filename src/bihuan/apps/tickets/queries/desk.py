"""Who is calling: what the desk knows of a number, a name, a serial."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.queries.lists import of_customer as machines_of
from bihuan.apps.contracts.queries.cover import Cover, cover
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.customers.rules import naming, phones
from bihuan.apps.obligations.foreseen import foreseen
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import open_for_customer
from bihuan.apps.obligations.rows import Row, rows_of
from bihuan.apps.people.calendars import calendars
from bihuan.apps.tickets.actions.common import subjects
from bihuan.apps.tickets.actions.opening import opening_fact
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.queries.page import told_apart
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.facts.actions import Telling

MANY = 8
TAIL = 3
PHONE_TAIL = 4
SHORTEST = 2


@dataclass
class Known:
    """What is known of a caller; `near` are customers that fit when none is chosen yet, `more` says
    that not all stand there, `asked` that something was looked for.
    """

    contact: Contact | None = None
    customer: Customer | None = None
    asset: Asset | None = None
    near: list[Customer] = field(default_factory=list)
    more: bool = False
    asked: bool = False
    machines: list[Asset] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    similar: list[Ticket] = field(default_factory=list)
    promises: list[tuple[Row, str]] = field(default_factory=list)


def known(
    person: User, now: datetime, *, phone: str = "", query: str = "", customer_id: int | None = None,
    asset_id: int | None = None,
) -> Known:  # fmt: skip
    """Look a caller up by what was chosen, else by number, else by what was typed."""
    number = phones.tidy(phone) if phone else ""
    found = Known(asked=bool(number or query.strip()))
    customers = visible(Customer.objects.living(), person, "customers.see")
    owners: list[Contact] = []
    if number:
        rows = Contact.objects.present().filter(phone=number).select_related("customer")
        seen = visible(Customer.objects.all(), person, "customers.see")
        owners = list(rows.filter(customer__in=seen).order_by("pk"))
        found.contact = owners[0] if owners else None
    if asset_id is not None:
        found.asset = (
            visible(Asset.objects.filter(pk=asset_id), person, "assets.see")
            .select_related("customer", "model", "place").first()
        )  # fmt: skip
    if customer_id is not None:
        found.customer = customers.filter(pk=customer_id).first()
    elif found.asset is not None:
        found.customer = found.asset.customer
    elif query.strip():
        _offer(found, _fitting(person, customers, query))
        if found.customer is not None:
            found.asset = _named(person, found.customer, query)
    elif len({each.customer_id for each in owners}) > 1:  # one number, several customers
        mine = customers.filter(pk__in=[each.customer_id for each in owners])
        _offer(found, mine.order_by("pinyin", "pk"))
    elif found.contact is not None:
        found.customer = found.contact.customer
    if found.customer is None:
        found.contact = None
    else:
        own = found.customer.pk
        found.contact = next((each for each in owners if each.customer_id == own), None)
        if not number and found.contact is None:
            found.contact = _tailed(found, query)
        _rest(found, person, now)
    return found


def _offer(found: Known, rows: Any) -> None:
    """The one customer that fits, or those to choose from."""
    near = list(rows[: MANY + 1])
    found.near, found.more = near[:MANY], len(near) > MANY
    if len(near) == 1:
        found.customer = near[0]


def _named(person: User, customer: Customer, text: str) -> Asset | None:
    """The machine that the typed tail of a serial number means, if it means one."""
    plain = text.strip()
    if len(plain) < TAIL or not plain.isascii():
        return None
    rows = visible(Asset.objects.filter(customer=customer), person, "assets.see")
    fits = list(
        rows.filter(serial__iendswith=plain).select_related("customer", "model", "place")[:2]
    )
    return fits[0] if len(fits) == 1 else None


def _tailed(found: Known, text: str) -> Contact | None:
    """The person of this customer whose number ends as typed, if it is one, and no machine's
    serial does; where a number called, it says itself whose it is.
    """
    plain = text.strip()
    if len(plain) != PHONE_TAIL or not plain.isdecimal():
        return None
    if found.asset is not None and found.asset.serial.endswith(plain):
        return None
    rows = list(Contact.objects.present().filter(customer=found.customer, phone_tail=plain)[:2])
    return rows[0] if len(rows) == 1 else None


def _fitting(person: User, customers: Any, text: str) -> Any:
    solid = naming.fold(text).replace(" ", "")
    plain = text.strip()
    test = Q(name__icontains=plain) | Q(short_name__icontains=plain) | Q(code__iexact=plain)
    if solid.isascii() and solid.isalpha():
        test |= Q(pinyin__startswith=solid) | Q(initials__contains=solid)
    if len(plain) >= TAIL and plain.isascii():
        machines = visible(Asset.objects.filter(serial__iendswith=plain), person, "assets.see")
        test |= Q(pk__in=machines.values("customer_id"))
    if len(plain) == PHONE_TAIL and plain.isdecimal():
        callers = Contact.objects.present().filter(phone_tail=plain)
        test |= Q(pk__in=callers.values("customer_id"))
    if (
        len(plain) >= SHORTEST
    ):  # a stranger: what he calls the machine (its plate), or where it stands
        named = Q(nickname__icontains=plain) | Q(place__path__icontains=plain)
        machines = visible(Asset.objects.filter(named), person, "assets.see")
        test |= Q(pk__in=machines.values("customer_id"))
    return customers.filter(test).order_by("pinyin", "pk")


def _rest(found: Known, person: User, now: datetime) -> None:
    customer = found.customer
    assert customer is not None
    found.machines = list(machines_of(person, customer.pk)[: MANY * 3])
    if found.asset is None and len(found.machines) == 1:
        found.asset = found.machines[0]
    rows = Ticket.objects.open().filter(customer=customer)
    seen = visible(rows, person, "tickets.see").select_related("asset__model", "owner")
    found.tickets = list(seen.order_by("-reported_at")[:MANY])
    if found.asset is not None:
        found.covers = cover(found.asset.pk, timezone.localtime(now).date())
        past = Ticket.objects.filter(asset=found.asset)
        found.similar = list(visible(past, person, "tickets.see").order_by("-reported_at")[:5])
    promises = visible(open_for_customer(customer.pk), person, "obligations.see")
    found.promises = told_apart(rows_of(promises[:5], now, {}, calendars()))


@dataclass(frozen=True)
class Promised:
    """What would be owed, and what may be said of it on the phone."""

    rows: list[Row]
    speak_by: datetime | None
    restore_by: datetime | None


SPEAK, RESTORE = ("response.answer",), ("ticket.restore", "response.attend")


def promised(ticket: Ticket, now: datetime) -> Promised:
    """The duties that saving this (unsaved) ticket would bring by the regulation in force."""
    if ticket.customer_id is None:
        return Promised([], None, None)
    kind, fields = opening_fact(ticket, now)
    of = subjects(ticket) if kind != "consultation.asked" else {"customer": ticket.customer_id}
    telling = Telling(kind=kind, at=ticket.reported_at, subjects=of, data=fields)
    found = foreseen([telling], now=now)
    lines = rows_of(found, now, {}, calendars())
    return Promised(lines, _first(found, SPEAK), _first(found, RESTORE))


def _first(rows: list[Obligation], kinds: tuple[str, ...]) -> datetime | None:
    return next((row.due_at for row in rows if row.kind in kinds), None)
