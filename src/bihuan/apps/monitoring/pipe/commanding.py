"""Commands go out to the machines' topics and their answers come in; what is true is in the tables."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor

from django.db import DatabaseError, close_old_connections
from nats.aio.msg import Msg

from bihuan.apps.monitoring.actions.delivering import Outgoing, answered, to_send, watch
from bihuan.apps.monitoring.pipe.bus import connect
from bihuan.base import clock

log = logging.getLogger(__name__)
EVERY = 0.5
"""Seconds between two looks at what waits: a command lives for some tens of seconds."""


async def serve(pool: Executor, stop: asyncio.Event) -> None:
    """Until told to stop. A message that is lost goes again; whoever is killed between the record and
    the wire leaves a command that is sent again while it lives, and is unknown after that.
    """
    bus = await connect("service")
    loop = asyncio.get_running_loop()

    async def on_answer(message: Msg) -> None:
        code = message.subject.partition(".")[2]
        said = await loop.run_in_executor(pool, _answered, code, message.data)
        if said is not None:
            await bus.publish(f"c.{code}", said)

    await bus.subscribe("r.*", queue="commands", cb=on_answer)
    try:
        while not stop.is_set():
            for each in await loop.run_in_executor(pool, _waiting):
                await bus.publish(f"c.{each.code}", each.data)
            await asyncio.wait([asyncio.create_task(stop.wait())], timeout=EVERY)
    finally:
        await bus.close()


def _answered(code: str, data: bytes) -> bytes | None:
    close_old_connections()
    try:
        return answered(code, data, clock.now())
    except DatabaseError:
        log.warning("an answer waits for the database")  # the device says it again
    except Exception:
        log.exception("an answer of %s could not be taken", code)
    return None


def _waiting() -> list[Outgoing]:
    close_old_connections()
    try:
        now = clock.now()
        watch(now)
        return to_send(now)
    except DatabaseError:
        log.warning("commands wait for the database")
        return []
