"""Rules are tried on the past in the background."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from bihuan.apps.monitoring.models import PastTest
from bihuan.base import jobs


@app.task(name="monitoring.past_test", queue="trial")
def work_job(pk: int) -> None:
    from bihuan.apps.monitoring.actions.trials import give_up, work

    jobs.worked(pk, what="past test", work=work, give_up=give_up)


def work_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    jobs.later(work_job, pk)


def plan_again(now: datetime) -> int:
    """A tick: a test whose worker died gets a job again."""
    return jobs.again(work_job, PastTest.objects.filter(done_at=None).values_list("pk", flat=True))
