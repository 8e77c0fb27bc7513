"""Background jobs (procrastinate finds them here); a job that was lost is planned again."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.apps.monitoring.history import tasks as history
from bihuan.apps.monitoring.models import PastTest, Report
from bihuan.apps.monitoring.store import archive, shelf, taken_back
from bihuan.base import clock, jobs
from bihuan.base.errors import Refusal

log = logging.getLogger(__name__)
QUARTER = 15
"""Minutes between two looks: a place that cannot be written is not asked every second."""


@app.task(name="monitoring.archive", queue="export")
def archive_job() -> None:
    """Take out of the archive what customers took back; write the days that are over to it."""
    now, day = clock.now(), None
    try:
        if taken_back.owed().exists():
            taken_back.leave_out(now)
        left = []
        for day in archive.due(now):
            try:
                archive.write(day, now)
            except (archive.Fewer, archive.Differs) as error:  # of this day: the others go on
                left.append(f"{day}: {error}")
        if left:
            log.warning("%d days are not archived yet: %s", len(left), left[0])
        taken_back.tidy()
    except (Refusal, OSError) as error:
        log.warning("%s is not archived yet: %s", day or "what was taken back", error)


@app.task(name="monitoring.past_test", queue="trial")
def past_job(pk: int) -> None:
    """Try a rule on the past."""
    from bihuan.apps.monitoring.actions.trials import give_up, work

    jobs.worked(pk, what="past test", work=work, give_up=give_up)


@app.task(name="monitoring.report", queue="export")
def report_job(pk: int) -> None:
    """Make a health report."""
    from bihuan.apps.monitoring.actions.reports import give_up, make

    jobs.worked(pk, what="health report", work=make, give_up=give_up, problem=_problem)


def past_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    jobs.later(past_job, pk)


def report_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    jobs.later(report_job, pk)


def plan_archive(now: datetime) -> int:
    """A tick: a day that is over is written by a job, what was taken back taken out by it."""
    if now.minute % QUARTER or now.second >= 10 or not shelf.installed():
        return 0
    if not archive.due(now) and not taken_back.owed().exists():
        return 0
    try:
        with transaction.atomic():
            archive_job.configure(queueing_lock="monitoring.archive").defer()
    except AlreadyEnqueued:
        return 0
    return 1


def plan_again(now: datetime) -> int:
    """A tick: what waits for a worker that died gets a job again."""
    tests = PastTest.objects.filter(done_at=None)
    reports = Report.objects.filter(file=None, failed="")
    return (
        jobs.again(past_job, tests.values_list("pk", flat=True))
        + jobs.again(report_job, reports.values_list("pk", flat=True))
        + history.plan_again(now)
    )


def _problem(error: Exception) -> str:
    return _("没有做成（%(kind)s）。请再做一次。") % {"kind": type(error).__name__}
