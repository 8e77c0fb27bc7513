"""Who wrote last what stands in a ticket."""

from __future__ import annotations

from collections.abc import Iterable

from bihuan.apps.tickets import words
from bihuan.apps.tickets.enums import EntryKind, Event, Note
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.base.lists.stamps import Stamp

CHANGES = (Note.OPENED, Event.VERIFY, Note.REPORTED_AT, Note.CHANGED)


def stamps(ids: Iterable[int]) -> dict[int, Stamp]:
    """Version of each, and who wrote last when, where and what it is (two queries)."""
    wanted = list(ids)
    lines = Entry.objects.filter(
        ticket_id__in=wanted, kind=EntryKind.EVENT, code__in=[str(each) for each in CHANGES]
    ).select_related("by")
    last = {
        row.ticket_id: row
        for row in lines.order_by("ticket_id", "-at", "-pk").distinct("ticket_id")
    }
    versions = Ticket.objects.filter(pk__in=wanted).values_list("pk", "version")
    return {pk: _of(version, last.get(pk)) for pk, version in versions}


def _of(version: int, line: Entry | None) -> Stamp:
    if line is None:
        return Stamp(str(version), "", None)
    name = line.by.name if line.by is not None else ""
    return Stamp(str(version), name, line.at, words.title(words.EVENT, line.code), line.by_id)
