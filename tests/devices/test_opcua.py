"""The bridge between a real OPC UA server and the whole pipe: message server, worker, database."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import socket
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from asyncua import Server, ua
from asyncua.crypto.cert_gen import generate_private_key, generate_self_signed_app_certificate
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from bihuan.apps.monitoring.models import Latest, Refused
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.servers import empty, ingest, server, wait
from bihuan.apps.monitoring.tests.test_pipe import stored

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = Path(__file__).resolve().parents[2] / "clients" / "python"


@pytest.fixture(scope="module")
def bridge_module():
    sys.path.insert(0, str(CLIENTS))
    try:
        spec = importlib.util.spec_from_file_location("bihuan_opcua", CLIENTS / "bihuan_opcua.py")
        module = sys.modules["bihuan_opcua"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(CLIENTS))


@pytest.fixture(scope="module")
def bus():
    with server() as found:
        yield found


@pytest.fixture
def pipe(bus, transactional_db):
    empty(bus)
    with ingest():
        yield bus


@pytest.fixture
def loop():
    """A loop in a thread: the PLC and the bridge live in it."""
    found = asyncio.new_event_loop()
    thread = threading.Thread(target=found.run_forever, daemon=True)
    thread.start()
    yield lambda work: asyncio.run_coroutine_threadsafe(work, found).result(60)
    found.call_soon_threadsafe(found.stop)
    thread.join(10)
    found.close()


class Plc:
    def __init__(self, port):
        self.port = port
        self.url = f"opc.tcp://127.0.0.1:{port}/plc"

    async def start(self, folder=None):
        self.server = Server()
        await self.server.init()
        self.server.set_endpoint(self.url)
        policies = [ua.SecurityPolicyType.NoSecurity]
        if folder is not None:
            policies = [ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt]
            await self.server.load_certificate(str(folder / "plc.der"))
            await self.server.load_private_key(str(folder / "plc.pem"))
        self.server.set_security_policy(policies)
        await self.server.register_namespace("urn:plc")
        self.nodes = {}
        for name, value in (("Speed", 4200.0), ("SetSpeed", 4200.0), ("Vib", 2.5), ("Temp", 415)):
            node = await self.server.nodes.objects.add_variable(ua.NodeId(name, 2), name, value)
            await node.set_writable()
            self.nodes[name] = node
        await self.server.start()

    async def set(self, name, value, *, status=None, at=None):
        data = ua.DataValue(
            ua.Variant(value), ua.StatusCode(status or ua.StatusCodes.Good), ServerTimestamp=at
        )
        await self.server.write_attribute_value(self.nodes[name].nodeid, data)

    async def end_subscription(self):
        """As when its time is over: the server says so, with a value that is its last, and forgets it."""
        known = self.server.iserver.subscription_service
        ((number, found),) = known.subscriptions.items()
        await found.monitored_item_srv.trigger_statuschange(
            ua.StatusCode(ua.StatusCodes.BadTimeout)
        )
        await self.set("Vib", 2.75)
        await asyncio.sleep(0.5)
        await known.delete_subscriptions([number])

    async def stop(self):
        await self.server.stop()


def free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def config(bus, plc, device, key, tmp_path, security=None):
    return {
        "opcua": {"url": plc.url, "sampling_ms": 100, "timeout_s": 4} | (security or {}),
        "mqtt": {"host": "127.0.0.1", "port": bus.place.mqtt_port}, "ring": str(tmp_path),
        "devices": [
            {
                "id": device.code, "key": key, "every_s": 2,
                "points": {
                    "SPEED": "ns=2;s=Speed", "SET_SPEED": "ns=2;s=SetSpeed", "VIBRATION": "ns=2;s=Vib",
                    "BEARING_TEMP": {"node": "ns=2;s=Temp", "scale": 0.1},
                },
            }
        ],
    }  # fmt: skip


@contextmanager
def running(module, loop, given):
    async def make():
        bridge, stop = module.Bridge(module.read(given)), threading.Event()
        for each in bridge.devices.values():
            each.back_off = (0.1, 2)  # whoever signs in before the worker listens is refused
        return bridge, stop, asyncio.ensure_future(bridge.run(stop))

    bridge, stop, task = loop(make())

    async def end():
        stop.set()
        await task

    try:
        yield bridge
    finally:
        loop(end())


def values(device):
    latest = Latest.objects.filter(device=device).select_related("layout").first()
    return dict(zip(latest.layout.points, latest.values, strict=True)) if latest else {}


def test_what_changes_in_the_plc_is_stored_and_a_bad_value_is_none(
    pipe, loop, bridge_module, tmp_path, caplog
):
    caplog.set_level(logging.INFO, "bihuan_opcua")
    device, key = factories.device()
    plc = Plc(free())
    loop(plc.start())
    given = config(pipe, plc, device, key, tmp_path)
    given["devices"][0]["points"]["CURRENT"] = "ns=2;s=Nobody"
    with running(bridge_module, loop, given) as bridge:
        wait(lambda: values(device).get("VIBRATION") == 2.5)
        assert values(device)["BEARING_TEMP"] == pytest.approx(41.5)
        assert Latest.objects.get(device=device).state == "AT_SPEED"
        assert bridge.unknown == {"ns=2;s=Nobody"}
        assert f"connected to {plc.url}" in caplog.messages
        assert any(
            "CURRENT" in each.message and "ns=2;s=Nobody" in each.message for each in caplog.records
        )
        loop(plc.set("Vib", 3.25))
        wait(lambda: values(device).get("VIBRATION") == 3.25)
        loop(plc.set("Vib", 99.0, status=ua.StatusCodes.BadSensorFailure))
        loop(plc.set("Speed", 4100.0))
        wait(lambda: values(device).get("SPEED") == 4100.0)
        count = len(stored())
        wait(lambda: len(stored()) > count)  # a row comes though nothing changed
        place = Latest.objects.get(device=device).layout.points.index("VIBRATION")
        assert 99.0 not in {row[2][place] for row in stored()}
        assert any("BadSensorFailure" in each.message for each in caplog.records)
        loop(plc.stop())
        wait(lambda: bridge.problem)
        loop(plc.start())
        loop(plc.set("Vib", 4.0))
        wait(lambda: values(device).get("VIBRATION") == 4.0)
        assert not bridge.problem
    loop(plc.stop())


def test_a_subscription_that_the_server_ends_is_made_anew_and_no_frozen_value_sent(
    pipe, loop, bridge_module, tmp_path, caplog
):
    device, key = factories.device()
    plc = Plc(free())
    loop(plc.start())
    with running(bridge_module, loop, config(pipe, plc, device, key, tmp_path)) as bridge:
        wait(lambda: values(device).get("VIBRATION") == 2.5)
        caplog.set_level(logging.WARNING, "bihuan_opcua")
        loop(plc.end_subscription())
        wait(lambda: any("BadTimeout" in each for each in caplog.messages))
        wait(lambda: not bridge.problem)
        loop(plc.set("Vib", 3.25))
        wait(lambda: values(device).get("VIBRATION") == 3.25)
    loop(plc.stop())


def test_a_plc_whose_clock_is_off_loses_no_change(pipe, loop, bridge_module, tmp_path, caplog):
    """Of the server's bounds: what is 5 minutes ahead is refused, what is late raises nothing."""
    caplog.set_level(logging.INFO, "bihuan_opcua")
    device, key = factories.device()
    plc = Plc(free())
    loop(plc.start())
    long_ago = datetime.now(UTC) - timedelta(days=3)
    loop(plc.set("Temp", 420, at=long_ago))  # set once, and the clock is right
    with running(bridge_module, loop, config(pipe, plc, device, key, tmp_path)):
        wait(lambda: values(device).get("BEARING_TEMP") == pytest.approx(42))
        assert "the clock of" not in caplog.text
        begin = datetime.now(UTC)
        for count, minutes in enumerate((-2, -30, -300, 400, 6, 2, -2)):
            at = datetime.now(UTC) + timedelta(minutes=minutes)
            loop(plc.set("Vib", 3 + count / 8, at=at))
            wait(lambda count=count: values(device).get("VIBRATION") == 3 + count / 8)
    loop(plc.stop())
    assert Latest.objects.get(device=device).at >= begin
    assert not Refused.objects.filter(device=device).exists()
    told = [each for each in caplog.messages if "the clock of" in each]
    assert told[0].startswith(f"the clock of {plc.url} is 180")  # 1800 s, or a moment more
    assert "s behind" in told[0]
    assert len(told) == 3  # and when it was far worse, or on the other side


def test_two_nodes_of_one_instant_that_come_apart_are_both_stored(
    pipe, loop, bridge_module, tmp_path
):
    device, key = factories.device()
    plc = Plc(free())
    loop(plc.start())
    given = config(pipe, plc, device, key, tmp_path)
    given["devices"][0]["every_s"] = 3600  # no repetition makes up for it
    with running(bridge_module, loop, given):
        wait(lambda: values(device).get("VIBRATION") == 2.5)
        at = datetime.now(UTC)
        loop(plc.set("Vib", 3.0, at=at))
        wait(lambda: values(device).get("VIBRATION") == 3.0)
        loop(plc.set("Speed", 4100.0, at=at))
        wait(lambda: values(device).get("SPEED") == 4100.0)
    loop(plc.stop())


def test_signed_and_encrypted(pipe, loop, bridge_module, tmp_path):
    for name in ("plc", "bridge"):
        key = generate_private_key()
        names, uri = {"organizationName": "test"}, [x509.UniformResourceIdentifier(f"urn:{name}")]
        cert = generate_self_signed_app_certificate(
            key,
            name,
            names,
            uri,
            [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH],
            days=2,
        )
        _write(tmp_path, name, key, cert)
    device, key = factories.device()
    plc = Plc(free())
    loop(plc.start(tmp_path))
    security = {
        "policy": "Basic256Sha256", "certificate": str(tmp_path / "bridge.der"), "key": str(tmp_path / "bridge.pem"),
        "server_certificate": str(tmp_path / "plc.der"),
    }  # fmt: skip
    with running(bridge_module, loop, config(pipe, plc, device, key, tmp_path, security)):
        wait(lambda: values(device).get("SPEED") == 4200.0)
    (tmp_path / "plain").mkdir()
    with running(bridge_module, loop, config(pipe, plc, device, key, tmp_path / "plain")) as bridge:
        wait(lambda: bridge.problem.startswith("no OPC UA server"))
    loop(plc.stop())


def _write(folder, name, key, cert):
    (folder / f"{name}.der").write_bytes(cert.public_bytes(serialization.Encoding.DER))
    (folder / f"{name}.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.pop("mqtt"), "`mqtt` is missing"), (lambda c: c["opcua"].pop("url"), "opcua: `url` is missing"),
        (lambda c: c["devices"][0]["points"].update(SPEED="Speed!"), "is no node id"),
        (lambda c: c["opcua"].update(polcy="x"), "unknown: polcy"), (lambda c: c["mqtt"].update(port="x"), "mqtt: `port` is no number"),
        (lambda c: c["opcua"].update(sampling_ms="often"), "opcua: `sampling_ms` is no number"), (lambda c: c.update(devices=[]), "devices"),
        (lambda c: c["devices"][0].update(key="env:NOT_THERE_AT_ALL"), "NOT_THERE_AT_ALL"),
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_named_with_its_place(bridge_module, tmp_path, change, said):
    bus = SimpleNamespace(place=SimpleNamespace(mqtt_port=1))
    given = config(bus, Plc(1), SimpleNamespace(code="x"), "k", tmp_path)
    bridge_module.read(given)
    change(given)
    with pytest.raises(bridge_module.BadConfig, match=said.replace("`", ".")):
        bridge_module.read(given)
