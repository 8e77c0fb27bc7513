"""The bridge between a plant's broker with a real edge node, and the whole pipe into PostgreSQL."""

from __future__ import annotations

import json
import logging
import math
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from ruamel.yaml import YAML

from bihuan.apps.monitoring.models import Latest, Refused
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.servers import empty, ingest, server, signed_in, wait
from bihuan.apps.monitoring.tests.test_pipe import stored

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = Path(__file__).resolve().parents[2] / "clients" / "python"
STATE = "spBv1.0/STATE/bihuan"
NAMES = {
    "SPEED": "Drive/Speed",
    "SET_SPEED": "Drive/Set speed",
    "VIBRATION": "Vib",
    "BEARING_TEMP": "Temp",
}
VALUES = {"Drive/Speed": 4200.0, "Drive/Set speed": 4200.0, "Vib": 2.5, "Temp": 415}


@pytest.fixture(scope="module")
def bus():
    with server() as found:
        yield found


@pytest.fixture
def pipe(bus, transactional_db):
    empty(bus)
    with ingest():
        yield bus


class EdgeNode:
    """An edge node of one device, as the standard describes it: aliases, numbers, will, rebirth."""

    def __init__(self, tahu, port, bd=0, base=100):
        self.tahu, self.port, self.bd, self.base = tahu, port, bd, base
        self.values, self.seq = dict(VALUES), 0
        self.asked, self.states = 0, []
        self.lock = threading.Lock()
        self.client = self._client()
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        wait(lambda: self.born)

    born = False

    def _client(self):
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, "edge", protocol=paho.MQTTv311)
        client.username_pw_set("worker", "worker")
        death = self.tahu.payload(now(), None, self.tahu.metric(4, self.bd, "bdSeq"))
        client.will_set("spBv1.0/G/NDEATH/N", death, 1)
        client.on_connect = lambda *_: client.subscribe([("spBv1.0/G/NCMD/N", 1), (STATE, 1)])
        client.on_subscribe = lambda *_: self.birth()
        client.on_message = self._message
        return client

    def _message(self, _client, _data, message):
        if message.topic == STATE:
            with suppress(ValueError, RecursionError):
                self.states.append(json.loads(message.payload))
        elif b"Node Control/Rebirth" in message.payload:
            self.asked += 1
            self.birth()

    def birth(self):
        with self.lock:
            self.seq = 0
            tahu, at = self.tahu, now()
            self._say("NBIRTH", at, [
                tahu.metric(4, self.bd, "bdSeq", at=at), tahu.metric(11, False, "Node Control/Rebirth", at=at),
            ])  # fmt: skip
            self._say("DBIRTH", at, [
                tahu.metric(self._type(name), value, name, self.base + place, at)
                for place, (name, value) in enumerate(self.values.items())
            ])  # fmt: skip
            self.born = True

    def set(self, name, value, *, lost=False, at=0, past=False, **more):
        with self.lock:
            if not past:
                self.values[name] = value
            alias = self.base + list(self.values).index(name)
            at = at or now()
            metric = self.tahu.metric(
                self._type(name), value, alias=alias, at=at, past=past, typed=False, **more
            )
            self._say("DDATA", at, [metric], lost=lost)

    def device_dies(self):
        with self.lock:
            self._say("DDEATH", now(), [])

    def _say(self, kind, at, metrics, lost=False):
        topic = f"spBv1.0/G/{kind}/N" + ("/D" if kind[0] == "D" else "")
        if not lost:
            self.client.publish(topic, self.tahu.payload(at, self.seq, *metrics), 0)
        self.seq = (self.seq + 1) % 256

    def _type(self, name):
        return self.tahu.INT16 if name == "Temp" else self.tahu.DOUBLE

    def break_off(self):
        """The connection is gone without a word: the broker tells the will."""
        self.client.socket().close()
        self.client.loop_stop()

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()


def now():
    return time.time_ns() // 1_000_000


def config(bus, nats, tmp_path, *machines, **plant):
    return {
        "plant": {
            "host": "127.0.0.1", "port": nats.mqtt, "host_id": "bihuan", "user": "worker", "password": "worker",
            "reorder_s": 0.3, "together_ms": 20,
        } | plant,
        "mqtt": {"host": "127.0.0.1", "port": bus.place.mqtt_port}, "ring": str(tmp_path),
        "devices": [
            {
                "id": device.code, "key": key, "node": "G/N", "device": "D", "every_s": 2,
                "points": NAMES | {"BEARING_TEMP": {"metric": "Temp", "scale": 0.1}},
            }
            for device, key in machines
        ],
    }  # fmt: skip


@contextmanager
def running(sparkplug, given):
    bridge, stop = sparkplug.bridge.Bridge(sparkplug.bridge.read(given)), threading.Event()
    failed = []
    for each in bridge.devices.values():
        each.back_off = (0.1, 2)  # whoever signs in before the worker listens is refused

    def body():
        try:
            bridge.run(stop)
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    try:
        wait(lambda: not bridge.problem)
        yield bridge
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
        assert not failed, failed


def values(device):
    latest = Latest.objects.filter(device=device).select_related("layout").first()
    return dict(zip(latest.layout.points, latest.values, strict=True)) if latest else {}


def test_births_with_aliases_become_points_and_a_dead_device_stops(
    pipe, nats, sparkplug, tahu, tmp_path, caplog
):
    caplog.set_level(logging.INFO, "bihuan_sparkplug")
    device, key = factories.device()
    edge = EdgeNode(tahu, nats.mqtt)
    with running(sparkplug, config(pipe, nats, tmp_path, (device, key))) as bridge:
        wait(lambda: values(device).get("VIBRATION") == 2.5)
        assert edge.asked == 1  # it lived already
        assert values(device)["BEARING_TEMP"] == pytest.approx(41.5)
        assert Latest.objects.get(device=device).state == "AT_SPEED"
        edge.set("Vib", 3.25)
        wait(lambda: values(device).get("VIBRATION") == 3.25)
        assert values(device)["SPEED"] == 4200  # a row is whole
        edge.set("Vib", float("nan"))
        place = Latest.objects.get(device=device).layout.points.index("VIBRATION")
        wait(lambda: math.isnan(stored()[-1][2][place]))
        edge.set("Vib", 99.0, quality=500)
        edge.set("Vib", None)
        edge.set("Drive/Speed", 4100.0)
        wait(lambda: values(device).get("SPEED") == 4100)
        count = len(stored())
        wait(lambda: len(stored()) > count)  # a row comes though nothing changed
        assert 99.0 not in {row[2][place] for row in stored()}
        said = [
            one.message for one in caplog.records if "VIBRATION has no good value" in one.message
        ]
        assert len(said) == 1
        edge.device_dies()
        row = bridge._rows["G", "N", "D"][0]
        wait(lambda: not row.good)
        edge.values["Vib"] = 4.0
        edge.birth()
        wait(lambda: values(device).get("VIBRATION") == 4.0)
        assert edge.asked == 1
        edge.break_off()
        wait(lambda: not bridge.nodes["G", "N"].born)
        assert not row.good


def test_an_edge_node_whose_clock_is_off_loses_no_change(
    pipe, nats, sparkplug, tahu, tmp_path, caplog
):
    """Of the server's bounds: what is 5 minutes ahead is refused, what is late raises nothing."""
    caplog.set_level(logging.INFO, "bihuan_sparkplug")
    device, key = factories.device()
    edge = EdgeNode(tahu, nats.mqtt)
    with running(sparkplug, config(pipe, nats, tmp_path, (device, key))):
        wait(lambda: values(device).get("VIBRATION") == 2.5)
        begin = datetime.now(UTC)
        for count, minutes in enumerate((-2, -11, -300, 400, 6, 2, -2)):
            edge.set("Vib", 3 + count / 8, at=now() + minutes * 60_000)
            wait(lambda count=count: values(device).get("VIBRATION") == 3 + count / 8)
    edge.stop()
    assert Latest.objects.get(device=device).at >= begin
    assert not Refused.objects.filter(device=device).exists()
    told = [each for each in caplog.messages if "the clock of" in each]
    assert told[0].startswith("the clock of G/N is 6")  # 659 s, or 660
    assert "s behind" in told[0]
    assert len(told) == 3  # and when it was far worse, or on the other side


def test_a_gap_is_answered_by_one_request_for_a_rebirth(pipe, nats, sparkplug, tahu, tmp_path):
    device, key = factories.device()
    with running(sparkplug, config(pipe, nats, tmp_path, (device, key), rebirth_s=600)) as bridge:
        wait(lambda: bridge.nodes["G", "N"]._asked_at)  # nobody was there to hear it
        bridge.nodes["G", "N"]._asked_at = None
        edge = EdgeNode(tahu, nats.mqtt)
        wait(lambda: values(device).get("VIBRATION") == 2.5)
        assert edge.asked == 0
        edge.set("Vib", 3.0, lost=True)
        edge.set("Drive/Speed", 4150.0)
        wait(lambda: edge.asked == 1)
        wait(
            lambda: (
                values(device)
                and (values(device)["VIBRATION"], values(device)["SPEED"]) == (3, 4150)
            )
        )
        edge.set("Vib", 3.5, lost=True)
        edge.set("Drive/Speed", 4160.0)
        node = bridge.nodes["G", "N"]
        wait(lambda: node.refused["messages are missing"] == 2)
        edge.set("Drive/Speed", 4170.0)
        edge.birth()  # by itself
        wait(lambda: values(device).get("SPEED") == 4170)
        assert edge.asked == 1
        edge.stop()


def test_history_of_a_time_without_connection_is_stored_once(pipe, nats, sparkplug, tahu, tmp_path):
    device, key = factories.device()
    edge = EdgeNode(tahu, nats.mqtt, bd=5)
    with running(sparkplug, config(pipe, nats, tmp_path, (device, key), rebirth_s=1)) as bridge:
        wait(lambda: values(device).get("VIBRATION") == 2.5)
        edge.break_off()
        nats.kill()
        wait(lambda: bridge.problem)
        pipe.kill()  # Bihuan is away, too
        begin = now() - 3_600_000  # before anything that it says of the present
        nats.start()
        edge = EdgeNode(tahu, nats.mqtt, bd=6, base=500)
        wait(lambda: not bridge.problem and bridge.nodes["G", "N"].born)
        for _time in range(2):  # it is not sure that the first time was heard
            for count in range(300):
                edge.set("Vib", 1 + count / 1000, at=begin + 100 * count, past=True)
            for count in range(300):  # of the same instants, in other messages
                edge.set("Temp", 300 + count, at=begin + 100 * count, past=True)
        edge.set("Vib", 7.0)
        wait(lambda: bridge._rows["G", "N", "D"][0].good.get("VIBRATION") == 7)
    assert bridge.devices[device.code].ring.samples
    pipe.start()
    with running(sparkplug, config(pipe, nats, tmp_path, (device, key))) as bridge:
        wait(lambda: values(device).get("VIBRATION") == 7.0)
        wait(lambda: not bridge.devices[device.code].ring.samples)
    edge.stop()
    points = Latest.objects.get(device=device).layout.points
    past = [
        (int(row[1].timestamp() * 1000 + 0.5), dict(zip(points, row[2], strict=False)))
        for row in stored()
        if begin <= row[1].timestamp() * 1000 < begin + 30_000
    ]
    assert max(Counter(at for at, _values in past).values()) == 1
    for code, first, step in (("VIBRATION", 1, 0.001), ("BEARING_TEMP", 30, 0.1)):
        found = [(at, one[code]) for at, one in past if not math.isnan(one.get(code, math.nan))]
        assert len(found) == 300
        for count, (at, value) in enumerate(found):
            assert at - begin - 100 * count in (
                0,
                1,
            )  # the second of an instant has the next millisecond
            assert value == pytest.approx(first + count * step, abs=1e-4)


def test_whatever_is_published_the_bridge_goes_on(pipe, nats, sparkplug, tahu, tmp_path, caplog):
    caplog.set_level(logging.INFO, "bihuan_sparkplug")
    device, key = factories.device()
    edge = EdgeNode(tahu, nats.mqtt)
    with running(sparkplug, config(pipe, nats, tmp_path, (device, key), rebirth_s=1)) as bridge:
        wait(lambda: values(device).get("VIBRATION") == 2.5)
        say = edge.client.publish
        for payload in (
            b"\xff" * 40,
            b"\xff" * 40,
            b"{}",
            bytes(1 << 19),
            tahu.payload(now(), None),
            b"",
        ):
            say("spBv1.0/G/DDATA/N/D", payload)
        say("spBv1.0/G/XDATA/N/D", b"x")
        say("spBv1.0/G/NDATA/N/D", b"x")
        say("spBv1.0/G/DDATA/Other/D", b"x")
        say("spBv1.0/G/NDEATH/N", tahu.payload(0, None, tahu.metric(4, 77, "bdSeq")))
        say(STATE, b"[" * 5000)
        say(STATE, b"\xff")
        edge.set("Vib", 3.0)
        wait(lambda: values(device).get("VIBRATION") == 3)
        refused = bridge.nodes["G", "N"].refused
        wait(lambda: bridge.refused["a STATE of ours that is none"] == 2)
        assert refused["a payload that is not Sparkplug B"] == 4
        assert refused["a message without its number (seq)"] == 2
        assert refused["a kind of message that Sparkplug B does not have"] == 2
        assert refused["the death of an earlier session"] == 1
        told = [one.message for one in caplog.records if "not taken" in one.message]
        assert len(told) == len(set(told)) == 5
    edge.stop()


def test_its_state_is_true_also_when_it_is_killed(pipe, nats, sparkplug, tahu, tmp_path):
    """The real program: online, killed, started again, ended; an old will that comes late."""
    device, key = factories.device()
    path = tmp_path / "sparkplug.yaml"
    with path.open("w") as file:
        YAML(typ="safe", pure=True).dump(config(pipe, nats, tmp_path, (device, key)), file)
    command = [sys.executable, str(CLIENTS / "bihuan_sparkplug.py"), str(path)]
    edge = EdgeNode(tahu, nats.mqtt)
    signed_in(pipe, device, key)  # whoever comes before the worker listens is refused
    first = subprocess.Popen(command)
    wait(lambda: edge.states)
    assert edge.states[0]["online"] is True
    since = edge.states[0]["timestamp"]
    wait(lambda: values(device).get("VIBRATION") == 2.5)
    edge.client.publish(STATE, json.dumps({"online": False, "timestamp": 1}), 1, retain=True)
    wait(lambda: len(edge.states) == 3)
    assert edge.states[2] == {"online": True, "timestamp": since}
    first.kill()
    first.wait()
    wait(lambda: len(edge.states) == 4)
    assert edge.states[3] == {"online": False, "timestamp": since}
    second = subprocess.Popen(command)
    wait(lambda: edge.states[-1]["online"])
    assert edge.states[-1]["timestamp"] > since
    edge.set("Vib", 3.0)
    wait(lambda: values(device).get("VIBRATION") == 3.0)
    second.terminate()
    assert second.wait(20) == 0
    wait(lambda: not edge.states[-1]["online"])
    last = edge.states[-1]
    edge.stop()
    late = EdgeNode(tahu, nats.mqtt, bd=1)  # the state is retained
    wait(lambda: late.states == [last])
    late.stop()
