"""A bridge from an OPC UA server to Bihuan: `python bihuan_opcua.py CONFIG.yaml`.

It subscribes to the nodes that the configuration names, and sends what they say as the devices that
they belong to: by `bihuan_device`, so that nothing is forgotten before it is in Bihuan's database.
`bihuan_bridge.py` lies beside it. Needs `asyncua` and `ruamel.yaml` (`requirements/opcua.txt`). What the configuration holds: README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from asyncua import Client, ua
from bihuan_bridge import BadConfig, Machine, Row, device, machines, secret, take
from ruamel.yaml import YAML

log = logging.getLogger("bihuan_opcua")
FLUSH = 0.1  # seconds that changes of one cycle of the server wait for each other
SEEN_ODD = 24 * 3600 * 1000  # milliseconds: a server's clock so far off is not believed


@dataclass(frozen=True)
class Config:
    """`sampling` in milliseconds; `queue` is how many values of a node the server keeps between."""

    url: str
    mqtt: dict
    machines: tuple[Machine, ...]
    ring: str = "."
    security: str = ""
    user: str = ""
    password: str = ""
    sampling: int = 1000
    queue: int = 10
    timeout: float = 10.0


def read(given) -> Config:
    """Raises BadConfig."""
    top = take(given, "", ("opcua", "mqtt", "devices"), ("ring",))
    opcua = take(
        top["opcua"], "opcua", ("url",),
        ("policy", "mode", "certificate", "key", "server_certificate", "user", "password", "sampling_ms", "queue", "timeout_s"),
    )  # fmt: skip
    mqtt = take(top["mqtt"], "mqtt", ("host", "port"), ("ca",))
    return Config(
        url=opcua["url"], mqtt=mqtt, machines=machines(top["devices"], "node", check=_nodes),
        ring=str(top.get("ring", ".")), security=_security(opcua), user=opcua.get("user", ""),
        password=secret(opcua.get("password", ""), "opcua"), sampling=int(opcua.get("sampling_ms", 1000)),
        queue=int(opcua.get("queue", 10)), timeout=float(opcua.get("timeout_s", 10)),
    )  # fmt: skip


def _nodes(row, where):
    for code, said in row["points"].items():
        node = said if isinstance(said, str) else said.get("node")
        try:
            ua.NodeId.from_string(node)
        except Exception as error:
            raise BadConfig("%s.points.%s: %r is no node id" % (where, code, node)) from error
    return ()


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


class Bridge:
    """Between one server and the devices of one configuration."""

    def __init__(self, config, devices=None):
        self.config = config
        self.problem = ""
        self.unknown = set()  # nodes that the server does not have
        self._rows = {machine.id: Row(machine) for machine in config.machines}
        self._of = {}
        self._come = asyncio.Event()
        self.devices = devices or {
            machine.id: device(config.mqtt, machine, config.ring, log)
            for machine in config.machines
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
                node = client.get_node(point.source)
                try:
                    await node.read_browse_name()
                    await subscription.subscribe_data_change(
                        node, queuesize=self.config.queue, sampling_interval=self.config.sampling
                    )
                except ua.UaStatusCodeError as error:
                    self.unknown.add(point.source)
                    log.warning(
                        "%s %s: the server does not give %s: %s",
                        row.machine.id,
                        point.code,
                        point.source,
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
            why = said.StatusCode.name if said.StatusCode is not None else "no number"
            row.tell(log, point.code, number is not None, why)
            row.note(ms, point.code, point.of(number))
        self._come.set()

    def status_change_notification(self, status):
        self._say("the server changed the subscription: %s" % status)

    def _flush(self):
        now = time.monotonic()
        for row in self._rows.values():
            to = self.devices[row.machine.id]
            for ms, values in row.rows(self.config.sampling):
                to.send(values, t=ms)
                row.sent_at = now
            if row.good and now - row.sent_at >= row.machine.every:
                to.send(dict(row.good))
                row.sent_at = now

    def _say(self, problem):
        if problem != self.problem:
            (log.warning if problem else log.info)(problem or "connected to " + self.config.url)
        self.problem = problem


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
