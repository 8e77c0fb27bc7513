"""What the one search box finds of contracts: number, name, customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.urls import reverse

from bihuan.apps.contracts.models import Contract
from bihuan.base.search.actions import Entry, put


def put_contracts(rows: Iterable[Contract]) -> None:
    """Renew the entries of contracts."""
    put(*[entry(row) for row in rows])


def entry(row: Contract) -> Entry:
    customer = row.customer
    people = (customer.account_manager_id, customer.exec_sponsor_id, customer.dedicated_engineer_id)
    return Entry(
        kind="contract",
        thing_id=row.pk,
        title=f"{row.no} {row.title or customer.called}",
        note=customer.called,
        words=[row.no, row.title, customer.name],
        serials=[row.no],
        url=reverse("contracts:detail", args=[row.pk]),
        needs="contracts.see",
        own=people,
        team_id=customer.service_team_id,
        region=customer.region,
        dealers=(customer.dealer_id, customer.pk),
        customers=(customer.pk,),
    )


def entries() -> Iterator[Entry]:
    """All of them, for a rebuilt index."""
    for row in Contract.objects.select_related("customer").order_by("pk").iterator(chunk_size=1000):
        yield entry(row)
