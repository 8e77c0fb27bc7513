"""Reporting: by the code on a machine, or from the company's web site."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bihuan.apps.assets.models import Asset
from bihuan.apps.knowledge import public as knowledge
from bihuan.apps.portal import actions, figures, guard, queries
from bihuan.apps.portal.forms import OpenReportForm, ReportForm
from bihuan.apps.portal.refusals import TooOften
from bihuan.apps.portal.views.common import for_customers, new_key, staff_of
from bihuan.base import clock
from bihuan.base.access.policy import public
from bihuan.base.audit.actions import log
from bihuan.base.errors import Refusal


@public("a customer scans the code on a machine and is not signed in")
@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def machine(request: HttpRequest, token: str) -> HttpResponse:
    """The form for the machine with this code."""
    now = clock.now()
    asset = (
        Asset.objects.living().select_related("model", "customer").filter(token=token[:40]).first()
    )
    if asset is None:
        raise guard.wrong("code", now)
    return _page(request, asset, ReportForm, now)


@public("the form on the company's web site; it says nothing about any customer")
@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def website(request: HttpRequest) -> HttpResponse:
    """The form without a code."""
    return _page(request, None, OpenReportForm, clock.now())


def _page(
    request: HttpRequest, asset: Asset | None, kind: type[ReportForm], now: datetime
) -> HttpResponse:
    fault, status = "", 200
    if request.method == "POST":
        form, status = kind(request.POST, now=now), 422
        try:
            guard.check("reports", guard.here(), guard.HOUR, "reports_hour", now)
            if asset is not None:
                guard.check("machine", str(asset.pk), guard.HOUR, "machine_hour", now)
            if form.is_valid():
                return _sent(request, asset, form, now)
        except TooOften as refusal:  # what was typed stays in the form
            fault = str(refusal)
            status = 422 if request.headers.get("HX-Request") else refusal.status
        except Refusal as refusal:
            fault = str(refusal)
            log("portal.refused", by=None, now=now, after={"code": refusal.code})
    else:
        form = kind(initial={"key": new_key()}, now=now)
    context: dict[str, Any] = {
        "form": form, "fault": fault, "photos": figures.whole("photos", now),
        "photo_mb": figures.whole("photo_mb", now), "staff": staff_of(request), **queries.machine(asset),
        "help": knowledge.articles().exists(), "token": asset.token if asset else "",
    }  # fmt: skip
    return render(request, "portal/report.html", context, status=status)


def _sent(
    request: HttpRequest, asset: Asset | None, form: ReportForm, now: datetime
) -> HttpResponse:
    sent = actions.report(
        said=form.said(request.FILES.getlist("photos")), asset=asset,
        key=form.cleaned_data["key"], by=staff_of(request), now=now,
    )  # fmt: skip
    url = f"{reverse('portal:track', args=[sent.token])}?sent=1"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
