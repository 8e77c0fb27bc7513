"""The list of machines, the page of one, its forms, and what a customer's page shows of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.assets import actions, profile, words
from bihuan.apps.assets.actions.places import place_at
from bihuan.apps.assets.forms.machines import AssetForm, EditForm
from bihuan.apps.assets.lists import LIST
from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.queries import lists, page
from bihuan.apps.assets.queries.sets import states_of
from bihuan.apps.assets.views.common import asset_at, head, now_and_person
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.views.common import answer, submit
from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.facts.timeline import lines
from bihuan.base.lists.page import show
from bihuan.base.storable import whole
from bihuan.base.system.idempotency import idempotent
from bihuan.base.ui.slots import panels_for

ABOVE = 30  # panels of `asset.overview` up to this order stand above the tiles


@needs("assets.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    today = timezone.localtime(now).date()
    found = show(LIST, request, now)
    machines = list(found.page.object_list)
    for row in machines:
        row.holds = row.in_warranty(today)
    context = {
        "list": found, "machines": machines,
        "may_add": may(person, "assets.edit"), "may_import": may(person, "ledgers.import"),
    }  # fmt: skip
    return render(request, "assets/list.html", context)


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
@idempotent
def new(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    customer = Customer.objects.filter(pk=whole(request.GET.get("customer")) or 0).first()
    seen = customer if customer is not None and may(person, "customers.see", customer) else None
    form = AssetForm(request.POST or None, person=person, initial={"customer": seen})
    made: list[Asset] = []
    if request.method == "POST" and submit(
        form, lambda values: made.append(_add(values, person, now))
    ):
        messages.success(request, _("已建档：%(name)s") % {"name": made[0]})
        return redirect("assets:detail", made[0].pk)
    return answer(request, "assets/new.html", {"form": form}, form)


def _add(values: dict[str, Any], person: User, now: datetime) -> Asset:
    values = dict(values)
    path = values.pop("place")
    values["sold_to"] = values["sold_to"] or values["customer"]
    with transaction.atomic():
        place = place_at(values["customer"], path, by=person, now=now) if path else None
        return actions.add_asset(by=person, now=now, place=place, **values)


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    asset = asset_at(request, pk, "assets.edit")
    form = EditForm(request.POST or None, asset=asset)
    if (shown := whole(request.POST.get("version"))) is not None:
        asset.version = shown
    if request.method == "POST" and submit(
        form, lambda values: actions.change_asset(asset=asset, by=person, now=now, **values)
    ):
        messages.success(request, _("已保存。"))
        return redirect("assets:detail", pk)
    return answer(request, "assets/edit.html", {"form": form, "asset": asset}, form)


@needs("assets.see")
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    asset = asset_at(request, pk)
    tab = request.GET.get("tab", "")
    context = head(request, asset, tab or "overview", now) | {"tab": tab}
    if tab:
        return render(request, "assets/tab.html", context)
    order = {
        panel.url.replace(":", "-"): panel.order for panel in registry.panels("asset.overview")
    }
    panels = panels_for(request, "asset.overview", asset)
    tiles = page.tiles(asset)
    shown = request.GET.get("point") or (tiles[0].point.code if tiles else "")
    if shown not in {point.code for point in profile.points_of(asset.model.family)}:
        shown = ""
    rows = page.readings(asset, shown) if shown else []
    stays = page.stays(asset)
    context |= {
        "tiles": tiles, "point": profile.point(shown) if shown else None, "rows": rows[:6], "line": page.line_of(rows),
        "above": [each for each in panels if order[each.key] <= ABOVE], "below": [each for each in panels if order[each.key] > ABOVE],
        "checks": page.checks(asset)[:6], "stays": stays, "named": page.named(asset, stays, person), "limited": page.near_life(asset, context["today"])[:6],
    } | _lines(request, asset, now)  # fmt: skip
    return render(request, "assets/detail.html", context)


def _lines(request: HttpRequest, asset: Asset, now: datetime) -> dict[str, Any]:
    _now, person = now_and_person(request)
    kind = request.GET.get("kind", "")
    facts, more, hidden = page.timeline(
        asset, person, kind=kind, before=_place(request.GET.get("before", ""))
    )
    last = f"{facts[-1].at.timestamp():.6f}_{facts[-1].pk}" if facts and more else ""
    titles = {
        "": _("全部"),
        "service": _("服务"),
        "care": _("保养巡检"),
        "record": _("资料"),
        "rules": _("制度"),
    }
    return {
        "lines": lines(facts, now=now), "kind": kind, "next": last, "first": not request.GET.get("before"), "hidden": hidden,
        "kinds": [{"code": code, "title": title, "current": code == kind} for code, title in titles.items()],
    }  # fmt: skip


def _place(text: str) -> tuple[datetime, int] | None:
    at, _sep, pk = text.partition("_")
    try:
        return datetime.fromtimestamp(float(at), tz=timezone.get_current_timezone()), int(pk)
    except (ValueError, OverflowError, OSError):
        return None


@needs("assets.see")
@require_GET
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    now, _person = now_and_person(request)
    asset = asset_at(request, pk)
    context = _lines(request, asset, now) | {"asset": asset}
    if request.headers.get("HX-Request"):
        return render(request, "assets/parts/timeline.html", context)
    return render(request, "assets/timeline.html", head(request, asset, "timeline", now) | context)


@needs("assets.see")
@require_GET
def of_customer(request: HttpRequest, customer: int) -> HttpResponse:
    """The tab 设备 of a customer's page."""
    now, person = now_and_person(request)
    today = timezone.localtime(now).date()
    machines = list(lists.of_customer(person, customer)[:500])
    for row in machines:
        row.holds = row.in_warranty(today)  # type: ignore[attr-defined]
    sets = states_of({row.machine_set_id for row in machines if row.machine_set_id})
    named = {row.machine_set_id: row.machine_set for row in machines if row.machine_set_id}
    views = [
        {
            "set": named[pk],
            "title": words.title(words.SET_STATE, view.state),
            "colour": words.SET_COLOUR[view.state],
            "because": view.because,
        }
        for pk, view in sorted(sets.items())
    ]
    context = {
        "machines": machines,
        "sets": views,
        "customer_id": customer,
        "may_add": may(person, "assets.edit"),
    }
    return render(request, "assets/parts/of_customer.html", context)


@needs("assets.see")
@require_GET
def brief(request: HttpRequest, customer: int) -> HttpResponse:
    """The card 设备 of a customer's overview; nothing for a customer without machines."""
    now, person = now_and_person(request)
    today = timezone.localtime(now).date()
    machines = list(lists.of_customer(person, customer)[:200])
    for row in machines:
        row.holds = row.in_warranty(today)  # type: ignore[attr-defined]
    order = {"DOWN": 0, "UNDER_REPAIR": 1}
    shown = sorted(
        machines, key=lambda row: (order.get(row.status, 2), not row.critical, row.serial)
    )[:6]
    context = {
        "machines": shown, "total": len(machines), "customer_id": customer,
        "stopped": sum(row.status in order for row in machines), "held": sum(row.holds for row in machines),  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "assets/parts/brief.html", context)
