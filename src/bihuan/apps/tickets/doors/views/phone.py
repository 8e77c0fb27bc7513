"""The agent's telephone: the pop-up of a ringing call, and one's own calls."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.obligations.rows import tier_names
from bihuan.apps.tickets.doors import calls
from bihuan.apps.tickets.doors.forms import ExtensionForm, LinkForm
from bihuan.apps.tickets.doors.models import Call, Extension
from bihuan.apps.tickets.queries.desk import known as look_up
from bihuan.apps.tickets.views.common import now_and_who, said
from bihuan.base.access.policy import needs
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.ui.live import listen

SHOWN = 2


@needs("tickets.calls_own")
@require_GET
def ringing(request: HttpRequest) -> HttpResponse:
    """What rings now (a fragment that the open page asks for); 204 while nothing changed."""
    now, person = now_and_who(request)
    rows = list(calls.ringing(person, now)[:SHOWN])
    state = ",".join(f"{row.pk}{'a' if row.answered_at else 'r'}" for row in rows)
    if state == request.GET.get("ringing", ""):
        return HttpResponse(status=204)
    shown = [_popped(row, person, now) for row in rows]
    return render(
        request, "tickets/doors/ringing.html",
        {"calls": shown, "state": state, "tiers": tier_names(now), "now": now},
    )  # fmt: skip


def _popped(row: Call, person: Any, now: Any) -> dict[str, Any]:
    found = look_up(person, now, phone=row.number)
    return {
        "row": row, "known": found, "tickets": [said(each) for each in found.tickets[:3]],
        "url": f"{reverse('tickets:new')}?{urlencode({'call': row.pk})}",
    }  # fmt: skip


@needs("tickets.calls_own")
@require_POST
def put_away(request: HttpRequest, pk: int) -> HttpResponse:
    _now, person = now_and_who(request)
    if not calls.put_away(pk, by=person):
        raise NoSuchThing
    if request.headers.get("HX-Request"):
        return HttpResponse("")
    return redirect("tickets:calls")


@needs("tickets.calls_own")
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """One's own calls and one's extension; a call is attached to a ticket here."""
    now, person = now_and_who(request)
    row = Extension.objects.filter(user=person).first()
    form = ExtensionForm(request.POST or None, initial={"number": row.number if row else ""})
    if request.method == "POST" and form.is_valid():
        try:
            row = calls.sit_down(number=form.cleaned_data["number"], by=person, now=now)
        except Refusal as refusal:
            form.add_error("number", str(refusal))
        else:
            listen(request, reverse("tickets:ringing") if row else "")
            messages.success(request, _("已保存。"))
            return redirect("tickets:calls")
    elif request.method != "POST":
        listen(request, reverse("tickets:ringing") if row else "")
    return _shown(request, form, {}, 422 if form.is_bound else 200)


def _shown(
    request: HttpRequest, form: ExtensionForm, wrong: dict[int, str], status: int
) -> HttpResponse:
    now, person = now_and_who(request)
    rows = [
        {
            "row": row, "said": calls.said_of(row), "wrong": wrong.get(row.pk, ""),
            "url": f"{reverse('tickets:new')}?{urlencode({'call': row.pk})}",
        }
        for row in calls.recent(person, now)[:50]
    ]  # fmt: skip
    return render(request, "tickets/doors/calls.html", {"form": form, "rows": rows}, status=status)


@needs("tickets.calls_own")
@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """The call belongs to the ticket of this number."""
    now, person = now_and_who(request)
    call = calls.own_call(pk, person)
    form = LinkForm(request.POST)
    ticket = calls.open_ticket_of(form.cleaned_data["number"], person) if form.is_valid() else None
    try:
        if ticket is None:
            raise NoSuchThing
        calls.attach(call=call, ticket=ticket, by=person, now=now)
    except Refusal as refusal:
        row = Extension.objects.filter(user=person).first()
        empty = ExtensionForm(initial={"number": row.number if row else ""})
        return _shown(request, empty, {pk: str(refusal)}, 422)
    messages.success(request, _("已附到 %(number)s。") % {"number": ticket.number})
    return redirect("tickets:calls")
