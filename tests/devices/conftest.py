"""The reference client against a real NATS server; the test plays the worker that confirms."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DEVICE, KEY = "HY0000000001", "k-7f3a"
PATIENCE_S = 30.0


def client() -> ModuleType:
    """Load the client as a device has it: one file, no package around it."""
    path = ROOT / "clients" / "python" / "bihuan_device.py"
    spec = importlib.util.spec_from_file_location("bihuan_device", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wait_until(true: Callable[[], object], what: str = "") -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, what or "it did not come true"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Nats:
    """A NATS server with JetStream and MQTT, in a folder of the test."""

    def __init__(self, folder: Path, extra: str = "") -> None:
        self.port, self.mqtt = free_port(), free_port()
        self._config = folder / "nats.conf"
        self._log = folder / "nats.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.write(extra)

    def write(self, extra: str = "", key: str = KEY) -> None:
        store = self._config.parent / "js"
        self._config.write_text(
            f"""
            server_name: test
            listen: "127.0.0.1:{self.port}"
            jetstream {{ store_dir: "{store}", max_file: 1G }}
            mqtt {{ host: 127.0.0.1, port: {self.mqtt}{extra} }}
            authorization {{ users: [
              {{ user: worker, password: worker }}
              {{ user: {DEVICE}, password: "{key}" }}
            ] }}
            """
        )

    def start(self) -> None:
        binary = Path(sys.executable).parent / "nats-server"
        command = [str(binary), "-c", str(self._config), "-l", str(self._log)]
        self._process = subprocess.Popen(command)
        wait_until(self._listens, "the server does not listen")

    def kill(self) -> None:
        """End it as a crash would."""
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def _listens(self) -> bool:
        for port in (self.port, self.mqtt):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                return False
        return True


class Worker:
    """What the server's worker does: commits messages in order and confirms the highest.

    It speaks NATS by itself, so that no mistake of the client can hide in it.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.confirms = True
        self.messages: list[dict[str, Any]] = []  # as they came, repeated ones too
        self.rows: list[tuple[int, dict[str, float]]] = []  # what is committed
        self.high: dict[str, int] = {}
        self._running = True
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.connected = False
        self._thread.start()

    def confirm(self, boot: str, number: int) -> None:
        self.tell(json.dumps({"b": boot, "s": number}).encode())

    def tell(self, payload: bytes, device: str = DEVICE) -> None:
        assert self._socket
        self._socket.sendall(b"PUB ack.%s %d\r\n%s\r\n" % (device.encode(), len(payload), payload))

    def confirm_all(self) -> None:
        self.confirms = True
        for boot, number in self.high.items():
            self.confirm(boot, number)

    def close(self) -> None:
        self._running = False
        if self._socket:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def _run(self) -> None:
        while self._running:
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=5) as one:
                    one.settimeout(None)
                    self._socket = one
                    self._serve(one)
            except OSError:
                time.sleep(0.05)
            self.connected = False

    def _serve(self, one: socket.socket) -> None:
        said = {"verbose": False, "pedantic": False, "user": "worker", "pass": "worker"}
        one.sendall(b"CONNECT %s\r\nSUB t.* 1\r\nPING\r\n" % json.dumps(said).encode())
        with one.makefile("rb") as stream:
            for line in stream:
                words = line.split()
                if words[0] == b"MSG":
                    payload = stream.read(int(words[-1]) + 2)[:-2]
                    self._take(json.loads(payload))
                elif words[0] == b"PING":
                    one.sendall(b"PONG\r\n")
                elif words[0] == b"PONG":
                    self.connected = True

    def _take(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        boot, number = message["b"], message["s"]
        # What the device has dropped will never come.
        high = max(self.high.get(boot, 0), message["f"] - 1)
        if number == high + 1:
            self.rows += rows_of(message)
            high = number
        self.high[boot] = high
        if self.confirms:
            self.confirm(boot, high)


def rows_of(message: dict[str, Any]) -> list[tuple[int, dict[str, float]]]:
    if "v" in message:
        return [(message["t"], message["v"])]
    codes = message["p"]
    return [
        (row[0], {c: v for c, v in zip(codes, row[1:], strict=True) if v is not None})
        for row in message["r"]
    ]


class Running:
    """A device whose loop is called all the time."""

    def __init__(self, device: Any) -> None:
        self.device = device
        self.said: list[str] = []
        device.log = self.said.append
        self._thread = threading.Thread(target=device.run, args=(0.005,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.device.running = False
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture(scope="session")
def bihuan_device() -> ModuleType:
    return client()


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    return wait_until


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def worker(nats: Nats) -> Iterator[Worker]:
    one = Worker(nats.port)
    wait_until(lambda: one.connected)
    yield one
    one.close()


@pytest.fixture
def start(nats: Nats, bihuan_device: ModuleType) -> Iterator[Callable[..., Any]]:
    """Start devices; quick in everything, so that a test need not wait."""
    running: list[Running] = []

    def begin(**options: Any) -> Any:
        told = {"ack_wait": 0.5, "timeout": 3, "back_off": (0.05, 0.4), "key": KEY, **options}
        device = bihuan_device.Device("127.0.0.1", DEVICE, port=nats.mqtt, **told)
        one = Running(device)
        running.append(one)
        device.stopped = one.stop
        device.said = one.said
        return device

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.fromtimestamp(time.time(), UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "authority.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


class Tahu:
    """Payloads of Sparkplug B, byte by byte from the standard's table of fields: a reader's mistake
    cannot hide in it.
    """

    INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FLOAT, DOUBLE, BOOLEAN, STRING = (
        range(1, 13)
    )

    def varint(self, number: int) -> bytes:
        found = bytearray()
        while number > 0x7F:
            found.append(number & 0x7F | 0x80)
            number >>= 7
        return bytes([*found, number])

    def number(self, field: int, value: int) -> bytes:
        return self.varint(field << 3) + self.varint(value)

    def text(self, field: int, value: bytes) -> bytes:
        return self.varint(field << 3 | 2) + self.varint(len(value)) + value

    def value(self, kind: int, value: Any) -> bytes:
        if kind in (self.INT64, self.UINT64):
            return self.number(11, value % 2**64)
        if kind == self.FLOAT:
            return self.varint(12 << 3 | 5) + struct.pack("<f", value)
        if kind == self.DOUBLE:
            return self.varint(13 << 3 | 1) + struct.pack("<d", value)
        if kind == self.BOOLEAN:
            return self.number(14, int(value))
        if kind == self.STRING:
            return self.text(15, value.encode())
        return self.number(10, value % 2**32)

    def metric(
        self, kind: int, value: Any, name: str = "", alias: int | None = None, at: int = 0,
        *, past: bool = False, quality: int | None = None, typed: bool = True,
    ) -> bytes:  # fmt: skip
        parts = [self.text(1, name.encode())] if name else []
        parts += [self.number(2, alias)] if alias is not None else []
        parts += [self.number(3, at)] if at else []
        parts += [self.number(4, kind)] if typed else []
        parts += [self.number(5, 1)] if past else []
        if quality is not None:
            said = self.number(1, self.INT32) + self.number(3, quality)
            parts.append(self.text(9, self.text(1, b"Quality") + self.text(2, said)))
        parts.append(self.number(7, 1) if value is None else self.value(kind, value))
        return b"".join(parts)

    def payload(self, at: int, seq: int | None, *metrics: bytes) -> bytes:
        found = self.number(1, at) + b"".join(self.text(2, one) for one in metrics)
        return found if seq is None else found + self.number(3, seq)


@pytest.fixture(scope="session")
def tahu() -> Tahu:
    return Tahu()


@pytest.fixture(scope="session")
def sparkplug() -> Iterator[SimpleNamespace]:
    """The bridge and the session it keeps, as they lie beside each other on a plant's machine."""
    folder = str(ROOT / "clients" / "python")
    sys.path.insert(0, folder)
    try:
        import bihuan_sparkplug
        import sparkplug_b

        yield SimpleNamespace(bridge=bihuan_sparkplug, b=sparkplug_b)
    finally:
        sys.path.remove(folder)


@pytest.fixture(scope="session")
def bihuan_bridge(sparkplug: SimpleNamespace) -> ModuleType:
    """What the bridges share."""
    return sys.modules["bihuan_bridge"]
