"""A customer looks at his own machines: their values now, and their hours and fuel by day, week and month."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.apps.assets.queries.page import service_line
from bihuan.apps.customers.models import Customer
from bihuan.apps.monitoring.queries import briefs, customers
from bihuan.apps.portal import figures, fleets, guard
from bihuan.apps.portal.models import FleetLink
from bihuan.apps.portal.views.common import for_customers, staff_of
from bihuan.apps.portal.views.plan import WHY
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs, public
from bihuan.base.access.scope import door
from bihuan.base.audit.actions import log
from bihuan.base.ledgers import writing
from bihuan.base.ui.addresses import outward
from bihuan.base.ui.paging import paged

TITLES = {"day": gettext_lazy("日"), "week": gettext_lazy("周"), "month": gettext_lazy("月")}


@public(WHY)
@require_safe
@for_customers
def page(request: HttpRequest, token: str) -> HttpResponse:
    """His machines that report, and what they did in a period."""
    link, now = _held(token)
    if staff_of(request) is None:
        fleets.looked(link, now)
    span, today = _span(request, now), timezone.localdate(now)
    shown = paged(request, customers.reporting(link.customer_id))
    machines = list(shown.object_list)
    rows = customers.table(customers.days_of(link.customer_id, span, now), machines)
    context = {
        "link": link, "token": token, "now": now, "line": service_line(""), "staff": staff_of(request), "page": shown,
        "machines": customers.machines_of(machines, now), "span": span,
        "heads": rows[0], "rows": rows[1:-1], "total": rows[-1] if len(rows) > 1 else None,
        "current": span.start <= today <= span.end,
        "periods": [{"code": each, "title": TITLES[each], "current": each == span.kind} for each in briefs.PERIODS],
        "earlier": briefs.before(span).start, "later": briefs.after(span).start if span.end < today else None,
    }  # fmt: skip
    return render(request, "portal/fleet.html", context)


@public(WHY)
@require_safe
@for_customers
def file(request: HttpRequest, token: str) -> HttpResponse:
    """The table of a period as a file; that it was taken is on record."""
    link, now = _held(token)
    span = _span(request, now)
    lines = customers.table(customers.days_of(link.customer_id, span, now))
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    log(
        "portal.fleet_taken", by=staff_of(request), now=now, thing=link,
        after={"from": span.start.isoformat(), "to": span.end.isoformat(), "rows": len(lines) - 1, "format": kind},
    )  # fmt: skip
    head = [f"{link.customer.called} {span.start} – {span.end}"]
    content, mime = (
        (writing.csv_bytes([head, *lines]), "text/csv; charset=utf-8")
        if kind == "csv"
        else (writing.xlsx([head, *lines], title=_("设备统计")), writing.XLSX)
    )
    named = f'attachment; filename="machines-{span.kind}-{span.start}.{kind}"'
    return HttpResponse(content, content_type=mime, headers={"Content-Disposition": named})


def _held(token: str) -> tuple[FleetLink, datetime]:
    """The living link of this address. Raises LinkGone, TooOften."""
    now = clock.now()
    link = fleets.opened(token, now)
    if link is None:
        raise guard.wrong("fleet", now)
    guard.check("fleet", str(link.pk), guard.MINUTE, "opens_minute", now)
    return link, now


def _span(request: HttpRequest, now: datetime) -> briefs.Span:
    kind = request.GET.get("period", "month")
    return briefs.span_of(
        kind if kind in briefs.PERIODS else "month", _day(request) or timezone.localdate(now)
    )


def _day(request: HttpRequest) -> date | None:
    try:
        found = parse_date(request.GET.get("on", ""))
    except ValueError:
        return None
    return found if found and 2000 <= found.year < 2100 else None


@needs("portal.fleet")
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """The links of a customer; a POST makes one whose address is shown this once."""
    now, person = clock.now(), request.user
    assert isinstance(person, User)
    customer = door(Customer.objects.all(), person, pk, "portal.fleet")
    shown = ""
    if request.method == "POST":
        _link, token = fleets.make(customer=customer, by=person, now=now)
        shown = outward(reverse("portal:fleet", args=[token]), request)
    context = {
        "customer": customer, "shown": shown, "now": now, "days": figures.whole("fleet_days", now),
        "machines": customers.reporting(customer.pk).count(), "rows": fleets.of_customer(customer.pk)[:20],
    }  # fmt: skip
    inside = bool(request.headers.get("HX-Request")) and request.method != "POST"
    answer = render(request, f"portal/fleet_links{'_panel' if inside else ''}.html", context)
    answer["Referrer-Policy"] = "strict-origin"
    return answer


@needs("portal.fleet")
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """It opens no more."""
    person = request.user
    assert isinstance(person, User)
    link = door(FleetLink.objects.select_related("customer"), person, pk, "portal.fleet")
    fleets.revoke(link=link, by=person, now=clock.now())
    messages.success(request, _("已停用，客户打不开了。"))
    return redirect("portal:fleet_links", link.customer_id)
