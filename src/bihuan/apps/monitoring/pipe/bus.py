"""The stream that devices feed, and the connection to it.

Devices publish by MQTT to `t/<code>`; the gateway keeps that in `$MQTT_msgs` before it answers, and
the stream TELE takes it from there (never by listening to the subject: that loses what was
acknowledged). What gateways hand in by HTTP comes through the stream GATE.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import nats
from django.conf import settings
from nats.aio.client import Client

from bihuan.apps.monitoring.models.pipe import PARTITIONS
from bihuan.apps.monitoring.pipe.place import place
from bihuan.lib.nkeys import Account

STREAM, GATE, KEPT = "TELE", "GATE", "$MQTT_msgs"
PAST = "Bihuan-Past"
"""A header that only we can set (MQTT has none): the message is history brought by a file, however
old; its value is the subject on which its bringer hears of our commit.
"""
OLDEST = (2, 15)
TRIES = 150
_DAY = 86400 * 10**9


class BusUnfit(RuntimeError):
    """The server is not as the pipe needs it; said at the start, not found out by a loss."""


def secret(name: str) -> str:
    return (Path(settings.HOME) / "secrets" / f"nats_{name}").read_text("ascii").strip()


def issuer() -> Account:
    return Account(secret("issuer"))


async def connect(user: str, **options: Any) -> Client:
    """A connection that comes back for as long as the process lives."""
    return await nats.connect(
        place()["url"], user=user, password=secret(user), max_reconnect_attempts=-1, reconnect_time_wait=0.5,
        allow_reconnect=True, **options,
    )  # fmt: skip


async def ensure_streams(bus: Client, *, replicas: int = 1) -> None:
    """Make the streams where they are missing, and hold the settings to what the pipe relies on.

    Raises BusUnfit.
    """
    version = tuple(
        int(part) for part in str(bus.connected_server_version).split(".")[:2] if part.isdigit()
    )
    if version < OLDEST:
        raise BusUnfit(
            f"nats-server {bus.connected_server_version}: {OLDEST[0]}.{OLDEST[1]} or newer is needed"
        )
    # As the gateway makes it at the first sign-in; here before, so that nothing it takes is lost
    # for want of a reader.
    await _stream(bus, KEPT, {"subjects": ["$MQTT.msgs.>"], "retention": "interest"}, replicas)
    await _stream(bus, GATE, {"subjects": ["gate.*"], "max_age": _DAY}, replicas)
    partition = f"{{{{partition({PARTITIONS},1)}}}}"
    sources = [
        {"name": name, "subject_transforms": [{"src": source, "dest": f"tele.{partition}.{{{{wildcard(1)}}}}"}]}
        for name, source in ((KEPT, "$MQTT.msgs.t.*"), (GATE, "gate.*"))
    ]  # fmt: skip
    found = await _stream(
        bus, STREAM, {"sources": sources, "max_age": 3 * _DAY, "discard": "old"}, replicas
    )
    said = [source["name"] for source in found["config"].get("sources", ())]
    if sorted(said) != sorted([KEPT, GATE]) or found["config"].get("subjects"):
        raise BusUnfit("the stream TELE must be fed by its sources alone")
    for _ in range(TRIES):
        held = await _ask(bus, f"$JS.API.STREAM.INFO.{KEPT}", {})
        if held["state"]["consumer_count"]:
            return
        await asyncio.sleep(0.1)
    raise BusUnfit("the stream TELE does not read what the MQTT gateway keeps")


async def last_seq(bus: Client) -> int:
    """The number of the newest message that the stream TELE has ever had."""
    found = await _ask(bus, f"$JS.API.STREAM.INFO.{STREAM}", {})
    return int(found["state"]["last_seq"])


async def _stream(bus: Client, name: str, config: dict[str, Any], replicas: int) -> dict[str, Any]:
    found = await _ask(bus, f"$JS.API.STREAM.INFO.{name}", {})
    if "error" in found:
        body = {
            "name": name,
            "storage": "file",
            "retention": "limits",
            "num_replicas": replicas,
        } | config
        found = await _ask(bus, f"$JS.API.STREAM.CREATE.{name}", body)
        if "error" in found:
            raise BusUnfit(f"stream {name}: {found['error'].get('description')}")
    return found


async def _ask(bus: Client, subject: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await bus.request(subject, json.dumps(body).encode(), timeout=10)
    found: dict[str, Any] = json.loads(answer.data)
    return found
