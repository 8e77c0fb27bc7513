"""What the one search box finds of machines: serial tails, models, pinyin, places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import QuerySet
from django.urls import reverse

from bihuan.apps.assets.models import Asset
from bihuan.base.search.actions import Entry, put, put_changing

LINKED = ("model", "customer", "place")


def put_assets(rows: Iterable[Asset]) -> None:
    """Renew the entries of machines."""
    put(*[entry(row) for row in rows])


def put_of(rows: QuerySet[Asset]) -> None:
    """Renew the entries of very many, some of which may be moved meanwhile."""
    put_changing(
        lambda: dict(rows.values_list("pk", "version")),
        lambda ids: _entries(Asset.objects.filter(pk__among=ids)),
    )


def entry(row: Asset) -> Entry:
    customer = row.customer
    people = (customer.account_manager_id, customer.exec_sponsor_id, customer.dedicated_engineer_id)
    return Entry(
        kind="asset",
        thing_id=row.pk,
        title=f"{row.model.called} {row.serial}",
        note=" ".join(
            part
            for part in (customer.called, row.place.name if row.place else "", row.nickname)
            if part
        ),
        words=[row.model.code, row.model.name, row.nickname, row.order_no],
        serials=[row.serial],
        url=reverse("assets:detail", args=[row.pk]),
        needs="assets.see",
        own=people,
        team_id=customer.service_team_id,
        region=customer.region,
        dealers=(customer.dealer_id, customer.pk, row.serviced_by_id),
        customers=(customer.pk, row.owner_id),
    )


def entries() -> Iterator[Entry]:
    """All of them, for a rebuilt index."""
    return _entries(Asset.objects.all())


def _entries(rows: QuerySet[Asset]) -> Iterator[Entry]:
    for row in rows.select_related(*LINKED).order_by("pk").iterator(chunk_size=1000):
        yield entry(row)
