"""Work in the background that is planned with its row and survives the death of its worker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.db import OperationalError, transaction
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.base import clock, sql
from bihuan.base.errors import Refusal

log = logging.getLogger(__name__)


def worked(
    pk: int,
    *,
    what: str,
    work: Callable[..., object],
    give_up: Callable[[int, str], object],
    problem: Callable[[Exception], str] = lambda error: type(error).__name__,
) -> None:
    """Do the work of one row. What it refuses, and any fault of it, stands in the row; a fault of
    the database does not: the tick plans the work again.
    """
    try:
        work(pk, now=clock.now())
    except OperationalError:
        raise
    except Refusal as refusal:
        give_up(pk, str(refusal))
    except Exception as error:
        log.exception("%s %s failed", what, pk)
        give_up(pk, problem(error))


def later(job: Any, pk: int) -> None:
    """Put the job of a row into the caller's transaction, once."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.configure(queueing_lock=f"{job.name} {pk}").defer(pk=pk)


GOING_ON = """
    SELECT (args ->> 'pk')::bigint FROM procrastinate_jobs
    WHERE task_name = %s AND (status = 'todo' OR status = 'doing' AND worker_id IN (
        SELECT id FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'
    ))
"""


def again(job: Any, waiting: Iterable[int]) -> int:
    """Of a tick: what waits gets a job again, if it has none or its worker died."""
    rows = list(waiting)
    going_on = {pk for (pk,) in sql.rows(GOING_ON, [job.name])} if rows else set()
    planned = [pk for pk in rows if pk not in going_on]
    for pk in planned:
        later(job, pk)
    return len(planned)
