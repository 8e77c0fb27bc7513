"""Long imports in the background."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import OperationalError, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.base import clock
from bihuan.base.errors import Refusal
from bihuan.base.ledgers.models import Import, State

log = logging.getLogger(__name__)


@app.task(name="ledgers.work", queue="import")
def work_job(pk: int) -> None:
    from bihuan.base.ledgers.actions import give_up, work

    try:
        work(pk, now=clock.now())
    except OperationalError:
        raise  # the database: the tick plans it again
    except Refusal as refusal:
        give_up(pk, str(refusal))
    except Exception as error:
        log.exception("import %s failed", pk)
        give_up(pk, type(error).__name__)


def work_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    try:
        with transaction.atomic():
            work_job.configure(queueing_lock=f"ledgers.work {pk}").defer(pk=pk)
    except AlreadyEnqueued:
        return


def plan_again(now: datetime) -> int:
    """A tick: an import whose worker died gets a job again (a living worker holds its lock)."""
    rows = Import.objects.filter(state__in=[State.CHECKING, State.QUEUED]).values_list(
        "pk", flat=True
    )
    for pk in rows:
        work_later(pk)
    return len(rows)
