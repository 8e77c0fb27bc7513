"""The daily job of the archive, and rules tried on the past; a lost job is planned again."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.apps.monitoring.models import PastTest
from bihuan.apps.monitoring.store import archive, shelf
from bihuan.base import clock, jobs
from bihuan.base.errors import Refusal

log = logging.getLogger(__name__)
QUARTER = 15
"""Minutes between two looks: a place that cannot be written is not asked every second."""


@app.task(name="monitoring.archive", queue="export")
def archive_job() -> None:
    now = clock.now()
    for day in archive.due(now):
        try:
            archive.write(day, now)
        except (Refusal, OSError) as error:
            log.warning("%s is not archived yet: %s", day, error)
            return


def plan_archive(now: datetime) -> int:
    """A tick: a day that is over is written by a job, one at a time."""
    if now.minute % QUARTER or now.second >= 10 or not shelf.installed() or not archive.due(now):
        return 0
    try:
        with transaction.atomic():
            archive_job.configure(queueing_lock="monitoring.archive").defer()
    except AlreadyEnqueued:
        return 0
    return 1


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
