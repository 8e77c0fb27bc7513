"""The gateway for JT/T 808 terminals: their positions go into the pipe as any device's readings, and
a terminal hears "received" only when they are committed, so that it keeps and repeats the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from django.db import DatabaseError, close_old_connections
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as BusError

from bihuan.apps.monitoring.actions import terminals
from bihuan.apps.monitoring.gateways.addresses import GUESSES, Addresses, Limits, address_of
from bihuan.apps.monitoring.gateways.left_out import LeftOut, turned_away
from bihuan.apps.monitoring.gateways.positions import message, sources
from bihuan.apps.monitoring.keys import hash_of
from bihuan.apps.monitoring.models import Device, Terminal
from bihuan.apps.monitoring.pipe.bus import connect
from bihuan.base import clock
from bihuan.lib.jt808 import (
    Bad,
    Location,
    Message,
    Splitter,
    Whole,
    answer,
    authentication,
    batch,
    decode,
    encode,
    location,
    registration,
    registration_answer,
)
from bihuan.lib.jt808 import bodies as b
from bihuan.lib.machines import Cause

log = logging.getLogger(__name__)
T = TypeVar("T")
MOST = 10_000
"""Terminals at a time."""
STRANGERS = 30.0
"""Seconds within which a connection says who it is."""
IDLE = 900.0
WAITING = 32
"""Messages of a terminal that wait for our commit; more are not read meanwhile."""
STUCK = 60.0
"""Seconds without our commit after which a terminal is let go: what the message server lost in a power
cut nobody sends again under its number, and those after it wait for it. It comes back, counts anew,
and repeats what was not answered.
"""
REVOKED_EVERY = 2.0
PUBLISH = 10.0
POSITIONS = 200
"""Of one message of the pipe: 200 of them stay below its 64 KB."""
BAD = 30
"""Frames in a row that cannot be read, after which a terminal is let go."""
KEPT = 200
"""Bytes of a refused message that a person is shown."""


@dataclass
class _Waiting:
    """A message that is on its way: it is answered when `number` is committed."""

    number: int
    kind: int
    serial: int
    since: float


def _seconds() -> float:
    return asyncio.get_running_loop().time()


class Line:
    """One terminal's connection."""

    def __init__(
        self, gate: Gate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._gate, self._reader, self._writer = gate, reader, writer
        self._splitter, self._whole = Splitter(), Whole()
        self._serial = self._number = self._acked = self._bad = 0
        self._boot = secrets.token_hex(6)
        self._waiting: deque[_Waiting] = deque()
        self._room = asyncio.Event()
        self._room.set()
        self._v2019 = False
        self.address = address_of(writer.get_extra_info("peername"))
        self.subscription: Subscription | None = None
        self.phone = ""
        self.device: Device | None = None
        self.admitted_by = ""

    async def run(self) -> None:
        """Until it goes, says nothing for long, or says what it may not."""
        try:
            async with asyncio.timeout(STRANGERS):
                while self.device is None:
                    if not await self._hear():
                        return
            while True:
                async with asyncio.timeout(IDLE):
                    await self._room.wait()
                    if not await self._hear():
                        return
        except TimeoutError:
            log.info("a terminal said nothing and was let go")
        except Bad as error:
            self._gate.refuse(self, Cause.GARBAGE, str(error).encode())
        finally:
            await self._leave()

    def committed(self, boot: str, number: int) -> None:
        """Everything up to `number` is in the database."""
        if boot != self._boot:
            return
        self._acked = max(self._acked, number)
        while self._waiting and self._waiting[0].number <= number:
            done = self._waiting.popleft()
            self._answer(done.serial, done.kind, b.OK)
        self._room.set()

    def close(self) -> None:
        self._writer.close()

    async def _leave(self) -> None:
        await self._gate.forget(self)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _hear(self) -> bool:
        """What arrived; False when that was the end."""
        data = await self._reader.read(4096)
        if not data:
            return False
        for frame in self._splitter.feed(data):
            said = self._read(frame)
            if self._bad >= BAD or (said is not None and not await self._do(said)):
                return False
        await self._writer.drain()
        return not self._waiting or _seconds() - self._waiting[0].since < STUCK

    def _read(self, frame: bytes) -> Message | None:
        """A message, once all of it is here."""
        try:
            part = decode(frame)
            if part.parts and self.device is None:
                raise Bad("fragments of a stranger")
            said = self._whole.add(part)
        except Bad:
            if self.device is None:
                raise  # who starts with garbage is no terminal
            self._gate.refuse(self, Cause.GARBAGE, frame)
            self._bad += 1
            return None
        self._bad = 0
        return said

    async def _do(self, said: Message) -> bool:
        self._v2019 = said.v2019
        if self.phone and said.phone != self.phone:
            self._gate.refuse(self, Cause.OTHER_DEVICE, said.body[:KEPT])
            return False
        if said.kind == b.REGISTER:
            return await self._register(said)
        if said.kind == b.AUTHENTICATE:
            return await self._authenticate(said)
        if self.device is None:
            self._gate.refuse(self, Cause.UNKNOWN_DEVICE, said.body[:KEPT], phone=said.phone)
            return False
        if said.kind in {b.LOCATION, b.BATCH}:
            await self._hand_in(said)
        elif said.kind in {b.HEARTBEAT, b.LOGOUT}:
            self._answer(said.serial, said.kind, b.OK)
        elif said.kind != b.ANSWER:
            self._answer(said.serial, said.kind, b.UNSUPPORTED)
        return said.kind != b.LOGOUT

    async def _register(self, said: Message) -> bool:
        told = registration(said.body, v2019=said.v2019)
        result, code = await self._gate.do(
            lambda: terminals.register(phone=said.phone, told=told, now=clock.now())
        )
        self.phone = said.phone
        self._send(b.REGISTER_ANSWER, registration_answer(said.serial, result, code))
        if result != b.OK:
            self._gate.refuse(self, Cause.UNKNOWN_DEVICE, said.body[:KEPT], phone=said.phone)
            await self._writer.drain()
        return result == b.OK

    async def _authenticate(self, said: Message) -> bool:
        code = authentication(said.body, v2019=said.v2019)
        found = await self._gate.do(
            lambda: terminals.admit(phone=said.phone, code=code, now=clock.now())
        )
        if found is None:
            self._answer(said.serial, said.kind, b.FAILED)
            await self._writer.drain()
            self._gate.refuse(self, Cause.WRONG_KEY, b"", phone=said.phone)
            return False
        self.phone = said.phone
        if self.device is None:
            self.device, self.admitted_by = found, hash_of(code)
            await self._gate.welcome(self)
        self._answer(said.serial, said.kind, b.OK)
        return True

    async def _hand_in(self, said: Message) -> None:
        """Into the pipe; what cannot be read is answered as wrong, so that it is not sent for ever."""
        assert self.device is not None
        try:
            raw = batch(said.body) if said.kind == b.BATCH else [said.body]
            places = [location(each) for each in raw]
        except Bad:
            self._gate.refuse(self, Cause.GARBAGE, said.body[:KEPT])
            self._answer(said.serial, said.kind, b.WRONG)
            return
        if not places or not sources().get(self.device.template):
            self._answer(said.serial, said.kind, b.OK if not places else b.UNSUPPORTED)
            return
        for at in range(0, len(places), POSITIONS):
            await self._put(places[at : at + POSITIONS])
        self._waiting.append(_Waiting(self._number, said.kind, said.serial, _seconds()))
        if len(self._waiting) >= WAITING:
            self._room.clear()

    async def _put(self, places: Sequence[Location]) -> None:
        assert self.device is not None
        number = self._number + 1
        body = message(
            self.device.template, places, boot=self._boot, number=number, oldest=self._acked + 1
        )
        await self._gate.publish(self.device.code, body)
        self._number = number

    def _answer(self, serial: int, kind: int, result: int) -> None:
        self._send(b.PLATFORM_ANSWER, answer(serial, kind, result))

    def _send(self, kind: int, body: bytes) -> None:
        if not self._writer.is_closing():
            self._serial = (self._serial + 1) & 0xFFFF
            self._writer.write(encode(Message(kind, self.phone, self._serial, body, self._v2019)))


class Gate:
    """All terminals of this process."""

    def __init__(self, bus: Client, pool: ThreadPoolExecutor, limits: Limits) -> None:
        self._bus, self._pool = bus, pool
        self._lines: set[Line] = set()
        self._of: dict[str, Line] = {}
        self.addresses = Addresses(limits)
        self._left_out = LeftOut()

    async def came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._lines) >= MOST or not self.addresses.comes(
            address_of(writer.get_extra_info("peername"))
        ):
            writer.close()
            return
        line = Line(self, reader, writer)
        self._lines.add(line)
        try:
            await line.run()
        except (OSError, BusError, DatabaseError) as error:
            log.warning("a terminal's connection was broken off: %s", type(error).__name__)

    async def welcome(self, line: Line) -> None:
        """It is the one connection of its device: an older one is the same terminal's, gone dead."""
        assert line.device is not None
        older = self._of.get(line.device.code)
        self._of[line.device.code] = line
        line.subscription = await self._bus.subscribe(f"ack.{line.device.code}", cb=self._committed)
        if older is not None:
            older.close()

    async def forget(self, line: Line) -> None:
        if line in self._lines:
            self._lines.discard(line)
            self.addresses.goes(line.address)
        if line.device is not None and self._of.get(line.device.code) is line:
            del self._of[line.device.code]
        if line.subscription is not None and not self._bus.is_closed:
            await line.subscription.unsubscribe()

    async def publish(self, code: str, body: bytes) -> None:
        """Raises OSError, BusError."""
        await self._bus.jetstream(timeout=PUBLISH).publish(f"gate.{code}", body)

    async def _committed(self, told: Msg) -> None:
        line = self._of.get(told.subject.partition(".")[2])
        if line is not None:
            said = json.loads(told.data)
            line.committed(str(said["b"]), int(said["s"]))

    def refuse(self, line: Line, cause: Cause, raw: bytes, *, phone: str = "") -> None:
        """Counted where a person sees it: at the device that it is, or whose number it bears."""
        if line.device is None and cause in GUESSES:
            self.addresses.was_wrong(line.address)
        self._left_out.add(line.device, phone or line.phone, cause, raw)

    async def do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: _fresh(work))

    async def write_down(self) -> None:
        """What was left out, and who was turned away."""
        if left := self._left_out.taken():
            await self.do(left.write)
        if away := self.addresses.turned_away():
            await self.do(lambda: turned_away(away))

    async def look_round(self) -> None:
        """Now and then: the limits in force, and what is to be seen."""
        self.addresses.limits = await self.do(lambda: Limits.at(clock.now()))
        await self.write_down()
        await self.end_revoked()

    async def end_revoked(self) -> None:
        by = {code: line.admitted_by for code, line in self._of.items()}
        for code in await self.do(lambda: _ended(by)) if by else ():
            if code in self._of and self._of[code].admitted_by == by[code]:
                self._of[code].close()

    def close(self) -> None:
        for line in list(self._lines):
            line.close()


async def serve(
    host: str, port: int, stop: asyncio.Event, *, ready: Callable[[int], None] = print
) -> None:
    """Listen until told to stop; `ready` hears the port."""
    sources()  # said at once when the data are wrong
    bus = await connect("service")
    with ThreadPoolExecutor(4, "terminals") as pool:
        limits = await asyncio.get_running_loop().run_in_executor(
            pool, lambda: _fresh(lambda: Limits.at(clock.now()))
        )
        gate = Gate(bus, pool, limits)
        server = await asyncio.start_server(gate.came, host, port, limit=8192)
        ready(server.sockets[0].getsockname()[1])
        try:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), REVOKED_EVERY)
                try:
                    await gate.look_round()
                except DatabaseError as error:
                    log.warning("the database is away: %s", type(error).__name__)
        finally:
            server.close()
            gate.close()
            with contextlib.suppress(DatabaseError):
                await gate.write_down()
            await bus.close()


def _fresh(work: Callable[[], T]) -> T:
    close_old_connections()
    return work()


def _ended(by: Mapping[str, str]) -> list[str]:
    """Of devices with the hash of the code that they showed: those that hold it no more, revoked or
    made known anew.
    """
    rows = Terminal.objects.filter(device__code__in=list(by), device__revoked_at=None)
    good = dict(rows.values_list("device__code", "code_hash"))
    return [code for code, shown in by.items() if good.get(code) != shown]


def run_forever() -> None:
    """As a process of its own, until SIGTERM or Ctrl-C. Where it listens says the environment."""

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        host = os.environ.get("BIHUAN_JT808_HOST", "127.0.0.1")
        await serve(host, int(os.environ["BIHUAN_JT808_PORT"]), stop, ready=lambda _port: None)

    asyncio.run(main())
