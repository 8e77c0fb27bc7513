"""The list of machines: saved views with counts, filters, order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from bihuan.apps.assets import profile
from bihuan.apps.assets.enums import AT_CUSTOMER, LIVING, STOPPED, Status
from bihuan.apps.assets.models import Asset, Model
from bihuan.apps.customers.models import Customer
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.storable import whole

SOON_DAYS = 90  # what the view "soon out of warranty" shows; no duty hangs on it
ORDERS = {
    "serial": ("serial", "id"),
    "model": ("model__code", "serial", "id"),
    "customer": ("customer__pinyin", "serial", "id"),
    "warranty": ("warranty_to", "id"),
    "hours": ("hours", "id"),
}


@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for; empty strings ask for nothing."""

    view: str = ""
    text: str = ""
    model: str = ""
    family: str = ""
    status: str = ""
    region: str = ""
    warranty: str = ""


def views(person: User, today: date) -> dict[str, Q]:
    """The saved views: name -> condition on a machine (kept short: every row is asked them all)."""
    living = ~Q(status=Status.SCRAPPED)
    served = Customer.objects.filter(Q(account_manager=person) | Q(dedicated_engineer=person))
    soon = today + timedelta(days=SOON_DAYS)
    return {
        "": living,
        "mine": living & Q(customer__in=served.values("pk")),
        "down": Q(status__in=STOPPED),
        "waiting": Q(status=Status.DELIVERED),
        "soon": Q(warranty_to__gte=today, warranty_to__lte=soon, status__in=AT_CUSTOMER),
        "critical": living & Q(critical=True),
        "scrapped": Q(status=Status.SCRAPPED),
    }


def rows(person: User, asked: Asked, conditions: dict[str, Q], today: date) -> QuerySet[Asset]:
    """The rows of the list, in no order."""
    found = visible(Asset.objects.all(), person, "assets.see").filter(
        conditions.get(asked.view, conditions[""])
    )
    if (model := whole(asked.model)) is not None:
        found = found.filter(model_id=model)
    if asked.family:
        found = found.filter(model__family=asked.family)
    if asked.status:
        found = found.filter(status=asked.status)
    if asked.region:
        found = found.filter(customer__region=asked.region)
    holds = Q(warranty_from__lte=today, warranty_to__gte=today)
    if asked.warranty == "in":
        found = found.filter(holds)
    elif asked.warranty == "out":
        found = found.exclude(holds)
    if asked.text.strip():
        found = found.filter(matches(asked.text))
    return found


def shown(rows_: QuerySet[Asset]) -> QuerySet[Asset]:
    """With what a line shows beside the row: to plan a join of seven tables takes the server
    longer (26 ms) than to read the few rows of each.
    """
    names = Customer.objects.only("name", "short_name")
    return rows_.prefetch_related(
        "model", "place", "machine_set", Prefetch("customer", names), Prefetch("serviced_by", names)
    )


def matches(text: str) -> Q:
    """By serial number (often its tail), model, pinyin of the model, customer, place, order."""
    plain = text.strip()
    found = (
        Q(serial__icontains=plain) | Q(model__code__icontains=plain) | Q(model__name__icontains=plain)
        | Q(customer__name__icontains=plain) | Q(customer__short_name__icontains=plain) | Q(place__path__icontains=plain)
        | Q(nickname__icontains=plain) | Q(order_no__iexact=plain)
    )  # fmt: skip
    solid = "".join(plain.lower().split())
    if solid.isascii() and solid.isalpha():
        found |= Q(model__pinyin__contains=solid) | Q(model__initials__contains=solid)
        found |= Q(customer__pinyin__startswith=solid) | Q(customer__initials__contains=solid)
    return found


def of_customer(person: User, customer_id: int) -> QuerySet[Asset]:
    """The machines that a customer operates or owns, within reach."""
    rows_ = visible(Asset.objects.all(), person, "assets.see")
    rows_ = rows_.filter(Q(customer_id=customer_id) | Q(owner_id=customer_id), status__in=LIVING)
    return rows_.select_related("model", "place", "machine_set", "customer").order_by(
        "place__path", "serial", "id"
    )


def families_made(*kept: str) -> dict[str, str]:
    """The families of our catalogue with their titles, and those that somebody chose before; all
    that there are while it is empty.
    """
    made = set(Model.objects.order_by().values_list("family", flat=True).distinct())
    made |= set(kept) if made else set()
    known = profile.family_titles()
    return {code: title for code, title in known.items() if not made or code in made}


def models_in_use() -> list[tuple[int, str]]:
    """(id, code) of the models of which there is a machine."""
    made = Asset.objects.filter(model=OuterRef("pk"))
    return list(Model.objects.filter(Exists(made)).order_by("code").values_list("pk", "code"))
