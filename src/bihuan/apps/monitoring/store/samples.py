"""A machine's own samples of the last days, in the order of its template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from bihuan.apps.monitoring.models import Device, Layout
from bihuan.lib.machines import Template
from bihuan.lib.machines.past import columns_of

_ROWS = """
    SELECT layout_id, (extract(epoch FROM at) * 1000)::bigint, "values" FROM monitoring_hot
    WHERE device_id = ANY(%s) AND at >= %s AND at < %s ORDER BY at, device_id LIMIT %s
"""
_FIRST = "SELECT min(at) FROM monitoring_hot WHERE device_id = ANY(%s) AND at >= %s"


@dataclass(frozen=True)
class Samples:
    """A row a sample."""

    millis: NDArray[np.int64]
    values: NDArray[np.float64]


def samples_of(
    asset: int, template: Template, since: float, before: float, most: int = 2000
) -> Samples:
    """The first so many samples in a span of time (epoch seconds)."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [_devices(asset), _moment(since), _moment(before), most])
        rows = cursor.fetchall()
    points = {row.pk: row.points for row in Layout.objects.all()}
    parts = [np.empty((0, len(template.points)))]
    for layout, group in groupby(rows, key=lambda row: row[0]):
        values = np.array([row[2] for row in group], float)
        parts.append(columns_of(points[layout], template, values))
    millis = np.array([row[1] for row in rows], np.int64)
    return Samples(millis, np.concatenate(parts))


def first_of(asset: int, since: float) -> float | None:
    """When a machine's first sample since then was taken."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [_devices(asset), _moment(since)])
        found: datetime | None = cursor.fetchone()[0]
    return None if found is None else found.timestamp()


def _devices(asset: int) -> list[int]:
    return list(Device.objects.filter(asset=asset).values_list("pk", flat=True))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
