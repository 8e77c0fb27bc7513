"""Commands go out to the machines' topics and their answers come in; what is true is in the tables."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from django.db import DatabaseError, close_old_connections
from nats.aio.msg import Msg

from bihuan.apps.monitoring.actions.delivering import (
    NotTaken,
    Outgoing,
    answered,
    to_send,
    watch,
)
from bihuan.apps.monitoring.actions.refusing import Refusals
from bihuan.apps.monitoring.pipe.bus import connect
from bihuan.base import clock
from bihuan.base.together import reading

T = TypeVar("T")
log = logging.getLogger(__name__)
EVERY = 0.5
"""Seconds between two looks at what waits: a command lives for some tens of seconds."""


async def serve(pool: Executor, stop: asyncio.Event) -> None:
    """Until told to stop. A message that is lost goes again; whoever is killed between the record and
    the wire leaves a command that is sent again while it lives, and is unknown after that.
    """
    bus = await connect("service")
    loop, answers = asyncio.get_running_loop(), Answers()

    async def on_answer(message: Msg) -> None:
        code = message.subject.partition(".")[2]
        said = await loop.run_in_executor(pool, _new, answers.take, code, message.data)
        if said is not None:
            await bus.publish(f"c.{code}", said)

    await bus.subscribe("r.*", queue="commands", cb=on_answer)
    try:
        while not stop.is_set():
            await loop.run_in_executor(pool, _new, answers.count)
            for each in await loop.run_in_executor(pool, _new, _waiting):
                await bus.publish(f"c.{each.code}", each.data)
            await asyncio.wait([asyncio.create_task(stop.wait())], timeout=EVERY)
    finally:
        await bus.close()


def _new(work: Callable[..., T], *given: object) -> T:
    """A connection that died is not used again."""
    close_old_connections()
    return work(*given)


class Answers:
    """The devices' words on commands; what is not taken of them is written once a round, however
    often it came. Of one thread.
    """

    def __init__(self) -> None:
        self._refusals = Refusals()

    def take(self, code: str, data: bytes) -> bytes | None:
        """The receipt, if there is one to send."""
        try:
            return answered(code, data, clock.now())
        except NotTaken as bad:
            self._refusals.add(code, bad.cause, data, device=bad.device.pk)
        except DatabaseError:
            log.warning("an answer waits for the database")  # the device says it again
        except Exception:
            log.exception("an answer of %s could not be taken", code)
        return None

    def count(self) -> None:
        """What was not taken since the last time, by device and cause, with the last as it came."""
        try:
            self._refusals.write(clock.now())
            self._refusals = Refusals()
        except DatabaseError:
            log.warning("what was not taken waits for the database")


def _waiting() -> list[Outgoing]:
    try:
        now = clock.now()
        with reading():
            watch(now)
            return to_send(now)
    except DatabaseError:
        log.warning("commands wait for the database")
        return []
