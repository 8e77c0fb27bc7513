"""Who changed a customer last."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from bihuan.apps.customers.models import Customer
from bihuan.base.audit.models import Entry
from bihuan.base.lists.stamps import Stamp
from bihuan.base.prepared import planned

CHANGES = ("customer.change", "customer.verify", "customer.hand_over", "customer.merge")


def stamps(ids: Iterable[int]) -> dict[int, Stamp]:
    """Version and last change of each (two queries for any number)."""
    rows = _rows(list(ids))
    last = {int(row.thing_id): row for row in _entries([str(row.pk) for row in rows])}
    return {row.pk: _of(row, last.get(row.pk)) for row in rows}


@planned
def _rows(ids: list[int]) -> QuerySet[Customer]:
    return Customer.objects.filter(pk__among=ids).only("version", "changed_at")


@planned
def _entries(ids: list[str]) -> QuerySet[Entry]:
    """The last change of each."""
    rows = Entry.objects.filter(thing_label=Customer._meta.label, thing_id__among=ids, verb__in=CHANGES)  # fmt: skip
    return rows.select_related("by").order_by("thing_id", "-id").distinct("thing_id")


def _of(row: Customer, entry: Entry | None) -> Stamp:
    if entry is None or entry.by is None or entry.at != row.changed_at:
        return Stamp(str(row.version), "", row.changed_at)  # by the tier review, a purchase, …
    return Stamp(str(row.version), entry.by.name, entry.at, by_id=entry.by_id)
