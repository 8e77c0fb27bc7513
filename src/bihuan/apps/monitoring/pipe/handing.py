"""Messages that do not come by MQTT go into the stream beside it, and the same way from there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BusError
from nats.js import JetStreamContext
from nats.js.errors import NoStreamResponseError

from bihuan.apps.monitoring.pipe.bus import LEFT, PAST, connect
from bihuan.apps.monitoring.pipe.place import place

PATIENCE = 5.0
COMMITTED = 90.0
"""Seconds within which a lot of history is committed, a restart of the message server included."""


async def hand_in(messages: Sequence[tuple[str, bytes]]) -> None:
    """(device, body): returns when the server keeps all of them. Raises OSError, TimeoutError; then
    some may be kept, and handing them in again does no harm.
    """
    if not place():
        raise OSError("no message server")
    try:
        bus = await asyncio.wait_for(connect("service"), PATIENCE)
    except BusError as error:
        raise OSError(str(error)) from error
    try:
        stream = bus.jetstream(timeout=PATIENCE)
        await asyncio.gather(*(stream.publish(f"gate.{code}", body) for code, body in messages))
    except BusError as error:
        raise OSError(str(error)) from error
    finally:
        await bus.close()


class LeftOut(Exception):
    """Of a lot of history nothing was taken: it stands among what was refused, with the cause."""


class Bringer:
    """Brings a device's history: lot by lot, each committed before the next, so that a table of a
    million rows neither fills anybody's memory nor holds living machines up.
    """

    def __init__(self, code: str) -> None:
        self._code = code
        self._told = asyncio.Queue[bool]()

    async def open(self) -> None:
        """Raises OSError, TimeoutError."""
        if not place():
            raise OSError("no message server")
        try:
            self._bus: Client = await asyncio.wait_for(connect("service"), PATIENCE)
            self._inbox = self._bus.new_inbox()
            await self._bus.subscribe(self._inbox, cb=self._on_told)
        except BusError as error:
            raise OSError(str(error)) from error

    async def bring(self, bodies: Iterable[bytes]) -> None:
        """Returns when all of them are judged and committed. Raises OSError, TimeoutError, LeftOut;
        bringing them again does no harm.
        """
        stream, waiting = self._bus.jetstream(timeout=PATIENCE), 0
        try:
            for body in bodies:
                await self._kept(stream, body)
                waiting += 1
            async with asyncio.timeout(COMMITTED):
                told = [await self._told.get() for _ in range(waiting)]
        except BusError as error:
            raise OSError(str(error)) from error
        if not all(told):
            raise LeftOut

    async def close(self) -> None:
        await self._bus.close()

    async def _kept(self, stream: JetStreamContext, body: bytes) -> None:
        """A server that began a moment ago has no stream yet: it keeps nothing, and is asked again."""
        async with asyncio.timeout(COMMITTED):
            while True:
                try:
                    await stream.publish(f"gate.{self._code}", body, headers={PAST: self._inbox})
                except NoStreamResponseError:
                    await asyncio.sleep(0.2)
                else:
                    return

    async def _on_told(self, message: Msg) -> None:
        self._told.put_nowait(message.data != LEFT)
