"""The process of the bench `history`; prints JSON."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from bihuan.config.bench._devices import _company
from bihuan.config.bench._ground import p95
from bihuan.config.bench._links import POINTS
from bihuan.config.django_setup import ready

START = datetime(2025, 1, 1, tzinfo=UTC)
YEAR, DAY, HOUR = timedelta(days=365), timedelta(days=1), timedelta(hours=1)
SAMPLES = 60
"""Of an hour: one every 60 s."""
FOR_A_DAY = 40
POINT = "VIBRATION"
DAYS, YEARS = 200, 40
LIMITS = {"bytes_a_point": 1.5, "day_p95_ms": 15.0, "year_p95_ms": 100.0}
_BARE_DAY = """
    SELECT hour, layout_id, payload FROM monitoring_block
    WHERE device_id = %s AND hour >= %s AND hour < %s ORDER BY hour
"""
_BARE_YEAR = """
    SELECT hour, layout_id, summary[3][1], summary[3][2], summary[3][3], summary[3][4] FROM monitoring_block
    WHERE device_id = %s AND hour >= %s AND hour < %s ORDER BY hour
"""


def main() -> None:
    whole = int(sys.argv[1])
    with ready():
        from bihuan.apps.monitoring.store import charts

        devices = [pk for pk, _, _ in _company(whole + FOR_A_DAY)]
        begun = time.perf_counter()
        hours = sum(_pack(pk, YEAR) for pk in devices[:whole])
        hours += sum(_pack(pk, DAY) for pk in devices[whole:])
        packing = time.perf_counter() - begun
        points = hours * SAMPLES * POINTS
        bytes_ = _bytes()
        chance = random.Random(7)
        days = [
            (chance.choice(devices[:whole]), START + chance.randrange(364) * DAY)
            for _ in range(DAYS)
        ]
        years = [(devices[number % whole], START) for number in range(YEARS)]
        day = _timed(lambda pk, at: charts.series(pk, POINT, at, at + DAY), days)
        bare_day = _timed(lambda pk, at: _rows(_BARE_DAY, pk, at, at + DAY), days)
        year = _timed(lambda pk, at: charts.series(pk, POINT, at, at + YEAR), years)
        bare_year = _timed(lambda pk, at: _rows(_BARE_YEAR, pk, at, at + YEAR), years)
    result: dict[str, Any] = {
        "points": points, "packed_points_s": round(points / packing),
        "bytes_a_point": round(bytes_["whole"] / points, 3), "payload_bytes_a_point": round(bytes_["payload"] / points, 3),
        "day_p95_ms": round(day, 2), "bare_day_p95_ms": round(bare_day, 2), "day_ratio": round(day / bare_day, 1),
        "year_p95_ms": round(year, 2), "bare_year_p95_ms": round(bare_year, 2), "year_ratio": round(year / bare_year, 1),
        "limits": LIMITS,
    }  # fmt: skip
    result["ok"] = all(result[name] <= limit for name, limit in LIMITS.items())
    print(json.dumps(result))


def _pack(device: int, span: timedelta) -> int:
    """A walk of this length as the hourly packing stores it; returns its hours."""
    from bihuan.apps.monitoring.catalogue import templates
    from bihuan.apps.monitoring.models import Block, Layout
    from bihuan.apps.monitoring.store import keeping
    from bihuan.apps.monitoring.store.packing import Packed

    names = [point.code for point in templates()["centrifuge"].points]
    layout, _made = Layout.objects.get_or_create(template="centrifuge", points=names)
    count = int(span / HOUR)
    steps = np.random.default_rng(device).normal(0, 0.05, (count * SAMPLES, POINTS))
    walk = np.round(50 + np.cumsum(steps, axis=0), 2)
    millis = round(START.timestamp() * 1000) + 60_000 * np.arange(count * SAMPLES)
    blocks = (
        keeping.block_of(
            device, START + number * HOUR, layout.pk,
            Packed(millis[number * SAMPLES :][:SAMPLES], walk[number * SAMPLES :][:SAMPLES]),
        )
        for number in range(count)
    )  # fmt: skip
    Block.objects.bulk_create(blocks, batch_size=2000)
    return count


def _bytes() -> dict[str, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE monitoring_block")
        cursor.execute(
            "SELECT pg_total_relation_size('monitoring_block'), sum(length(payload)) FROM monitoring_block"
        )
        whole, payload = cursor.fetchone()
    return {"whole": int(whole), "payload": int(payload)}


def _rows(query: str, *values: Any) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows: list[Any] = cursor.fetchall()
        return rows


def _timed(draw: Callable[[int, datetime], Any], asked: list[tuple[int, datetime]]) -> float:
    """p95 in milliseconds."""
    took = []
    for pk, at in asked:
        begun = time.perf_counter()
        draw(pk, at)
        took.append(1000 * (time.perf_counter() - begun))
    return p95(took)


if __name__ == "__main__":
    main()
