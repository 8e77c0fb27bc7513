"""A point over any span of time, from the layer that holds it best: samples, or summaries of hours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from bihuan.apps.monitoring.models import Block, Device
from bihuan.apps.monitoring.store.packing import unpack

HOUR = timedelta(hours=1)
SAMPLES_UP_TO = timedelta(days=3)
"""Longer spans are drawn from the summaries of their hours."""
BUCKETS = 400
_PLACE = """
    WITH layout AS MATERIALIZED (SELECT id, array_position(points, %s) AS place FROM monitoring_layout)
"""
"""Where each order of points has the one that is asked for; found once, not for each row."""
_PACKED = f"""{_PLACE}
    SELECT hour, place - 1, payload FROM monitoring_block JOIN layout ON layout.id = layout_id
    WHERE device_id = %s AND hour >= %s AND hour < %s ORDER BY hour
"""  # noqa: S608 - of our own parts
_NOT_PACKED = """
    WHERE device_id = %s AND at >= %s AND at < %s AND date_trunc('hour', at, 'UTC') <> ALL(%s::timestamptz[])
    ORDER BY at
"""
_HOT = f"""{_PLACE}
    SELECT (extract(epoch FROM at) * 1000)::bigint, "values"[place] FROM monitoring_hot
    JOIN layout ON layout.id = layout_id {_NOT_PACKED}
"""  # noqa: S608 - of our own parts
_HOT_ALL = f"""
    SELECT layout_id, (extract(epoch FROM at) * 1000)::bigint, "values" FROM monitoring_hot {_NOT_PACKED}
"""  # noqa: S608 - of our own parts
_SUMMARIES = f"""{_PLACE}
    SELECT date_bin(%s, hour, %s), min(summary[place][1]), max(summary[place][2]),
    sum(summary[place][3]::float8 * summary[place][4]), sum(summary[place][4]::float8), max(hour)
    FROM monitoring_block JOIN layout ON layout.id = layout_id
    WHERE device_id = ANY(%s) AND hour >= %s AND hour < %s AND summary[place][4] > 0 GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - of our own parts
"""Buckets of one point: to send its hours, or the other points, would take several times as long."""


class Bucket(NamedTuple):
    """A stretch of time: the lowest, highest and mean value in it."""

    at: datetime
    low: float
    high: float
    mean: float


@dataclass(frozen=True)
class Series:
    """`step` is the length of a bucket; where there are no samples there is no bucket: a gap."""

    buckets: Sequence[Bucket]
    step: timedelta
    exact: bool
    """From single samples, not from summaries of hours."""


Devices = int | Sequence[int]
"""One, or all of a machine (`devices_of`)."""


def devices_of(asset: int, template: str) -> list[int]:
    """All that a machine had with this template: credentials are replaced, its life goes on."""
    rows = Device.objects.filter(asset=asset, template=template).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def series(devices: Devices, point: str, start: datetime, end: datetime) -> Series:
    """One point from `start` until before `end`; at most `BUCKETS` buckets."""
    step = max((end - start) / BUCKETS, timedelta(seconds=1))
    if end - start <= SAMPLES_UP_TO:
        millis, values = samples(devices, point, start, end)
        return Series(
            _buckets(millis, values, values, values, np.ones(len(values)), start, step), step, True
        )
    step = max(step, HOUR)
    rows = _fetched(_SUMMARIES, point, step, start, _listed(devices), start, end)
    fresh_from = max(rows[-1][5] + HOUR if rows else start, end - SAMPLES_UP_TO)
    millis, values = (
        samples(devices, point, fresh_from, end) if fresh_from < end else (_NONE, _NONE)
    )
    half = step / 2  # well within its bucket, whatever is rounded
    at = np.array([1000 * (row[0] + half).timestamp() for row in rows])
    known = np.array([row[1:5] for row in rows], float).reshape(len(rows), 4)
    return Series(
        _buckets(
            np.concatenate([at, millis]), np.concatenate([known[:, 0], values]),
            np.concatenate([known[:, 1], values]), np.concatenate([known[:, 2], values]),
            np.concatenate([known[:, 3], np.ones(len(values))]), start, step,
        ),
        step, False,
    )  # fmt: skip


_NONE = np.empty(0)


def samples(devices: Devices, point: str, start: datetime, end: datetime) -> tuple[Any, Any]:
    """Times (epoch milliseconds) and values, in the order of time."""
    return _in_order([_samples(each, point, start, end) for each in _listed(devices)])


def _listed(devices: Devices) -> list[int]:
    return [devices] if isinstance(devices, int) else list(devices)


def _in_order(parts: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """What several devices of one machine said, one after the other; for a moment maybe both."""
    if len(parts) <= 1:
        return parts[0] if parts else (_NONE, _NONE)
    at, value = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(at, kind="stable")
    return at[order], value[order]


def _samples(device: int, point: str, start: datetime, end: datetime) -> tuple[Any, Any]:
    """Packed hours, and the rest."""
    times, values = [], []
    packed: set[datetime] = set()
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    for hour, place, payload in _fetched(_PACKED, point, device, first, end):
        packed.add(hour)
        if place is not None:
            rows = unpack(bytes(payload), only=place)
            times.append(rows.millis)
            values.append(rows.values[:, 0])
    unpacked = _unpacked(_HOT, device, start, end, packed, point)
    times.append(np.array([at for at, _value in unpacked], np.int64))
    values.append(np.array([value for _at, value in unpacked], float))  # None becomes NaN
    at, value = np.concatenate(times), np.concatenate(values)
    inside = (at >= start.timestamp() * 1000) & (at < end.timestamp() * 1000) & ~np.isnan(value)
    at, value = at[inside], value[inside]
    if (at[1:] < at[:-1]).any():
        order = np.argsort(at, kind="stable")
        at, value = at[order], value[order]
    return at, value


def samples_of_all(
    devices: Devices, points: Sequence[str], start: datetime, end: datetime, layouts: dict[int, list[str]]
) -> tuple[Any, Any]:  # fmt: skip
    """As `samples` for several points: a column each, NaN where one has no value."""
    parts = [_samples_of_all(each, points, start, end, layouts) for each in _listed(devices)]
    return _in_order(parts)


def _samples_of_all(
    device: int, points: Sequence[str], start: datetime, end: datetime, layouts: dict[int, list[str]]
) -> tuple[Any, Any]:  # fmt: skip
    times, values = [], []
    packed: set[datetime] = set()
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    blocks = Block.objects.filter(device=device, hour__gte=first, hour__lt=end).order_by("hour")
    for hour, layout, payload in blocks.values_list("hour", "layout", "payload"):
        packed.add(hour)
        rows = unpack(bytes(payload))
        times.append(rows.millis)
        values.append(_columns(rows.values, layouts[layout], points))
    unpacked = _unpacked(_HOT_ALL, device, start, end, packed)
    for layout, same in groupby(unpacked, key=lambda row: row[0]):
        found = list(same)
        times.append(np.array([row[1] for row in found], np.int64))
        values.append(_columns(np.array([row[2] for row in found], float), layouts[layout], points))
    if not times:
        return _NONE, np.empty((0, len(points)))
    at, value = np.concatenate(times), np.concatenate(values)
    inside = (at >= start.timestamp() * 1000) & (at < end.timestamp() * 1000)
    order = np.argsort(at[inside], kind="stable")
    return at[inside][order], value[inside][order]


def _columns(values: Any, layout: Sequence[str], points: Sequence[str]) -> Any:
    found = np.full((len(values), len(points)), np.nan)
    for column, point in enumerate(points):
        place = _place(layout, point)
        if place is not None:
            found[:, column] = values[:, place]
    return found


def _unpacked(
    query: str, device: int, start: datetime, end: datetime, packed: set[datetime], *before: str
) -> list[Any]:
    """Rows of the hours that no block holds: one query, however many holes there are."""
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [first + number * HOUR for number in range(math.ceil((end - first) / HOUR))]
    missing = [hour for hour in hours if hour not in packed]
    if not missing:
        return []
    low, high = max(missing[0], start), min(missing[-1] + HOUR, end)
    return _fetched(
        query, *before, device, low, high, [hour for hour in packed if low < hour < high]
    )


def _fetched(query: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _place(points: Sequence[str], point: str) -> int | None:
    return points.index(point) if point in points else None


def _buckets(
    millis: Any, low: Any, high: Any, total: Any, number: Any, start: datetime, step: timedelta
) -> list[Bucket]:  # fmt: skip
    if not len(millis):
        return []
    begin, width = start.timestamp() * 1000, step.total_seconds() * 1000
    of = np.floor((millis - begin) / width).astype(np.int64)
    if (of[1:] < of[:-1]).any():
        order = np.argsort(of, kind="stable")
        of, low, high, total, number = (
            of[order],
            low[order],
            high[order],
            total[order],
            number[order],
        )
    starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    lows, highs = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
    means = np.add.reduceat(total, starts) / np.add.reduceat(number, starts)
    begins = [start + number * step for number in of[starts].tolist()]
    return list(map(Bucket, begins, lows.tolist(), highs.tolist(), means.tolist()))
