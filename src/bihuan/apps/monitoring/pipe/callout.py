"""Who a device is, and what it may do: asked by the NATS server at each sign-in.

A device signs in with its code as client id and user name, and its key. It may publish readings and
answers to its own two topics, and hear its own answers and commands; nothing else, no matter what it asks for.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import close_old_connections
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from bihuan.apps.monitoring.keys import hash_of
from bihuan.apps.monitoring.models import Device
from bihuan.apps.monitoring.pipe.bus import connect, issuer
from bihuan.base import clock
from bihuan.lib.nkeys import claims_of

log = logging.getLogger(__name__)
ASKED = "$SYS.REQ.USER.AUTH"
PAYLOAD = 65536
KICK_EVERY = 0.5


@dataclass(frozen=True)
class Asking:
    """A sign-in as the server tells it. `client_id` is what the device calls its MQTT session."""

    user_key: str
    server: str
    client: int
    user: str
    password: str
    client_id: str
    kind: str


def asking_of(token: str) -> Asking:
    """Raises ValueError, KeyError, TypeError."""
    body = claims_of(token)["nats"]
    info, options = body["client_info"], body["connect_opts"]
    return Asking(
        user_key=str(body["user_nkey"]), server=str(body["server_id"]["id"]), client=int(info["id"]),
        user=str(options.get("user", "")), password=str(options.get("pass", "")),
        client_id=str(info.get("mqtt_id", "")), kind=str(info.get("type", "")),
    )  # fmt: skip


def admit(asking: Asking, now: datetime) -> str:
    """Empty when the device may come in, else why not. Its session bears its own name: another
    name would be somebody else's session.
    """
    if asking.kind != "mqtt":
        return "devices sign in by MQTT"
    device = Device.objects.filter(code=asking.user).first()
    if device is None or not hmac.compare_digest(hash_of(asking.password), device.key_hash):
        return "unknown device or wrong key"
    if device.revoked_at is not None:
        return "revoked"
    if asking.client_id != device.code:
        return "the client id must be the device's code"
    Device.objects.filter(pk=device.pk, revoked_at=None).update(
        signed_in_at=now, server=asking.server, client=asking.client, ended_at=None
    )
    return ""


def answer(token: str, now: datetime) -> bytes:
    """The signed answer to one sign-in; empty for what is no question."""
    try:
        asking = asking_of(token)
    except (ValueError, KeyError, TypeError):
        return b""
    refused = admit(asking, now)
    account, issued = issuer(), int(now.timestamp())
    code = asking.user
    user = {
        "sub": asking.user_key, "aud": "APP", "name": code, "iat": issued,
        "nats": {
            "type": "user", "version": 2, "subs": 16, "data": -1, "payload": PAYLOAD,
            "pub": {"allow": [f"t.{code}", f"r.{code}"]}, "sub": {"allow": [f"ack.{code}", f"c.{code}", f"c.{code}.>"]},
            "allowed_connection_types": ["MQTT"],
        },
    }  # fmt: skip
    said = {"error": refused} if refused else {"jwt": account.token(user)}
    claims: dict[str, Any] = {
        "sub": asking.user_key, "aud": asking.server, "iat": issued,
        "nats": {"type": "authorization_response", "version": 2, **said},
    }  # fmt: skip
    return account.token(claims).encode()


async def serve(pool: Executor, stop: asyncio.Event) -> None:
    """Answer sign-ins, and end the connections of devices that were revoked, until told to stop."""
    bus, system = await connect("callout"), await connect("system")
    loop = asyncio.get_running_loop()

    async def on_asked(message: Msg) -> None:
        said = await loop.run_in_executor(pool, _answered, message.data.decode())
        if said:
            await message.respond(said)

    await bus.subscribe(ASKED, queue="callout", cb=on_asked)
    try:
        while not stop.is_set():
            await _end_revoked(system, pool)
            await asyncio.wait([asyncio.create_task(stop.wait())], timeout=KICK_EVERY)
    finally:
        await bus.close()
        await system.close()


def _answered(token: str) -> bytes:
    close_old_connections()
    try:
        return answer(token, clock.now())
    except Exception:
        log.exception("a sign-in could not be answered")
        return b""


async def _end_revoked(system: Client, pool: Executor) -> None:
    loop = asyncio.get_running_loop()
    for device, server, client in await loop.run_in_executor(pool, _revoked):
        subject = f"$SYS.REQ.SERVER.{server}.KICK"
        with contextlib.suppress(NoRespondersError):  # a server that is gone holds no connection
            await system.request(subject, b'{"cid": %d}' % client, timeout=5)
        await loop.run_in_executor(pool, _ended, device, client)


def _revoked() -> list[tuple[int, str, int]]:
    """Connections of revoked devices that have not been ended yet."""
    close_old_connections()
    rows = Device.objects.filter(revoked_at__isnull=False, client__isnull=False, ended_at=None)
    return [(row.pk, row.server, row.client or 0) for row in rows[:500]]


def _ended(device: int, client: int) -> None:
    Device.objects.filter(pk=device, client=client).update(ended_at=clock.now())
