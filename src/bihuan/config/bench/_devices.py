"""The process of the bench `devices`; prints JSON."""

from __future__ import annotations

import json
import os
import selectors
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bihuan.config.bench._ground import company, p95
from bihuan.config.django_setup import ready

POINTS = 12
SAMPLES = 10
"""Samples of one message where a device collects some before it sends."""
WINDOW = 16
BATCH = 4000
ALARMS = 100
FLOOR_POINTS, TARGET_MESSAGES = 150_000, 2_000
TARGET_S = 20
LIMITS = {"points_s": FLOOR_POINTS, "of_copy": 0.5, "worker_cores": 0.3, "alarm_p99_s": 1.0}


def main() -> None:
    size = int(sys.argv[1])
    with ready() as home:
        devices = _company(size)
        floor = _copy_floor()
        with _ingest(home) as worker:
            links = _sign_in(home, devices)
            many = _burst(links, worker, per_link=max(1, 30_000 // len(links)), samples=SAMPLES)
            single = _burst(links, worker, per_link=max(1, 60_000 // len(links)), samples=1)
            target = _target(links, worker)
    result: dict[str, Any] = {
        "devices": size,
        "copy_points_s": round(floor),
        "batched": many
        | {"samples_a_message": SAMPLES, "of_copy": round(many["points_s"] / floor, 3)},
        "single": single
        | {"samples_a_message": 1, "of_copy": round(single["points_s"] / floor, 3)},
        "target": target,
        "limits": LIMITS,
    }
    result["ok"] = (
        many["points_s"] >= FLOOR_POINTS and result["batched"]["of_copy"] >= LIMITS["of_copy"] and target["worker_cores"] <= LIMITS["worker_cores"] and target["alarm_p99_s"] <= LIMITS["alarm_p99_s"]
    )  # fmt: skip
    print(json.dumps(result))


def _company(size: int) -> list[tuple[int, str, str]]:
    """(id, code, key) of devices of as many centrifuges."""
    from bihuan.apps.assets.models import Asset, Model
    from bihuan.apps.monitoring.keys import hash_of
    from bihuan.apps.monitoring.models import Device
    from bihuan.base import clock

    now = clock.now()
    customer = company(now, managers=2, customers=3)[0]
    model = Model.objects.create(
        code="B-8L",
        name="B-8L",
        pinyin="",
        initials="",
        family="LARGE",
        added_at=now,
        changed_at=now,
    )
    assets = Asset.objects.bulk_create(
        [Asset(model=model, serial=f"B{number:06d}", customer=customer, owner=customer, status="IN_USE", connected=True, added_at=now, changed_at=now) for number in range(size)],
        batch_size=1000,
    )  # fmt: skip
    rows = [
        Device(
            asset=asset, key_hash=hash_of(f"key-{asset.serial}"), template="centrifuge", made_at=now
        )
        for asset in assets
    ]
    Device.objects.bulk_create(rows, batch_size=1000)
    return [(row.pk, row.code, f"key-{row.asset.serial}") for row in rows]


def _values(number: int) -> list[float]:
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


def _copy_floor() -> float:
    """Points a second of COPY alone, of rows like those that the worker stores."""
    from django.db import connection

    from bihuan.apps.monitoring.store import writing

    count = BATCH * 20
    values = np.array([_values(number) for number in range(count)])
    ids = np.arange(count) % 2000 + 1
    ts = np.array([1_700_000_000 + each // 2000 * 10.0 for each in range(count)], np.float64)
    body = writing._rows(ids, ts, ts, np.ones(count, np.int64), values)  # noqa: SLF001 - the same rows
    writing.make_days(ts)
    begun = time.perf_counter()
    for start in range(0, count, BATCH):
        with connection.cursor() as cursor:
            writing._copy(cursor, writing.HOT, body[start : start + BATCH])  # noqa: SLF001
    took = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("SELECT monitoring_drop_day('2023-11-14'::date)")
    writing.forget_days()
    return count * POINTS / took


@contextmanager
def _ingest(home: Path) -> Iterator[psutil.Process]:
    """The ingest part as it runs beside others; yields its worker."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bihuan.config.cli", "up", "--only", "ingest"],
        env={**os.environ, "BIHUAN_HOME": str(home)}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield _wait(
            lambda: next(
                (
                    each
                    for each in psutil.Process(process.pid).children(recursive=True)
                    if "ingest" in _words(each)
                ),
                None,
            )
        )
    finally:
        process.terminate()
        process.wait()


def _words(process: psutil.Process) -> list[str]:
    """Its command line; none of one that has just ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def _wait(what: Any, seconds: float = 120.0) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


@dataclass
class _Link:
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


def _sign_in(home: Path, devices: list[tuple[int, str, str]]) -> list[_Link]:
    place = _wait(
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
        link = _wait(lambda code=code, key=key: tried(code, key))
        link.setblocking(False)
        links.append(_Link(code, link))
    return links


def _message(link: _Link, at: float, samples: int, gap: float = 1.0, **other: float) -> bytes:
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
            "v": dict(zip(names, _values(link.number), strict=True)) | other,
        }
    else:
        body = head | {
            "p": names,
            "r": [
                [round((at + gap * each) * 1000), *_values(link.number + each)]
                for each in range(samples)
            ],
        }
    text = json.dumps(body, separators=(",", ":")).encode()
    return _packet(
        0x32, _text(f"t/{link.code}") + struct.pack(">H", link.number % 65535 + 1) + text
    )


def _pump(links: list[_Link], until: float | None = None) -> None:
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


def _send(link: _Link) -> None:
    while link.waiting and link.open < WINDOW:
        try:
            link.socket.sendall(link.waiting[0])
        except BlockingIOError:
            return
        link.waiting.pop(0)
        link.open += 1


def _stored() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM monitoring_hot")
        return int(cursor.fetchone()[0])


def _burst(
    links: list[_Link], worker: psutil.Process, *, per_link: int, samples: int
) -> dict[str, Any]:
    """As fast as it goes: from the first message until the last row is committed."""
    before = _stored()
    start = time.time() - 250 + (0 if samples > 1 else 150)
    gap = 100.0 / per_link
    for link in links:
        link.waiting = [
            _message(link, start + gap * each, samples, gap / samples) for each in range(per_link)
        ]
    whole = per_link * len(links) * samples
    spent, begun = sum(worker.cpu_times()[:2]), time.perf_counter()
    _pump(links)
    sent = time.perf_counter() - begun
    _wait(lambda: _max_acked() >= sum(link.number for link in links))
    took = time.perf_counter() - begun
    spent = sum(worker.cpu_times()[:2]) - spent
    return {
        "points": whole * POINTS, "rows_stored": _stored() - before, "publish_messages_s": round(per_link * len(links) / sent),
        "points_s": round(whole * POINTS / took), "worker_us_a_point": round(1e6 * spent / (whole * POINTS), 2),
    }  # fmt: skip


def _max_acked() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(acked), 0) FROM monitoring_latest")
        return int(cursor.fetchone()[0])


def _target(links: list[_Link], worker: psutil.Process) -> dict[str, Any]:
    """20,000 devices of 12 points every 10 s: as many messages a second of the devices there are.
    Some machines get hot meanwhile: how long until their alarm is in the database.
    """
    from bihuan.apps.monitoring.models import Alarm

    chosen = links[:: max(1, len(links) // ALARMS)][:ALARMS]
    codes = {link.code for link in chosen}
    spent = sum(worker.cpu_times()[:2])
    begun = time.monotonic()
    late: list[float] = []
    known: set[str] = set()
    hot_at: dict[str, float] = {}
    place, sent, second = 0, 0, TARGET_MESSAGES / 50
    while time.monotonic() - begun < TARGET_S:
        until = begun + (sent + second) / TARGET_MESSAGES
        lot = [links[(place + each) % len(links)] for each in range(int(second))]
        place += int(second)
        for link in lot:
            at = time.time()
            hot = link.code in codes and link.code not in hot_at and sent > TARGET_MESSAGES
            if hot:
                link.waiting.append(_message(link, at, 1, BEARING_TEMP=91.0))
                at += 11
                hot_at[link.code] = time.time()
            link.waiting.append(
                _message(
                    link,
                    at + (15 if link.code in hot_at else 0),
                    1,
                    **({"BEARING_TEMP": 91.0} if link.code in hot_at else {}),
                )
            )
        _pump(lot, until)
        sent += int(second)
        for (code,) in (
            Alarm.objects.filter(rule="bearing.danger")
            .exclude(device__code__in=known)
            .values_list("device__code")
        ):
            known.add(code)
            late.append(time.time() - hot_at[code])
        if (rest := until - time.monotonic()) > 0:
            time.sleep(rest)
    took = time.monotonic() - begun
    spent = sum(worker.cpu_times()[:2]) - spent
    return {
        "messages_s": round(sent / took), "points_s": round(sent * POINTS / took), "worker_cores": round(spent / took, 3),
        "alarms": len(late), "of": len(hot_at), "alarm_p95_s": round(p95(late), 3) if late else None,
        "alarm_p99_s": round(sorted(late)[max(0, int(len(late) * 0.99) - 1)], 3) if late else 9.9,
    }  # fmt: skip


if __name__ == "__main__":
    main()
