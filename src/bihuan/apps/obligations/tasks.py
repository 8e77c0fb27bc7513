"""Trials and rehearsals in the background."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from bihuan.apps.obligations.models import Rehearsed
from bihuan.apps.obligations.trial.enums import TrialState
from bihuan.apps.obligations.trial.models import Trial
from bihuan.base import jobs


@app.task(name="obligations.trial", queue="trial")
def trial_job(pk: int) -> None:
    from bihuan.apps.obligations.trial.actions import give_up, work

    jobs.worked(pk, what="trial", work=work, give_up=give_up)


def try_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    jobs.later(trial_job, pk)


@app.task(name="obligations.rehearse", queue="trial")
def rehearse_job(pk: int) -> None:
    from bihuan.apps.obligations.rehearsal import give_up, work

    jobs.worked(pk, what="rehearsal", work=work, give_up=give_up)


def rehearse_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    jobs.later(rehearse_job, pk)


def plan_again(now: datetime) -> int:
    """A tick: a trial or rehearsal whose worker died gets a job again."""
    trials = Trial.objects.filter(state__in=[TrialState.WAITING, TrialState.RUNNING])
    asked = Rehearsed.objects.filter(state=TrialState.WAITING)
    return jobs.again(trial_job, trials.values_list("pk", flat=True)) + jobs.again(
        rehearse_job, asked.values_list("pk", flat=True)
    )
