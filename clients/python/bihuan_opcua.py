"""A bridge from an OPC UA server to Bihuan: `python bihuan_opcua.py CONFIG.yaml`.

It subscribes to the nodes that the configuration names, and sends what they say as the devices that
they belong to: by `bihuan_device`, so that nothing is forgotten before it is in Bihuan's database.
Needs `asyncua` and `ruamel.yaml` (`requirements/opcua.txt`). What the configuration holds: README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import ssl
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from asyncua import Client, ua
from bihuan_device import Device
from ruamel.yaml import YAML

log = logging.getLogger("bihuan_opcua")
FLUSH = 0.1  # seconds that changes of one cycle of the server wait for each other
SEEN_ODD = 24 * 3600 * 1000  # milliseconds: a server's clock so far off is not believed


class BadConfig(ValueError):
    """What is wrong in the configuration, and where."""


@dataclass(frozen=True)
class Point:
    code: str
    node: str
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Machine:
    """A device and its points; `every` seconds a whole row is sent though nothing has changed."""

    id: str
    key: str
    points: tuple[Point, ...]
    every: float = 10.0


@dataclass(frozen=True)
class Config:
    """`sampling` in milliseconds; `queue` is how many values of a node the server keeps between."""

    url: str
    host: str
    port: int
    machines: tuple[Machine, ...]
    ca: str = ""
    ring: str = "."
    security: str = ""
    user: str = ""
    password: str = ""
    sampling: int = 1000
    queue: int = 10
    timeout: float = 10.0


def read(given) -> Config:
    """Raises BadConfig."""
    top = _take(given, "", ("opcua", "mqtt", "devices"), ("ring",))
    opcua = _take(
        top["opcua"], "opcua", ("url",),
        ("policy", "mode", "certificate", "key", "server_certificate", "user", "password", "sampling_ms", "queue", "timeout_s"),
    )  # fmt: skip
    mqtt = _take(top["mqtt"], "mqtt", ("host", "port"), ("ca",))
    machines = []
    if not isinstance(top["devices"], list) or not top["devices"]:
        raise BadConfig("devices: a list is expected")
    for place, row in enumerate(top["devices"]):
        where = "devices[%d]" % place
        one = _take(row, where, ("id", "key", "points"), ("every_s",))
        points = []
        for code, said in one["points"].items():
            if isinstance(said, str):
                said = {"node": said}
            part = _take(said, "%s.points.%s" % (where, code), ("node",), ("scale", "offset"))
            try:
                ua.NodeId.from_string(part["node"])
            except Exception as error:
                raise BadConfig(
                    "%s.points.%s: %r is no node id" % (where, code, part["node"])
                ) from error
            points.append(
                Point(
                    str(code),
                    part["node"],
                    float(part.get("scale", 1)),
                    float(part.get("offset", 0)),
                )
            )
        machines.append(
            Machine(
                str(one["id"]),
                _secret(one["key"], where),
                tuple(points),
                float(one.get("every_s", 10)),
            )
        )
    return Config(
        url=opcua["url"], host=mqtt["host"], port=int(mqtt["port"]), machines=tuple(machines), ca=mqtt.get("ca", ""),
        ring=str(top.get("ring", ".")), security=_security(opcua), user=opcua.get("user", ""),
        password=_secret(opcua.get("password", ""), "opcua"), sampling=int(opcua.get("sampling_ms", 1000)),
        queue=int(opcua.get("queue", 10)), timeout=float(opcua.get("timeout_s", 10)),
    )  # fmt: skip


def _take(given, where, needed, may=()):
    if not isinstance(given, dict):
        raise BadConfig("%s: a mapping is expected" % (where or "the file"))
    for name in needed:
        if name not in given:
            raise BadConfig("%s: `%s` is missing" % (where or "the file", name))
    unknown = sorted(set(given) - set(needed) - set(may))
    if unknown:
        raise BadConfig("%s: unknown: %s" % (where or "the file", ", ".join(unknown)))
    return given


def _secret(text, where):
    """A key, or `env:NAME` where the environment has it."""
    text = str(text)
    if not text.startswith("env:"):
        return text
    if text[4:] not in os.environ:
        raise BadConfig("%s: the environment has no %s" % (where, text[4:]))
    return os.environ[text[4:]]


def _security(opcua):
    """As asyncua wants it: policy, mode, certificate, key, and the server's certificate."""
    if not opcua.get("policy"):
        return ""
    for name in ("certificate", "key"):
        if not opcua.get(name):
            raise BadConfig("opcua: `%s` is missing" % name)
    parts = [
        opcua["policy"],
        opcua.get("mode", "SignAndEncrypt"),
        opcua["certificate"],
        opcua["key"],
    ]
    return ",".join(
        [*parts, *([opcua["server_certificate"]] if opcua.get("server_certificate") else [])]
    )


@dataclass
class Row:
    """What a machine's nodes said last, and what has changed since it was sent."""

    machine: Machine
    good: dict = field(default_factory=dict)
    changed: list = field(default_factory=list)  # (ms, code, value or None)
    sent_at: float = 0.0

    def note(self, ms, code, value):
        self.changed.append((ms, code, value))

    def rows(self, sampling):
        """Whole rows in the order of time: changes within one sampling belong together."""
        found, at = [], None
        for ms, code, value in sorted(self.changed, key=lambda each: each[0]):
            if at is not None and ms - at >= sampling and self.good:
                found.append((at, dict(self.good)))
            at = ms if at is None or ms - at >= sampling else at
            if value is None:
                self.good.pop(code, None)
            else:
                self.good[code] = value
        if at is not None and self.good:
            found.append((at, dict(self.good)))
        self.changed.clear()
        return found


class Bridge:
    """Between one server and the devices of one configuration."""

    def __init__(self, config, devices=None):
        self.config = config
        self.problem = ""
        self.unknown = set()  # nodes that the server does not have
        self._rows = {machine.id: Row(machine) for machine in config.machines}
        self._of = {}
        self._bad = set()
        self._come = asyncio.Event()
        self.devices = devices or {
            machine.id: _device(config, machine) for machine in config.machines
        }

    async def run(self, stop):
        """Until told to stop; a server that is away is tried again."""
        threads = [threading.Thread(target=each.run, daemon=True) for each in self.devices.values()]
        for each in threads:
            each.start()
        wait = 1.0
        while not stop.is_set():
            try:
                await self._session(stop)
                wait = 1.0
            except (OSError, TimeoutError, asyncio.TimeoutError, ua.UaError) as error:
                self._say("no OPC UA server: %s" % (error or type(error).__name__))
            for row in self._rows.values():
                row.good.clear()  # what it says now nobody knows
                row.changed.clear()
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
            wait = min(30.0, wait * 2)
        for each in self.devices.values():
            each.running = False
        for each in threads:
            each.join(5)

    async def _session(self, stop):
        client = Client(self.config.url, timeout=self.config.timeout)
        if self.config.user:
            client.set_user(self.config.user)
            client.set_password(self.config.password)
        if self.config.security:
            await client.set_security_string(self.config.security)
        async with client:
            self._say("")
            subscription = await client.create_subscription(self.config.sampling, self)
            await self._subscribe(client, subscription)
            while not stop.is_set():
                with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                    await asyncio.wait_for(self._come.wait(), 1.0)
                if self._come.is_set():
                    self._come.clear()
                    await asyncio.sleep(FLUSH)
                await client.check_connection()
                self._flush()

    async def _subscribe(self, client, subscription):
        """A node that the server does not have is said plainly; the others go on."""
        self._of.clear()
        self.unknown.clear()
        for row in self._rows.values():
            for point in row.machine.points:
                node = client.get_node(point.node)
                try:
                    await node.read_browse_name()
                    await subscription.subscribe_data_change(
                        node, queuesize=self.config.queue, sampling_interval=self.config.sampling
                    )
                except ua.UaStatusCodeError as error:
                    self.unknown.add(point.node)
                    log.warning(
                        "%s %s: the server does not give %s: %s",
                        row.machine.id,
                        point.code,
                        point.node,
                        error,
                    )
                    continue
                self._of.setdefault(node.nodeid.to_string(), []).append((row, point))

    def datachange_notification(self, node, value, data):
        """asyncua calls it for every value that the server queued."""
        said = data.monitored_item.Value
        now = time.time_ns() // 1_000_000
        ms = _ms(said.ServerTimestamp) or _ms(said.SourceTimestamp) or now
        if abs(ms - now) > SEEN_ODD:
            ms = now
        good = said.StatusCode is None or said.StatusCode.is_good()
        number = _number(value) if good else None
        for row, point in self._of.get(node.nodeid.to_string(), ()):
            self._tell_quality(row, point, number is not None, said.StatusCode)
            row.note(
                ms, point.code, None if number is None else number * point.scale + point.offset
            )
        self._come.set()

    def status_change_notification(self, status):
        self._say("the server changed the subscription: %s" % status)

    def _tell_quality(self, row, point, good, status):
        """Once when it turns bad, once when it is good again."""
        key = (row.machine.id, point.code)
        if good and key in self._bad:
            self._bad.discard(key)
            log.info("%s %s is good again", *key)
        elif not good and key not in self._bad:
            self._bad.add(key)
            log.warning(
                "%s %s has no good value: %s",
                *key,
                status.name if status is not None else "no number",
            )

    def _flush(self):
        now = time.monotonic()
        for row in self._rows.values():
            device = self.devices[row.machine.id]
            for ms, values in row.rows(self.config.sampling):
                device.send(values, t=ms)
                row.sent_at = now
            if row.good and now - row.sent_at >= row.machine.every:
                device.send(dict(row.good))
                row.sent_at = now

    def _say(self, problem):
        if problem != self.problem:
            (log.warning if problem else log.info)(problem or "connected to " + self.config.url)
        self.problem = problem


def _device(config, machine):
    tls = ssl.create_default_context(cafile=config.ca) if config.ca else None
    path = str(Path(config.ring) / (machine.id + ".ring"))
    say = logging.getLogger("bihuan_opcua." + machine.id).info
    return Device(
        config.host, machine.id, machine.key, port=config.port, tls=tls, path=path, log=say
    )


def _ms(when):
    if not isinstance(when, datetime):
        return 0
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return int(when.timestamp() * 1000)


def _number(value):
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, (int, float)) and value - value == 0:
        return float(value)
    return None


async def _main(config):
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Bridge(config).run(stop)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("python bihuan_opcua.py CONFIG.yaml")
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            config = read(YAML(typ="safe", pure=True).load(file))
        asyncio.run(_main(config))
    except (BadConfig, OSError) as error:
        sys.exit("%s: %s" % (sys.argv[1], error))
