"""The other doors by which a machine's readings come in."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.monitoring.actions.terminals import make_known
from bihuan.apps.monitoring.models import Device, Terminal
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door
from bihuan.base.errors import Refusal


@needs("monitoring.devices")
@require_POST
def terminal(request: HttpRequest, device: int) -> HttpResponse:
    now, person = now_and_person(request)
    rows = Device.objects.filter(revoked_at=None).select_related("asset")
    row = door(rows, person, device, "monitoring.devices")
    try:
        make_known(
            device=row, phone=request.POST.get("phone", ""), terminal=request.POST.get("terminal", ""), by=person, now=now,
        )  # fmt: skip
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("终端已登记，现在可以让它注册。"))
    return redirect("monitoring:connect", row.asset_id)


def doors_of(device: Device | None, now: datetime) -> dict[str, Any]:
    """What the connect page says of them."""
    known = Terminal.objects.filter(device=device).first() if device else None
    port = os.environ.get("BIHUAN_JT808_PORT", "")
    host = os.environ.get("BIHUAN_JT808_HOST", "127.0.0.1")
    return {
        "terminal": known, "terminal_open": known is not None and known.open_until > now,
        "jt808": f"{host}:{port}" if port else "",
    }  # fmt: skip
