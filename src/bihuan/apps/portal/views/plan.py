"""A customer reads a proposal and says yes or no to it; staff have it sent to him."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.apps.assets.queries.page import service_line
from bihuan.apps.demands import actions as demands
from bihuan.apps.demands.models import Demand
from bihuan.apps.demands.queries.archive import refused
from bihuan.apps.portal import guard, plans
from bihuan.apps.portal.forms import PlanForm
from bihuan.apps.portal.models import PlanLink
from bihuan.apps.portal.refusals import StaffOnlyLooks
from bihuan.apps.portal.rules import Say
from bihuan.apps.portal.views.common import for_customers, staff_of
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs, public
from bihuan.base.access.scope import door, may, must
from bihuan.base.audit.actions import log
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.evidence.views import sent
from bihuan.base.ui.addresses import outward

WHY = "the token in the address is the key: 192 random bits, of which we keep the hash alone"


@public(WHY)
@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What is proposed, and his answer to it; opening it answers nothing."""
    link, now = _held(token)
    if request.method != "POST":
        return _shown(request, token, link)
    if (person := staff_of(request)) is not None:
        log("portal.staff_refused", by=person, now=now, thing=link)
        raise StaffOnlyLooks
    guard.check("plan_deed", str(link.pk), guard.HOUR, "messages_hour", now)
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _shown(request, token, link, fault=_("请选同意或不同意。"), status=422)
    given = form.cleaned_data
    try:
        plans.answer(link=link, say=Say(given["say"]), text=given["text"], now=now)
    except Refusal as refusal:
        log("portal.refused", by=None, now=now, thing=link, after={"code": refusal.code})
        return _shown(request, token, link, fault=str(refusal), status=refusal.status)
    messages.success(request, _("已记下您的答复。谢谢。"))
    return redirect("portal:plan", token)


@public(WHY)
@require_safe
@for_customers
def file(request: HttpRequest, token: str) -> StreamingHttpResponse:
    """The file of the proposal that this very address asks about, if it was meant for him."""
    link, _now = _held(token)
    found = plans.shown_file(link)
    if found is None:
        raise NoSuchThing
    return sent(request, found, named=found.outside(link.demand.number))


def _held(token: str) -> tuple[PlanLink, datetime]:
    """The living link of this address. Raises LinkGone, TooOften."""
    now = clock.now()
    link = plans.opened(token, now)
    if link is None:
        raise guard.wrong("plan", now)
    guard.check("plan", str(link.pk), guard.MINUTE, "opens_minute", now)
    return link, now


def _shown(
    request: HttpRequest, token: str, link: PlanLink, *, fault: str = "", status: int = 200
) -> HttpResponse:
    try:
        demands.must_wait(demand=link.demand, proposal=link.proposal)
        over = ""
    except Refusal as refusal:
        over = str(refusal)
    found = plans.shown_file(link)
    context = {
        "demand": link.demand, "proposal": link.proposal.text, "file": found and found.outside(link.demand.number), "mine": plans.own_answer(link) if over else None, "token": token, "fault": fault, "over": over,
        "staff": staff_of(request), "line": service_line(""), "draft": request.POST.get("text", "")[:4000],
    }  # fmt: skip
    return render(request, "portal/plan.html", context, status=status)


@needs("demands.see")
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """Panel of a demand: when the customer was asked; a POST asks him by mail."""
    now, person = clock.now(), request.user
    assert isinstance(person, User)
    row = door(Demand.objects.all(), person, pk, "demands.see")
    if request.method == "POST":
        must(person, "demands.do", row)
        try:
            plans.send(
                demand=row, address=lambda token: _address(request, token), by=person, now=now
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("已用邮件发给客户联系人。没有回音不算同意。"))
        return redirect("demands:detail", pk)
    context = {
        "demand": row, "rows": row.plan_links.select_related("made_by").order_by("-pk")[:5], "now": now,
        "may_do": may(person, "demands.do", row) and row.proposed_at is not None and row.plan_confirmed_at is None and not refused(row),
    }  # fmt: skip
    return render(request, "portal/plan_links.html", context)


def _address(request: HttpRequest, token: str) -> str:
    return outward(reverse("portal:plan", args=[token]), request)
