"""The QR label of a machine, and the public page that it leads to."""

from __future__ import annotations

import io

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bihuan.apps.assets import actions
from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.queries import page
from bihuan.apps.assets.views.common import asset_at, now_and_person
from bihuan.base import clock, registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs, public
from bihuan.base.access.scope import may
from bihuan.base.ui.addresses import outward


def address_of(request: HttpRequest, asset: Asset) -> str:
    """The address in the code: that of the installation as customers reach it."""
    return outward(reverse("assets:landing", args=[asset.token]), request)


def code_of(address: str) -> SafeString:
    """The QR code as SVG; middle error correction survives a scratched label."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        border=2,
        omitsize=True,
        svgclass="qr",
        lineclass="qr-line",
    )
    return SafeString(out.getvalue().decode())


@needs("assets.see")
@require_GET
def label(request: HttpRequest, pk: int) -> HttpResponse:
    """The label, to be printed and stuck on the machine."""
    _now, person = now_and_person(request)
    asset = asset_at(request, pk)
    address = address_of(request, asset)
    context = {
        "asset": asset, "address": address, "code": code_of(address), "line": page.service_line(asset.model.family),
        "may_edit": may(person, "assets.edit", asset), "lasting": bool(settings.PUBLIC_URL),
    }  # fmt: skip
    return render(request, "assets/label.html", context)


@needs("assets.edit")
@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """The old label leads nowhere any more."""
    now, person = now_and_person(request)
    asset = asset_at(request, pk, "assets.edit")
    actions.new_label(asset=asset, by=person, now=now)
    messages.success(request, _("新标签已生成，旧标签扫码不再有效。"))
    return redirect("assets:qr", pk)


@public("a customer scans the label on a machine and is not signed in")
@require_GET
def landing(request: HttpRequest, token: str) -> HttpResponse:
    """
    Model and number to call, nothing of the owner. Higher apps add their ways on by panels in the
    slot `asset.public`, whose url takes the token; a customer is led to the only one at once. A
    label that was replaced says so.
    """
    asset = Asset.objects.select_related("model").filter(token=token).first()
    if asset is None:
        if (count := registry.service("code.wrong")) is not None:
            count(clock.now())
        raise Http404
    ways = []
    for panel in registry.panels("asset.public"):
        try:
            ways.append({"title": panel.title, "url": reverse(panel.url, args=[token])})
        except NoReverseMatch:
            continue
    staff = isinstance(request.user, User) and may(request.user, "assets.see", asset)
    if len(ways) == 1 and not staff:  # a customer scans once and is where he wanted to go
        return redirect(str(ways[0]["url"]))
    context = {
        "asset": asset,
        "line": page.service_line(asset.model.family),
        "ways": ways,
        "staff": staff,
    }
    return render(request, "assets/landing.html", context)
