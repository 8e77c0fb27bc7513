"""Who is on call, what was called; forms on paper."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.apps.customers.queries.lists import region_names
from bihuan.apps.tickets.doors import paging, paper
from bihuan.apps.tickets.doors.forms import OnCallForm, PaperCountForm
from bihuan.apps.tickets.doors.hours import opens_at
from bihuan.apps.tickets.doors.models import Alarm, OnCall, PaperForm
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.views.common import now_and_who
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import visible
from bihuan.base.errors import NoSuchThing, Refusal

SHOWN = 20
WAYS = {
    "MESSAGE": gettext_lazy("消息"), "SMS": gettext_lazy("短信"), "VOICE": gettext_lazy("语音电话"),
}  # fmt: skip

LOST = {
    "NO_NUMBER": gettext_lazy("没有手机号，没发出"), "NO_GATEWAY": gettext_lazy("还没接通，没发出"),
    "FAILED": gettext_lazy("没有发出去"),
}  # fmt: skip


@needs("tickets.on_call")
@require_http_methods(["GET", "HEAD", "POST"])
def on_call(request: HttpRequest) -> HttpResponse:
    """The roster, who would be called now, and the last calls with their answers."""
    now, person = now_and_who(request)
    form = OnCallForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            paging.put_on_call(by=person, now=now, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("to_at", str(refusal))
        else:
            messages.success(request, _("已排班。"))
            return redirect("tickets:on_call")
    seen = visible(Ticket.objects.all(), person, "tickets.see")
    rows = list(paging.roster(now))
    regions = region_names()
    for row in rows:
        row.area = regions.get(row.region, row.region)  # type: ignore[attr-defined]
    alarms = Alarm.objects.filter(ticket__in=seen).select_related("ticket", "answered_by")
    told = alarms.prefetch_related("pagings__user", "pagings__notice__deliveries")
    shown = list(told.order_by("-raised_at", "-pk")[:SHOWN])
    for alarm in shown:
        alarm.called = sorted(alarm.pagings.all(), key=lambda each: each.step)  # type: ignore[attr-defined]
        for page in alarm.called:  # type: ignore[attr-defined]
            page.said = WAYS.get(page.way, page.way)
            page.lost = LOST.get(paging.outcome(page), "")
    return render(
        request, "tickets/doors/on_call.html",
        {
            "form": form, "rows": rows, "now": now, "next": paging.on_call("", now),
            "opens_at": opens_at(now), "alarms": shown,
        },
        status=422 if form.is_bound else 200,
    )  # fmt: skip


@needs("tickets.on_call")
@require_POST
def off_call(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = OnCall.objects.filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    paging.take_off_call(row=row, by=person, now=now)
    messages.success(request, _("已取消。"))
    return redirect("tickets:on_call")


@needs("tickets.paper")
@require_http_methods(["GET", "HEAD", "POST"])
def papers(request: HttpRequest) -> HttpResponse:
    """Reserve numbers and print them; what was printed and not entered yet."""
    now, person = now_and_who(request)
    form = PaperCountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rows = paper.reserve(count=form.cleaned_data["count"], by=person, now=now)
        return render(request, "tickets/doors/paper_print.html", {"rows": rows, "now": now})
    rows_open = (
        PaperForm.objects.filter(ticket=None).select_related("printed_by").order_by("-number")
    )
    return render(
        request, "tickets/doors/paper.html",
        {"form": form, "rows": rows_open[:200], "count": rows_open.count()},
        status=422 if form.is_bound else 200,
    )  # fmt: skip
