"""Background jobs in lanes: who is called at night waits for no letter, no report and no dead mailbox."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from django.db import close_old_connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

log = logging.getLogger(__name__)
LANES = (
    (("notify",), 2), (("letters",), 1), (("mail",), 1), (("count",), 1), (("import", "export", "trial"), 1),
)  # fmt: skip
"""Queues whose jobs wait for each other, and how many of them run side by side."""


def run() -> None:
    """Work until told to stop, and then end what was begun. A lane that ends by itself ends the
    process at once: the supervisor starts a fresh one, and the jobs are planned again.
    """
    # for taking and ending jobs, which is soon done; the lanes listen on sessions of their own
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=2, name="jobs")
    with app.replace_connector(connector):
        asyncio.run(_work())


async def _work() -> None:
    async with app.open_async():
        lanes = [asyncio.create_task(_lane(queues, count)) for queues, count in LANES]

        def stop() -> None:
            for lane in lanes:
                if not lane.cancelling():  # a second time would cut off its jobs
                    lane.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        done, _others = await asyncio.wait(lanes, return_when=asyncio.FIRST_COMPLETED)
        for lane in done:
            if not lane.cancelled():
                log.error("a lane of jobs has ended", exc_info=lane.exception())
                _die()
        await asyncio.gather(*lanes, return_exceptions=True)


def _die() -> NoReturn:
    """Without waiting for jobs of the other lanes, which may take an hour."""
    os._exit(1)


async def _lane(queues: Sequence[str], count: int) -> None:
    await app.run_worker_async(
        name=queues[0], queues=list(queues), concurrency=count, delete_jobs="successful",
        install_signal_handlers=False, task_middleware=[_on_a_living_connection],
    )  # fmt: skip


def _on_a_living_connection(task: Callable[[], Any], _context: Any, _worker: Any) -> Any:
    """Each job's thread keeps its session for the next; one that the server has ended is opened anew."""
    close_old_connections()
    return task()
