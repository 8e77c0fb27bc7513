"""The checklist of a ticket: which items of its kind are ticked."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language

from bihuan.apps.tickets.models.ticket import Ticket
from bihuan.apps.tickets.own.models import CheckItem, Tick
from bihuan.base.seldom import seldom


@dataclass(frozen=True)
class Line:
    """One item; `tick` None: still open."""

    item: CheckItem
    title: str
    tick: Tick | None


def title_of(item: CheckItem) -> str:
    """In the language of the page; English where it was written."""
    chinese = (get_language() or "zh").startswith("zh")
    return item.zh if chinese or not item.en else item.en


def checklist(ticket: Ticket) -> list[Line]:
    """The items of its kind in their order, and those put out of use that it has ticked."""
    items = _items()
    done = Tick.objects.filter(ticket=ticket).select_related("by") if items else ()
    ticks = {row.item_id: row for row in done}
    return [
        Line(row, title_of(row), ticks.get(row.pk))
        for row in items
        if row.pk in ticks or (row.active and row.kind == ticket.kind)
    ]


@seldom("tickets_check_item")
def _items() -> tuple[CheckItem, ...]:
    return tuple(CheckItem.objects.order_by("place", "pk"))


def open_items(ticket: Ticket) -> list[str]:
    """What is still to be ticked before it may be closed (one query)."""
    rows = CheckItem.objects.filter(kind=ticket.kind, active=True).exclude(ticks__ticket=ticket)
    return [title_of(row) for row in rows.order_by("place", "pk")]
