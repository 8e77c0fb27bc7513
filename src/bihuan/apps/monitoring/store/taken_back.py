"""What customers took back goes out of the archive, of every day that has it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from bihuan.apps.monitoring.models import ArchivedDay, Consent
from bihuan.apps.monitoring.queries import consents
from bihuan.apps.monitoring.store import archive, keeping, shelf

OLD_FILES = 7 * 24
"""Hours after which what the table no longer refers to is removed: nobody reads for so long."""


def owed() -> QuerySet[Consent]:
    """What customers took back and the archive is not rid of yet, that of owners of before too."""
    return Consent.objects.filter(given=False, left_out_at=None)


def leave_out(now: datetime) -> int:
    """Take out of the archive, of all days, where machines were whose customers, or owners of before,
    do not want that known; returns how many values went. Twice is once. Raises NotInstalled, Busy; OSError.
    """
    if not shelf.installed():
        raise archive.NotInstalled
    with transaction.atomic():
        if not keeping.alone():
            raise archive.Busy
        said = list(owed().values_list("pk", flat=True))
        gone = _taken_out(now)
        Consent.objects.filter(pk__in=said).update(left_out_at=now)
    return gone


def _taken_out(now: datetime) -> int:
    """Each day that has some of it is written anew from itself, without."""
    import pyarrow.dataset as ds

    away = consents.away(now)
    rows = list(ArchivedDay.objects.order_by("day"))
    if not away.points or not rows:
        return 0
    gone, data = 0, archive.table().to_pyarrow_dataset()
    for row in rows:
        of_day, mine = ds.field("day") == row.day, away.on(row.day)
        if not mine:
            continue
        which = archive.of(mine)
        number = data.count_rows(filter=of_day & which)
        if number:
            rest = data.scanner(columns=archive.schema().names, filter=of_day & ~which)
            version = archive.put_day(row.day, rest.to_reader().cast(archive.schema()))
            ArchivedDay.objects.filter(pk=row.pk).update(
                values=archive.count(row.day), version=version
            )
            gone += number
    return gone


def tidy() -> None:
    """Remove from the disk what no version of the last days refers to: what was left out too."""
    if ArchivedDay.objects.exists():
        archive.table().vacuum(retention_hours=OLD_FILES, dry_run=False)
