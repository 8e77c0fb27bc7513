"""What the clock makes true: written once each, by conditional updates."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bihuan.apps.obligations import actions
from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.ladder import BOTH, CLIMBING, FALLING, take, waiting
from bihuan.apps.obligations.models import Obligation, Pause
from bihuan.apps.obligations.periods import begin
from bihuan.apps.obligations.refusals import NotPaused
from bihuan.apps.obligations.timing import calendar_of
from bihuan.apps.people.calendars import calendars
from bihuan.lib.workcal import due

BATCH = 500


def periods(now: datetime) -> int:
    """Tell the periods that began."""
    return begin(now)


def open_scheduled(now: datetime) -> int:
    """Scheduled obligations whose time has come are open."""
    return Obligation.objects.filter(state=State.SCHEDULED, opens_at__lte=now).update(
        state=State.OPEN
    )


def resume_longest(now: datetime) -> int:
    """A pause longer than the pack allows ends by itself (parameter `pause.longest`)."""
    count, known = 0, calendars()
    open_ = Pause.objects.filter(to_at=None, obligation__state__in=LIVE).order_by("pk")
    rows = Obligation.objects.filter(pk__in=open_.values("obligation"))
    began = dict(open_.values_list("obligation_id", "from_at"))
    for row in rows.order_by("pk"):
        longest = row.pack.parameters.get("pause.longest")
        if longest is None or longest.value is None or row.pk not in began:
            continue
        until = due(calendar_of(row, known), began[row.pk], str(longest.value)).due
        if until is not None and until <= now:
            try:
                actions.resume(obligation_id=row.pk, by=None, now=now)
            except NotPaused:
                continue  # somebody was quicker
            count += 1
    return count


def sweep(now: datetime) -> int:
    """What fell due and the steps of the ladders whose time has come: written together, for at the
    end of a working day both are true of thousands at once.
    """
    return _in_batches(BOTH, now)


def fall_due(now: datetime) -> int:
    """`obligation.fell_due`, once each, at its true time, with what was known."""
    return _in_batches(FALLING, now, climbs=False)


def escalate(now: datetime) -> int:
    """The steps of the ladders whose time has come, each once."""
    return _in_batches(CLIMBING, now, falls=False)


def _in_batches(those: str, now: datetime, *, falls: bool = True, climbs: bool = True) -> int:
    total = 0
    while True:
        with transaction.atomic():
            rows = waiting(those, now, BATCH)
            if rows:
                take(rows, now, falls=falls, climbs=climbs)
        total += len(rows)
        if len(rows) < BATCH:
            return total
