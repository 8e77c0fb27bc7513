"""Tables are worked on in the background."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from bihuan.apps.monitoring.enums import HistoryState
from bihuan.apps.monitoring.models import History
from bihuan.base import jobs


@app.task(name="monitoring.history", queue="import")
def work_job(pk: int) -> None:
    do(pk)


def do(pk: int) -> None:
    """Do it here and now; what goes wrong stands in its row."""
    from bihuan.apps.monitoring.history.working import give_up, problem, work

    jobs.worked(pk, what="history", work=work, give_up=give_up, problem=problem)


def work_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    jobs.later(work_job, pk)


def plan_again(now: datetime) -> int:
    """A tick: a table whose worker died gets a job again."""
    waiting = History.objects.filter(state__in=[HistoryState.CHECKING, HistoryState.QUEUED])
    return jobs.again(work_job, waiting.values_list("pk", flat=True))
