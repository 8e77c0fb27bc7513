"""A device's connection for many devices in one process: MQTT 3.1.1, QoS 1, on asyncio.

The reference client (`clients/python`) is what a maker builds into a machine; this one sends for
thousands of machines at once and keeps what was not confirmed in memory.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import struct
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

WINDOW = 32
"""Messages on their way without the database's answer."""
_AGAIN, _PATIENCE = 1.0, 10.0
UNANSWERED = 15.0
"""Seconds without an answer after which all that is open is sent again, then over a new connection."""


@dataclass(frozen=True)
class Address:
    host: str
    port: int
    tls: ssl.SSLContext | None = None


class Line:
    """Send messages in order until each is confirmed as committed.

    `put` never waits; `run` connects, sends, and comes back after every loss: to the next of the
    servers of a cluster.
    """

    def __init__(
        self,
        servers: Sequence[Address],
        code: str,
        key: str,
        *,
        boot: str,
        obey: Callable[[bytes], list[bytes]] | None = None,
    ) -> None:
        """`obey` takes a command and returns what the machine answers to it."""
        self._obey = obey
        self._answers: deque[bytes] = deque()
        self._servers, self.code, self._key, self._boot = deque(servers), code, key, boot
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._number = self.acked = 0
        self._sent = 0
        self._sent_at = 0.0
        self._packet = self._unanswered = 0
        self._news = asyncio.Event()
        self.confirmed = asyncio.Event()
        self._fewer = asyncio.Event()

    def put(self, body: dict[str, object]) -> None:
        """`body` without its numbering."""
        self._number += 1
        oldest = self._waiting[0][0] if self._waiting else self._number
        text = json.dumps(
            {"b": self._boot, "s": self._number, "f": oldest} | body, separators=(",", ":")
        )
        self._waiting.append((self._number, text.encode()))
        self.confirmed.clear()
        self._news.set()

    @property
    def open(self) -> int:
        """Messages that are not confirmed yet."""
        return len(self._waiting)

    async def room(self, most: int) -> None:
        """Wait until no more than so many messages are open."""
        while self.open > most:
            self._fewer.clear()
            await self._fewer.wait()

    async def run(self) -> None:
        while True:
            writer: asyncio.StreamWriter | None = None
            try:
                server = self._servers[0]
                reader, writer = await asyncio.open_connection(
                    server.host, server.port, ssl=server.tls
                )
                await self._sign_in(reader, writer)
                await self._talk(reader, writer)
            except (OSError, EOFError, asyncio.IncompleteReadError):
                self._servers.rotate(-1)
                await asyncio.sleep(_AGAIN)
            finally:
                if writer is not None:
                    writer.close()

    async def _sign_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        flags = 0xC2
        body = _text("MQTT") + bytes([4, flags]) + struct.pack(">H", 60)
        writer.write(_packet(0x10, body + _text(self.code) + _text(self.code) + _text(self._key)))
        kind, answer = await asyncio.wait_for(_read(reader), _PATIENCE)
        if kind != 0x20 or answer[1]:
            raise ConnectionRefusedError(self.code)
        writer.write(_packet(0x82, b"\x00\x01" + _text(f"ack/{self.code}") + b"\x01"))
        kind, answer = await asyncio.wait_for(_read(reader), _PATIENCE)
        if kind != 0x90 or answer[2] == 0x80:  # without the answers it would send for ever
            raise ConnectionRefusedError(self.code)
        if self._obey is not None:
            writer.write(_packet(0x82, b"\x00\x02" + _text(f"c/{self.code}") + b"\x01"))
        self._sent, self._unanswered = self.acked, 0

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hearing = asyncio.create_task(self._hear(reader, writer))
        try:
            while not hearing.done():
                self._send(writer)
                await writer.drain()
                self._news.clear()
                news = asyncio.create_task(self._news.wait())
                wait = UNANSWERED if self._waiting else 25
                await asyncio.wait(
                    {news, hearing}, timeout=wait, return_when=asyncio.FIRST_COMPLETED
                )
                if not news.done():
                    news.cancel()
                    writer.write(b"\xc0\x00")
                if self._waiting and time.monotonic() - self._sent_at > UNANSWERED:
                    if self._unanswered:
                        raise ConnectionResetError(self.code)
                    self._sent, self._unanswered = self.acked, self._unanswered + 1
            hearing.result()
        finally:
            hearing.cancel()
            with suppress(asyncio.CancelledError, OSError, EOFError):
                await hearing

    def _send(self, writer: asyncio.StreamWriter) -> None:
        while self._answers:
            self._packet = self._packet % 65535 + 1
            head = _text(f"r/{self.code}") + struct.pack(">H", self._packet)
            writer.write(_packet(0x32, head + self._answers.popleft()))
        topic = _text(f"t/{self.code}")
        for number, text in list(self._waiting)[:WINDOW]:
            if number > self._sent:
                if self._sent == self.acked:
                    self._sent_at = time.monotonic()
                self._packet = self._packet % 65535 + 1
                writer.write(_packet(0x32, topic + struct.pack(">H", self._packet) + text))
                self._sent = number

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            kind, body = await _read(reader)
            if kind >> 4 == 3:
                size = struct.unpack_from(">H", body)[0]
                rest = body[2 + size :]
                if kind & 6:
                    writer.write(_packet(0x40, rest[:2]))
                    rest = rest[2:]
                if body[2 : 2 + size] == f"c/{self.code}".encode():
                    self._answers.extend(self._obey(rest) if self._obey is not None else ())
                    self._news.set()
                else:
                    self._confirm(json.loads(rest))

    def _confirm(self, said: dict[str, object]) -> None:
        number = said.get("s")
        if said.get("b") != self._boot or not isinstance(number, int):
            return
        if number > self.acked:
            self.acked, self._sent_at, self._unanswered = number, time.monotonic(), 0
        while self._waiting and self._waiting[0][0] <= self.acked:
            self._waiting.popleft()
        self._fewer.set()
        if not self._waiting:
            self.confirmed.set()
        self._news.set()


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


def _packet(kind: int, body: bytes) -> bytes:
    size, length = bytearray(), len(body)
    while True:
        length, digit = divmod(length, 128)
        size.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([kind]) + bytes(size) + body


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        digit = (await reader.readexactly(1))[0]
        length |= (digit & 127) << shift
        shift += 7
        if not digit & 128:
            return kind, await reader.readexactly(length)
