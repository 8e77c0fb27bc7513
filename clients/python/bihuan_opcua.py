"""A bridge from an OPC UA server to Bihuan: `python bihuan_opcua.py CONFIG.yaml`.

It subscribes to the nodes that the configuration names, and sends what they say as the devices that
they belong to: by `bihuan_device`, so that nothing is forgotten before it is in Bihuan's database.
`bihuan_bridge.py` lies beside it. Needs `asyncua` and `ruamel.yaml` (`requirements/opcua.txt`). What the configuration holds: README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from asyncua import Client, ua
from bihuan_bridge import (
    FLUSH,
    BadConfig,
    Clock,
    Machine,
    Sender,
    machines,
    main,
    millis,
    number,
    parts,
    secret,
)

log = logging.getLogger("bihuan_opcua")


@dataclass(frozen=True)
class Config:
    """`sampling` in milliseconds; `queue` is how many values of a node the server keeps between."""

    url: str
    mqtt: dict
    machines: tuple[Machine, ...]
    ring: str = "."
    ring_bytes: int = 16 << 20
    security: str = ""
    user: str = ""
    password: str = ""
    sampling: int = 1000
    queue: int = 10
    timeout: float = 10.0


def read(given) -> Config:
    """Raises BadConfig."""
    opcua, common, top = parts(
        given, "opcua", ("url",),
        ("policy", "mode", "certificate", "key", "server_certificate", "user", "password", "sampling_ms", "queue", "timeout_s"),
    )  # fmt: skip
    return Config(
        url=str(opcua["url"]), machines=machines(top["devices"], "node", check=_nodes),
        security=_security(opcua), user=opcua.get("user", ""), password=secret(opcua.get("password", ""), "opcua"),
        sampling=int(number(opcua, "opcua", "sampling_ms", 1000, 1)), queue=int(number(opcua, "opcua", "queue", 10, 1)),
        timeout=number(opcua, "opcua", "timeout_s", 10, 0.1), **common,
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


class Bridge(Sender):
    """Between one server and the devices of one configuration."""

    def __init__(self, config, devices=None):
        super().__init__(config, log, config.url, config.sampling, devices)
        self.unknown = set()  # nodes that the server does not have
        self._clock = Clock(log, config.url)
        self._of = {}  # node -> [(row, point)]
        self._first = {}  # node -> when it first said something in this session
        self._come = asyncio.Event()
        self._ended = ""  # why the server sends nothing any more in this session

    async def run(self, stop):
        """Until the event `stop` (of threads) is set; a server that is away is tried again."""
        with self.sending():
            while not stop.is_set():
                wait = 0.0
                try:
                    await self._session(stop)
                except (OSError, TimeoutError, asyncio.TimeoutError, ua.UaError) as error:
                    wait = self.lost("no OPC UA server", error)
                self.forget(self.rows)
                await asyncio.to_thread(stop.wait, wait)

    async def _session(self, stop):
        client = Client(self.config.url, timeout=self.config.timeout)
        if self.config.user:
            client.set_user(self.config.user)
            client.set_password(self.config.password)
        if self.config.security:
            await client.set_security_string(self.config.security)
        async with client:
            self.say("")
            self._ended = ""
            subscription = await client.create_subscription(self.config.sampling, self)
            await self._subscribe(client, subscription)
            while not stop.is_set():
                with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                    await asyncio.wait_for(self._come.wait(), 1.0)
                if self._come.is_set():
                    self._come.clear()
                    await asyncio.sleep(FLUSH)
                await client.check_connection()
                if self._ended:  # what was good is not known to be so any more
                    raise ConnectionError(self._ended)
                self.flush()

    async def _subscribe(self, client, subscription):
        """A node that the server does not have is said plainly; the others go on."""
        for known in (self._of, self.unknown, self._first):
            known.clear()
        for row in self.rows:
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
        said, name = data.monitored_item.Value, node.nodeid.to_string()
        good = said.StatusCode is None or said.StatusCode.is_good()
        number = _number(value) if good else None
        why = said.StatusCode.name if said.StatusCode is not None and not good else "no number"
        ms = self._at(name, _ms(said.ServerTimestamp) or _ms(said.SourceTimestamp))
        for row, point in self._of.get(name, ()):
            self.note(row, point, ms, number, why)
        self._come.set()

    def _at(self, name, ms):
        """The first value of a node holds now, however long ago it was set (no clock is off for that),
        and what comes after it is not earlier.
        """
        now = millis()
        if name not in self._first:
            self._first[name] = now
            return now
        return max(self._clock.of(ms, now), min(self._first[name], now))

    def status_change_notification(self, status):
        self._ended = "the server ended the subscription: %s" % status.Status.name
        self._come.set()


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


def _run(config, stop):
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    asyncio.run(Bridge(config).run(stop))


if __name__ == "__main__":
    main(read, _run)
