"""Devices of the bench `devices`: connections as a C program would hold them, and what they say."""

from __future__ import annotations

import json
import selectors
import socket
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

POINTS, WINDOW = 12, 16


def values(number: int) -> list[float]:
    return [
        4000.0,
        4000.0,
        2.0 + number % 7 / 10,
        41.5,
        4.0,
        4.0,
        12.2,
        900.25,
        402.0,
        1.0,
        35.0,
        0.41,
    ]


@dataclass
class Link:
    """A device's connection: as a C program would do it, without a thread of its own."""

    code: str
    socket: socket.socket
    number: int = 0
    open: int = 0
    waiting: list[bytes] = field(default_factory=list)
    heard: bytes = b""


def _text(value: str) -> bytes:
    return struct.pack(">H", len(value)) + value.encode()


def _packet(kind: int, body: bytes) -> bytes:
    size, length = b"", len(body)
    while True:
        length, digit = divmod(length, 128)
        size += bytes([digit | (0x80 if length else 0)])
        if not length:
            return bytes([kind]) + size + body


def sign_in(home: Path, devices: list[tuple[int, str, str]]) -> list[Link]:
    place = wait(
        lambda: (
            (home / "nats" / "place.json").exists()
            and json.loads((home / "nats" / "place.json").read_text())
        )
    )

    def tried(code: str, key: str) -> socket.socket | None:
        try:
            link = socket.create_connection(("127.0.0.1", place["mqtt_port"]), 30)
            link.sendall(
                _packet(
                    0x10,
                    _text("MQTT")
                    + bytes([4, 0xC2])
                    + struct.pack(">H", 0)
                    + _text(code)
                    + _text(code)
                    + _text(key),
                )
            )
            if link.recv(4)[3:4] == b"\x00":
                return link
        except OSError:
            pass
        time.sleep(0.3)
        return None

    links = []
    for _, code, key in devices:
        link = wait(lambda code=code, key=key: tried(code, key))
        link.setblocking(False)
        links.append(Link(code, link))
    return links


def message(link: Link, at: float, samples: int, gap: float = 1.0, **other: float) -> bytes:
    link.number += 1
    head: dict[str, Any] = {"b": "bench", "s": link.number, "f": 1}
    names = [
        "SPEED",
        "SET_SPEED",
        "VIBRATION",
        "BEARING_TEMP",
        "CHAMBER_TEMP",
        "SET_TEMP",
        "CURRENT",
        "HOURS",
        "CYCLES",
        "LID",
        "IMBALANCE_SHARE",
        "HIGH_BAND",
    ]
    if samples == 1:
        body = head | {
            "t": round(at * 1000),
            "v": dict(zip(names, values(link.number), strict=True)) | other,
        }
    else:
        body = head | {
            "p": names,
            "r": [
                [round((at + gap * each) * 1000), *values(link.number + each)]
                for each in range(samples)
            ],
        }
    text = json.dumps(body, separators=(",", ":")).encode()
    return _packet(
        0x32, _text(f"t/{link.code}") + struct.pack(">H", link.number % 65535 + 1) + text
    )


def pump(links: list[Link], until: float | None = None) -> None:
    """Send what waits, at most WINDOW messages of a device unanswered, until all is answered."""
    chooser = selectors.DefaultSelector()
    busy = {link.socket: link for link in links if link.waiting or link.open}
    for each, link in busy.items():
        chooser.register(each, selectors.EVENT_READ, link)
        _send(link)
    while busy and (until is None or time.monotonic() < until):
        for key, _ in chooser.select(0.2):
            link = key.data
            link.heard += link.socket.recv(65536)
            while len(link.heard) >= 4 and link.heard[0] == 0x40:
                link.heard = link.heard[4:]
                link.open -= 1
            _send(link)
            if not link.waiting and not link.open:
                chooser.unregister(link.socket)
                del busy[link.socket]


def _send(link: Link) -> None:
    while link.waiting and link.open < WINDOW:
        try:
            link.socket.sendall(link.waiting[0])
        except BlockingIOError:
            return
        link.waiting.pop(0)
        link.open += 1


def wait(what: Any, seconds: float = 120.0) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")
