"""The process of the bench `outages`; prints JSON."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import psutil

from bihuan.config import net
from bihuan.config.bench._devices import _company, _ingest
from bihuan.config.bench._links import wait
from bihuan.config.bench._power import Disk, can, disk
from bihuan.config.bench._senders import Devices, Gateway
from bihuan.config.bench._truth import checked
from bihuan.config.devices.line import Address
from bihuan.config.django_setup import ready

DEVICES, BEHIND_GATEWAY = 40, 8
BETWEEN_S = (0.0, 4.0)
SEED = 20261129
VICTIMS = ("worker", "nats", "power", "postgres", "web")
PATIENCE_S = 60.0
"""A process that dies often is started again after up to 30 seconds."""
AT_REST = 20
"""So many are killed one upon the other; then all comes to rest. What was never at rest for ten
minutes has machines whose news is too old for an alarm, and shows nothing about alarms."""


def main() -> None:
    kills = int(sys.argv[1])
    chance = random.Random(SEED)
    with ready() as home, ExitStack() as stack:
        devices = _company(DEVICES + BEHIND_GATEWAY)
        token, port = _token(), net.choose_port(None)
        power = stack.enter_context(disk(home / "nats" / "jetstream")) if can() else None
        worker = stack.enter_context(_ingest(home))
        web = stack.enter_context(_web(home, port))
        wait((home / "nats" / "place.json").exists)
        sending = Devices(_where(home), devices[:DEVICES])
        gateway = Gateway(port, token, devices[DEVICES:])
        for each in (sending, gateway):
            each.start()
        house = _House(home, [worker.parent(), web], power)
        killed: Counter[str] = Counter()
        begun = time.monotonic()
        victims = [name for name in VICTIMS if power or name != "power"]
        rests = 0
        while killed.total() < kills:
            if killed.total() >= AT_REST * rests:
                wait(lambda: sending.at_rest() and gateway.at_rest(), 600)
                rests += 1
            name = chance.choice(victims)
            with suppress(AssertionError):  # it is starting still: then somebody else
                wait(partial(house.is_there, name), PATIENCE_S)
                time.sleep(chance.uniform(*BETWEEN_S))
                killed[name] += house.kill(name)
            print(round(time.monotonic() - begun), name, killed.total(), file=sys.stderr)
        took = time.monotonic() - begun
        for each in (sending, gateway):
            each.over.set()
        _finished(sending, gateway)
        wait(_reachable)
        found = checked(sending.sent | gateway.sent)
        healed = time.monotonic() - begun - took
    if power is None:
        found["power"] = "not cut: needs root, loop devices and mkfs.ext4"
    print(
        json.dumps(
            {
                "killed": killed,
                "seconds": round(took),
                "healed_s": round(healed),
                "posts_failed": gateway.failures,
                **found,
            }
        )
    )


def _where(home: Path) -> list[Address]:
    place = json.loads((home / "nats" / "place.json").read_text("utf-8"))
    return [Address("127.0.0.1", place["mqtt_port"])]


def _finished(*threads: threading.Thread) -> None:
    for each in threads:
        each.join(600)
        if each.is_alive():
            raise AssertionError(f"{type(each).__name__}: not all was answered within ten minutes")


def _token() -> str:
    from bihuan.base import clock
    from bihuan.base.access.models import User
    from bihuan.base.access.tokens import make_token

    person, now = User.objects.get(username__startswith="remote_specialist"), clock.now()
    _row, text = make_token(
        person, title="gateway", scopes=["monitoring.devices"], expires_at=now + timedelta(days=1), by=None, now=now
    )  # fmt: skip
    return text


@contextmanager
def _web(home: Path, port: int) -> Iterator[psutil.Process]:
    """The web part as it runs beside others; yields its supervisor."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bihuan.config.cli", "up", "--only", "web", "--port", str(port), "--workers", "1"],
        env={**os.environ, "BIHUAN_HOME": str(home)}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait(partial(net.answers, port))  # what dies before its first answer is not started again
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


class _House:
    """The processes of the installation, to be killed by name."""

    def __init__(
        self, home: Path, supervisors: list[psutil.Process | None], power: Disk | None
    ) -> None:
        self._home, self._power = home, power
        self._supervisors = [each for each in supervisors if each]

    def is_there(self, name: str) -> bool:
        return self._found(name) is not None

    def kill(self, name: str) -> bool:
        """Kill one by its own number; False when it was just not there."""
        found = self._found(name)
        if found is None:
            return False
        process, supervisor = found
        if name == "power":
            assert self._power is not None
            supervisor.suspend()  # it would start the server anew on the old disk
            try:
                self._power.cut(partial(_killed, process))
            finally:
                supervisor.resume()
            return True
        return _killed(process)

    def _found(self, name: str) -> tuple[psutil.Process, psutil.Process] | None:
        if name == "postgres":
            found = _postmaster(self._home)
            return None if found is None else (found, found)
        mark = {"worker": "ingest", "web": "web"}.get(name, "nats-server")
        for supervisor in self._supervisors:
            with suppress(psutil.NoSuchProcess):
                for process in supervisor.children():
                    words = process.cmdline()
                    if (words[-1:] == [mark] or (words[:1] and words[0].endswith(mark))) and (
                        process.status() != psutil.STATUS_ZOMBIE
                    ):
                        return process, supervisor
        return None


def _killed(process: psutil.Process) -> bool:
    try:
        process.send_signal(signal.SIGKILL)
        while process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
    except psutil.NoSuchProcess:
        pass
    return True


def _postmaster(home: Path) -> psutil.Process | None:
    from bihuan.config import postgres

    where = postgres.recorded(home)
    if where is None:
        return None
    path = where.data / "postmaster.pid"
    try:
        return psutil.Process(int(path.read_text("ascii").splitlines()[0]))
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None


def _reachable() -> bool:
    from django.db import Error, connection

    try:
        connection.close()
        connection.ensure_connection()
    except Error:
        return False
    return True


if __name__ == "__main__":
    main()
