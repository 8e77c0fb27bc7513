"""A machine's credentials: made, shown once as a code and a snippet, revoked."""

from __future__ import annotations

import ipaddress
import json
import socket
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.views.common import asset_at, head, now_and_person
from bihuan.apps.assets.views.label import code_of
from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.actions.devices import register, revoke
from bihuan.apps.monitoring.catalogue import template_for
from bihuan.apps.monitoring.models import Device, Latest, Refused
from bihuan.apps.monitoring.pipe.place import place
from bihuan.apps.monitoring.views.doors import doors_of
from bihuan.apps.monitoring.views.history import recent
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door
from bihuan.base.errors import Refusal
from bihuan.base.texts import in_language
from bihuan.lib.machines import Template

SNIPPET = """import {ssl}threading, time
from bihuan_device import Device

device = Device(
    "{host}", "{id}", "{key}",
    port={port}, path="readings.ring", log=print,{tls}
)
threading.Thread(target=device.run, daemon=True).start()
while True:
    # your own sensors
    device.send({values})
    time.sleep(10)
"""
TLS = "\n    tls=ssl.create_default_context({}),"


@needs("monitoring.devices")
@require_GET
def connect(request: HttpRequest, asset: int) -> HttpResponse:
    """How this machine reports."""
    now, _person = now_and_person(request)
    return _page(request, asset_at(request, asset, "monitoring.devices"), now)


def _page(request: HttpRequest, machine: Asset, now: datetime, *, key: str = "") -> HttpResponse:
    """`key` is shown by the answer that made it alone, and kept by nobody."""
    template = template_for(machine)
    device = Device.objects.filter(asset=machine, revoked_at=None).first()
    context = head(request, machine, "monitoring-connect", now) | {
        "template": template, "template_title": in_language(template.title) if template else "",
        "points": [
            {"code": point.code, "title": in_language(point.title), "unit": point.unit, "low": f"{point.low:.10g}", "high": f"{point.high:.10g}"}
            for point in template.points
        ] if template else [],
        "device": device, "key": key, "latest": Latest.objects.filter(device=device).first() if device else None,
        "refused": [_refused(row) for row in Refused.objects.filter(device=device).order_by("-last_at")[:5]] if device else [],
        "earlier": Device.objects.filter(asset=machine, revoked_at__isnull=False).select_related("revoked_by").order_by("-revoked_at")[:10],
        "histories": recent(machine),
        **doors_of(device, now),
    } | _how(device, key, template, request.get_host())  # fmt: skip
    answer = render(request, "monitoring/connect.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _refused(row: Refused) -> dict[str, Any]:
    """What was not taken for one cause on one day, and the last message as it came."""
    return {
        "title": words.title(words.CAUSE, row.cause), "why": words.title(words.CAUSE_WHY, row.cause), "day": row.day, "times": row.times,
        "last": bytes(row.raw)[:200].decode("utf-8", "replace"),
    }  # fmt: skip


def _values(template: Template) -> str:
    """Values that a first try sends: the first points, and those that tell the machine's state,
    without which rules that hold in some states only would never raise an alarm.
    """
    codes = dict.fromkeys(template.main[:2])
    for state in template.states:
        for condition in state.when:
            places = (condition.point, condition.of)
            codes |= dict.fromkeys(
                template.points[each].code for each in places if each is not None
            )
    points = [template.point(code) for code in codes]
    said = {
        each.code: round(sum(each.band) / 2 if each.band else each.high / 40, each.digits)
        for each in points
    }
    return json.dumps(said)


def _reached(host: str, by: str) -> tuple[str, bool]:
    """Where devices go, and whether none but programs of this machine do. A server that listens on
    every address (0.0.0.0) has the name by which the reader reached us (`by`, with its port), or the
    machine's own: its certificate holds both.
    """
    if not _is(host, "unspecified"):
        return host, _is(host, "loopback")
    name = (by.rpartition(":")[0] if ":" in by.rpartition("]")[2] else by).strip("[]")
    return socket.gethostname() if name == "localhost" or _is(name, "loopback") else name, False


def _is(host: str, what: str) -> bool:
    """Of an address; a name is nothing of the kind."""
    try:
        return bool(getattr(ipaddress.ip_address(host), f"is_{what}"))
    except ValueError:
        return False


def _how(device: Device | None, key: str, template: Template | None, by: str) -> dict[str, Any]:
    """Where the device goes, as a code to scan and a snippet to run."""
    where = place()
    if device is None or not where:
        return {"where": where}
    host, near = _reached(where["mqtt_host"], by)
    where = where | {"mqtt_host": host}
    said: dict[str, Any] = {
        "host": where["mqtt_host"], "port": where["mqtt_port"], "tls": where["tls"], "id": device.code,
    }  # fmt: skip
    found: dict[str, Any] = {
        "where": where | {"mqtt_port": str(where["mqtt_port"])},
        "near": near,
        "topic": f"t/{device.code}",
    }
    if key and template is not None:
        said["key"] = key
        found["snippet"] = SNIPPET.format(
            host=where["mqtt_host"], port=where["mqtt_port"], id=device.code, key=key,
            ssl="ssl, " if where["tls"] else "", values=_values(template),
            tls=TLS.format('cafile="ca.crt"' if where.get("ca") else "") if where["tls"] else "",
        )  # fmt: skip
        found["code"] = code_of("bihuan:" + json.dumps(said, separators=(",", ":")))
    return found


@needs("monitoring.devices")
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest, asset: int) -> HttpResponse:
    """Its answer to a POST is the one page with the new key; asked again, or sent again by a reload,
    it leads to the page without.
    """
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.devices")
    if request.method == "POST":
        seen = request.POST.get("instead_of", "")
        try:
            _device, key = register(
                asset=machine, by=person, now=now, instead_of=int(seen) if seen.isdecimal() and len(seen) < 19 else 0,
            )  # fmt: skip
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("接入凭证已生成。密钥只显示这一次，请现在抄下或扫码。"))
            machine.refresh_from_db()
            return _page(request, machine, now, key=key)
    return redirect("monitoring:connect", machine.pk)


@needs("monitoring.devices")
@require_POST
def end(request: HttpRequest, device: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(Device.objects.select_related("asset"), person, device, "monitoring.devices")
    try:
        revoke(device=row, why=request.POST.get("why", ""), by=person, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("凭证已作废，设备几秒内断开。"))
    return redirect("monitoring:connect", row.asset_id)
