"""Work in the background that is planned with its row and survives the death of its worker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.db import OperationalError, transaction
from procrastinate.exceptions import AlreadyEnqueued

from bihuan.base import clock
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


def again(job: Any, waiting: Iterable[int]) -> int:
    """Of a tick: what waits gets a job again, if its worker died (a living one holds its lock)."""
    rows = list(waiting)
    for pk in rows:
        later(job, pk)
    return len(rows)
