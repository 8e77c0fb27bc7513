"""The stream that devices feed, and the connection to it.

Devices publish by MQTT to `t/<code>`; the gateway keeps that in `$MQTT_msgs` before it answers, and
the stream TELE takes it from there (never by listening to the subject: that loses what was
acknowledged). What gateways hand in by HTTP comes through the stream GATE.

TELE reads both through consumers that are made here. Those that the server would make itself are
asked for before they are back when it starts anew, and then not again for 10, then 20 seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import nats
from django.conf import settings
from django.utils.translation import gettext as _
from nats.aio.client import Client
from nats.errors import Error as BusError

from bihuan.apps.monitoring.models.pipe import PARTITIONS
from bihuan.apps.monitoring.pipe.place import place
from bihuan.lib.nkeys import Account

log = logging.getLogger(__name__)
STREAM, GATE, KEPT = "TELE", "GATE", "$MQTT_msgs"
FED = {KEPT: ("$MQTT.msgs.t.*", "feed.mqtt"), GATE: ("gate.*", "feed.gate")}
"""What TELE takes of which stream, and the subject on which it is handed over."""
READER = "tele"
NEVER = "never"
"""Subjects that nothing is published to."""
PAST = "Bihuan-Past"
"""A header that only we can set (MQTT has none): the message is history brought by a file, however
old; its value is the subject on which its bringer hears of our commit.
"""
LEFT = b"left"
"""What its bringer hears instead of nothing when nothing of the message was taken."""
OLDEST = (2, 15)
SLOWEST_SYNC_S = 10
"""What a gateway or a simple sensor was told is kept may be lost in a power cut for so long."""
TRIES = 150
NOT_NOW = 503
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
        place()["url"].split(","), user=user, password=secret(user), max_reconnect_attempts=-1, reconnect_time_wait=0.5,
        allow_reconnect=True, error_cb=_note, **options,
    )  # fmt: skip


async def _note(error: Exception) -> None:
    """One line; the client itself would write where in it the connection was lost, every time."""
    log.warning("message server: %s %s", type(error).__name__, error)


async def ensure_streams(bus: Client) -> None:
    """Make the streams where they are missing, and hold the settings to what the pipe relies on.

    Raises BusUnfit.
    """
    version = str(bus.connected_server_version)
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST:
        raise BusUnfit(_("消息服务 %(version)s 太旧，至少要 2.15。") % {"version": version})
    # As the gateway makes it at the first sign-in; here before, so that nothing it takes is lost
    # for want of a reader.
    await _stream(bus, KEPT, {"subjects": ["$MQTT.msgs.>"], "retention": "interest"})
    await _stream(bus, GATE, {"subjects": ["gate.*"], "max_age": _DAY})
    for name in FED:
        await _reader(bus, name)
    wanted = {"sources": [_source(name) for name in FED], "max_age": 3 * _DAY, "discard": "old"}
    about = await _stream(bus, STREAM, wanted)
    found = about["config"]
    if sorted(source["name"] for source in found.get("sources", ())) != sorted(FED) or found.get(
        "subjects"
    ):
        raise BusUnfit(_("消息流 TELE 只能由它的来源供给，不能直接收主题。"))
    if not all(source.get("consumer") for source in found["sources"]):
        await _said(bus, f"$JS.API.STREAM.UPDATE.{STREAM}", found | {"sources": wanted["sources"]})
    else:
        await _ensure_within(bus, about)
    for _try in range(TRIES):
        held = await _ask(bus, f"$JS.API.CONSUMER.INFO.{KEPT}.{READER}", {})
        if held.get("push_bound"):
            return
        await asyncio.sleep(0.1)
    raise BusUnfit(_("消息流 TELE 没有在读 MQTT 网关收下的消息。"))


class Mark(NamedTuple):
    """A message of TELE: its number, and when the stream got it (epoch seconds; None: unknown)."""

    seq: int
    at: float | None


async def is_there(bus: Client, mark: Mark) -> bool:
    """Whether the stream still numbers its messages as when this one was read: after a power cut
    it may have lost its last ones and given their numbers to others.
    """
    found = await _at(bus, mark.seq)
    if found is not None:
        return mark.at is None or found == mark.at
    state = await _state(bus)
    return mark.seq < int(state["first_seq"]) <= int(state["last_seq"])


async def last_before(bus: Client, at: float) -> Mark:
    """The last message that the stream had got by then; number 0 when it holds none so old."""
    state = await _state(bus)
    first, low, high = int(state["first_seq"]), int(state["first_seq"]), int(state["last_seq"]) + 1
    while low < high:
        middle = (low + high) // 2
        found = await _at(bus, middle)
        if found is not None and found >= at:
            high = middle
        else:
            low = middle + 1
    return Mark(low - 1, await _at(bus, low - 1)) if low > max(first, 1) else Mark(0, None)


async def _state(bus: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await _ask(bus, f"$JS.API.STREAM.INFO.{STREAM}", {}))["state"]
    return found


async def _at(bus: Client, seq: int) -> float | None:
    """When the stream got a message, as its reader is told it; None when it is not there."""
    found = await _ask(bus, f"$JS.API.STREAM.MSG.GET.{STREAM}", {"seq": seq})
    if "error" in found:
        return None
    whole, _dot, part = found["message"]["time"].removesuffix("Z").partition(".")
    seconds = round(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return (seconds * 10**9 + int(part.ljust(9, "0") if part else 0)) / 1e9


async def ensure_synced() -> None:
    """Every server writes to its disk often enough. Raises BusUnfit."""
    try:
        bus = await connect("system")
    except BusError as error:
        raise BusUnfit(
            _(
                "消息服务不让用户 system 登录，查不到它多久写一次盘。请按 config/nats_server.py 配置账户。"
            )
        ) from error
    try:
        inbox = bus.new_inbox()
        answers = await bus.subscribe(inbox)
        await bus.publish("$SYS.REQ.SERVER.PING.JSZ", b"{}", reply=inbox)
        said = [json.loads((await answers.next_msg(timeout=10)).data)]
        with contextlib.suppress(BusError):
            while True:  # the other servers of a cluster, as long as they keep answering
                said.append(json.loads((await answers.next_msg(timeout=0.5)).data))
    finally:
        await bus.close()
    for each in said:
        seconds = each["data"]["config"].get("sync_interval", 0) / 1e9
        if seconds > SLOWEST_SYNC_S:
            raise BusUnfit(
                _(
                    "消息服务 %(name)s 每 %(seconds)d 秒才写一次盘，断电会丢掉这么久的消息。请把 sync_interval 设为 %(most)d 秒以内。"
                )
                % {"name": each["server"]["name"], "seconds": seconds, "most": SLOWEST_SYNC_S}
            )


def _replicas() -> int:
    """How many servers keep each message: of the private server there is one."""
    told = os.environ.get("BIHUAN_NATS_REPLICAS", "1") if os.environ.get("NATS_URL") else "1"
    if told not in {"1", "3", "5"}:
        raise BusUnfit(
            _("BIHUAN_NATS_REPLICAS 只能是 1、3 或 5，不能是“%(told)s”。") % {"told": told}
        )
    return int(told)


def _source(name: str) -> dict[str, Any]:
    subject, handed = FED[name]
    dest = f"tele.{{{{partition({PARTITIONS},1)}}}}.{{{{wildcard(1)}}}}"
    return {
        "name": name,
        "consumer": {"name": READER, "deliver_subject": handed},
        "subject_transforms": [{"src": subject, "dest": dest}],
    }


async def _reader(bus: Client, name: str) -> None:
    """The consumer through which TELE takes from a stream; it lasts, and holds what is not taken."""
    subject, handed = FED[name]
    if "error" not in await _ask(bus, f"$JS.API.CONSUMER.INFO.{name}.{READER}", {}):
        return
    config = {
        "name": READER, "durable_name": READER, "deliver_subject": handed, "filter_subject": subject,
        "deliver_policy": "all", "replay_policy": "instant", "ack_policy": "flow_control", "max_deliver": -1,
        "max_ack_pending": 1000, "flow_control": True, "idle_heartbeat": 10**9,
    }  # fmt: skip
    body = {"stream_name": name, "config": config}
    await _said(bus, f"$JS.API.CONSUMER.CREATE.{name}.{READER}.{subject}", body)


async def _ensure_within(bus: Client, about: dict[str, Any]) -> None:
    """TELE has read no further into a stream than that stream goes. A power cut while all was taken
    and nothing kept may leave a stream that numbers anew: TELE would wait for its old numbers, and
    nothing that came until then would ever be read. It then reads it as one that it never had.
    """
    sources = about["config"]["sources"]
    for held in about.get("sources", ()):
        name, read = held["name"], held.get("seq", 0)
        last = (await _said(bus, f"$JS.API.STREAM.INFO.{name}", {}))["state"]["last_seq"]
        if read > last:
            log.error("stream %s numbers anew: it is at %d, read up to %d", name, last, read)
            sources = [_anew(each) if each["name"] == name else each for each in sources]
    if sources != about["config"]["sources"]:
        body = about["config"] | {"sources": sources}
        await _said(bus, f"$JS.API.STREAM.UPDATE.{STREAM}", body)


def _anew(source: dict[str, Any]) -> dict[str, Any]:
    """The same source under another name: what a stream knows of a source hangs on what it makes of
    its subjects. The second line stands for subjects that there are none of.
    """
    first, *rest = source["subject_transforms"]
    times = int(rest[0]["src"].rpartition(".")[2]) + 1 if rest else 1
    other = {"src": f"{NEVER}.{times}", "dest": f"{NEVER}.{times}"}
    return source | {"subject_transforms": [first, other]}


async def _stream(bus: Client, name: str, config: dict[str, Any]) -> dict[str, Any]:
    """A stream as it is, made where it is missing. Raises BusUnfit when it is not as wanted."""
    replicas = _replicas()
    found = await _ask(bus, f"$JS.API.STREAM.INFO.{name}", {})
    if "error" in found:
        body = {"name": name, "storage": "file", "retention": "limits", "num_replicas": replicas}
        found = await _said(bus, f"$JS.API.STREAM.CREATE.{name}", body | config)
    held = found["config"]
    if held["retention"] != config.get("retention", "limits") or held["storage"] != "file":
        raise BusUnfit(
            _(
                "消息流 %(name)s 的保存方式是 %(storage)s/%(retention)s，不是所需要的。请改名或删除它再启动。"
            )
            % {"name": name, "storage": held["storage"], "retention": held["retention"]}
        )
    if held["num_replicas"] < replicas:
        raise BusUnfit(
            _(
                "消息流 %(name)s 只有 %(held)d 份副本，设置的是 %(wanted)d 份。请用 nats stream edit 增加副本，或改 BIHUAN_NATS_REPLICAS。"
            )
            % {"name": name, "held": held["num_replicas"], "wanted": replicas}
        )
    return found


async def _said(bus: Client, subject: str, body: dict[str, Any]) -> dict[str, Any]:
    """As `_ask`. Raises BusUnfit with the server's own words where it refuses."""
    found = await _ask(bus, subject, body)
    if "error" in found:
        raise BusUnfit(
            _("消息服务拒绝了 %(subject)s：%(why)s")
            % {"subject": subject, "why": found["error"].get("description")}
        )
    return found


async def _ask(bus: Client, subject: str, body: dict[str, Any]) -> dict[str, Any]:
    """Raises OSError while a cluster has no leader that could answer."""
    answer = await bus.request(subject, json.dumps(body).encode(), timeout=10)
    found: dict[str, Any] = json.loads(answer.data)
    if found.get("error", {}).get("code") == NOT_NOW:
        raise OSError(found["error"].get("description"))
    return found
