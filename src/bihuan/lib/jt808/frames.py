"""From a stream of bytes to messages: marks, escapes, check sum, header, fragments."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import xor

MARK = 0x7E
LONGEST = 2 * (1023 + 32)
"""Bytes between two marks, escaped: a body has at most 1,023."""
_VERSION, _FRAGMENT, _ENCRYPTED, _LENGTH = 1 << 14, 1 << 13, 7 << 10, 0x3FF
_MOST_PARTS = 64


class Bad(ValueError):
    """Not what the standard says."""


@dataclass(frozen=True)
class Message:
    """`phone` is the terminal's number without leading zeros; `v2019` the form of its header."""

    kind: int
    phone: str
    serial: int
    body: bytes
    v2019: bool = False
    part: int = 0
    parts: int = 0


class Splitter:
    """Cuts a stream into frames; keeps at most one unfinished, bounded."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Frames without their marks, still escaped. Raises Bad when one never ends."""
        for place, piece in enumerate(data.split(bytes([MARK]))):
            if place:
                if self._rest:
                    yield bytes(self._rest)
                self._rest.clear()
            self._rest += piece
            if len(self._rest) > LONGEST:
                self._rest.clear()
                raise Bad("a frame without an end")


def decode(frame: bytes) -> Message:
    """Raises Bad."""
    raw = _plain(frame)
    if len(raw) < 13 or reduce(xor, raw):
        raise Bad("check sum")
    kind, attributes = struct.unpack_from(">HH", raw)
    v2019 = bool(attributes & _VERSION)
    if attributes & _ENCRYPTED:
        raise Bad("encrypted")
    at = 5 if v2019 else 4
    wide = 10 if v2019 else 6
    phone = _digits(raw[at : at + wide])
    at += wide
    need = at + 2 + (4 if attributes & _FRAGMENT else 0) + 1
    if len(raw) < need:
        raise Bad("header")
    (serial,) = struct.unpack_from(">H", raw, at)
    at += 2
    part = parts = 0
    if attributes & _FRAGMENT:
        parts, part = struct.unpack_from(">HH", raw, at)
        at += 4
        if not 1 <= part <= parts:
            raise Bad("fragment")
    body = raw[at:-1]
    if len(body) != attributes & _LENGTH:
        raise Bad("length")
    return Message(kind, phone, serial, body, v2019, part, parts)


def encode(message: Message) -> bytes:
    """The frame with its marks. Raises Bad for what has no form."""
    if len(message.body) > _LENGTH:
        raise Bad("body too long")
    wide = 10 if message.v2019 else 6
    attributes = len(message.body) | (_VERSION if message.v2019 else 0)
    attributes |= _FRAGMENT if message.parts else 0
    raw = struct.pack(">HH", message.kind, attributes) + (b"\x01" if message.v2019 else b"")
    raw += bcd(message.phone, wide) + struct.pack(">H", message.serial)
    if message.parts:
        raw += struct.pack(">HH", message.parts, message.part)
    raw += message.body
    raw += bytes([reduce(xor, raw)])
    escaped = raw.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")
    return bytes([MARK]) + escaped + bytes([MARK])


class Whole:
    """Puts fragments together: one message of a terminal at a time, bounded."""

    def __init__(self) -> None:
        self._kind = self._first = -1
        self._parts: dict[int, bytes] = {}

    def add(self, message: Message) -> Message | None:
        """The whole message once all of it is there; one that is no fragment at once. Raises Bad."""
        if not message.parts:
            return message
        if message.parts > _MOST_PARTS:
            self._parts.clear()
            raise Bad("too many fragments")
        first = (message.serial - message.part + 1) & 0xFFFF
        if (message.kind, first) != (self._kind, self._first):
            self._kind, self._first, self._parts = message.kind, first, {}
        self._parts[message.part] = message.body
        if len(self._parts) < message.parts:
            return None
        body = b"".join(self._parts[number] for number in sorted(self._parts))
        self._parts = {}
        self._kind = -1
        return Message(message.kind, message.phone, message.serial, body, message.v2019)


def bcd(digits: str, wide: int) -> bytes:
    """Raises Bad."""
    if not (digits.isascii() and (digits.isdigit() or not digits)) or len(digits) > 2 * wide:
        raise Bad("not a number of this length")
    return bytes.fromhex(digits.rjust(2 * wide, "0"))


def _digits(raw: bytes) -> str:
    text = raw.hex()
    if not text.isdigit():
        raise Bad("not BCD")
    return text.lstrip("0")


def _plain(frame: bytes) -> bytes:
    """Without escapes. Raises Bad."""
    parts = frame.split(b"\x7d")
    found = bytearray(parts[0])
    for part in parts[1:]:
        if part[:1] == b"\x01":
            found.append(0x7D)
        elif part[:1] == b"\x02":
            found.append(MARK)
        else:
            raise Bad("escape")
        found += part[1:]
    return bytes(found)
