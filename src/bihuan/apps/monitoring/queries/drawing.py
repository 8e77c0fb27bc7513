"""The drawing of a chart: places in per cent, so that one drawing fits every width."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from django.utils import timezone

from bihuan.apps.monitoring.queries.live import Edge
from bihuan.apps.monitoring.store.charts import Bucket, Series

GAP = 4
"""So many empty buckets in a row are a gap; fewer are two samples with nothing between them."""
RHYTHM = 3
"""A gap is also longer than so many times what lies between the samples around it: a device may send
less often for a while than its template says."""


@dataclass(frozen=True)
class Tick:
    """`place` in per cent, `box` of the box of 1000."""

    place: str
    text: str

    @property
    def at_top(self) -> bool:
        """So near the upper edge that its text must stand below it."""
        return float(self.place) < 4

    @property
    def at_end(self) -> bool:
        """So near the right edge that its text must stand before it."""
        return float(self.place) > 95

    @property
    def box(self) -> str:
        return f"{10 * float(self.place):.1f}"


@dataclass(frozen=True)
class Zone:
    """A coloured stretch from a limit to the edge of the drawing."""

    tone: str
    top: str
    height: str
    line: str
    text: str


@dataclass(frozen=True)
class Drawing:
    """`lines` and `areas` are points of a box of 1000 by 1000; `across` and `up` the ticks."""

    lines: Sequence[str]
    areas: Sequence[str]
    zones: Sequence[Zone]
    across: Sequence[Tick]
    up: Sequence[Tick]
    alarms: Sequence[str]
    buckets: Sequence[Bucket]


def draw(
    found: Series, start: datetime, end: datetime, limits: Sequence[Edge], *, every: float,
    band: tuple[float, float] | None = None, alarms: Sequence[datetime] = (),
) -> Drawing:  # fmt: skip
    """`every` are the seconds between two samples of the device, so that its rhythm is no gap."""
    low, high = _span(found.buckets, limits, band)

    def x(at: datetime) -> float:
        return 1000 * ((at - start) / (end - start))

    def y(value: float) -> float:
        return 1000 * (1 - (value - low) / (high - low))

    lines, areas = [], []
    most = max(found.step * GAP, timedelta(seconds=every * 6))
    for piece in _pieces(found.buckets, most):
        middle = found.step / 2
        if len(piece) == 1:  # a line of one point would not be seen
            only, level = piece[0], f"{y(piece[0].mean):.1f}"
            lines.append(f"{x(only.at):.1f},{level} {x(only.at + found.step):.1f},{level}")
            continue
        lines.append(" ".join(f"{x(each.at + middle):.1f},{y(each.mean):.1f}" for each in piece))
        if any(each.high > each.low for each in piece):
            there = [f"{x(each.at + middle):.1f},{y(each.high):.1f}" for each in piece]
            back = [f"{x(each.at + middle):.1f},{y(each.low):.1f}" for each in reversed(piece)]
            areas.append(" ".join(there + back))
    return Drawing(
        lines, areas, [_zone(edge, limits, y) for edge in limits if low < edge.value < high],
        [Tick(f"{x(at) / 10:.2f}", text) for at, text in _times(start, end)],
        [Tick(f"{y(value) / 10:.2f}", f"{value:g}") for value in _values(low, high)],
        [f"{x(at) / 10:.2f}" for at in alarms if start <= at < end], found.buckets,
    )  # fmt: skip


def _span(
    buckets: Sequence[Bucket], limits: Sequence[Edge], band: tuple[float, float] | None
) -> tuple[float, float]:
    known = [each.low for each in buckets] + [each.high for each in buckets]
    known += [edge.value for edge in limits] + list(band or ())
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    if low >= 0 and low < high / 2:
        low = 0.0
    spare = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    return (low if low == 0 else low - spare), high + spare


def _pieces(buckets: Sequence[Bucket], most: timedelta) -> list[list[Bucket]]:
    apart = [later.at - each.at for each, later in pairwise(buckets)]
    found: list[list[Bucket]] = [[each] for each in buckets[:1]]
    for number, (length, each) in enumerate(zip(apart, buckets[1:], strict=True)):
        around = [other.total_seconds() for other in apart[max(0, number - 2) : number + 3]]
        often = len(around) > 2 and length.total_seconds() <= RHYTHM * median(around)
        if length <= most or often:
            found[-1].append(each)
        else:
            found.append([each])
    return found


def _zone(edge: Edge, limits: Sequence[Edge], y: Callable[[float], float]) -> Zone:
    place = y(edge.value)
    if edge.upward:
        top = max(
            (y(each.value) for each in limits if each.upward and each.value > edge.value),
            default=0.0,
        )
        end = place
    else:
        top = place
        end = min(
            (y(each.value) for each in limits if not each.upward and each.value < edge.value),
            default=1000.0,
        )
    return Zone(
        edge.tone, f"{top:.1f}", f"{max(0.0, end - top):.1f}", f"{place:.1f}", f"{edge.value:g}"
    )


def _values(low: float, high: float) -> list[float]:
    """Round numbers, four or five of them."""
    rough = (high - low) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= rough)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def _times(start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """Round times of the page's zone, at most seven."""
    span = end - start
    hours, days = timedelta(hours=1), timedelta(days=1)
    steps = [
        hours / 6,
        hours / 2,
        hours,
        3 * hours,
        6 * hours,
        days,
        2 * days,
        7 * days,
        14 * days,
        30 * days,
        61 * days,
        122 * days,
    ]
    step = next((each for each in steps if span / each <= 7), steps[-1])
    local = timezone.localtime(start)
    at = local.replace(hour=0, minute=0, second=0, microsecond=0)
    form = "%H:%M" if step < days else "%m-%d"
    found = []
    while at < end:
        if at >= start:
            found.append((at, f"{timezone.localtime(at):{form}}"))
        at += step
    return found
