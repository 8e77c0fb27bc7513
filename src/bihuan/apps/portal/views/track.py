"""Following: the page that moves like a parcel, and what its holder may do on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.apps.portal import actions, figures, queries
from bihuan.apps.portal.forms import AnswerForm, MessageForm
from bihuan.apps.portal.refusals import ReasonWanted, TooOften
from bihuan.apps.portal.rules import Say
from bihuan.apps.portal.views.common import by_customer, for_customers, held, new_key, staff_of
from bihuan.base.access.policy import public
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.evidence.views import sent
from bihuan.base.ui.addresses import outward

WHY = "the token in the address is the key: 192 random bits, of which we keep the hash alone"
THANKS = {
    Say.YES: gettext_lazy("已记下：您确认解决了。谢谢。"), Say.NO: gettext_lazy("已重新打开，负责的人马上看。"),
    Say.LATER: gettext_lazy("已记下，不算确认。等您的消息。"), Say.AGAIN: gettext_lazy("已重新打开，负责的人马上看。"),
}  # fmt: skip


@public(WHY)
@require_safe
@for_customers
def page(request: HttpRequest, token: str) -> HttpResponse:
    link, now = held(request, token)
    return _shown(request, token, link, now)


def _shown(
    request: HttpRequest, token: str, link: Any, now: Any, *, fault: str = "", draft: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        **queries.page(link, now), "token": token, "now": now, "fault": fault, "draft": draft,
        "key": new_key(), "staff": staff_of(request), "sent": "sent" in request.GET,
        "url": outward(f"/t/{token}/", request), "photos": figures.whole("photos", now),
        "photo_mb": figures.whole("photo_mb", now),
    }  # fmt: skip
    return render(request, "portal/track.html", context, status=status)


@public(WHY)
@require_safe
@for_customers
def live(request: HttpRequest, token: str) -> HttpResponse:
    """The moving part, when it moved since `seen`; else nothing."""
    try:
        link, now = held(request, token)
    except TooOften:  # a page that stands still for a minute is better than one with an error
        return HttpResponse(status=204)
    if request.GET.get("seen") == queries.marked(link, now):
        return HttpResponse(status=204)
    context = {
        **queries.page(link, now), "token": token, "now": now, "key": new_key(), "staff": staff_of(request),
    }  # fmt: skip
    return render(request, "portal/parts/live.html", context)


@public(WHY)
@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def say(request: HttpRequest, token: str) -> HttpResponse:
    """The customer's answer. Opening the page answers nothing: a mail scanner opens it, too."""
    if request.method != "POST":
        link, now = held(request, token)
        return _asking(request, token, link, now, chosen=request.GET.get("say", ""))
    link, now = by_customer(request, token)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise BadInput({"": _("请从页面上的按钮里选。")})
    chosen, text = Say(form.cleaned_data["say"]), form.cleaned_data["text"]
    try:
        actions.answer(
            link=link, say=chosen, text=text, key=form.cleaned_data["key"], now=now,
            score=form.cleaned_data["score"],
        )  # fmt: skip
    except ReasonWanted as refusal:
        return _asking(
            request, token, link, now, chosen=chosen, fault=str(refusal), status=refusal.status
        )
    messages.success(request, THANKS[chosen])
    return redirect("portal:track", token)


def _asking(
    request: HttpRequest, token: str, link: Any, now: Any, *, chosen: str, fault: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    ticket = queries.shown_ticket(link)
    offered = queries.says(link, ticket)
    context = {
        "ticket": ticket, "told": queries.told(link, ticket), "says": offered, "token": token,
        "chosen": chosen if chosen in offered else "", "fault": fault, "key": new_key(), "now": now,
        "draft": request.POST.get("text", "")[:4000], "staff": staff_of(request),
        **queries.machine(link.ticket.asset if link.ticket.channel != "WEB" else None),
    }  # fmt: skip
    return render(request, "portal/say.html", context, status=status)


@public(WHY)
@require_POST
@for_customers
def add(request: HttpRequest, token: str) -> HttpResponse:
    """A message or photos; what was refused stands in the field again."""
    link, now = by_customer(request, token)
    form = MessageForm(request.POST)
    if not form.is_valid():
        fault = " ".join(str(each) for errors in form.errors.values() for each in errors)
        return _shown(request, token, link, now, fault=fault, draft=request.POST.get("text", "")[:4000], status=422)  # fmt: skip
    given = form.cleaned_data
    try:
        actions.add(
            link=link, text=given["text"], photos=request.FILES.getlist("photos"), key=given["key"], now=now,
            danger=given["danger"],
        )  # fmt: skip
    except Refusal as refusal:
        log("portal.refused", by=None, now=now, thing=link, after={"code": refusal.code})
        return _shown(request, token, link, now, fault=str(refusal), draft=given["text"], status=refusal.status)  # fmt: skip
    messages.success(request, _("已收到。"))
    return redirect("portal:track", token)


@public(WHY)
@require_POST
@for_customers
def chase(request: HttpRequest, token: str) -> HttpResponse:
    link, now = by_customer(request, token)
    try:
        actions.chase(link=link, now=now)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("已催，负责的人收到了。"))
    return redirect("portal:track", token)


@public(WHY)
@require_safe
@for_customers
def photo(request: HttpRequest, token: str, pk: int) -> StreamingHttpResponse:
    """A photo that came by this very page; any other is not there."""
    link, _now = held(request, token)
    file = queries.photo(link, pk)
    if file is None:
        raise NoSuchThing
    return sent(request, file, named=file.outside(link.ticket.number), shown=True)
