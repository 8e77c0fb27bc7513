"""The process of the bench `bus`; prints JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from bihuan.config import postgres
from bihuan.config.bench._ground import company, p95
from bihuan.config.django_setup import ready

FACTS = 200
WAY_LIMIT_MS, WORK_LIMIT_MS = 1000.0, 20.0
PATIENCE_S = 30.0


def main() -> None:
    with ready() as home:
        from bihuan.base import clock
        from bihuan.base.facts import listeners
        from bihuan.base.garbage import keep_for_good

        keep_for_good()  # as the process of the listeners does
        customers = company(clock.now(), managers=6, customers=30)
        listeners.drain_all(clock.now())
        ids = [row.pk for row in customers]
        work, gave = _work(ids)
        bare_work = _bare_inserts(home, gave)
        with _listening(home):
            way = _way(home, ids)
        bare_way = _bare_way(home)
    result = {
        "facts": FACTS,
        "obligations_a_fact": gave,
        "way_p95_ms": round(p95(way), 1),
        "bare_notify_p95_ms": round(p95(bare_way), 2),
        "way_ratio": round(p95(way) / p95(bare_way), 1),
        "work_p95_ms": round(p95(work), 1),
        "work_p50_ms": round(median(work), 1),
        "bare_inserts_p95_ms": round(p95(bare_work), 2),
        "work_ratio": round(p95(work) / p95(bare_work), 1),
        "limits": {"way_ms": WAY_LIMIT_MS, "work_ms": WORK_LIMIT_MS},
        "ok": p95(way) < WAY_LIMIT_MS and p95(work) < WORK_LIMIT_MS,
    }
    print(json.dumps(result))


def _tell(number: int, customers: list[int]) -> int:
    """An urgent fault of a customer's machine; returns the fact's id."""
    from bihuan.base import clock
    from bihuan.base.facts.actions import tell

    now = clock.now()
    subjects = {"asset": 1_000_000 + number, "customer": customers[number % len(customers)]}
    data = {"ticket": f"BENCH-{number}", "severity": "URGENT"}
    return tell("fault.reported", at=now, now=now, by=None, subjects=subjects, data=data).fact.pk


def _work(customers: list[int]) -> tuple[list[float], int]:
    """Milliseconds of hearing one fact, transaction and cursor included; obligations of each."""
    from bihuan.apps.obligations.handlers import on_facts
    from bihuan.apps.obligations.models import Obligation
    from bihuan.base import clock
    from bihuan.base.facts.listeners import drain

    found, fact = [], 0
    for number in range(FACTS + 20):
        fact = _tell(number, customers)
        until, heard, spent = time.perf_counter() + PATIENCE_S, 0, 0.0
        while not heard:  # an older transaction of the server itself (autovacuum) is waited for
            begun = time.perf_counter()
            assert begun < until, "the fact was not heard"
            heard = drain("obligations", on_facts, clock.now())
            spent = 1000 * (time.perf_counter() - begun)
        if number >= 20:  # the pack is read and the plans are made by now
            found.append(spent)
        while drain("obligations", on_facts, clock.now()):
            pass  # what the engine itself has told
    return found, Obligation.objects.filter(cause_id=fact).count()


@contextmanager
def _listening(home: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bihuan.config.cli", "up", "--only", "work"],
        env={**os.environ, "BIHUAN_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _way(home: Path, customers: list[int]) -> list[float]:
    """Milliseconds from before the telling until a third connection sees the obligations."""
    found = []
    with psycopg.connect(postgres.dsn(home), autocommit=True) as watcher:
        for number in range(10_000, 10_000 + FACTS + 1):
            begun = time.perf_counter()
            fact = _tell(number, customers)
            while not _arrived(watcher, fact):
                if time.perf_counter() - begun > PATIENCE_S:
                    raise RuntimeError("the listeners did not hear the fact")
                time.sleep(0.001)
            found.append(1000 * (time.perf_counter() - begun))
            time.sleep(0.02)
    return found[1:]  # the first waited for the process to start


def _arrived(watcher: psycopg.Connection[Any], fact: int) -> bool:
    asked = "SELECT 1 FROM obligations_obligation WHERE cause_id = %s LIMIT 1"
    return watcher.execute(asked, [fact]).fetchone() is not None


def _bare_inserts(home: Path, rows: int) -> list[float]:
    """Milliseconds of inserting as many bare rows, in one transaction."""
    found = []
    with psycopg.connect(postgres.dsn(home, owner=True)) as connection:
        connection.execute("CREATE TABLE bench_bare (id bigserial PRIMARY KEY, data jsonb)")
        connection.commit()
        for _ in range(FACTS):
            begun = time.perf_counter()
            for _row in range(rows):
                connection.execute("INSERT INTO bench_bare (data) VALUES ('{\"a\": 1}')")
            connection.commit()
            found.append(1000 * (time.perf_counter() - begun))
    return found


def _bare_way(home: Path) -> list[float]:
    """Milliseconds of a bare row and a NOTIFY to a bare listener on the same server."""
    found = []
    with (
        psycopg.connect(postgres.dsn(home, owner=True), autocommit=True) as teller,
        psycopg.connect(postgres.dsn(home, owner=True), autocommit=True) as listener,
    ):
        listener.execute("LISTEN bench")
        for _ in range(FACTS):
            begun = time.perf_counter()
            with teller.transaction():
                teller.execute("INSERT INTO bench_bare (data) VALUES ('{\"a\": 1}')")
                teller.execute("NOTIFY bench")
            for _note in listener.notifies(timeout=timedelta(seconds=5).seconds, stop_after=1):
                break
            found.append(1000 * (time.perf_counter() - begun))
    return found


if __name__ == "__main__":
    main()
