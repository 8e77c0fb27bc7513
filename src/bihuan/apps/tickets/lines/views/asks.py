"""The one page of finance and of production: one question, yes with a value or no with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import tier_names
from bihuan.apps.tickets import words
from bihuan.apps.tickets.enums import AskKind
from bihuan.apps.tickets.lines import queries
from bihuan.apps.tickets.lines.asks import PAGE, VERB, decide
from bihuan.apps.tickets.lines.forms import DecideForm
from bihuan.apps.tickets.lines.naming import names_of
from bihuan.apps.tickets.lines.rules import without_names
from bihuan.apps.tickets.models import Ask
from bihuan.apps.tickets.views.common import now_and_who, who
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, reaches
from bihuan.base.errors import Refusal
from bihuan.base.ui.paging import paged

LIST = {AskKind.TERM: "tickets:terms", AskKind.SLOT: "tickets:slots"}


@needs("tickets.decide_term")
@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    return _listing(request, AskKind.TERM)


@needs("tickets.decide_slot")
@require_GET
def slots(request: HttpRequest) -> HttpResponse:
    return _listing(request, AskKind.SLOT)


@needs("tickets.decide_term")
@require_http_methods(["GET", "HEAD", "POST"])
def term(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, AskKind.TERM, pk)


@needs("tickets.decide_slot")
@require_http_methods(["GET", "HEAD", "POST"])
def slot(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, AskKind.SLOT, pk)


def _listing(request: HttpRequest, kind: AskKind) -> HttpResponse:
    now, person = now_and_who(request)
    decided = request.GET.get("view") == "done"
    page = paged(request, queries.asks(kind, decided=decided))
    here = reverse(LIST[kind])
    named = bool(reaches(person, "customers.see"))
    return render(
        request, "tickets/lines/asks.html",
        {
            "now": now, "title": words.title(words.ASK, kind), "page": page, "kind": kind,
            "rows": [{"row": row, "why": _why(row, named=named), "url": reverse(PAGE[kind], args=[row.pk])} for row in page],
            "named": named,
            "views": [
                {"title": _("等答复"), "url": here, "count": queries.open_asks(kind).count(), "current": not decided},
                {"title": _("已答复"), "url": f"{here}?view=done", "current": decided, "count": None},
            ],
        },
    )  # fmt: skip


def _why(row: Ask, *, named: bool) -> str:
    """The reason as it was written; without names for who does not see customers."""
    return row.why if named else without_names(row.why, names_of(row.ticket))


def _page(request: HttpRequest, kind: AskKind, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    rows = Ask.objects.filter(kind=kind).select_related(
        "ticket__customer", "ticket__asset__model", "by", "decided_by"
    )
    row = door(rows, person, pk, VERB[kind])
    yes = request.POST.get("deed") == "yes"
    form = DecideForm(
        request.POST or None, kind=kind, initial={"days": row.days, "on_day": row.on_day}
    )
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        try:
            decide(ask=row, granted=yes, by=person, now=now, **values)
        except Refusal as refusal:
            name = ("days" if kind == AskKind.TERM else "on_day") if yes else "reason"
            form.add_error(name if row.open else None, str(refusal))
        else:
            messages.success(request, _("已答复，提问的人已经收到。"))
            return redirect(PAGE[kind], pk)
    named = bool(reaches(person, "customers.see"))
    customer = row.ticket.customer
    tiers = tier_names(now)
    return render(
        request, "tickets/lines/ask.html",
        {
            "now": now, "row": row, "form": form, "title": words.title(words.ASK, kind), "term": kind == AskKind.TERM,
            "why": _why(row, named=named), "named": named, "clock": queries.clock_of(row, now),
            "tier": tiers.get(customer.tier, customer.tier) if customer is not None else "",
            "whole": may(person, "tickets.see", row.ticket), "list_url": reverse(LIST[kind]),
        },
        status=422 if form.is_bound and form.errors else 200,
    )  # fmt: skip


@needs("obligations.work")
@require_GET
def of_duty(request: HttpRequest, pk: int) -> HttpResponse:
    """The ask that a duty is about; one told by hand is carried out on the generic page."""
    duty = door(Obligation.objects.all(), who(request), pk, "obligations.work")
    row = Ask.objects.filter(number=duty.occasion).first()
    if row is None or not may(who(request), VERB[AskKind(row.kind)]):
        return redirect(reverse("obligations:carry_out", args=[pk]) + "?plain=1")
    return redirect(PAGE[AskKind(row.kind)], row.pk)
