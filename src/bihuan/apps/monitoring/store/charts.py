"""A point over any span of time, from the layer that holds it best: samples, or summaries of hours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from bihuan.apps.monitoring.models import Block, Layout
from bihuan.apps.monitoring.store.packing import unpack

HOUR = timedelta(hours=1)
SAMPLES_UP_TO = timedelta(days=3)
"""Longer spans are drawn from the summaries of their hours."""
BUCKETS = 400
_HOT = """
    SELECT layout_id, (extract(epoch FROM at) * 1000)::bigint, "values" FROM monitoring_hot
    WHERE device_id = %s AND at >= %s AND at < %s AND date_trunc('hour', at, 'UTC') <> ALL(%s::timestamptz[])
    ORDER BY at
"""
_SUMMARIES = """
    SELECT (extract(epoch FROM hour) * 1000)::float8, low[place], high[place], total[place], number[place]
    FROM monitoring_block JOIN unnest(%s::smallint[], %s::int[]) AS of (layout, place) ON layout = layout_id
    WHERE device_id = %s AND hour >= %s AND hour < %s AND number[place] > 0 ORDER BY hour
"""
"""One point of each hour: sending the others along would take several times as long."""


@dataclass(frozen=True)
class Bucket:
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


def series(device: int, point: str, start: datetime, end: datetime) -> Series:
    """One point of a device from `start` until before `end`; at most `BUCKETS` buckets."""
    layouts = {row.pk: row.points for row in Layout.objects.all()}
    step = max((end - start) / BUCKETS, timedelta(seconds=1))
    if end - start <= SAMPLES_UP_TO:
        millis, values = samples(device, point, start, end, layouts)
        return Series(
            _buckets(millis, values, values, values, np.ones(len(values)), start, step), step, True
        )
    step = max(step, HOUR)
    places = {pk: points.index(point) + 1 for pk, points in layouts.items() if point in points}
    with connection.cursor() as cursor:
        cursor.execute(_SUMMARIES, [list(places), list(places.values()), device, start, end])
        rows = cursor.fetchall()
    fresh_from = max(
        datetime.fromtimestamp(rows[-1][0] / 1000, UTC) + HOUR if rows else start,
        end - SAMPLES_UP_TO,
    )
    millis, values = (
        samples(device, point, fresh_from, end, layouts) if fresh_from < end else (_NONE, _NONE)
    )
    known = np.array(rows, float).reshape(len(rows), 5)
    return Series(
        _buckets(
            np.concatenate([known[:, 0], millis]), np.concatenate([known[:, 1], values]),
            np.concatenate([known[:, 2], values]), np.concatenate([known[:, 3], values]),
            np.concatenate([known[:, 4], np.ones(len(values))]), start, step,
        ),
        step, False,
    )  # fmt: skip


_NONE = np.empty(0)


def samples(
    device: int, point: str, start: datetime, end: datetime, layouts: dict[int, list[str]] | None = None
) -> tuple[Any, Any]:  # fmt: skip
    """Times (epoch milliseconds) and values, in the order of time: packed hours, and the rest."""
    layouts = layouts or {row.pk: row.points for row in Layout.objects.all()}
    times, values = [], []
    packed: set[datetime] = set()
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    blocks = Block.objects.filter(device=device, hour__gte=first, hour__lt=end).order_by("hour")
    for hour, layout, payload in blocks.values_list("hour", "layout", "payload"):
        packed.add(hour)
        place = _place(layouts[layout], point)
        if place is not None:
            rows = unpack(bytes(payload), only=place)
            times.append(rows.millis)
            values.append(rows.values[:, 0])
    for layout, at, row in _unpacked(device, start, end, packed):
        place = _place(layouts[layout], point)
        if place is not None:
            times.append(np.array([at]))
            values.append(np.array([row[place]]))
    if not times:
        return _NONE, _NONE
    at, value = np.concatenate(times), np.concatenate(values)
    inside = (at >= start.timestamp() * 1000) & (at < end.timestamp() * 1000) & ~np.isnan(value)
    order = np.argsort(at[inside], kind="stable")
    return at[inside][order], value[inside][order]


def samples_of_all(
    device: int, points: Sequence[str], start: datetime, end: datetime, layouts: dict[int, list[str]]
) -> tuple[Any, Any]:  # fmt: skip
    """As `samples` for several points: a column each, NaN where one has no value."""
    times, values = [], []
    packed: set[datetime] = set()
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    blocks = Block.objects.filter(device=device, hour__gte=first, hour__lt=end).order_by("hour")
    for hour, layout, payload in blocks.values_list("hour", "layout", "payload"):
        packed.add(hour)
        rows = unpack(bytes(payload))
        times.append(rows.millis)
        values.append(_columns(rows.values, layouts[layout], points))
    for layout, at, row in _unpacked(device, start, end, packed):
        times.append(np.array([at]))
        values.append(_columns(np.array([row], float), layouts[layout], points))
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


def _unpacked(device: int, start: datetime, end: datetime, packed: set[datetime]) -> list[Any]:
    """Rows of the hours that no block holds: one query, however many holes there are."""
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [first + number * HOUR for number in range(math.ceil((end - first) / HOUR))]
    missing = [hour for hour in hours if hour not in packed]
    if not missing:
        return []
    low, high = max(missing[0], start), min(missing[-1] + HOUR, end)
    with connection.cursor() as cursor:
        cursor.execute(_HOT, [device, low, high, [hour for hour in packed if low < hour < high]])
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
    order = np.argsort(of, kind="stable")
    of, low, high, total, number = of[order], low[order], high[order], total[order], number[order]
    starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    lows, highs = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
    means = np.add.reduceat(total, starts) / np.add.reduceat(number, starts)
    return [
        Bucket(start + (int(of[place]) * step), float(one), float(other), float(mean))
        for place, one, other, mean in zip(starts, lows, highs, means, strict=True)
    ]
