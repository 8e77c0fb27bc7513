"""What a machine reports, on its page: values that move, a chart, what it did today."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.views.common import asset_at, now_and_person
from bihuan.apps.monitoring.catalogue import template_for
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.queries import expected
from bihuan.apps.monitoring.queries import live as queries
from bihuan.apps.monitoring.queries.consents import hidden_points, places_from, refused
from bihuan.apps.monitoring.queries.live import Live
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.texts import in_language

SPANS: dict[str, tuple[str, timedelta | None]] = {
    "1h": (gettext_noop("1 小时"), timedelta(hours=1)),
    "day": (gettext_noop("今天"), None),
    "7d": (gettext_noop("7 天"), timedelta(days=7)),
    "90d": (gettext_noop("90 天"), timedelta(days=90)),
    "1y": (gettext_noop("1 年"), timedelta(days=365)),
}


@needs("monitoring.see")
@require_GET
def panel(request: HttpRequest, asset: int) -> HttpResponse:
    """The panel of a machine's page; nothing for a machine that does not report."""
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.see")
    found = queries.live(machine, now)
    device = queries.device_of(machine.pk)
    if found is None and device is None and template_for(machine) is None:
        return HttpResponse("")
    context: dict[str, Any] = {
        "asset": machine, "live": found, "device": device, "may_connect": may(person, "monitoring.devices", machine),
        "may_alarms": may(person, "monitoring.see", machine), "no": refused([machine.pk], now).get(machine.pk, ()),
        "expected": expected.coming(machine.pk, now),
    }  # fmt: skip
    if found is not None:
        context |= _tiles(found) | _chart(request, machine, found, now) | _today(found, now)
    return render(request, "monitoring/live.html", context)


@needs("monitoring.see")
@require_GET
def tiles(request: HttpRequest, asset: int) -> HttpResponse:
    """The values, asked again every moment; nothing while nothing has changed."""
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.see")
    found = queries.live(machine, now)
    if found is None or request.GET.get("seen") == _mark(found):
        return HttpResponse(status=204)
    context = {
        "asset": machine, "live": found, "may_connect": may(person, "monitoring.devices", machine),
    }  # fmt: skip
    return render(request, "monitoring/parts/tiles.html", context | _tiles(found))


@needs("monitoring.see")
@require_GET
def chart(request: HttpRequest, asset: int) -> HttpResponse:
    """One point over a span of time."""
    now, _person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.see")
    found = queries.live(machine, now)
    if found is None:
        return HttpResponse("")
    context = {"asset": machine, "live": found} | _chart(request, machine, found, now)
    return render(request, "monitoring/parts/chart.html", context)


def _mark(found: Live) -> str:
    """Changes when anything on the tiles does."""
    return f"{found.received_at.timestamp():.3f}-{found.at.timestamp():.3f}-{len(found.open_alarms)}-{int(found.stale)}"


def _tiles(found: Live) -> dict[str, Any]:
    return {"mark": _mark(found)}


def _chart(request: HttpRequest, asset: Asset, found: Live, now: datetime) -> dict[str, Any]:
    from bihuan.apps.monitoring.queries.drawing import draw
    from bihuan.apps.monitoring.store.charts import devices_of, series

    template = found.template
    code = request.GET.get("point", "")
    if code not in template.places or code in hidden_points(asset.pk, template, now):
        worst = {"red": 0, "orange": 1, "": 2}
        code = (
            min(found.tiles, key=lambda tile: worst[tile.tone]).code
            if found.tiles
            else template.points[0].code
        )
    span = request.GET.get("span", "")
    span = span if span in SPANS else "day"
    end = now
    length = SPANS[span][1]
    start = (
        timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) if length is None else now - length
    )  # fmt: skip
    start = min(start, end - timedelta(minutes=10))
    point = template.point(code)
    since = places_from(asset.pk) if point.position else None
    data = series(devices_of(asset.pk, template.code), code, max(start, since or start), end)
    alarms = Alarm.objects.filter(asset=asset, point=code, hushed="", raised_at__gte=start)
    drawing = draw(
        data, start, end, queries.edges(template, code, queries.limits_of(asset.pk)), every=template.every, band=None,
        alarms=list(alarms.values_list("raised_at", flat=True)[:50]),
    )  # fmt: skip
    address = reverse("monitoring:chart", args=[asset.pk])
    return {
        "drawing": drawing, "point": point, "point_title": in_language(point.title), "span": span, "exact": data.exact,
        "step": data.step, "spans": [{"code": each, "title": _(title), "current": each == span} for each, (title, _l) in SPANS.items()],
        "choices": [{"code": tile.code, "title": tile.title, "current": tile.code == code} for tile in found.tiles],
        "chart_url": address, "start": start, "end": end, "moving": span in {"1h", "day"},
        "table": request.GET.get("table") == "1", "rows": _rows(drawing.buckets, point.digits) if request.GET.get("table") == "1" else [],
    }  # fmt: skip


def _rows(buckets: Any, digits: int) -> list[dict[str, Any]]:
    """The table beside a chart: at most 60 lines, the newest first. A line of several buckets has the
    lowest and the highest of them all, so that no peak is lost.
    """
    step = max(1, -(-len(buckets) // 60))
    lots = [buckets[first : first + step] for first in range(0, len(buckets), step)]
    return [
        {
            "at": lot[0].at, "low": f"{min(each.low for each in lot):.{digits}f}",
            "mean": f"{sum(each.mean for each in lot) / len(lot):.{digits}f}", "high": f"{max(each.high for each in lot):.{digits}f}",
        }
        for lot in reversed(lots)
    ]  # fmt: skip


def _today(found: Live, now: datetime) -> dict[str, Any]:
    """The strip of today's states and the time in each."""
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    whole = timedelta(days=1)
    stretches = queries.day_of(found.device, start, now)
    totals: dict[str, timedelta] = {}
    for each in stretches:
        totals[each.title] = totals.get(each.title, timedelta()) + (each.end - each.start)
    order = {state.code: place for place, state in enumerate(found.template.states)}
    return {
        "stretches": [
            {
                "x": f"{100 * ((each.start - start) / whole):.3f}", "wide": f"{100 * ((each.end - each.start) / whole):.3f}",
                "tone": order[each.code] % 4, "runs": each.runs,
                "said": f"{each.title} {timezone.localtime(each.start):%H:%M}–{timezone.localtime(each.end):%H:%M}",
            }
            for each in stretches
        ],
        "totals": [
            {"title": title, "hours": round(total.total_seconds() / 3600, 1), "tone": next(order[each.code] % 4 for each in stretches if each.title == title)}
            for title, total in totals.items()
        ],
    }  # fmt: skip
