"""A machine's history from a table: uploaded, its columns matched, checked, taken in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.views.common import asset_at, head, now_and_person
from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.actions import history as actions
from bihuan.apps.monitoring.catalogue import template_for
from bihuan.apps.monitoring.enums import HistoryState
from bihuan.apps.monitoring.history.columns import ZONES, Column, Plan, from_data
from bihuan.apps.monitoring.history.sheet import Head
from bihuan.apps.monitoring.history.sheet import head as read_head
from bihuan.apps.monitoring.models import History
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door
from bihuan.base.errors import Refusal
from bihuan.base.texts import in_language
from bihuan.lib.machines import Template


@needs("monitoring.devices")
@require_POST
def upload(request: HttpRequest, asset: int) -> HttpResponse:
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.devices")
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, _("请先选择文件。"))
        return redirect("monitoring:connect", machine.pk)
    try:
        row = actions.upload(asset=machine, file=file, by=person, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("monitoring:connect", machine.pk)
    return redirect("monitoring:history", row.pk)


@needs("monitoring.devices")
@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """What is to be done next with the file, or what became of it."""
    row = _row(request, pk)
    if row.state in actions.OPEN and "sheet" in request.GET:
        try:
            row = actions.choose_sheet(row=row, name=request.GET["sheet"])
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect("monitoring:history", row.pk)
    matching = row.state == HistoryState.UPLOADED or (
        row.state == HistoryState.CHECKED and "map" in request.GET
    )
    return _matching(request, row) if matching else _result(request, row)


@needs("monitoring.devices")
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    plan = _told(request, from_data(row.plan))
    try:
        actions.check(row=row, plan=plan)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _matching(request, row, plan, status=422)
    return redirect("monitoring:history", row.pk)


@needs("monitoring.devices")
@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = _row(request, pk)
    try:
        actions.take_in(row=row, by=person, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("monitoring:history", row.pk)


def _row(request: HttpRequest, pk: int) -> History:
    _now, person = now_and_person(request)
    rows = History.objects.select_related("asset__model", "asset__customer", "device", "by")
    return door(rows, person, pk, "monitoring.devices")


def _told(request: HttpRequest, known: Plan) -> Plan:
    """What the form says; headings are those of the file."""
    time = request.POST.get("time", "")
    columns = tuple(
        Column(
            each.heading, request.POST.get(f"point-{place}", "")[:30], request.POST.get(f"unit-{place}", "")[:20],
        )
        for place, each in enumerate(known.columns)
    )  # fmt: skip
    return Plan(int(time) if time.isdecimal() else -1, request.POST.get("zone", "")[:60], columns)


def _matching(
    request: HttpRequest, row: History, plan: Plan | None = None, *, status: int = 200
) -> HttpResponse:
    now, _person = now_and_person(request)
    plan = plan or from_data(row.plan)
    template = template_for(row.asset)
    found, sample = _sample(row)
    context: dict[str, Any] = head(request, row.asset, "monitoring-connect", now) | {
        "row": row, "zone": plan.zone, "zones": list(dict.fromkeys([plan.zone, *ZONES])), "time": plan.time,
        "sheets": found.sheets if found else (), "sheet": row.sheet, "points": _points(template),
        "columns": [
            {
                "place": place, "heading": each.heading or "—", "point": each.point, "unit": each.unit, "is_time": place == plan.time,
                "sample": " / ".join(str(cells[place])[:24] for cells in sample if place < len(cells) and cells[place] not in (None, "")),
            }
            for place, each in enumerate(plan.columns)
        ],
    }  # fmt: skip
    return render(request, "monitoring/history_match.html", context, status=status)


def _sample(row: History) -> tuple[Head | None, list[tuple[Any, ...]]]:
    try:
        with actions.file_of(row) as path:
            found = read_head(path, row.sheet)
    except Refusal:
        return None, []
    return found, list(found.sample[:3])


def _points(template: Template | None) -> list[dict[str, str]]:
    return [
        {"code": each.code, "title": f"{in_language(each.title)} {each.unit}".strip()}
        for each in (template.points if template else ())
    ]


def _result(request: HttpRequest, row: History) -> HttpResponse:
    now, _person = now_and_person(request)
    plan = from_data(row.plan)
    template = template_for(row.asset)
    known = template.places if template else {}
    context: dict[str, Any] = head(request, row.asset, "monitoring-connect", now) | {
        "row": row, "working": row.state in actions.WORKING, "title": words.title(words.HISTORY, row.state),
        "used": [
            {"heading": each.heading, "title": in_language(template.point(each.point).title), "unit": each.unit}
            for place, each in enumerate(plan.columns) if template and each.point in known and place != plan.time
        ],
        "causes": [{"title": words.title(words.ROW, cause), "times": times} for cause, times in row.causes.items()],
        "wrong": [
            {"row": each[0], "title": words.title(words.ROW, each[1]), "heading": each[2], "said": each[3]} for each in row.wrong
        ],
    }  # fmt: skip
    return render(request, "monitoring/history.html", context)


def recent(asset: Asset) -> list[dict[str, Any]]:
    """The last tables of a machine, for its connect page."""
    rows = History.objects.filter(asset=asset).select_related("by").order_by("-at")[:5]
    return [{"row": row, "title": words.title(words.HISTORY, row.state)} for row in rows]
