"""The process of the bench `devices`; prints JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bihuan.config.bench import _shown
from bihuan.config.bench._ground import company
from bihuan.config.bench._links import POINTS, Link, message, pump, sign_in, values, wait
from bihuan.config.bench._target import Sent, at_target, shown_after
from bihuan.config.django_setup import ready

BURSTS = {60: 10_000, 10: 30_000, 1: 60_000}
"""Samples of one message (of a minute, as gateways and devices that collect send them; of ten seconds; one)
and how many messages.
"""
BATCH = 4000
WATCHED = 1
"""The machine that a browser looks at; none of those that get hot."""
FLOOR_POINTS = 150_000
LIMITS = {
    "points_s": FLOOR_POINTS, "of_copy": 0.5, "worker_cores": 0.3, "alarm_p99_s": 1.0, "shown_p99_s": 2.0,
}  # fmt: skip


def main() -> None:
    size = int(sys.argv[1])
    with ready() as home:
        devices = _company(size)
        floor = _copy_floor()
        with _ingest(home) as worker:
            links = sign_in(home, devices)
            bursts = {
                samples: _burst(links, worker, max(1, messages // len(links)), samples, floor, back=100 * place)
                for place, (samples, messages) in zip((3, 2, 1), BURSTS.items(), strict=True)
            }  # fmt: skip
            sent = Sent(links[WATCHED])
            with _shown.watching(home, devices[WATCHED][0]) as seen:
                target = at_target(links, worker, sent)
            target["shown"] = shown_after(sent, seen)
    result: dict[str, Any] = {
        "devices": size,
        "copy_points_s": round(floor),
        "bursts": [{"samples_a_message": samples} | found for samples, found in bursts.items()],
        "target": target,
        "limits": LIMITS,
    }
    result["ok"] = (
        min(found["points_s"] for found in bursts.values()) >= FLOOR_POINTS
        and bursts[60]["of_copy"] >= LIMITS["of_copy"] and target["worker_cores"] <= LIMITS["worker_cores"] and target["alarm_p99_s"] <= LIMITS["alarm_p99_s"] and all(
            found["p99_s"] <= LIMITS["shown_p99_s"] for found in target["shown"].values()
        )
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


def _copy_floor() -> float:
    """Points a second of COPY alone, of rows like those that the worker stores."""
    from django.db import connection

    from bihuan.apps.monitoring.store import writing

    count = BATCH * 20
    told = np.array([values(number) for number in range(count)])
    ids = np.arange(count) % 2000 + 1
    ts = np.array([1_700_000_000 + each // 2000 * 10.0 for each in range(count)], np.float64)
    body = writing._rows(ids, ts, ts, np.ones(count, np.int64), told)  # noqa: SLF001 - the same rows
    writing.make_days(ts)
    begun = time.perf_counter()
    for start in range(0, count, BATCH):
        made = writing._HEAD + body[start : start + BATCH].tobytes() + writing._TAIL  # noqa: SLF001
        with connection.cursor() as cursor, cursor.copy(writing._COPY.format(writing.HOT)) as copy:  # noqa: SLF001
            copy.write(made)
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
        yield wait(
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


def _stored() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM monitoring_hot")
        return int(cursor.fetchone()[0])


def _burst(
    links: list[Link], worker: psutil.Process, per_link: int, samples: int, floor: float, *, back: int
) -> dict[str, Any]:  # fmt: skip
    """As fast as it goes: from the first message until the last row is committed. What was measured
    begins so many seconds ago.
    """
    before = _stored()
    start, gap = time.time() - back, 80.0 / per_link
    for link in links:
        link.waiting = [
            message(link, start + gap * each, samples, gap / samples) for each in range(per_link)
        ]
    whole = per_link * len(links) * samples
    spent, begun = sum(worker.cpu_times()[:2]), time.perf_counter()
    pump(links)
    sent = time.perf_counter() - begun
    wait(lambda: _max_acked() >= sum(link.number for link in links))
    took = time.perf_counter() - begun
    spent = sum(worker.cpu_times()[:2]) - spent
    return {
        "points": whole * POINTS, "rows_stored": _stored() - before, "publish_messages_s": round(per_link * len(links) / sent),
        "points_s": round(whole * POINTS / took), "of_copy": round(whole * POINTS / took / floor, 3), "worker_us_a_point": round(1e6 * spent / (whole * POINTS), 2),
    }  # fmt: skip


def _max_acked() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(acked), 0) FROM monitoring_latest")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
