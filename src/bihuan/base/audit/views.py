"""The log of deeds, to be read and proved."""

from __future__ import annotations

import json
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.base import clock
from bihuan.base.access.policy import needs
from bihuan.base.audit import sealing
from bihuan.base.audit.models import Entry, Seal
from bihuan.base.audit.queries import entries
from bihuan.base.audit.words import said
from bihuan.base.errors import NoSuchThing
from bihuan.base.system.company import zone
from bihuan.base.ui.paging import paged


@needs("audit.see")
@require_safe
def entry_list(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    rows = entries(text=text, day=_day(request.GET.get("day", "")), zone=zone())
    page = paged(request, rows)
    last = Seal.objects.order_by("-n").first()
    return render(
        request,
        "audit/list.html",
        {
            "page": page,
            "rows": said(page),
            "query": text,
            "last": last,
            "age": sealing.age(clock.now()),
        },
    )


@needs("audit.see")
@require_safe
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    row = Entry.objects.select_related("by", "acting_for").filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    shown = {
        name: json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
        for name, value in (("before", row.before), ("after", row.after))
        if value is not None
    }
    return render(request, "audit/entry.html", {"entry": row, "said": said([row])[0], **shown})


@needs("audit.see")
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    fault = sealing.verify()
    if fault is None:
        messages.success(request, _("封存的日志逐条核对无误。"))
    else:
        messages.error(
            request,
            _("第 %(seal)s 份封存不符（%(what)s），从第 %(entry)s 条开始。请立即保留数据库现场。")
            % {"seal": fault.seal, "what": fault.what, "entry": fault.entry or "—"},
        )
    return redirect("audit:list")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
