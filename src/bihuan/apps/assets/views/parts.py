"""What is in a machine, on any day."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.assets import actions, words
from bihuan.apps.assets.enums import PartWhy
from bihuan.apps.assets.forms.machines import PartForm, PartOutForm
from bihuan.apps.assets.models import Part
from bihuan.apps.assets.queries import page
from bihuan.apps.assets.views.common import asset_at, head, now_and_person
from bihuan.apps.assets.views.deeds import act
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door


@needs("assets.see")
@require_GET
def tree(request: HttpRequest, pk: int) -> HttpResponse:
    now, _person = now_and_person(request)
    asset = asset_at(request, pk)
    context = head(request, asset, "parts", now)
    try:
        day = parse_date(request.GET.get("on", "")) or context["today"]
    except ValueError:
        day = context["today"]
    gone = page.removed(asset)
    for part in gone:
        part.why_title = words.title(words.PART_WHY, part.why)  # type: ignore[attr-defined]
    nodes = page.tree(asset, day)
    for node in nodes:
        node.by_title = words.title(words.LIFE_BY, node.life.by) if node.life else ""  # type: ignore[attr-defined]
    context |= {"nodes": nodes, "day": day, "is_today": day == context["today"], "gone": gone}
    return render(request, "assets/parts_page.html", context)


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def install(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    asset = asset_at(request, pk, "assets.edit")
    initial = {"installed_on": timezone.localtime(now).date()}
    form = PartForm(request.POST or None, asset=asset, initial=initial)

    def deed(values: dict[str, Any]) -> None:
        actions.install_part(
            asset=asset, by=person, now=now, **(values | {"cycles": values["cycles"] or 0})
        )

    return act(
        request,
        asset,
        form,
        _("装上部件：%(machine)s") % {"machine": asset},
        deed,
        _("部件已登记。"),
    )


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def out(request: HttpRequest, part: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(Part.objects.select_related("asset", "parent"), person, part, "assets.edit")
    asset = asset_at(request, row.asset_id, "assets.edit")
    form = PartOutForm(request.POST or None, initial={"on": timezone.localtime(now).date()})

    def deed(values: dict[str, Any]) -> None:
        why = PartWhy(values["why"])
        if values["serial"].strip():
            actions.replace_part(
                part=row, on=values["on"], why=why, serial=values["serial"], by=person, now=now
            )
        else:
            actions.remove_part(part=row, removed_on=values["on"], why=why, by=person, now=now)

    return act(
        request,
        asset,
        form,
        _("更换或拆下：%(part)s") % {"part": row},
        deed,
        _("已记下，旧件的履历还在。"),
    )
