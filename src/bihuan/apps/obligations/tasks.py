"""Trials and rehearsals in the background."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import OperationalError, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.apps.obligations.models import Rehearsed
from bihuan.apps.obligations.trial.enums import TrialState
from bihuan.apps.obligations.trial.models import Trial
from bihuan.base import clock
from bihuan.base.errors import Refusal

log = logging.getLogger(__name__)


@app.task(name="obligations.trial", queue="trial")
def trial_job(pk: int) -> None:
    from bihuan.apps.obligations.trial.actions import give_up, work

    try:
        work(pk, now=clock.now())
    except OperationalError:
        raise  # the database: the tick plans it again
    except Refusal as refusal:
        give_up(pk, str(refusal))
    except Exception as error:
        log.exception("trial %s failed", pk)
        give_up(pk, type(error).__name__)


def try_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    try:
        with transaction.atomic():
            trial_job.configure(queueing_lock=f"obligations.trial {pk}").defer(pk=pk)
    except AlreadyEnqueued:
        return


@app.task(name="obligations.rehearse", queue="trial")
def rehearse_job(pk: int) -> None:
    from bihuan.apps.obligations.rehearsal import give_up, work

    try:
        work(pk, now=clock.now())
    except OperationalError:
        raise  # as above
    except Exception as error:
        log.exception("rehearsal %s failed", pk)
        give_up(pk, type(error).__name__, now=clock.now())


def rehearse_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    try:
        with transaction.atomic():
            name = f"obligations.rehearse {pk}"
            rehearse_job.configure(queueing_lock=name, lock=name).defer(pk=pk)
    except AlreadyEnqueued:
        return


def plan_again(now: datetime) -> int:
    """A tick: a trial whose worker died gets a job again (a living worker holds its lock)."""
    waiting = Trial.objects.filter(state__in=[TrialState.WAITING, TrialState.RUNNING])
    rows = list(waiting.values_list("pk", flat=True))
    for pk in rows:
        try_later(pk)
    asked = list(Rehearsed.objects.filter(state=TrialState.WAITING).values_list("pk", flat=True))
    for pk in asked:
        rehearse_later(pk)
    return len(rows) + len(asked)
