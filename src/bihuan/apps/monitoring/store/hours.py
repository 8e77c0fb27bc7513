"""The means of a machine's hours in the states that its watches look at, from packed hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bihuan.apps.monitoring.models import Block, Device, Layout
from bihuan.apps.monitoring.store.packing import unpack
from bihuan.lib.machines import Template
from bihuan.lib.machines.hours import mean_of

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Hours:
    """The hours of a machine that count: when each ended, and its means."""

    ends: Sequence[float]
    means: Sequence[Sequence[float]]

    def of(self, places: Sequence[int]) -> list[list[float]]:
        return [[row[place] for place in places] for row in self.means]


def hours_of(asset: int, template: Template, after: datetime, until: datetime) -> Hours:
    """The packed hours after a moment, as far as the machine was in the states that count."""
    layouts = {row.pk: row.points for row in Layout.objects.all()}
    codes = [point.code for point in template.points]
    states, least = template.hourly[0].states, template.hourly[0].hour
    ends: list[float] = []
    means: list[list[float]] = []
    devices = list(Device.objects.filter(asset=asset).values_list("pk", flat=True))
    blocks = Block.objects.filter(device__in=devices, hour__gt=after, hour__lte=until)
    for hour, layout, payload in blocks.order_by("hour", "device").values_list(
        "hour", "layout", "payload"
    ):
        rows = unpack(bytes(payload))
        values = np.full((len(rows.millis), len(codes)), np.nan)
        known = layouts[layout]
        for column, code in enumerate(codes):
            if code in known:
                values[:, column] = rows.values[:, known.index(code)]
        mean = mean_of(template, rows.millis, values, states, least)
        end = (hour + HOUR).timestamp()
        if mean is not None and (not ends or end > ends[-1]):
            ends.append(end)
            means.append(mean)
    return Hours(ends, means)
