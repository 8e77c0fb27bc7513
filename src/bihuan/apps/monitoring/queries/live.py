"""A machine as it reports itself: values now, a chart, what it did today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Alarm, Device, Latest, Layout, Limit
from bihuan.base.texts import in_language
from bihuan.lib.machines import Point, Template

SPARE = 1.25
"""A band is drawn so far beyond its gravest limit."""


@dataclass(frozen=True)
class Edge:
    """A limit of a point; `tone` orange for a notice, red for the gravest class."""

    value: float
    tone: str
    upward: bool

    @property
    def text(self) -> str:
        return f"{self.value:g}"


@dataclass(frozen=True)
class Tile:
    """A point now. `tone` is that of the limit it is beyond; `here` and `marks` are per cent of the
    band from `low` to `high`.
    """

    code: str
    title: str
    unit: str
    value: str
    tone: str
    edges: Sequence[Edge]
    here: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Live:
    device: Device
    template: Template
    at: datetime
    received_at: datetime
    stale: bool
    state: str
    runs: bool
    tiles: Sequence[Tile]
    open_alarms: Sequence[Alarm]


def device_of(asset: int) -> Device | None:
    """What reports for a machine now."""
    return (
        Device.objects.filter(asset=asset, revoked_at=None).select_related("asset__model").first()
    )


def live(asset: Asset, now: datetime) -> Live | None:
    """None for a machine that has never reported (a fixed number of queries)."""
    row = (
        Latest.objects.filter(device__asset=asset)
        .select_related("device", "layout").order_by("-received_at").first()
    )  # fmt: skip
    template = templates().get(row.device.template) if row is not None else None
    if row is None or template is None:
        return None
    values = dict(zip(row.layout.points, row.values, strict=False))
    limits = limits_of(asset.pk)
    state = next((each for each in template.states if each.code == row.state), None)
    alarms = Alarm.objects.filter(asset=asset, cleared_at=None, hushed="").order_by("pk")
    tiles = [
        _tile(template.point(code), values.get(code), edges(template, code, limits)) for code in template.main
    ]  # fmt: skip
    return Live(
        row.device, template, row.at, row.received_at,
        row.device.revoked_at is not None or now - row.received_at > timedelta(seconds=template.silent),
        in_language(state.title) if state else "", bool(state and state.runs), tiles, list(alarms),
    )  # fmt: skip


def limits_of(asset: int) -> dict[str, float | None]:
    return dict(Limit.objects.edges().filter(asset=asset).values_list("rule", "value"))


def edges(template: Template, code: str, limits: dict[str, float | None]) -> list[Edge]:
    """The limits of a point that stand still: not those of a change or of a difference."""
    place = template.index(code)
    found: dict[tuple[float, bool], Edge] = {}
    for rule in template.rules:
        if (
            rule.point == place
            and rule.of is None
            and not rule.rate
            and rule.times == 1
            and rule.lasting < 900
        ):
            value = limits.get(rule.code, rule.edge)
            if value is not None:
                upward = rule.upward
                found[value, upward] = Edge(
                    value, "red" if rule.klass == "URGENT" else "orange", upward
                )
    return sorted(found.values(), key=lambda edge: edge.value)


def _tile(point: Point, value: float | None, limits: Sequence[Edge]) -> Tile:
    low, high = _span(point, value, limits)
    tone = ""
    for edge in limits:
        beyond = value is not None and (value > edge.value if edge.upward else value < edge.value)
        if beyond and tone != "red":
            tone = edge.tone
    here = None if value is None else max(0.0, min(100.0, 100 * (value - low) / (high - low)))
    return Tile(
        point.code, in_language(point.title), point.unit, shown(point, value), tone, limits, here, low, high
    )  # fmt: skip


def _span(point: Point, value: float | None, limits: Sequence[Edge]) -> tuple[float, float]:
    band = point.band or (0.0, 0.0)
    known = [*band, *(edge.value for edge in limits), *([value] if value is not None else [])]
    low, high = min(0.0, *known), max(known) * SPARE
    return low, high if high > low else low + 1.0


def shown(point: Point, value: float | None) -> str:
    """A value with the digits that its sensor has."""
    return "—" if value is None else f"{value:,.{point.digits}f}"


@dataclass(frozen=True)
class Stretch:
    """A state from a moment to a moment."""

    code: str
    title: str
    start: datetime
    end: datetime
    runs: bool


def day_of(device: Device, start: datetime, end: datetime) -> list[Stretch]:
    """The states that a device's machine passed; where it said nothing for long there is no stretch."""
    import numpy as np

    from bihuan.apps.monitoring.store.charts import devices_of, samples_of_all
    from bihuan.lib.machines.states import states_of

    template = templates()[device.template]
    layouts = {row.pk: row.points for row in Layout.objects.all()}
    codes = [point.code for point in template.points]
    devices = devices_of(device.asset_id, device.template)
    millis, values = samples_of_all(devices, codes, start, end, layouts)
    if not len(millis):
        return []
    with np.errstate(invalid="ignore", divide="ignore"):
        speeds = (
            np.diff(values, axis=0, prepend=np.nan)
            / (np.diff(millis, prepend=np.nan) / 1000)[:, None]
        )
    states = states_of(template, values, speeds)
    silent = template.silent * 1000
    breaks = np.flatnonzero((states[1:] != states[:-1]) | (np.diff(millis) > silent)) + 1
    found = []
    for first, after in zip([0, *breaks.tolist()], [*breaks.tolist(), len(states)], strict=True):
        last = (
            int(millis[after])
            if after < len(millis) and millis[after] - millis[after - 1] <= silent
            else int(millis[after - 1])
        )
        state = (
            template.states[int(states[first])] if states[first] < len(template.states) else None
        )
        if state is not None:
            found.append(
                Stretch(
                    state.code,
                    in_language(state.title),
                    _moment(int(millis[first])),
                    _moment(last),
                    state.runs,
                )
            )
    return found


def _moment(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)
