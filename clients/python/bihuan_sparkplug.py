"""A bridge from a plant's Sparkplug B to Bihuan: `python bihuan_sparkplug.py CONFIG.yaml`.

It is a host application beside the plant's MQTT broker: it says that it is there (STATE), listens to
the edge nodes that the configuration names, asks for their births where it missed something, and
sends what they say as the devices that they belong to: by `bihuan_device`, so that nothing is
forgotten before it is in Bihuan's database. `bihuan_bridge.py` and `sparkplug_b.py` lie beside it.
Needs `paho-mqtt`, `protobuf` and `ruamel.yaml` (`requirements/sparkplug.txt`).
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from dataclasses import dataclass

import paho.mqtt.client as paho
import sparkplug_b
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

log = logging.getLogger("bihuan_sparkplug")
COUNTED = 3600  # seconds between two lines of what could not be taken


@dataclass(frozen=True)
class Config:
    """`rebirth`: seconds between two requests to an edge node; `reorder`: seconds that a missing
    message is waited for; `together`: milliseconds; `ring_bytes` for each device.
    """

    plant: dict
    mqtt: dict
    machines: tuple[Machine, ...]
    host: str
    ring: str = "."
    ring_bytes: int = 16 << 20
    password: str = ""
    rebirth: float = 60.0
    reorder: float = 2.0
    together: float = 100.0


def read(given) -> Config:
    """Raises BadConfig."""
    plant, common, top = parts(
        given, "plant", ("host", "port", "host_id"),
        ("ca", "user", "password", "client_id", "rebirth_s", "reorder_s", "together_ms"),
    )  # fmt: skip
    number(plant, "plant", "port", 0, 1)
    return Config(
        plant=plant, host=_name(str(plant["host_id"]), "plant", "host_id"),
        machines=machines(top["devices"], "metric", ("node",), ("device",), _origin),
        password=secret(plant.get("password", ""), "plant"),
        rebirth=number(plant, "plant", "rebirth_s", 60, 1), reorder=number(plant, "plant", "reorder_s", 2),
        together=number(plant, "plant", "together_ms", 100), **common,
    )  # fmt: skip


def _origin(row, where):
    """Group, edge node, device ("": of the node itself)."""
    group, _, node = str(row["node"]).partition("/")
    _name(group, where, "node")
    _name(node, where, "node")
    name = str(row.get("device", ""))
    return group, node, _name(name, where, "device") if name else ""


def _name(text, where, word):
    if not text or any(sign in text for sign in "/+#") or text == "STATE":
        said = "`group/node`" if word == "node" else "a name without / + #"
        raise BadConfig("%s: `%s` must be %s" % (where, word, said))
    return text


class Bridge(Sender):
    """Between one broker and the devices of one configuration. All of it runs in one thread; each
    device sends in its own.
    """

    def __init__(self, config, devices=None):
        source = "%s as %s" % (config.plant["host"], config.host)
        super().__init__(config, log, source, config.together, devices)
        self.refused = Counter()
        self.nodes, self._clocks = {}, {}
        self._rows = {}  # (group, node, device) -> the machines there
        self._of = {}  # (group, node, device, metric) -> [(row, point)]
        for row in self.rows:
            self._rows.setdefault(row.machine.origin, []).append(row)
            for point in row.machine.points:
                self._of.setdefault((*row.machine.origin, point.source), []).append((row, point))
        for group, node in {one[:2] for one in self._rows}:
            names = {one[2] for one in self._rows if one[:2] == (group, node)}
            name = "%s/%s" % (group, node)
            self.nodes[group, node] = sparkplug_b.Node(name, names, config.reorder, config.rebirth)
            self._clocks[group, node] = Clock(log, name)
        self._state = "spBv1.0/STATE/" + config.host
        self._since = self._flushed = 0
        self._counted, self._told = (
            time.monotonic(),
            {one.name: Counter() for one in self.nodes.values()},
        )
        self._refusal = ""

    def run(self, stop):
        """Until the event `stop` is set; a broker that is away is tried again."""
        with self.sending():
            while not stop.is_set():
                wait = 0.0
                try:
                    self._session(stop)
                except (OSError, ValueError) as error:
                    wait = self.lost("no broker", error)
                stop.wait(wait)

    def _session(self, stop):
        """One connection. Its will says `offline` with the time that its birth says (5.8 of the
        standard), so that an edge node can tell an old will from a new one.
        """
        client, self._refusal, self._since = self._client(), "", millis()
        client.will_set(self._state, self._online(False, self._since), 1, retain=True)
        client.connect(self.config.plant["host"], int(self.config.plant["port"]), keepalive=30)
        for node, one in self.nodes.items():
            self._do(node, one.begin(time.monotonic()))
        try:
            while not stop.is_set():
                if client.loop(0.05) != paho.MQTT_ERR_SUCCESS or self._refusal:
                    raise OSError(self._refusal or "the connection has ended")
                self._tick(client)
            if not self.problem:
                self._leave(client)
        finally:
            for node, one in self.nodes.items():
                self._do(node, one.begin(time.monotonic()))  # what it says now nobody knows

    def _leave(self, client):
        client.on_message = None  # it would hear that we are away, and say that we are here
        told = client.publish(self._state, self._online(False, millis()), 1, retain=True)
        until = time.monotonic() + 5
        while told.rc == paho.MQTT_ERR_SUCCESS and not told.is_published():
            if client.loop(0.05) != paho.MQTT_ERR_SUCCESS or time.monotonic() > until:
                break
        client.disconnect()

    def _client(self):
        plant = self.config.plant
        client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, str(plant.get("client_id", "bihuan-" + self.config.host)),
            clean_session=True, protocol=paho.MQTTv311, reconnect_on_failure=False,
        )  # fmt: skip
        if plant.get("user"):
            client.username_pw_set(str(plant["user"]), self.config.password)
        if plant.get("ca"):
            client.tls_set(ca_certs=plant["ca"])
        client.on_connect, client.on_subscribe = self._connected, self._subscribed
        client.on_message = self._message
        return client

    def _connected(self, client, _data, _flags, reason, _properties):
        if reason.is_failure:
            self._refusal = "the broker refuses us: %s" % reason
            return
        groups = sorted({"spBv1.0/%s/#" % group for group, _node in self.nodes})
        client.subscribe([(topic, 1) for topic in (self._state, *groups)])

    def _subscribed(self, client, _data, _mid, reasons, _properties):
        if any(reason.is_failure for reason in reasons):
            self._refusal = "the broker does not let us listen"
            return
        client.publish(self._state, self._online(True, self._since), 1, retain=True)
        self.say("")

    def _online(self, online, since):
        return json.dumps({"online": online, "timestamp": since})

    def _message(self, client, _data, message):
        """Whatever comes, the bridge goes on."""
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return self._refuse("a topic that is no text")
        if topic == self._state:
            return self._heard_state(client, message.payload)
        parts = topic.split("/")
        node = self.nodes.get((parts[1], parts[3])) if len(parts) in (4, 5) else None
        if node is None or parts[2] in ("NCMD", "DCMD"):
            return None  # of others, or to others
        if parts[2] not in sparkplug_b.KINDS or (parts[2][0] == "D") != (len(parts) == 5):
            return node.refuse("a kind of message that Sparkplug B does not have")
        name = parts[4] if len(parts) == 5 else ""
        try:
            events = node.hear(parts[2], name, message.payload, time.monotonic())
        except sparkplug_b.Bad as error:
            return node.refuse(str(error))
        return self._do((parts[1], parts[3]), events)

    def _heard_state(self, client, payload):
        """The will of an earlier connection may come late: say again that we are here."""
        try:
            offline = json.loads(payload[:200])["online"] is False
        except (ValueError, LookupError, TypeError):
            return self._refuse("a STATE of ours that is none")
        if offline:
            client.publish(self._state, self._online(True, self._since), 1, retain=True)
        return None

    def _refuse(self, cause):
        if cause not in self.refused:
            log.warning("not taken: %s (counted from now on)", cause)
        self.refused[cause] += 1

    def _do(self, node, events):
        for what, name, *said in events:
            if what == "gone":
                self.forget(self._rows.get((*node, name), ()))
                continue
            for ms, metric, born, one in said[0]:
                for row, point in self._of.get((*node, name, metric), ()):
                    self._note(node, row, point, ms, one, born)

    def _note(self, node, row, point, ms, one, born):
        why = "null, no number or of bad quality"
        try:
            value = one.number(born)
        except sparkplug_b.Bad as error:
            value, why = None, str(error)
        if not one.historical:
            ms = self._clocks[node].of(ms, millis())
            return self.note(row, point, ms, value, why)
        if not ms:
            return self.nodes[node].refuse("history without a time")
        return row.note_past(ms, point.code, point.of(value))

    def _tick(self, client):
        now = time.monotonic()
        for (group, name), node in self.nodes.items():
            self._do((group, name), node.tick(now))
            why = "" if self.problem else node.ask(now)
            if why:
                log.info("%s: asked for a rebirth: %s", node.name, why)
                client.publish(
                    "spBv1.0/%s/NCMD/%s" % (group, name),
                    sparkplug_b.rebirth(millis()),
                    0,
                    retain=False,
                )
        if now - self._counted > COUNTED:
            self._counted = now
            for name, refused in [(one.name, one.refused) for one in self.nodes.values()]:
                if refused != self._told.get(name):
                    log.warning("%s: not taken until now: %s", name, dict(refused))
                    self._told[name] = Counter(refused)
        if now - self._flushed >= FLUSH:
            self._flushed = now
            self.flush()


def _run(config, stop):
    Bridge(config).run(stop)


if __name__ == "__main__":
    main(read, _run)
