"""Reading the log of deeds."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from bihuan.base.audit.models import Entry
from bihuan.base.audit.words import deeds


def entries(
    *,
    text: str = "",
    verb: str = "",
    by: int | None = None,
    thing: tuple[str, str] | None = None,
    day: date | None = None,
    zone: ZoneInfo,
) -> QuerySet[Entry]:
    """Entries, newest first. `text` fits the sign-in name, the person's name, deed or thing."""
    rows = Entry.objects.select_related("by", "acting_for")
    known = deeds() if text else {}
    for word in text.split():
        rows = rows.filter(
            Q(verb__icontains=word)
            | Q(verb__in=[verb for verb, said in known.items() if word.lower() in said.lower()])
            | Q(by__name__icontains=word)
            | Q(by__username__icontains=word)
            | Q(thing_label__icontains=word)
            | Q(thing_id=word)
            | Q(request_id=word)
        )
    if verb:
        rows = rows.filter(verb=verb)
    if by is not None:
        rows = rows.filter(by_id=by)
    if thing is not None:
        rows = rows.filter(thing_label=thing[0], thing_id=thing[1])
    if day is not None:
        begin = datetime.combine(day, time.min, zone)
        rows = rows.filter(at__gte=begin, at__lt=begin + timedelta(days=1))
    return rows.order_by("-id")
