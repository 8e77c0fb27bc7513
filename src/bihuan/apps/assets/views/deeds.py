"""Forms of deeds on one machine: stages, moves, readings, meters, checks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bihuan.apps.assets import actions, words
from bihuan.apps.assets.actions.moving import move_to_path
from bihuan.apps.assets.enums import MoveReason, Status
from bihuan.apps.assets.forms.machines import (
    HealthForm,
    InspectionForm,
    MeterForm,
    MoveForm,
    ReadingForm,
    StageForm,
)
from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.views.common import asset_at, now_and_person
from bihuan.apps.customers.views.common import answer, done, submit
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.errors import NoSuchThing

MOMENT = "%Y-%m-%dT%H:%M"


def act(
    request: HttpRequest, asset: Asset, form: forms.Form, heading: str, deed: Callable[[dict[str, Any]], object], said: str,
    *, danger: bool = False, before: str = "",
) -> HttpResponse:  # fmt: skip
    """Show the form, or do the deed and go back to the machine."""
    home = reverse("assets:detail", args=[asset.pk])
    if request.method == "POST" and submit(form, deed):
        messages.success(request, said)
        return done(request, home)
    fragment = request.headers.get("HX-Request")
    template = "assets/parts/form.html" if fragment else "assets/form.html"
    context = {"form": form, "heading": heading, "cancel": home, "danger": danger, "asset": asset}
    context |= {"before": before, "before_thing": asset}
    return answer(request, template, context, form)


def _at(now: datetime) -> dict[str, Any]:
    return {"at": timezone.localtime(now).strftime(MOMENT)}


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def stage(request: HttpRequest, pk: int, to: str) -> HttpResponse:
    now, person = now_and_person(request)
    asset = asset_at(request, pk, "assets.edit")
    if to not in {str(each) for each in Status}:
        raise NoSuchThing
    then = Status(to)
    today = timezone.localtime(now).date()
    initial = _at(now) | {"delivered_on": today, "commissioned_on": today}
    form = StageForm(request.POST or None, to=then, asset=asset, initial=initial)
    heading = _("%(deed)s：%(machine)s") % {"deed": words.title(words.DEED, then), "machine": asset}
    said = _("已记下：%(deed)s。") % {"deed": words.title(words.DEED, then)}
    return act(
        request,
        asset,
        form,
        heading,
        lambda values: _advance(asset, then, values, person, now),
        said,
        danger=then == Status.SCRAPPED,
        before="change.scrap" if then == Status.SCRAPPED else "",
    )


def _advance(
    asset: Asset, to: Status, values: dict[str, Any], person: User, now: datetime
) -> Asset:
    match to:
        case Status.DELIVERED:
            return actions.deliver(asset=asset, by=person, now=now, **values)
        case Status.COMMISSIONED:
            return actions.commission(asset=asset, by=person, now=now, **values)
        case Status.SCRAPPED:
            return actions.retire(asset=asset, by=person, now=now, **values)
        case _:
            return actions.advance(asset=asset, to=to, by=person, now=now, **values)


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    asset = asset_at(request, pk, "assets.edit")
    initial = _at(now) | {"reason": MoveReason.RELOCATED, "serviced_by": asset.serviced_by}
    form = MoveForm(request.POST or None, person=person, initial=initial)

    return act(
        request,
        asset,
        form,
        _("移位或转让：%(machine)s") % {"machine": asset},
        lambda values: move_to_path(asset=asset, by=person, now=now, **values),
        _("已记下，原来的履历都还在。"),
        before="change.move",
    )


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    asset = asset_at(request, pk, "assets.edit")
    form = ReadingForm(
        request.POST or None,
        family=asset.model.family,
        initial=_at(now) | {"point": request.GET.get("point", "")},
    )
    return act(
        request, asset, form, _("登记读数：%(machine)s") % {"machine": asset},
        lambda values: actions.record_reading(asset=asset, by=person, now=now, **values), _("读数已记下。"),
    )  # fmt: skip


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def meter(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    asset = asset_at(request, pk, "assets.edit")
    form = MeterForm(
        request.POST or None, family=asset.model.family, initial=_at(now) | {"start": 0}
    )
    return act(
        request, asset, form, _("换表：%(machine)s") % {"machine": asset},
        lambda values: actions.replace_meter(asset=asset, by=person, now=now, **values), _("已换表，累计数接着算。"),
    )  # fmt: skip


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def inspection(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    asset = asset_at(request, pk, "assets.edit")
    form = InspectionForm(
        request.POST or None, family=asset.model.family, initial=_at(now) | {"findings": 0}
    )

    def deed(values: dict[str, Any]) -> None:
        plain = {name: value for name, value in values.items() if not name.startswith("point_")}
        actions.add_inspection(asset=asset, by=person, now=now, readings=form.readings(), **plain)

    return act(
        request,
        asset,
        form,
        _("登记巡检：%(machine)s") % {"machine": asset},
        deed,
        _("巡检已记下。"),
    )


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def health(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    asset = asset_at(request, pk, "assets.edit")
    form = HealthForm(request.POST or None, initial=_at(now))
    return act(
        request, asset, form, _("健康体检：%(machine)s") % {"machine": asset},
        lambda values: actions.add_health_check(asset=asset, by=person, now=now, **values), _("体检已记下。"),
    )  # fmt: skip
