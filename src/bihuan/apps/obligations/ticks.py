"""What the clock makes true: written once each, by conditional updates."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from psycopg.errors import QueryCanceled

from bihuan.apps.obligations import actions
from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.ladder import BOTH, CLIMBING, FALLING, take, waiting
from bihuan.apps.obligations.models import Obligation, Pause
from bihuan.apps.obligations.periods import begin
from bihuan.apps.obligations.refusals import NotPaused
from bihuan.apps.obligations.timing import calendar_of
from bihuan.apps.people.calendars import calendars
from bihuan.lib.workcal import due

log = logging.getLogger(__name__)
BATCH = 500
ALL_BAD = 1000
"""So many that fail in one beat are not rows gone bad: something is wrong for everybody."""


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
    """A row that fails is left out and named in the log: it holds nobody up, neither in its batch nor
    in those that follow.
    """
    total, left = 0, list[int]()
    while True:
        try:
            with transaction.atomic():
                rows = waiting(those, now, BATCH, left)
                if rows:
                    take(rows, now, falls=falls, climbs=climbs)
        except Exception as error:
            if _is_away(error):
                raise
            log.warning("a batch of obligations failed: %s", type(error).__name__)
            if falls and climbs:  # what cannot climb may still fall due
                return total + fall_due(now) + escalate(now)
            total += _one_by_one(those, now, left, falls=falls, climbs=climbs)
            continue
        total += len(rows)
        if len(rows) < BATCH:
            return total


def _one_by_one(those: str, now: datetime, left: list[int], *, falls: bool, climbs: bool) -> int:
    """As many as a batch has, each in a transaction of its own; the ids of those that fail go into
    `left`. Returns how many were written. Raises what the last one failed of when they are too many.
    """
    count = 0
    for _ in range(BATCH):
        row = None
        try:
            with transaction.atomic():
                for row in waiting(those, now, 1, left):
                    take([row], now, falls=falls, climbs=climbs)
        except Exception as error:
            if row is None or _is_away(error) or len(left) >= ALL_BAD:
                raise
            log.error("obligation %d is left out: %s", row.pk, type(error).__name__)  # noqa: TRY400 - a trace shows what it holds
            left.append(row.pk)
        else:
            if row is None:
                break
            count += 1
    return count


def _is_away(error: Exception) -> bool:
    """Whether the database is away or asks to try again, and not one row is to blame."""
    lost = isinstance(error, OperationalError | InterfaceError)
    return lost and not isinstance(error.__cause__, QueryCanceled)
