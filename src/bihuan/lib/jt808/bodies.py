"""The bodies of messages: registration, authentication, positions with their additional items."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from bihuan.lib.jt808.frames import Bad, bcd

ANSWER, HEARTBEAT, LOGOUT, REGISTER, AUTHENTICATE = 0x0001, 0x0002, 0x0003, 0x0100, 0x0102
LOCATION, BATCH = 0x0200, 0x0704
PLATFORM_ANSWER, REGISTER_ANSWER = 0x8001, 0x8100
OK, FAILED, WRONG, UNSUPPORTED = 0, 1, 2, 3
NO_TERMINAL, ALREADY = 4, 3
"""Results of a registration: no such terminal, terminal already registered."""
BEIJING = timezone(timedelta(hours=8))
_MOST_ITEMS = 64
_HEAD = struct.Struct(">IIIIHHH")


@dataclass(frozen=True)
class Registration:
    maker: str
    model: str
    terminal: str
    plate: str


@dataclass(frozen=True)
class Location:
    """`at` are epoch seconds; degrees (WGS-84), metres, km/h, degrees from north. `located` is false
    while the terminal does not know where it is, or says it in coordinates of its own (`encrypted`).
    """

    at: float
    alarms: int
    status: int
    latitude: float
    longitude: float
    altitude: float
    speed: float
    direction: float
    items: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def located(self) -> bool:
        return bool(self.status & 2) and not self.status & 32

    @property
    def ignition(self) -> bool:
        return bool(self.status & 1)


def registration(body: bytes, *, v2019: bool) -> Registration:
    """Raises Bad."""
    maker, model, terminal = (11, 30, 30) if v2019 else (5, 20, 7)
    if not v2019 and len(body) < 4 + 5 + 20 + 7 + 1:
        model = 8  # as before 2013
    at, found = 4, []
    for wide in (maker, model, terminal):
        found.append(_text(body[at : at + wide]))
        at += wide
    if len(body) < at + 1:
        raise Bad("registration")
    return Registration(found[0], found[1], found[2], _text(body[at + 1 : at + 61]))


def registration_answer(serial: int, result: int, code: str = "") -> bytes:
    return struct.pack(">HB", serial, result) + (code.encode("gbk") if result == OK else b"")


def authentication(body: bytes, *, v2019: bool) -> str:
    """The code that the terminal was given. Raises Bad."""
    raw = body
    if v2019:
        if not body or len(body) < 1 + body[0]:
            raise Bad("authentication")
        raw = body[1 : 1 + body[0]]
    return _text(raw[:200])


def answer(serial: int, kind: int, result: int) -> bytes:
    """The general answer, of both sides."""
    return struct.pack(">HHB", serial, kind, result)


def location(body: bytes) -> Location:
    """Raises Bad."""
    if len(body) < 28:
        raise Bad("position")
    alarms, status, latitude, longitude, altitude, speed, direction = _HEAD.unpack_from(body)
    if latitude > 90_000_000 or longitude > 180_000_000:
        raise Bad("position")
    items: dict[int, bytes] = {}
    at = 28
    while at < len(body):
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body) or len(items) >= _MOST_ITEMS:
            raise Bad("additional item")
        items[body[at]] = body[at + 2 : at + 2 + body[at + 1]]
        at += 2 + body[at + 1]
    return Location(
        _time(body[22:28]), alarms, status, (-1 if status & 4 else 1) * latitude / 1e6,
        (-1 if status & 8 else 1) * longitude / 1e6, float(altitude), speed / 10, float(direction), items,
    )  # fmt: skip


def batch(body: bytes) -> list[bytes]:
    """The positions of 0x0704, each as a body of 0x0200. Raises Bad."""
    if len(body) < 3:
        raise Bad("batch")
    (count,) = struct.unpack_from(">H", body)
    found, at = [], 3
    while at < len(body):
        if at + 2 > len(body):
            raise Bad("batch")
        (length,) = struct.unpack_from(">H", body, at)
        if at + 2 + length > len(body):
            raise Bad("batch")
        found.append(body[at + 2 : at + 2 + length])
        at += 2 + length
    if len(found) != count:
        raise Bad("batch")
    return found


def location_body(place: Location) -> bytes:
    """As a terminal writes it."""
    status = place.status & ~12 | (4 if place.latitude < 0 else 0) | (8 if place.longitude < 0 else 0)  # fmt: skip
    body = _HEAD.pack(
        place.alarms, status, round(abs(place.latitude) * 1e6), round(abs(place.longitude) * 1e6),
        round(place.altitude), round(place.speed * 10), round(place.direction),
    )  # fmt: skip
    when = datetime.fromtimestamp(place.at, UTC).astimezone(BEIJING)
    body += bcd(f"{when:%y%m%d%H%M%S}", 6)
    return body + b"".join(bytes([code, len(data)]) + data for code, data in place.items.items())


def _time(raw: bytes) -> float:
    text = raw.hex()
    if not text.isdigit():
        raise Bad("time")
    try:
        parts = [int(text[place : place + 2]) for place in range(0, 12, 2)]
        when = datetime(
            2000 + parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=BEIJING
        )
    except ValueError:
        raise Bad("time") from None
    return when.timestamp()


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\0 ").lstrip(b"\0 ").decode("gbk", "replace")
