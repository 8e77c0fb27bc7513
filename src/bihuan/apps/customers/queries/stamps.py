"""Who changed a customer last."""

from __future__ import annotations

from collections.abc import Iterable

from bihuan.apps.customers.models import Customer
from bihuan.base.audit.models import Entry
from bihuan.base.lists.stamps import Stamp

CHANGES = ("customer.change", "customer.verify", "customer.hand_over", "customer.merge")


def stamps(ids: Iterable[int]) -> dict[int, Stamp]:
    """Version and last change of each (two queries for any number)."""
    rows = {
        row.pk: row
        for row in Customer.objects.filter(pk__in=list(ids)).only("version", "changed_at")
    }
    entries = Entry.objects.filter(
        thing_label=Customer._meta.label, thing_id__in=[str(pk) for pk in rows], verb__in=CHANGES
    ).select_related("by")
    last = {
        int(row.thing_id): row for row in entries.order_by("thing_id", "-id").distinct("thing_id")
    }
    return {pk: _of(row, last.get(pk)) for pk, row in rows.items()}


def _of(row: Customer, entry: Entry | None) -> Stamp:
    if entry is None or entry.by is None or entry.at != row.changed_at:
        return Stamp(str(row.version), "", row.changed_at)  # by the tier review, a purchase, …
    return Stamp(str(row.version), entry.by.name, entry.at, by_id=entry.by_id)
