"""A real NATS server and a real worker, for the tests."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from django.conf import settings
from django.db import connection, connections

from bihuan.apps.monitoring import catalogue
from bihuan.apps.monitoring.pipe import callout, worker
from bihuan.apps.monitoring.pipe.bus import connect
from bihuan.apps.monitoring.tests.mqtt import Mqtt, Refused


class Server:
    """A server in the data folder of the tests; `kill` is a kill -9."""

    def __init__(self, home):
        self.home = Path(home)
        self.start()

    def start(self):
        """Run it; its ports are known when it says that it is ready, not what an earlier one said."""
        (self.home / "nats").mkdir(exist_ok=True)
        path = self.home / "nats" / "log"
        for _ in range(3):  # another tester's server may take its port in between; it ends then
            with path.open("ab") as log:
                before = log.tell()
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "bihuan.config.nats_server"], stdout=log, stderr=log,
                    env={**os.environ, "BIHUAN_HOME": str(self.home)},
                )  # fmt: skip
            said = wait(
                lambda before=before: (
                    b"Server is ready" in path.read_bytes()[before:]
                    or (self.process.poll() is not None and "ended")
                )
            )
            if said is True:
                break
        self.place = SimpleNamespace(**json.loads((self.home / "nats" / "place.json").read_text()))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def keep(self):
        """What the disk holds now; `lose` goes back to it, as a power cut does."""
        self.kill()
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(self._store, self._kept)
        self.start()

    def lose(self):
        self.kill()
        shutil.rmtree(self._store)
        self._kept.rename(self._store)
        self.start()

    def forget(self):
        """As a server that never ran: without any stream."""
        self.kill()
        shutil.rmtree(self._store)
        self.start()

    def lose_numbers(self, stream):
        """As a power cut while a stream is empty may leave it: it numbers its messages anew, its
        reader's place is that of before.
        """
        self.kill()
        for part in (self._store / "jetstream" / "APP" / "streams" / stream / "msgs").iterdir():
            part.unlink()
        self.start()

    @property
    def _store(self):
        return self.home / "nats" / "jetstream"

    @property
    def _kept(self):
        return self.home / "nats" / "kept"

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@contextmanager
def server():
    found = Server(settings.HOME)
    try:
        yield found
    finally:
        found.stop()


def last_of(bus):
    """The number of the newest message of the stream; 0 where there is none."""
    return (state_of() or {}).get("last_seq", 0)


def state_of():
    """What the stream holds; None before a worker has made it."""

    async def last():
        client = await connect("service")
        try:
            answer = await client.request("$JS.API.STREAM.INFO.TELE", b"{}")
        finally:
            await client.close()
        return json.loads(answer.data).get("state")

    with ThreadPoolExecutor(1) as pool:  # a browser's test has a loop in this thread
        return pool.submit(asyncio.run, last()).result()


def empty(bus):
    """Tables that a flush between tests does not know of, and a stream read to its end."""
    seq = last_of(bus)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE monitoring_hot")
        cursor.execute(
            "INSERT INTO monitoring_checkpoint (partition, seq) SELECT n, %s FROM generate_series(0, 15) n "
            "ON CONFLICT (partition) DO UPDATE SET seq = excluded.seq, at = NULL, owner = NULL",
            [seq],
        )


def ingest():
    """A worker with its sign-ins, in a thread of its own, as the process runs it."""
    return _running(worker.run)


def signing():
    """The sign-ins alone: what devices say waits in the stream."""

    async def serve(stop):
        with ThreadPoolExecutor(2) as pool:
            await callout.serve(pool, stop)
            pool.submit(connections.close_all).result()

    return _running(serve)


@contextmanager
def _running(work):
    catalogue.forget()  # as a process begins
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    failed = []

    def body():
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(work(stop))
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)
        finally:
            connections.close_all()
            loop.close()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    try:
        yield
    finally:
        if not failed:
            loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        catalogue.rest_on_shipped()
        assert not thread.is_alive()
        assert not failed, failed


def signed_in(bus, device, key, **options):
    """A connection of the device: the sign-ins begin a moment after the worker."""
    why = None

    def tried():
        nonlocal why
        try:
            return Mqtt(bus.place.mqtt_port, device.code, device.code, key, **options)
        except (Refused, OSError) as error:
            why = error
            return None

    try:
        return wait(tried)
    except AssertionError as error:
        raise AssertionError(f"{device.code} was not let in: {why!r}") from error


def wait(what, seconds=45.0):
    """What is true at last. A server that was started again takes its sources up within 30 s."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")
