"""What the one search box finds of demands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import QuerySet
from django.urls import reverse

from bihuan.apps.demands.models import Demand
from bihuan.base.search.actions import Entry, put, put_all


def entries() -> Iterable[Entry]:
    """Everything anew."""
    return _entries(Demand.objects.all())


def _entries(rows: QuerySet[Demand]) -> Iterator[Entry]:
    for row in rows.select_related("customer").iterator(chunk_size=1000):
        yield entry(row)


SAID = frozenset({"text", "customer", "owner"})
"""Of what is said of a demand, what may change."""


def put_of(customers: Sequence[int]) -> None:
    """Renew the entries of these customers' demands."""
    put_all(_entries(Demand.objects.filter(customer_id__in=customers)))


def put_demand(row: Demand) -> None:
    put(entry(row))


def entry(row: Demand) -> Entry:
    customer = row.customer
    people = (
        customer.account_manager_id, customer.exec_sponsor_id, customer.dedicated_engineer_id,
        row.owner_id,
    )  # fmt: skip
    return Entry(
        kind="demand", thing_id=row.pk, title=f"{row.number} {row.text[:60]}".strip(),
        note=customer.called, words=[row.number, customer.name], serials=[row.number],
        url=reverse("demands:detail", args=[row.pk]), needs="demands.see",
        own=people, team_id=customer.service_team_id, region=customer.region,
        dealers=(customer.dealer_id, customer.pk), customers=(customer.pk,),
    )  # fmt: skip
