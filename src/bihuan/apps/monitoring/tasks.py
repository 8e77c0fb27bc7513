"""Health reports are made in the background."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from bihuan.apps.monitoring.models import Report
from bihuan.base import jobs


@app.task(name="monitoring.report", queue="export")
def work_job(pk: int) -> None:
    from bihuan.apps.monitoring.actions.reports import give_up, make

    jobs.worked(pk, what="health report", work=make, give_up=give_up, problem=_problem)


def _problem(error: Exception) -> str:
    return _("没有做成（%(kind)s）。请再做一次。") % {"kind": type(error).__name__}


def work_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    jobs.later(work_job, pk)


def plan_again(now: datetime) -> int:
    """A tick: a report whose worker died gets a job again."""
    waiting = Report.objects.filter(file=None, failed="")
    return jobs.again(work_job, waiting.values_list("pk", flat=True))
