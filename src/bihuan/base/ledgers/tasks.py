"""Long imports in the background."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from bihuan.base import jobs
from bihuan.base.ledgers.models import Import, State


@app.task(name="ledgers.work", queue="import")
def work_job(pk: int) -> None:
    from bihuan.base.ledgers.actions import give_up, work

    jobs.worked(pk, what="import", work=work, give_up=give_up)


def work_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    jobs.later(work_job, pk)


def plan_again(now: datetime) -> int:
    """A tick: an import whose worker died gets a job again."""
    waiting = Import.objects.filter(state__in=[State.CHECKING, State.QUEUED])
    return jobs.again(work_job, waiting.values_list("pk", flat=True))
