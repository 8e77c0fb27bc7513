"""What a customer may see of his own machines: values now, and what they did since they are his."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Agreed
from bihuan.apps.monitoring.models import Device, Latest, Limit, MachineDay
from bihuan.apps.monitoring.queries import briefs
from bihuan.apps.monitoring.queries.briefs import Span
from bihuan.apps.monitoring.queries.consents import kept, refused
from bihuan.apps.monitoring.queries.hands import handed_over
from bihuan.apps.monitoring.queries.live import edges, shown
from bihuan.base.texts import in_language
from bihuan.lib.machines import Point, Template


@dataclass(frozen=True)
class Value:
    """A point now: `band` is where it lies in good order, empty where nobody says; `tone` orange outside of it, red
    beyond the gravest limit, while the machine runs: at rest an engine has no oil pressure.
    """

    title: str
    value: str
    unit: str
    band: str
    tone: str


@dataclass(frozen=True)
class Machine:
    """`at` is when the machine itself measured; None where it has said nothing since it is his. `refused`: he does
    not want its data kept, so there is nothing to show.
    """

    asset: Asset
    at: datetime | None
    stale: bool
    state: str
    runs: bool
    hours: str
    values: Sequence[Value]
    refused: bool


def reporting(customer: int) -> QuerySet[Asset]:
    """His machines that report, as they are his now."""
    rows = Asset.objects.filter(customer=customer, pk__in=Device.objects.values("asset"))
    return rows.select_related("model").order_by("model__code", "serial", "pk")


def machines_of(assets: Sequence[Asset], now: datetime) -> list[Machine]:
    """How each of them is (a fixed number of queries)."""
    keys = [asset.pk for asset in assets]
    since, no = his_since(keys), refused(keys, now)
    last: dict[int, Latest] = {}
    rows = Latest.objects.filter(device__asset__in=keys).select_related("device", "layout")
    for row in rows.order_by("received_at"):
        last[row.device.asset_id] = row
    limits: dict[int, dict[str, float | None]] = {}
    own = Limit.objects.edges().filter(asset__in=keys)
    for key, rule, value in own.values_list("asset", "rule", "value"):
        limits.setdefault(key, {})[rule] = value
    found = []
    for asset in assets:
        known, moved = last.get(asset.pk), since.get(asset.pk)
        if known is not None and moved is not None and known.at <= moved:
            known = None  # it was another's then
        hushed = Agreed.DATA in no.get(asset.pk, frozenset())
        found.append(
            _machine(asset, None if hushed else known, limits.get(asset.pk, {}), now, hushed=hushed)
        )
    return found


def _machine(
    asset: Asset, row: Latest | None, limits: Mapping[str, float | None], now: datetime, *, hushed: bool
) -> Machine:  # fmt: skip
    template = templates().get(row.device.template) if row is not None else None
    if row is None or template is None:
        return Machine(asset, None, True, "", False, "", (), hushed)
    said = dict(zip(row.layout.points, row.values, strict=False))
    state = next((each for each in template.states if each.code == row.state), None)
    values = [
        _value(template, point, said.get(point.code), limits, judged=bool(state and state.runs))
        for point in template.points
        if not (point.hidden or point.position or point.counter)
    ]
    hours = said.get("HOURS") if "HOURS" in template.places else None
    return Machine(
        asset, row.at, row.device.revoked_at is not None or now - row.received_at > timedelta(seconds=template.silent),
        in_language(state.title) if state else "", bool(state and state.runs),
        "" if hours is None else f"{hours:,.0f}", values, hushed,
    )  # fmt: skip


def _value(
    template: Template, point: Point, value: float | None, limits: Mapping[str, float | None], *, judged: bool
) -> Value:  # fmt: skip
    tone = ""
    if value is not None and judged:
        if point.band is not None and not point.band[0] <= value <= point.band[1]:
            tone = "orange"
        for edge in edges(template, point.code, dict(limits)):
            beyond = value > edge.value if edge.upward else value < edge.value
            if beyond and tone != "red":
                tone = edge.tone
    band = "" if point.band is None else f"{point.band[0]:g} – {point.band[1]:g}"
    return Value(in_language(point.title), shown(point, value), point.unit, band, tone)


def his_since(assets: Iterable[int]) -> dict[int, datetime]:
    """Since when each machine is with the customer who has it; of those that were never another's nothing."""
    moves = handed_over().filter(asset_id__in=list(assets))
    rows = moves.values_list("asset_id").annotate(at=Max("at"))
    return {asset: at for asset, at in rows if asset is not None}


def days_of(customer: int, span: Span, now: datetime) -> QuerySet[MachineDay]:
    """The machine-days of his that he may see: of whole days since a machine is his, and none of a machine whose
    data he does not want kept.
    """
    rows = MachineDay.objects.filter(
        kept(now), asset__in=reporting(customer).order_by().values("pk"), day__gte=span.start, day__lte=span.end
    )  # fmt: skip
    another = handed_over().filter(asset_id=OuterRef("asset"), at__date__gte=OuterRef("day"))
    return rows.exclude(Exists(another))


def table(found: QuerySet[MachineDay], of: Sequence[Asset] | None = None) -> list[list[Any]]:
    """Headings, a row a machine (those `of` which alone are asked for), and the sum of the whole fleet: hours,
    starts, and what some machine of it counts or consumes.
    """
    sums = briefs.sums(found)
    more = {"cycles": _("循环")}
    more |= {f"used_{code}": f"{title} ({unit})" for code, (title, unit) in briefs.uses().items()}
    shown = [name for name in more if sums[name]]
    heads = [pgettext("one", "设备"), _("出厂编号"), _("运行时间 (h)"), _("启动"), *(more[name] for name in shown)]  # fmt: skip
    if not sums["machines"]:
        return [heads]
    lots = list(briefs.by_machine(found if of is None else found.filter(asset__in=of)))
    known = Asset.objects.select_related("model").in_bulk([row["asset_id"] for row in lots])
    lines = [
        [known[row["asset_id"]].model.called, known[row["asset_id"]].serial, *_figures(row, shown)]
        for row in lots
    ]
    number = round(sums["machines"])
    every = ngettext("合计（%(n)d 台）", "合计（%(n)d 台）", number) % {"n": number}
    return [heads, *lines, [every, "", *_figures(sums, shown)]]


def _figures(of: Mapping[str, Any], shown: Sequence[str]) -> list[Any]:
    more = [None if of[name] is None else round(of[name], 1) for name in shown]
    return [round((of["run"] or 0) / 3600, 1), round(of["starts"] or 0), *more]
