"""Customers over REST: read only, within the caller's reach, numbers masked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from bihuan.apps.customers.models import Contact, Customer
from bihuan.base.access.models import User
from bihuan.base.access.scope import door as row_door
from bihuan.base.access.scope import visible
from bihuan.base.api.doors import door

router = Router(tags=["customers"])
MOST = 200


def _person(request: HttpRequest) -> User:
    person: User = request.auth  # type: ignore[attr-defined]
    return person


def _customer(row: Customer) -> dict[str, Any]:
    return {
        "id": row.pk, "code": row.code, "name": row.name, "short_name": row.short_name, "nature": row.nature,
        "relation": row.relation, "status": row.status, "tier": row.tier, "flags": row.flags, "features": row.features, "industry": row.industry,
        "region": row.region, "city": row.city, "city_class": row.city_class, "since": row.since, "credit_code": row.credit_code,
        "account_manager": row.account_manager_id, "dealer": row.dealer_id, "merged_into": row.merged_into_id,
        "verify_by": row.verify_by, "changed_at": row.changed_at,
    }  # fmt: skip


@router.get("/", auth=door("customers.see"), url_name="customers")
def customers(
    request: HttpRequest, after: int = 0, limit: int = 100, code: str = ""
) -> dict[str, Any]:
    """Customers in order of id, those after `after`; `next` is the id to go on with, or null. Whoever
    follows what is new reads `/api/facts`: in the order of ids, what is committed late would be passed over.
    """
    rows = visible(Customer.objects.filter(pk__gt=after), _person(request), "customers.see")
    if code:
        rows = rows.filter(code=code)
    found = list(rows.order_by("pk")[: max(1, min(limit, MOST)) + 1])
    more = len(found) > max(1, min(limit, MOST))
    found = found[: max(1, min(limit, MOST))]
    return {"items": [_customer(row) for row in found], "next": found[-1].pk if more else None}


@router.get("/{int:pk}", auth=door("customers.see"), url_name="customer")
def customer(request: HttpRequest, pk: int) -> dict[str, Any]:
    """One customer."""
    return _customer(row_door(Customer.objects.all(), _person(request), pk, "customers.see"))


@router.get("/{int:pk}/contacts", auth=door("customers.see"), url_name="customer_contacts")
def contacts(request: HttpRequest, pk: int) -> list[dict[str, Any]]:
    """The contacts who still work there; phone and mail are masked."""
    person = _person(request)
    row = row_door(Customer.objects.all(), person, pk, "customers.see")
    people = Contact.objects.present().filter(customer=row).order_by("pk")
    return [
        {
            "id": each.pk, "name": each.name, "title": each.title, "department": each.department,
            "decision_role": each.decision_role, "key": each.is_key, "phone": each.masked_phone, "email": each.masked_mail,
        }
        for each in people
    ]  # fmt: skip
