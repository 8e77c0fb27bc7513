"""Health reports of a machine: asked for, fetched, checked by the code on the paper."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from bihuan.apps.assets.views.common import asset_at, head, now_and_person
from bihuan.apps.monitoring.actions import reports as actions
from bihuan.apps.monitoring.models import Report
from bihuan.apps.monitoring.queries import reports as queries
from bihuan.base.access.policy import needs, public
from bihuan.base.access.scope import may
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.ui.addresses import outward

QUARTER = timedelta(days=90)


@needs("monitoring.see")
@require_GET
def reports(request: HttpRequest, asset: int) -> HttpResponse:
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.see")
    today = timezone.localdate(now)
    rows = queries.of_asset(machine)
    context = head(request, machine, "", now) | {
        "rows": rows, "waiting": any(row.file_id is None and not row.failed for row in rows), "start": today - QUARTER, "end": today,
        "may_ask": may(person, "monitoring.care", machine),
    }  # fmt: skip
    return render(request, "monitoring/reports.html", context)


@needs("monitoring.care")
@require_POST
def ask(request: HttpRequest, asset: int) -> HttpResponse:
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.care")
    try:
        start, end = (_day(request.POST.get(name, "")) for name in ("start", "end"))
        actions.ask(
            asset=machine,
            start=start,
            end=end,
            site=outward("/", request),
            by=person,
            now=now,
        )
    except BadInput as refusal:
        messages.error(request, " ".join(refusal.fields.values()))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("正在生成，几秒后在这里下载。"))
    return redirect("monitoring:reports", machine.pk)


def _day(text: str) -> date:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise BadInput({"start": _("日期写成 2026-11-30 这样。")})
    return found


@public("the code on a paper report: 192 random bits; it says only what stands on the paper")
@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Whether a paper is ours: its number, version, machine, grade and the digest of the file."""
    row = (
        Report.objects.filter(token=token, file__isnull=False)
        .select_related("asset__model", "file")
        .first()
    )
    if row is None:
        raise NoSuchThing
    newer = Report.objects.filter(
        asset=row.asset_id,
        start=row.start,
        end=row.end,
        version__gt=row.version,
        file__isnull=False,
    )
    return render(request, "monitoring/verify.html", {"row": row, "newer": newer.exists()})
