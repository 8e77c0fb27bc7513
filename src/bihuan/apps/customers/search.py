"""What the one search box finds of customers: names, pinyin, codes, phone tails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from bihuan.apps.customers.enums import Status
from bihuan.apps.customers.models import Contact, Customer
from bihuan.base.facts.models import Fact
from bihuan.base.search.actions import Entry, drop, put

HEARD = frozenset({
    "account_manager.assigned", "sponsor.assigned", "engineer.assigned", "customer.changed",
    "customer.handed_over", "customer.merged",
})  # fmt: skip
"""After these, others may reach what belongs to a customer: apps above put their entries again."""


def changed(facts: Sequence[Fact]) -> list[int]:
    """The customers of whom such a fact was told, and those into which they were merged."""
    ids = {fact.customer_id for fact in facts if fact.kind in HEARD and fact.customer_id}
    if not ids:
        return []
    rows = Customer.objects.filter(Q(pk__in=ids) | Q(merged_rows__in=ids))
    return list(rows.values_list("pk", flat=True).distinct())


def joined(facts: Sequence[Fact]) -> list[Fact]:
    """Those that tell of two customers that became one, or two again: what named one names the other."""
    return [
        fact for fact in facts
        if fact.kind == "customer.merged" or "merged_into" in (fact.own().get("what") or ())
    ]  # fmt: skip


def put_customers(rows: Iterable[Customer]) -> None:
    """Renew the entries of customers (and take merged ones out)."""
    kept: list[Customer] = []
    gone: list[Customer] = []
    for row in rows:
        (gone if row.status == Status.MERGED else kept).append(row)
    put(*[customer_entry(row) for row in kept])
    if gone:
        drop("customer", *[row.pk for row in gone])


def put_contacts(rows: Iterable[Contact]) -> None:
    """Renew the entries of contacts; who left is not found any more."""
    kept: list[Contact] = []
    gone: list[Contact] = []
    for row in rows:
        (kept if row.left_on is None and row.customer.status != Status.MERGED else gone).append(row)
    put(*[contact_entry(row) for row in kept])
    if gone:
        drop("contact", *[row.pk for row in gone])


# What the entries of contacts repeat of their customer: how it is called and whose it is.
OF_CONTACTS = frozenset({
    "name", "short_name", "account_manager", "exec_sponsor", "dedicated_engineer", "service_team_id", "region", "dealer",
})  # fmt: skip


def put_people_of(customers: Iterable[int]) -> None:
    """Renew the entries of the contacts of customers."""
    put_contacts(Contact.objects.filter(customer_id__in=customers).select_related("customer"))


def customer_entry(row: Customer) -> Entry:
    return Entry(
        kind="customer",
        thing_id=row.pk,
        title=row.name,
        note=" ".join(part for part in (row.code, row.industry, row.city) if part),
        words=[row.short_name, row.code, row.credit_code],
        serials=[row.code, row.credit_code] if row.credit_code else [row.code],
        url=reverse("customers:detail", args=[row.pk]),
        **_reach(row),
    )


def contact_entry(row: Contact) -> Entry:
    return Entry(
        kind="contact",
        thing_id=row.pk,
        title=row.name,
        note=" ".join(part for part in (row.customer.called, row.title, row.masked_phone) if part),
        words=[row.customer.name],
        phones=[row.phone] if row.phone else [],
        url=reverse("customers:contacts", args=[row.customer_id]),
        **_reach(row.customer),
    )


def _reach(row: Customer) -> dict[str, Any]:
    people = (row.account_manager_id, row.exec_sponsor_id, row.dedicated_engineer_id)
    return {
        "needs": "customers.see",
        "own": people,
        "team_id": row.service_team_id,
        "region": row.region,
        "dealers": (row.dealer_id, row.pk),
        "customers": (row.pk,),
    }


def entries() -> Iterator[Entry]:
    """All of them, for a rebuilt index."""
    for row in Customer.objects.kept().iterator(chunk_size=1000):
        yield customer_entry(row)
    living = Contact.objects.present().exclude(customer__status=Status.MERGED)
    for contact in living.select_related("customer").iterator(chunk_size=1000):
        yield contact_entry(contact)
