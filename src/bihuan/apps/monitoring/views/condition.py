"""The panel of a machine's health and lives, and what people do to its parts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.assets.enums import PartWhy
from bihuan.apps.assets.views.common import asset_at, now_and_person
from bihuan.apps.assets.views.deeds import MOMENT, act
from bihuan.apps.monitoring.actions import parts as actions
from bihuan.apps.monitoring.forms_condition import MeasureForm, ReplaceForm
from bihuan.apps.monitoring.queries.condition import view_of
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.texts import in_language


@needs("monitoring.see")
@require_GET
def panel(request: HttpRequest, asset: int) -> HttpResponse:
    """Nothing for a machine of which no day is known."""
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.see")
    found = view_of(machine, now)
    if found is None:
        return HttpResponse("")
    context = {
        "asset": machine,
        "view": found,
        "now": now,
        "may_care": may(person, "monitoring.care", machine),
    }
    return render(request, "monitoring/condition.html", context)


@needs("monitoring.care")
@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, asset: int, part: str) -> HttpResponse:
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.care")
    known = actions.part_of(machine, part)
    form = ReplaceForm(request.POST or None, initial={"on": timezone.localdate(now)})

    def deed(values: dict[str, Any]) -> None:
        actions.replace(
            asset=machine, part=part, on=values["on"], why=PartWhy(values["why"]), serial=values["serial"], note=values["note"],
            by=person, now=now,
        )  # fmt: skip

    heading = _("更换%(part)s") % {"part": in_language(known.title)}
    return act(request, machine, form, heading, deed, _("已记下，寿命重新计。"))


@needs("monitoring.care")
@require_http_methods(["GET", "POST"])
def measure(request: HttpRequest, asset: int, part: str) -> HttpResponse:
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.care")
    known = actions.part_of(machine, part)
    form = MeasureForm(
        request.POST or None, initial={"at": timezone.localtime(now).strftime(MOMENT)}
    )

    def deed(values: dict[str, Any]) -> None:
        actions.measure(
            asset=machine,
            part=part,
            at=values["at"],
            wear=values["percent"] / 100,
            note=values["note"],
            by=person,
            now=now,
        )

    heading = _("登记%(part)s的实测磨损") % {"part": in_language(known.title)}
    return act(request, machine, form, heading, deed, _("已记下，寿命估计已修正。"))
