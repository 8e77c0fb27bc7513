"""Which key dates fall on given days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from bihuan.apps.customers import profile
from bihuan.apps.customers.enums import LIVING, Node
from bihuan.apps.customers.models import Contact, Customer, KeyDate
from bihuan.apps.customers.rules.key_dates import Day, falls
from bihuan.lib.workcal import BadMoment, lunar


@dataclass(frozen=True)
class Falling:
    """A key date of a customer on one day. `key` names the occasion, `added_at` when it was known."""

    customer_id: int
    contact_id: int | None
    node: Node
    on: date
    lunar: bool
    key: str
    added_at: datetime


def festivals(days: Sequence[date], *, since: datetime | None) -> Iterator[Falling]:
    """The days of everybody (data/profile.yaml), for living customers."""
    for row in profile.data()["festivals"]:
        what = Day(row["month"], row["day"], row.get("lunar", False))
        node = Node(row["node"])
        for day in days:
            if falls(what, day.year) == day:
                living = Customer.objects.living()
                living = living.filter(added_at__gt=since) if since else living
                for pk, added in (
                    living.order_by("id").values_list("id", "added_at").iterator(chunk_size=2000)
                ):
                    yield Falling(pk, None, node, day, what.lunar, f"{node}-{day.year}", added)


def signings(days: Sequence[date], *, since: datetime | None) -> Iterator[Falling]:
    """Anniversaries of the day on which a customer's business with us began."""
    if not days:
        return
    rows = Customer.objects.living().filter(_on(days, "since__month", "since__day"))
    rows = rows.filter(added_at__gt=since) if since else rows
    for pk, began, added in rows.order_by("id").values_list("id", "since", "added_at"):
        for day in days:
            if (
                began is not None
                and day.year > began.year
                and falls(Day(began.month, began.day), day.year) == day
            ):
                yield Falling(
                    pk, None, Node.SIGN_ANNIV, day, False, f"{Node.SIGN_ANNIV}-{day.year}", added
                )


def birthdays(days: Sequence[date], *, since: datetime | None) -> Iterator[Falling]:
    """Birthdays of the contacts who still work there."""
    if not days:
        return
    rows = Contact.objects.filter(left_on=None, customer__status__in=LIVING)
    rows = rows.filter(_both(days, "birthday_month", "birthday_day", "birthday_lunar"))
    rows = rows.filter(changed_at__gt=since) if since else rows
    columns = ("id", "customer_id", "birthday_month", "birthday_day", "birthday_lunar", "added_at")
    for pk, customer, month, day_, is_lunar, added in rows.order_by("id").values_list(*columns):
        for day in days:
            if falls(Day(month, day_, is_lunar), day.year) == day:
                yield Falling(
                    customer,
                    pk,
                    Node.BIRTHDAY,
                    day,
                    is_lunar,
                    f"{Node.BIRTHDAY}-{day.year}-{pk}",
                    added,
                )


def key_dates(days: Sequence[date], *, since: datetime | None) -> Iterator[Falling]:
    """The customers' own days."""
    if not days:
        return
    rows = KeyDate.objects.filter(ended_at=None, customer__status__in=LIVING).filter(
        _both(days, "month", "day", "lunar")
    )
    rows = rows.filter(added_at__gt=since) if since else rows
    for row in rows.order_by("id"):
        for day in days:
            if falls(row.when, day.year) == day:
                key = f"{row.node}-{day.year}-K{row.pk}"
                yield Falling(
                    row.customer_id,
                    row.contact_id,
                    Node(row.node),
                    day,
                    row.lunar,
                    key,
                    row.added_at,
                )


def _both(days: Sequence[date], month: str, day: str, lunar_flag: str) -> Q:
    """Rows that may fall on one of these days, solar or lunar; `falls` has the last word."""
    return Q(**{lunar_flag: False}) & _on(days, month, day) | Q(**{lunar_flag: True}) & _on_lunar(
        days, month, day
    )


def _on(days: Sequence[date], month: str, day: str) -> Q:
    found = Q(pk__in=[])
    for each in days:
        found |= Q(**{month: each.month, day: each.day})
        if (each.month, each.day) == (2, 28):
            found |= Q(**{month: 2, day: 29})
    return found


def _on_lunar(days: Sequence[date], month: str, day: str) -> Q:
    found = Q(pk__in=[])
    for each in days:
        try:
            that = lunar(each)
        except BadMoment:
            continue
        found |= Q(**{month: that.month, day: that.day})
        if that.day == 29:
            # in a short month the 30th is kept on the 29th
            found |= Q(**{month: that.month, day: 30})
    return found
