"""The process of the bench `outages`; prints JSON."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bihuan.config.bench._devices import _company, _ingest, _wait
from bihuan.config.devices.line import Address, Line
from bihuan.config.django_setup import ready

DEVICES = 40
EVERY_S = 0.25
BETWEEN_S = (2.0, 6.0)
SEED = 20261129
NAMES = ["SPEED", "SET_SPEED", "VIBRATION", "BEARING_TEMP"]


def main() -> None:
    kills = int(sys.argv[1])
    chance = random.Random(SEED)
    with ready() as home:
        devices = _company(DEVICES)
        with _ingest(home) as worker:
            _wait((home / "nats" / "place.json").exists)
            sending = _Sending(home, devices)
            sending.start()
            supervisor = worker.parent()
            killed: dict[str, int] = {}
            begun = time.monotonic()
            for _ in range(kills):
                time.sleep(chance.uniform(*BETWEEN_S))
                name = chance.choice(["worker", "nats", "postgres"])
                if _kill(name, home, supervisor):
                    killed[name] = killed.get(name, 0) + 1
            time.sleep(5)
            sending.finish()
            took = time.monotonic() - begun
            _wait(_reachable)
            found = _checked(devices, sending)
    print(json.dumps({"killed": killed, "seconds": round(took), **found}))


def _kill(name: str, home: Path, supervisor: psutil.Process | None) -> bool:
    """Kill one by its own number; False when it was just not there."""
    if name == "postgres":
        found = _postmaster(home)
        if found is None:
            return False
        found.send_signal(signal.SIGKILL)
        return True
    mark = "ingest" if name == "worker" else "nats-server"
    for process in supervisor.children(recursive=True) if supervisor else []:
        try:
            if (
                any(mark in word for word in process.cmdline())
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                process.send_signal(signal.SIGKILL)
                return True
        except psutil.NoSuchProcess:
            continue
    return False


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


class _Sending(threading.Thread):
    """The devices: each measures every quarter of a second and keeps what is not answered."""

    def __init__(self, home: Path, devices: list[tuple[int, str, str]]) -> None:
        super().__init__(daemon=True)
        place = json.loads((home / "nats" / "place.json").read_text("utf-8"))
        where = Address("127.0.0.1", place["mqtt_port"])
        self.lines = {pk: Line(where, code, key, boot="o") for pk, code, key in devices}
        self.sent: dict[int, list[tuple[int, list[float]]]] = {pk: [] for pk in self.lines}
        self._over = threading.Event()

    def run(self) -> None:
        asyncio.run(self._send())

    def finish(self) -> None:
        """Stop measuring and wait until everything is answered."""
        self._over.set()
        self.join(300)
        if self.is_alive():
            raise AssertionError("not everything was answered within five minutes")

    async def _send(self) -> None:
        tasks = [asyncio.create_task(line.run()) for line in self.lines.values()]
        number = 0
        while not self._over.is_set():
            for pk, line in self.lines.items():
                at, values = round(time.time() * 1000), _values(pk, number)
                self.sent[pk].append((at, values))
                line.put({"t": at, "v": dict(zip(NAMES, values, strict=True))})
            number += 1
            await asyncio.sleep(EVERY_S)
        for line in self.lines.values():
            if line.open:
                await line.confirmed.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _values(pk: int, number: int) -> list[float]:
    """Hot for some twenty seconds of every minute, at another time each machine."""
    hot = (number + 13 * pk) % 240 < 80
    return [4000.0, 4000.0, 2.1 + number % 5 / 10, 91.5 if hot else 41.0]


def _checked(devices: list[tuple[int, str, str]], sending: _Sending) -> dict[str, Any]:
    from django.db import connection

    from bihuan.apps.monitoring.models import Alarm

    stored: dict[int, list[int]] = {pk: [] for pk, _, _ in devices}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT device_id, (extract(epoch FROM at) * 1000)::bigint FROM monitoring_hot"
        )
        for pk, at in cursor.fetchall():
            stored[pk].append(at)
    missing = sum(
        len({at for at, _ in sent} - set(stored[pk])) for pk, sent in sending.sent.items()
    )
    double = sum(len(times) - len(set(times)) for times in stored.values())
    strange = sum(
        len(set(times) - {at for at, _ in sending.sent[pk]}) for pk, times in stored.items()
    )
    due = _undisturbed(sending)
    rows = Alarm.objects.filter(rule="bearing.danger").values_list(
        "device_id", "times", "peak", "cleared_at"
    )
    seen = {device: (times, peak, cleared is None) for device, times, peak, cleared in rows}
    samples = sum(len(sent) for sent in sending.sent.values())
    return {
        "samples": samples, "points": samples * len(NAMES), "missing": missing, "double": double, "strange": strange,
        "alarms": sum(times for times, _, _ in seen.values()), "alarms_due": sum(times for times, _, _ in due.values()),
        "ok": not (missing or double or strange) and seen == due,
    }  # fmt: skip


def _undisturbed(sending: _Sending) -> dict[int, tuple[int, float, bool]]:
    """What the same samples say to an evaluator that nobody disturbs: times raised, peak, open."""
    from bihuan.apps.monitoring.catalogue import templates
    from bihuan.lib.machines.evaluate import RAISED, Evaluator

    template = templates()["centrifuge"]
    found: dict[int, tuple[int, float, bool]] = {}
    for pk, sent in sending.sent.items():
        evaluator = Evaluator(template)
        values = np.full((len(sent), len(template.points)), np.nan)
        for place, name in enumerate(NAMES):
            values[:, template.index(name)] = [row[place] for _, row in sent]
        events = evaluator.feed(
            np.full(len(sent), pk), np.array([at / 1000 for at, _ in sent]), values
        )
        mine = [event for event in events if event.rule == "bearing.danger"]
        if mine:
            found[pk] = (
                sum(event.what == RAISED for event in mine),
                max(event.peak for event in mine),
                mine[-1].what == RAISED,
            )
    return found


if __name__ == "__main__":
    main()
