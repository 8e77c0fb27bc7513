"""Evidence bundles are made in the background."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.apps.compliance.models import Bundle, BundleState
from bihuan.base import clock
from bihuan.base.errors import Refusal

log = logging.getLogger(__name__)


@app.task(name="compliance.bundle", queue="export")
def work_job(pk: int) -> None:
    from bihuan.apps.compliance.bundles import give_up, make

    try:
        make(pk, now=clock.now())
    except OperationalError:
        raise  # the database: the tick plans it again
    except Refusal as refusal:
        give_up(pk, str(refusal))
    except Exception as error:
        log.exception("bundle %s failed", pk)
        give_up(pk, _("没有做成（%(kind)s）。请再做一次。") % {"kind": type(error).__name__})


def work_later(pk: int) -> None:
    """Put the job into the caller's transaction, once."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        work_job.configure(queueing_lock=f"compliance.bundle {pk}").defer(pk=pk)


def plan_again(now: datetime) -> int:
    """A tick: a bundle whose worker died gets a job again (a living worker holds its lock)."""
    waiting = Bundle.objects.filter(state=BundleState.QUEUED).values_list("pk", flat=True)
    for pk in waiting:
        work_later(pk)
    return len(waiting)
