"""What the stream hands over, many messages at a time.

A connection of its own that speaks as much of the NATS protocol as reading asks for: a client that
makes an object and wakes a task for each message costs more than all that is done with it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections import deque
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from bihuan.apps.monitoring.pipe.bus import PAST, STREAM, secret
from bihuan.apps.monitoring.pipe.place import place
from bihuan.apps.monitoring.pipe.reading import Message

log = logging.getLogger(__name__)
MOST = 4000
"""Messages of one batch."""
LARGE = 8 * 1024 * 1024
"""Bytes after which a batch takes no more: what is made of it must have room in memory."""
HELD = 8 * LARGE
"""Bytes of messages that wait to be taken: no more are asked for until some were."""
AHEAD = 3
"""Batches that are asked for ahead: while one is committed the next ones arrive."""
EXPIRES = 5.0
"""Seconds after which the server gives a request up that it could not fill, and says so."""
SLACK = 3.0
"""Seconds that this may come late before nobody is there who would say it."""
PATIENCE = 10.0
BREATH = 0.02
_CHUNK = 256 * 1024
_PAST = b"\r\n%s:" % PAST.encode()
_MESSAGES = (b"HMSG", b"MSG")
_LEFT = b"Nats-Pending-Messages:"
_INBOX = "_INBOX.{}.tele"
_DENIED = b"Permissions Violation for Publish"
_NOTED = 100
"""Of so many subjects of one connection it is logged, once each."""


class Hole(RuntimeError):
    """Messages were lost between the server and us: read again from the checkpoint."""


class Pull:
    """The messages of one consumer, in the order of their delivery: `came` is set when there are some,
    `full` when there is a whole batch. What goes wrong is found by `batch`, as Hole.
    """

    def __init__(self, consumer: str) -> None:
        self.came, self.full = asyncio.Event(), asyncio.Event()
        self._consumer, self._inbox = consumer, _INBOX.format(consumer)
        self._arrived: deque[Message] = deque()
        self._held = 0
        self._rest = b""
        self._number = self._open = 0
        self._fault: Exception | None = None
        self._due = 0.0
        self._denied: set[bytes] = set()
        self._reading: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect to the first server that answers properly. Raises OSError, TimeoutError."""
        why: Exception = OSError("no message server")
        for url in place()["url"].split(","):
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._connect(url)
            except (OSError, TimeoutError) as error:
                why = error
            except ValueError as error:  # an address or an answer that cannot be read
                why = OSError(f"no NATS server: {type(error).__name__}")
            else:
                self._reading = asyncio.create_task(self._read())
                self._ask()
                return
        raise why

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
        if self._writer is not None:
            self._writer.close()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._writer.wait_closed()
            except TimeoutError:  # what is still to be sent is read by nobody
                self._writer.transport.abort()
            except OSError:
                pass

    @property
    def waiting(self) -> int:
        """How many have arrived and were not taken."""
        return len(self._arrived)

    def batch(self) -> list[Message]:
        """The next ones, as many as there are, at most MOST, fewer where they are LARGE. Raises Hole."""
        if self._fault is not None:
            raise Hole(repr(self._fault)) from self._fault
        self.came.clear()
        found: list[Message] = []
        size = 0
        while self._arrived and len(found) < MOST and size < LARGE:
            found.append(self._arrived.popleft())
            size += len(found[-1].data)
        self._held -= size
        if not self._whole():
            self.full.clear()
        self._open -= len(found)
        self._ask()
        return found

    async def tell(self, said: Iterable[tuple[str, bytes]]) -> None:
        """Publish each (subject, body). Raises Hole, OSError."""
        self._say(b"".join(_published(subject, body) for subject, body in said))
        assert self._writer is not None
        try:
            async with asyncio.timeout(PATIENCE):
                await self._writer.drain()
        except TimeoutError:
            raise Hole("the message server does not read") from None

    def ensure_answered(self) -> None:
        """A request that nothing came of runs out, and then the server says so and is asked again.
        Where it says nothing, it or the consumer is gone. Raises Hole.
        """
        if time.monotonic() > self._due:
            raise Hole("the message server does not answer")

    def _ask(self) -> None:
        """As many requests as have room: what is asked for and was not taken is at most MOST * AHEAD;
        none while much is HELD.
        """
        body = b'{"batch":%d,"expires":%d}' % (MOST, EXPIRES * 10**9)
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self._consumer} {self._inbox}"
        while self._open <= MOST * (AHEAD - 1) and self._held <= HELD:
            self._say(_published(subject, body))
            self._open += MOST
            self._wait_on()

    def _wait_on(self) -> None:
        self._due = time.monotonic() + EXPIRES + SLACK

    def _say(self, line: bytes) -> None:
        assert self._writer is not None
        self._writer.write(line)

    async def _connect(self, url: str) -> None:
        if self._writer is not None:
            self._writer.close()
        where = urlsplit(url if "://" in url else f"nats://{url}")
        self._reader, self._writer = await asyncio.open_connection(
            where.hostname, where.port or 4222, limit=4 * _CHUNK
        )
        said = await self._reader.readline()
        if not said.startswith(b"INFO "):
            raise OSError("no NATS server")
        info = json.loads(said[5:])
        if not isinstance(info, dict):
            raise OSError("no NATS server")
        if where.scheme == "tls" or info.get("tls_required"):
            await self._writer.start_tls(
                ssl.create_default_context(), server_hostname=where.hostname
            )
        options: dict[str, Any] = {
            "verbose": False, "pedantic": False, "lang": "python", "version": "1", "protocol": 1, "headers": True,
            "no_responders": True, "user": "service", "pass": secret("service"),
        }  # fmt: skip
        self._say(
            b"CONNECT %s\r\nSUB %s 1\r\nPING\r\n" % (json.dumps(options).encode(), self._inbox.encode())
        )  # fmt: skip
        while not (said := await self._reader.readline()).startswith(b"PONG"):
            if not said or said.startswith(b"-ERR"):
                raise OSError(said.decode(errors="replace").strip() or "connection")

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(_CHUNK):
                self._take(self._rest + data)
                if self._arrived:
                    self.came.set()
                if self._whole():
                    self.full.set()
                if len(data) < _CHUNK // 8:
                    await self._rest_a_little()
            raise Hole("connection")
        except Exception as error:  # noqa: BLE001 - told to whoever asks for a batch
            self._fault = error
            self.came.set()

    def _whole(self) -> bool:
        """Whether there is a whole batch."""
        return len(self._arrived) >= MOST or self._held >= LARGE

    async def _rest_a_little(self) -> None:
        """What trickles in gathers in the socket meanwhile: to be woken costs more than to read."""
        assert self._writer is not None
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's reads
        await asyncio.sleep(BREATH)
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]

    def _take(self, data: bytes) -> None:
        found, self._rest = cut(data)
        if any(words[0] in _MESSAGES for words, _head, _body in found):
            self._wait_on()
        for words, head, body in found:
            if words[0] in _MESSAGES:
                self._message(words, head, body)
            elif words[0] == b"PING":
                self._say(b"PONG\r\n")
            elif words[0] == b"-ERR":
                self._refused(b" ".join(words))

    def _refused(self, said: bytes) -> None:
        """Who may not be told something keeps nobody else from being heard."""
        why = said.decode(errors="replace")
        if _DENIED not in said:
            raise Hole(why)
        if said not in self._denied and len(self._denied) < _NOTED:
            self._denied.add(said)
            log.error("message server: %s", why)

    def _message(self, words: list[bytes], head: bytes, body: bytes) -> None:
        if not words[3].startswith(b"$JS.ACK."):
            self._status(head)
            return
        # $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<ns>.<pending>
        parts = words[3].split(b".")
        number = int(parts[-3])
        if number != self._number + 1:
            raise Hole(f"{self._number} -> {number}")
        self._number = number
        _, partition, code = words[1].decode().split(".", 2)
        past = (
            head.partition(_PAST)[2].partition(b"\r\n")[0].strip().decode() if _PAST in head else ""
        )
        self._arrived.append(
            Message(int(partition), int(parts[-4]), code, int(parts[-2]) / 1e9, body, past)
        )
        self._held += len(body)

    def _status(self, head: bytes) -> None:
        """A request ran out with some of its messages not there: they are asked for again."""
        status = head.split()[1:2]
        if status == [b"100"]:
            return
        if status != [b"408"]:
            raise Hole(head.decode(errors="replace").strip())
        left = head.partition(_LEFT)[2].split()
        self._open -= int(left[0]) if left else MOST
        self._ask()


def cut(data: bytes) -> tuple[list[tuple[list[bytes], bytes, bytes]], bytes]:
    """What the server sent, as far as it is whole: of each the words of its line, and the head and the
    body of a message; and what is left, that waits for more. Raises ValueError, IndexError.
    """
    found, at = [], 0
    while (end := data.find(b"\r\n", at)) >= 0:
        words, begin = data[at:end].split(), end + 2
        head = body = b""
        if words[0] in _MESSAGES:
            middle = begin + (int(words[-2]) if words[0] == b"HMSG" else 0)
            after = begin + int(words[-1])
            if len(data) < after + 2:
                break
            head, body, begin = data[begin:middle], data[middle:after], after + 2
        found.append((words, head, body))
        at = begin
    return found, data[at:]


def _published(subject: str, body: bytes) -> bytes:
    return b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(body), body)
