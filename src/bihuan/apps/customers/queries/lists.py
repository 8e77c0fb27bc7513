"""The list of customers: saved views with counts, filters, order; and what waits for a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from bihuan.apps.customers.enums import LIVING, MergeState, Relation, Status, TierState
from bihuan.apps.customers.models import (
    ClauseException,
    Contact,
    Customer,
    Merge,
    Purchase,
    TierChange,
)
from bihuan.apps.customers.rules import naming, phones
from bihuan.apps.customers.snapshots import back
from bihuan.apps.people.models import Region
from bihuan.base.access.models import User
from bihuan.base.access.scope import may, visible
from bihuan.base.seldom import seldom
from bihuan.base.storable import whole

ORDERS = {
    "name": ("pinyin", "id"),
    "tier": ("tier_rank", "pinyin", "id"),
    "contact": ("last_contact_at", "id"),
    "verify": ("verify_by", "id"),
    "added": ("added_at", "id"),
}

# What a line of the list shows; a customer has fifty more fields.
SHOWN = (
    "code", "name", "short_name", "tier", "tier_rank", "status", "region", "city", "relation", "last_contact_at",
    "verify_by", "account_manager__name", "dealer__name", "dealer__short_name",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for; empty strings ask for nothing."""

    view: str = ""
    text: str = ""
    tier: str = ""
    region: str = ""
    relation: str = ""
    nature: str = ""
    status: str = ""
    flag: str = ""
    manager: str = ""


def views(best_tier: str, person: User, today: date) -> dict[str, Q]:
    """The saved views: name -> condition on a customer."""
    living = Q(status__in=LIVING)
    return {
        "mine": living & Q(account_manager=person),
        "best": living & Q(tier=best_tier),
        "verify": living & Q(verify_by__lt=today),
        "unmanaged": living & Q(account_manager=None) & ~Q(relation=Relation.END_USER),
        "untiered": living & Q(tier=""),
        "dealers": living & Q(relation=Relation.DEALER),
        "": ~Q(status=Status.MERGED),
    }


def rows(person: User, asked: Asked, conditions: dict[str, Q]) -> QuerySet[Customer]:
    """The rows of the list, in no order."""
    found = visible(Customer.objects.all(), person, "customers.see").filter(
        conditions.get(asked.view, conditions[""])
    )
    equal = {
        "tier": asked.tier, "region": asked.region, "relation": asked.relation, "nature": asked.nature,
        "status": asked.status,
    }  # fmt: skip
    found = found.filter(**{name: value for name, value in equal.items() if value})
    if asked.flag:
        found = found.filter(flags__contains=[asked.flag])
    if (manager := whole(asked.manager)) is not None:
        found = found.filter(account_manager_id=manager)
    if asked.text.strip():
        found = found.filter(_matches(asked.text))
    return found


def shown(rows_: QuerySet[Customer]) -> QuerySet[Customer]:
    """With what a line shows; two more tables are joined for names."""
    return rows_.select_related("account_manager", "dealer").only(*SHOWN)


def _matches(text: str) -> Q:
    folded = naming.fold(text)
    solid = folded.replace(" ", "")
    found = (
        Q(name__icontains=text.strip()) | Q(short_name__icontains=text.strip()) | Q(code__iexact=text.strip())
        | Q(credit_code__iexact=solid)
    )  # fmt: skip
    if solid.isascii() and solid.isalpha():
        found |= Q(pinyin__startswith=solid) | Q(initials__contains=solid)
    digits = phones.tidy(text)
    if digits.isdigit() and len(digits) >= 4:
        owners = Contact.objects.filter(left_on=None)
        owners = (
            owners.filter(phone_tail=digits) if len(digits) == 4 else owners.filter(phone=digits)
        )
        found |= Q(pk__in=owners.values("customer_id"))
    return found


def purchases_12m(ids: list[int], now: datetime) -> dict[int, Decimal]:
    """Customer id -> purchases of the last twelve months (one query for a page)."""
    today = timezone.localtime(now).date()
    good = Purchase.objects.filter(
        customer_id__in=ids, voided_at=None, made_on__gt=back(today, 12), made_on__lte=today
    )
    return dict(
        good.order_by()
        .values("customer_id")
        .annotate(sum=Sum("amount"))
        .values_list("customer_id", "sum")
    )


def regions_in_use(person: User, verb: str = "customers.see") -> list[tuple[str, str]]:
    """(code, name) of the regions that have a customer within reach of this verb."""
    within = visible(Customer.objects.filter(region=OuterRef("code")), person, verb)
    rows_ = Region.objects.filter(Exists(within)).order_by("code")
    return list(rows_.values_list("code", "name"))


@seldom("people_region")
def region_names() -> Mapping[str, str]:
    """Code -> name of the regions."""
    return dict(Region.objects.values_list("code", "name"))


def tier_changes_shown(rows_: QuerySet[TierChange]) -> QuerySet[TierChange]:
    """With what a row of the list shows."""
    return rows_.select_related("customer", "review", "proposed_by", "customer__account_manager")


def open_tiers(person: User, now: datetime) -> QuerySet[TierChange]:
    """Changes of tier that wait for a decision."""
    return visible(TierChange.objects.filter(state=TierState.PROPOSED), person, "customers.see")


def open_merges(person: User, now: datetime) -> QuerySet[Merge]:
    """The red number of the menu: pairs that wait for this person as the second one."""
    waiting = Merge.objects.filter(state=MergeState.PROPOSED).exclude(proposed_by=person)
    return visible(waiting, person, "customers.merge")


def open_exceptions(person: User, now: datetime) -> QuerySet[ClauseException]:
    """The red number of the menu: exceptions that this person may grant."""
    if not may(person, "obligations.waive"):
        return ClauseException.objects.none()
    waiting = ClauseException.objects.asked().exclude(asked_by=person)
    return visible(waiting, person, "customers.see")


def merges(person: User, states: Sequence[str]) -> QuerySet[Merge]:
    found = visible(Merge.objects.filter(state__in=states), person, "customers.merge")
    return found.select_related(
        "kept__account_manager", "gone__account_manager", "proposed_by", "decided_by"
    ).order_by("-proposed_at", "id")


def choosable(person: User, **filters: Any) -> QuerySet[Customer]:
    """Customers that a form may offer."""
    return visible(Customer.objects.kept().filter(**filters), person, "customers.see").order_by(
        "pinyin", "id"
    )
