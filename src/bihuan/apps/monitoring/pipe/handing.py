"""Messages that do not come by MQTT go into the stream beside it, and the same way from there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nats.errors import Error as BusError

from bihuan.apps.monitoring.pipe.bus import connect
from bihuan.apps.monitoring.pipe.place import place

PATIENCE = 5.0


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
