"""A rule over packed hours of some machines: as many hours at once as memory is meant to hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np

from bihuan.apps.monitoring.models import Block, Layout
from bihuan.apps.monitoring.store.packing import unpack
from bihuan.lib.machines import Rule, Template
from bihuan.lib.machines.past import Bounds, Past, bounds_of, columns_of

TOGETHER = 25
"""Machines that are judged side by side; a day of theirs is held at a time."""
DAY = timedelta(days=1)


def replay(
    template: Template, rule: Rule, limits: Mapping[int, float], start: datetime, end: datetime, *, lasting: float,
    again: float,
) -> list[dict[str, Any]]:  # fmt: skip
    """When the rule would have fired on each machine by its limit (asset -> limit)."""
    by_limit: dict[float, list[int]] = {}
    for asset, limit in limits.items():
        by_limit.setdefault(limit, []).append(asset)
    found: list[dict[str, Any]] = []
    for limit, assets in by_limit.items():
        for place in range(0, len(assets), TOGETHER):
            past = Past(template, rule, value=limit, lasting=lasting, again=again)
            _run(past, template, assets[place : place + TOGETHER], start, end)
            found += [_plain(asdict(fired)) for fired in past.fired]
    return found


def _around(summary: Sequence[Sequence[float | None]]) -> tuple[Bounds, Bounds]:
    """Bounds that no sample of the hour passes: a summary has seven digits, so the next number on
    either side.
    """
    found = np.array([row[:2] for row in summary], np.float32)  # None becomes NaN
    low, high = np.nextafter(found, np.array([-np.inf, np.inf], np.float32)).T.tolist()
    return _known(low), _known(high)


def _known(values: Sequence[float]) -> Bounds:
    return [None if math.isnan(value) else value for value in values]


def _plain(fired: dict[str, Any]) -> dict[str, Any]:
    return {"asset": fired.pop("machine"), **fired}


def _run(past: Past, template: Template, assets: list[int], start: datetime, end: datetime) -> None:
    layouts = {row.pk: row.points for row in Layout.objects.all()}
    before: dict[int, tuple[int, bytes]] = {}
    """The hour before, of machines whose hour before was left out: layout and payload."""
    day = start
    while day < end:
        blocks = (
            Block.objects.filter(
                device__asset__in=assets, hour__gte=day, hour__lt=min(day + DAY, end)
            )
            .order_by("hour", "device")
            .values_list("hour", "device__asset", "layout", "summary", "payload")
        )
        for _hour, rows in groupby(blocks, key=lambda row: row[0]):
            machines, times, values = [], [], []
            for _same, asset, layout, summary, payload in rows:
                points = layouts[layout]
                bounds = (bounds_of(points, template, each) for each in _around(summary))
                if not past.needs(asset, *bounds):
                    before[asset] = (layout, bytes(payload))
                    continue
                if asset in before:
                    known, packed = before.pop(asset)
                    tail = unpack(packed)
                    last = columns_of(layouts[known], template, tail.values)[-1]
                    past.resume(asset, float(tail.millis[-1]) / 1000, last.tolist())
                hour = unpack(bytes(payload))
                machines.append(np.full(len(hour.millis), asset, np.int64))
                times.append(hour.millis / 1000)
                values.append(columns_of(points, template, hour.values))
            if machines:
                past.hour(np.concatenate(machines), np.concatenate(times), np.concatenate(values))
        day += DAY
