"""The list of contracts, and what a customer's or a machine's page shows of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q, QuerySet

from bihuan.apps.contracts.enums import Status
from bihuan.apps.contracts.models import Contract, Entitlement, PlanVisit
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible

ORDERS = {
    "no": ("no", "id"),
    "customer": ("customer__pinyin", "-start_on", "id"),
    "start": ("start_on", "id"),
    "end": ("end_on", "id"),
    "amount": ("amount", "id"),
}


@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for; empty strings ask for nothing."""

    view: str = ""
    text: str = ""
    kind: str = ""
    region: str = ""
    hours: str = ""
    order: str = "end"
    down: bool = False


def running(day: date) -> Q:
    """The condition of a contract in force on a day."""
    return (
        Q(status__in=(Status.SIGNED, Status.ENDED), start_on__lte=day) & (Q(end_on=None) | Q(end_on__gte=day))
        & (Q(ended_on=None) | Q(ended_on__gte=day))
    )  # fmt: skip


def views(person: User, today: date, lead_days: int) -> dict[str, Q]:
    """The saved views: name -> condition on a contract."""
    return {
        "": running(today),
        "mine": running(today) & Q(customer__account_manager=person),
        "expiring": running(today)
        & Q(end_on__lte=today + timedelta(days=lead_days), ended_on=None),
        "open": Q(status__in=(Status.DRAFT, Status.IN_REVIEW, Status.APPROVED)),
        "ended": Q(status=Status.ENDED, ended_on__lt=today),
        "all": Q(),
    }


def counts(person: User, conditions: dict[str, Q]) -> dict[str, int]:
    """How many rows each view has for this person (one query)."""
    rows_ = visible(Contract.objects.all(), person, "contracts.see").order_by()
    found = rows_.aggregate(
        **{f"n_{name}": Count("pk", filter=condition) for name, condition in conditions.items()}
    )
    return {name.removeprefix("n_"): value for name, value in found.items()}


def rows(person: User, asked: Asked, conditions: dict[str, Q]) -> QuerySet[Contract]:
    """The rows of the list, in order."""
    found = visible(Contract.objects.all(), person, "contracts.see").filter(
        conditions.get(asked.view, conditions[""])
    )
    equal = {"kind": asked.kind, "customer__region": asked.region, "hours": asked.hours}
    found = found.filter(**{name: value for name, value in equal.items() if value})
    if asked.text.strip():
        found = found.filter(_matches(asked.text))
    order = ORDERS.get(asked.order, ORDERS["end"])
    name = order[0]
    first = F(name).desc(nulls_last=True) if asked.down else F(name).asc(nulls_last=True)
    if name.startswith("-"):
        return found.order_by(*order).select_related("customer")
    return found.order_by(first, *order[1:]).select_related("customer")


def _matches(text: str) -> Q:
    plain = text.strip()
    solid = "".join(plain.lower().split())
    found = (
        Q(no__icontains=plain)
        | Q(title__icontains=plain)
        | Q(customer__name__icontains=plain)
        | Q(customer__short_name__icontains=plain)
    )
    if solid.isascii() and solid.isalpha():
        found |= Q(customer__pinyin__startswith=solid) | Q(customer__initials__contains=solid)
    return found


def of_customer(person: User, customer_id: int) -> QuerySet[Contract]:
    """A customer's contracts within reach, the newest first."""
    return (
        visible(Contract.objects.filter(customer_id=customer_id), person, "contracts.see")
        .select_related("customer")
        .order_by("-start_on", "-id")
    )


def entitlements_of(contract_ids: Iterable[int], day: date) -> list[Entitlement]:
    """What may still be used on a day (one query)."""
    rows_ = Entitlement.objects.filter(contract_id__in=list(contract_ids), from_on__lte=day)
    rows_ = rows_.filter(Q(to_on=None) | Q(to_on__gte=day))
    return list(rows_.select_related("contract").order_by("kind", "from_on", "pk"))


def visits(person: User, *, first: date, last: date, late: bool = False) -> QuerySet[PlanVisit]:
    """Planned maintenance within reach: of a time, or all that is late and not done."""
    rows_ = visible(PlanVisit.objects.all(), person, "assets.see")
    rows_ = (
        rows_.filter(done_on=None, on_date__lt=first)
        if late
        else rows_.filter(on_date__gte=first, on_date__lte=last)
    )
    return rows_.select_related(
        "asset__model", "asset__customer", "asset__place", "plan__contract", "done_by"
    ).order_by("on_date", "pk")
