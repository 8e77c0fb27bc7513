"""Evidence bundles are made and months are counted in the background."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from bihuan.apps.compliance.models import Bundle, BundleState
from bihuan.base import clock, jobs


@app.task(name="compliance.bundle", queue="export")
def work_job(pk: int) -> None:
    from bihuan.apps.compliance.bundles import give_up, make

    jobs.worked(pk, what="bundle", work=make, give_up=give_up, problem=_problem)


def _problem(error: Exception) -> str:
    return _("没有做成（%(kind)s）。请再做一次。") % {"kind": type(error).__name__}


def work_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    jobs.later(work_job, pk)


def plan_again(now: datetime) -> int:
    """A tick: a bundle whose worker died gets a job again."""
    waiting = Bundle.objects.filter(state=BundleState.QUEUED)
    return jobs.again(work_job, waiting.values_list("pk", flat=True))


@app.task(
    name="compliance.count", queue="count", retry=RetryStrategy(wait=60, linear_wait=60)
)  # a month that cannot be counted is tried more and more rarely
def count_job(pk: int) -> None:
    """`pk` is a month as 202611; one that was counted meanwhile is left."""
    from bihuan.apps.compliance.counting import recount, waiting

    first, now = date(pk // 100, pk % 100, 1), clock.now()
    if first in waiting(now):
        recount(first, now)


def count_later(months: Iterable[date]) -> int:
    """A tick: each of them has a job, once."""
    return jobs.again(count_job, (each.year * 100 + each.month for each in months))
