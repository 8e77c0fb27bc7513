"""The process that reads the stream: messages in, batches committed, devices answered.

It pulls from where the database says that reading stopped, asks for no acknowledgement from the
stream, and starts anew from there after anything unexpected: a lost connection, a hole in the
numbering of what it was sent, another worker's taking over.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from nats.aio.client import Client
from nats.errors import Error as BusError

from bihuan.apps.monitoring.actions import opinion
from bihuan.apps.monitoring.actions.days import keep_days
from bihuan.apps.monitoring.actions.quick import watch_samples
from bihuan.apps.monitoring.actions.watching import watch
from bihuan.apps.monitoring.models.pipe import PARTITIONS
from bihuan.apps.monitoring.pipe import callout, commanding
from bihuan.apps.monitoring.pipe.ahead import NOTHING, Ahead, read_ahead
from bihuan.apps.monitoring.pipe.bus import (
    LEFT,
    STREAM,
    BusUnfit,
    connect,
    ensure_streams,
    ensure_synced,
    is_there,
    last_before,
    secret,
)
from bihuan.apps.monitoring.pipe.forbidden import Forbidden
from bihuan.apps.monitoring.pipe.holding import Fenced
from bihuan.apps.monitoring.pipe.pulling import Hole, Pull
from bihuan.apps.monitoring.pipe.reading import Message
from bihuan.apps.monitoring.pipe.taking import Taken, Taker
from bihuan.apps.monitoring.store.keeping import keep
from bihuan.base import clock
from bihuan.base.system import heartbeat

log = logging.getLogger(__name__)
HOLD = 5.0
"""Seconds after which a silent worker says that it still holds its partitions."""
RETRY = 1.0
LOOK_BACK = 60.0
"""Seconds before the last message that we know, from which a stream that lost some is read again."""
GATHER = 0.15
"""Seconds that a small batch waits for more: a commit costs the same for one message as for many,
and an alarm is still there well within a second.
"""


class Worker:
    def __init__(self, *, most: int = PARTITIONS) -> None:
        self._most = most
        self._taker = Taker()
        self._pool = ThreadPoolExecutor(1, "taking")
        self._beside = ThreadPoolExecutor(1, "reading")
        self.taken = Taken()

    async def run(self, stop: asyncio.Event) -> None:
        """Read until told to stop; what goes wrong is tried again."""
        while not stop.is_set():
            try:
                await self._session(stop)
            except (
                Hole,
                Fenced,
                BusError,
                OSError,
                DatabaseError,
                InterfaceError,
                TimeoutError,
            ) as error:
                why = str(error).partition("\n")[0]
                log.warning("reading starts anew: %s %s", type(error).__name__, why)
                await self._do(_let_go)
                await _sleep(stop, RETRY)
        with contextlib.suppress(DatabaseError):
            await self._do(self._taker.release)
        await self._do(_let_go)
        self._pool.shutdown()
        self._beside.shutdown()

    async def _session(self, stop: asyncio.Event) -> None:
        mine = await self._do(lambda: self._taker.claim(clock.now(), most=self._most))
        if not mine:
            await _sleep(stop, HOLD)
            return
        bus = await connect("service")
        try:
            await ensure_streams(bus)
            await self._look_back(bus)
            pull = Pull(await self._consumer(bus, mine))
        finally:
            await bus.close()
        try:
            await pull.open()
            await self._read(pull, stop)
        finally:
            await pull.close()

    async def _look_back(self, bus: Client) -> None:
        """After a power cut the stream may have lost its last messages, and given their numbers to
        new ones; or it was made anew. Read again from before then: what is known is stored once.
        """
        for partition, mark in sorted(self._taker.marks.items()):
            if mark.seq and not await is_there(bus, mark):
                back = await last_before(bus, (mark.at or 0.0) - LOOK_BACK)
                log.error(
                    "partition %d: %d is gone, reading from %d", partition, mark.seq, back.seq
                )
                await self._do(lambda p=partition, to=back: self._taker.rewind(p, to))

    async def _consumer(self, bus: Client, mine: set[int]) -> str:
        subjects = [f"tele.{partition}.*" for partition in sorted(mine)]
        config = {
            "deliver_policy": "by_start_sequence", "opt_start_seq": min(mark.seq for mark in self._taker.marks.values()) + 1,
            "ack_policy": "none", "inactive_threshold": 60 * 10**9, "mem_storage": True,
            "max_waiting": 64,
        } | ({"filter_subjects": subjects} if len(mine) < PARTITIONS else {})  # fmt: skip
        body = {"stream_name": STREAM, "config": config}
        answer = await bus.request(
            f"$JS.API.CONSUMER.CREATE.{STREAM}", json.dumps(body).encode(), timeout=10
        )
        found = json.loads(answer.data)
        if "error" in found:
            raise Hole(found["error"].get("description"))
        name: str = found["name"]
        return name

    async def _read(self, pull: Pull, stop: asyncio.Event) -> None:
        held = begun = time.monotonic()
        batch: list[Message] = []
        ahead = NOTHING
        while not stop.is_set():
            if not batch:
                if not pull.waiting:
                    await _first(pull.came.wait(), stop.wait(), timeout=HOLD / 2)
                if pull.waiting and not pull.full.is_set():
                    await asyncio.sleep(max(0.0, begun + GATHER - time.monotonic()))
                batch, ahead = pull.batch(), NOTHING
            begun = time.monotonic()
            if batch:
                taking = asyncio.ensure_future(
                    self._do(lambda messages=batch, ahead=ahead: self._take(messages, ahead))
                )
                try:
                    following = await self._following(pull, taking)
                finally:
                    taken = await taking
                await pull.tell(_answers(batch, taken))
                batch, ahead = following
                held = time.monotonic()
            elif time.monotonic() - held > HOLD:
                await self._do(lambda: self._taker.hold(clock.now()))
                held = time.monotonic()
                pull.ensure_answered()

    async def _following(
        self, pull: Pull, taking: asyncio.Future[Taken]
    ) -> tuple[list[Message], Ahead]:
        """The batch after the one that is being taken, if all of it arrives meanwhile: read while the
        database commits.
        """
        full: asyncio.Future[Any] = asyncio.ensure_future(pull.full.wait())
        either: set[asyncio.Future[Any]] = {full, taking}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        full.cancel()
        if taking.done():
            return [], NOTHING
        try:
            batch = pull.batch()
        except Hole:  # said again when it is asked next: what is committed is answered first
            return [], NOTHING
        loop, fleet = asyncio.get_running_loop(), self._taker.fleet
        return batch, await loop.run_in_executor(self._beside, read_ahead, fleet, batch)

    def _take(self, messages: Sequence[Message], ahead: Ahead) -> Taken:
        now = clock.now()
        taken = self._taker.take(messages, now, ahead)
        self.taken.samples += taken.samples
        self.taken.points += taken.points
        self.taken.raised += taken.raised
        return taken

    async def _do(self, work: Any) -> Any:
        """Database work: in the one thread that has a connection."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _answers(batch: Sequence[Message], taken: Taken) -> Iterator[tuple[str, bytes]]:
    """What the devices hear, and those who brought a file, once all of it is committed."""
    for code, (boot, number) in taken.acks.items():
        yield f"ack.{code}", b'{"b":"%s","s":%d}' % (boot.encode(), number)
    for message in batch:
        if message.past:
            yield message.past, LEFT if message.seq in taken.left else b""


def _let_go() -> None:
    """Close the connection of the thread that runs this: another one's may not be touched."""
    connection.close()


async def _first(*waits: Any, timeout: float) -> None:  # noqa: ASYNC109 - of whichever comes first
    tasks = [asyncio.ensure_future(each) for each in waits]
    await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    await _first(stop.wait(), timeout=seconds)


async def run(stop: asyncio.Event) -> None:
    """All of an ingest process: sign-ins, reading, and the hourly packing."""
    secret("service")  # said at once when this is not the installation's data folder
    opinion.read_all()
    await _prepared(stop)
    with (
        ThreadPoolExecutor(4, "signing") as signing,
        ThreadPoolExecutor(1, "keeping") as keeping,
        ThreadPoolExecutor(1, "commanding") as commands,
    ):
        tasks = {
            asyncio.create_task(_again(lambda: callout.serve(signing, stop), stop)),
            asyncio.create_task(_again(lambda: commanding.serve(commands, stop), stop)),
            asyncio.create_task(Worker().run(stop)),
            asyncio.create_task(_keep(keeping, stop)),
        }
        done, _rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()


async def _prepared(stop: asyncio.Event) -> None:
    """No device is let in before what it says is kept for us."""
    while not stop.is_set():
        try:
            bus = await connect("service")
            try:
                await ensure_streams(bus)
                await ensure_synced()
            finally:
                await bus.close()
        except (BusError, OSError, TimeoutError) as error:
            log.warning("the message server is not ready: %s", type(error).__name__)
            await _sleep(stop, RETRY)
        else:
            return


async def _again(work: Any, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await work()
        except (BusError, OSError, TimeoutError) as error:
            log.warning("sign-ins start anew: %s", type(error).__name__)
            await _sleep(stop, RETRY)


async def _keep(pool: ThreadPoolExecutor, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    forbidden = Forbidden(Path(settings.HOME) / "logs" / "nats.log")
    while not stop.is_set():
        try:
            await loop.run_in_executor(pool, _kept, forbidden)
        except DatabaseError as error:
            log.warning("packing waits: %s", type(error).__name__)
            await loop.run_in_executor(pool, _let_go)
        await _sleep(stop, 10)


def _kept(forbidden: Forbidden) -> None:
    now = clock.now()
    heartbeat.beat("ingest", now)
    keep(now)
    watch(now)
    watch_samples(now)
    forbidden.count(now)
    keep_days(now)


def run_forever() -> None:
    """As a process of its own, until SIGTERM or Ctrl-C."""

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run(stop)

    try:
        asyncio.run(main())
    except BusUnfit as unfit:
        sys.exit(str(unfit))
