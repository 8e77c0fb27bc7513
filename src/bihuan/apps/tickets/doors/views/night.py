"""Who is on call, what was called; forms on paper."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from bihuan.apps.customers.queries.lists import region_names
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.queries.alarms import said as said_of
from bihuan.apps.tickets import words
from bihuan.apps.tickets.doors import paging, paper
from bihuan.apps.tickets.doors.forms import OnCallForm, PaperCountForm
from bihuan.apps.tickets.doors.hours import opens_at
from bihuan.apps.tickets.doors.models import Ladder, OnCall, Paging, PaperForm
from bihuan.apps.tickets.doors.stopping import in_hand
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import PagingOver
from bihuan.apps.tickets.views.common import now_and_who, said
from bihuan.base.access.policy import needs, signed_in
from bihuan.base.access.scope import may, visible
from bihuan.base.errors import BadInput, NoSuchThing, NotAllowed, Refusal

SHOWN = 20
SHOWN_OF = ("customer", "asset__model", "asset__place", "owner")
PAGED_OF = (
    "ladder__entry", "ladder__answered_by", "ladder__of_machine__asset__customer", "ladder__of_machine__asset__model",
    "ladder__of_machine__layout", "ladder__of_machine__acknowledged_by",
)  # fmt: skip
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
    machines = visible(Alarm.objects.all(), person, "monitoring.see")
    rows = list(paging.roster(now))
    regions = region_names()
    for row in rows:
        row.area = regions.get(row.region, row.region)  # type: ignore[attr-defined]
    mine = Ladder.objects.filter(Q(ticket__in=seen) | Q(of_machine__in=machines))
    ladders = mine.select_related("ticket", "of_machine", "answered_by")
    told = ladders.prefetch_related("pagings__user", "pagings__notice__deliveries")
    shown = list(told.order_by("-raised_at", "-pk")[:SHOWN])
    for ladder in shown:
        ladder.called = sorted(ladder.pagings.all(), key=lambda each: each.step)  # type: ignore[attr-defined]
        for page in ladder.called:  # type: ignore[attr-defined]
            page.said = words.title(words.PAGE_WAY, page.way)
            page.lost = LOST.get(paging.outcome(page), "")
    return render(
        request, "tickets/doors/on_call.html",
        {
            "form": form, "rows": rows, "now": now, "next": paging.on_call("", now),
            "opens_at": opens_at(now), "ladders": shown,
        },
        status=422 if form.is_bound else 200,
    )  # fmt: skip


@needs("tickets.on_call")
@require_http_methods(["GET", "HEAD", "POST"])
def off_call(request: HttpRequest, pk: int) -> HttpResponse:
    """End a turn, or take it off the roster: first who is called then instead."""
    now, person = now_and_who(request)
    row = OnCall.objects.select_related("user").filter(pk=pk, to_at__gt=now).first()
    if row is None:
        raise NoSuchThing
    runs = row.from_at < now
    if request.method == "POST":
        paging.take_off_call(row=row, by=person, now=now)
        messages.success(request, _("值班已结束。") if runs else _("班次已取消。"))
        return redirect("tickets:on_call")
    regions = region_names()
    instead = paging.without(row, now)
    others = _("其他区域") if len({each.region for each in instead}) > 1 else ""
    lines = [(regions.get(each.region, each.region) or others, each) for each in instead]
    inside = bool(request.headers.get("HX-Request"))
    return render(
        request, "tickets/doors/parts/off_call.html" if inside else "tickets/doors/off_call.html",
        {"row": row, "runs": runs, "area": regions.get(row.region, row.region), "instead": lines, "now": now},
    )  # fmt: skip


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def paged(request: HttpRequest, uid: str) -> HttpResponse:
    """One's own call: what it is about, and the answer. Opening it answers nothing."""
    now, person = now_and_who(request)
    mine = Paging.objects.filter(uid=uid.replace("\x00", " ")[:40], user=person)
    row = mine.select_related(*PAGED_OF).first()
    if row is None:
        raise NoSuchThing
    works = may(person, "tickets.do")
    if request.method == "POST":
        said_so = request.POST.get("answer")
        if said_so not in ("take", "decline"):
            raise BadInput({"": _("请从页面上的按钮里选。")})
        if said_so == "take" and not works:
            raise NotAllowed
        return _answered(request, row, taken=said_so == "take")
    over, by = in_hand(row.ladder)
    waits = row.answered_at is None and row.ladder.over_at is None and not over
    whose = {
        "row": row,
        "now": now,
        "works": works,
        "waits": waits,
        "by": row.ladder.answered_by or by,
    }
    whose |= {"way": words.title(words.PAGE_WAY, row.way), "called": row.ladder.about}
    if row.ladder.of_machine is not None:
        machine = row.ladder.of_machine
        whose |= {"machine": said_of(machine, now), "sees": may(person, "monitoring.see", machine)}
        return render(request, "tickets/doors/paged.html", whose)
    ticket = Ticket.objects.select_related(*SHOWN_OF).get(ladders=row.ladder)
    return render(
        request, "tickets/doors/paged.html",
        whose | {
            "ticket": ticket, "said": said(ticket), "impact": words.title(words.IMPACT, ticket.impact),
            "sees": may(person, "tickets.see", ticket),
        },
    )  # fmt: skip


def _answered(request: HttpRequest, row: Paging, *, taken: bool) -> HttpResponse:
    now, person = now_and_who(request)
    try:
        done = paging.answer(uid=row.uid, taken=taken, now=now)
    except PagingOver as refusal:
        messages.warning(request, str(refusal))
        return redirect("tickets:paged", row.uid)
    ticket = done.ladder.ticket
    if not taken:
        messages.success(request, _("已记下您不能处理，接着呼叫下一位。"))
        return redirect("tickets:paged", row.uid)
    if ticket is None:
        machine = done.ladder.of_machine
        messages.success(request, _("已确认报警，由您处理。"))
        if machine is not None and may(person, "monitoring.see", machine):
            return redirect("monitoring:alarm", machine.pk)
        return redirect("tickets:paged", row.uid)
    messages.success(request, _("%(number)s 由您负责了。") % {"number": ticket.number})
    if may(person, "tickets.see", ticket):
        return redirect("tickets:detail", ticket.pk)
    return redirect("tickets:paged", row.uid)


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
