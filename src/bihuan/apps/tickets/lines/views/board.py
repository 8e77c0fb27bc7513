"""The lines: what stands in each queue, who has how much; the company's table of ways."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.assets.profile import family_title
from bihuan.apps.obligations.rows import tier_names
from bihuan.apps.tickets import words
from bihuan.apps.tickets.lines import actions, queries
from bihuan.apps.tickets.lines.forms import QueueForm, RouteForm
from bihuan.apps.tickets.models import Queue, Route
from bihuan.apps.tickets.views.common import held as ticket_held
from bihuan.apps.tickets.views.common import now_and_who
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.errors import BadInput, NoSuchThing


@needs("tickets.manage")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    now, person = now_and_who(request)
    return render(
        request, "tickets/lines/board.html",
        {
            "now": now, "boards": queries.board(now), "lines": words.LINE, "may_set": may(person, "tickets.lines"),
        },
    )  # fmt: skip


@needs("tickets.lines")
@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    now, _person = now_and_who(request)
    tiers = tier_names(now)
    rows = Route.objects.select_related("queue").order_by("line", "place", "pk")
    return render(
        request, "tickets/lines/settings.html",
        {
            "queues": Queue.objects.order_by("-active", "line", "outside", "name").prefetch_related("members"),
            "routes": [_route(row, tiers) for row in rows], "lines": words.LINE,
        },
    )  # fmt: skip


def _route(row: Route, tiers: dict[str, str]) -> dict[str, Any]:
    return {
        "row": row, "line": words.LINE[row.line],
        "kind": words.title(words.KIND, row.kind) if row.kind else "",
        "family": family_title(row.family) if row.family else "",
        "severity": words.title(words.SEVERITY, row.severity) if row.severity else "",
        "tier": tiers.get(row.tier, row.tier),
    }  # fmt: skip


@needs("tickets.lines")
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    now, person = now_and_who(request)
    row = _one(Queue, pk)
    first = {}
    if row is not None:
        first = {
            "name": row.name, "line": row.line, "outside": row.outside, "active": row.active,
            "members": list(row.members.values_list("pk", flat=True)),
        }  # fmt: skip
    form = QueueForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_queue(queue=row, to=form.queue(), by=person, now=now)
        except BadInput as refusal:
            _say(form, refusal)
        else:
            messages.success(request, _("已存。"))
            return redirect("tickets:lines_settings")
    return _form(request, form, _("队列") if row is None else row.name)


@needs("tickets.lines")
@require_http_methods(["GET", "HEAD", "POST"])
def route(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    now, person = now_and_who(request)
    row = _one(Route, pk)
    first = RouteForm.of(row) if row is not None else {}
    form = RouteForm(request.POST or None, initial=first, tiers=tier_names(now))
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_route(route=row, to=form.route(), by=person, now=now)
        except BadInput as refusal:
            _say(form, refusal)
        else:
            messages.success(request, _("已存。"))
            return redirect("tickets:lines_settings")
    return _form(request, form, _("分派规则"))


@needs("tickets.lines")
@require_POST
def route_drop(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = _one(Route, pk)
    assert row is not None
    actions.drop_route(route=row, by=person, now=now)
    messages.success(request, _("已删。"))
    return redirect("tickets:lines_settings")


@needs("tickets.lines")
@require_POST
def first(request: HttpRequest) -> HttpResponse:
    """One queue for each line, out of who holds its posts."""
    now, person = now_and_who(request)
    actions.first_queues(by=person, now=now)
    messages.success(request, _("已按岗位建好三条线，请看成员对不对。"))
    return redirect("tickets:lines_settings")


@needs("tickets.see")
@require_GET
def side(request: HttpRequest, pk: int) -> HttpResponse:
    """Beside a ticket: why it is in its queue, its hand-overs, what others were asked, problems."""
    now, person = now_and_who(request)
    ticket = ticket_held(request, pk, "tickets.see")
    rows = ticket.handovers.select_related(*queries.JOINED).order_by("-at", "-pk")
    return render(
        request, "tickets/lines/side.html",
        {
            "now": now, "ticket": ticket, "why": queries.why(ticket, now), "line": words.LINE[ticket.line],
            "handovers": [(row, *queries.state_of(row), words.LINE[row.to_line]) for row in rows],
            "back": sum(row.back_at is not None and not row.withdrawn for row in rows),
            "asks": [(row, words.title(words.ASK, row.kind), queries.clock_of(row, now)) for row in ticket.asks.order_by("-at")],
            "problems": [
                (row, words.title(words.PROBLEM, row.state), words.PROBLEM_COLOUR[row.state])  # type: ignore[index]
                for row in ticket.problems.order_by("-opened_at")
            ],
            "may_problem": may(person, "tickets.problems_edit"),
        },
    )  # fmt: skip


def _one(model: Any, pk: int | None) -> Any:
    if pk is None:
        return None
    row = model.objects.filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    return row


def _say(form: Any, refusal: BadInput) -> None:
    for name, text in refusal.fields.items():
        form.add_error(name if name in form.fields else None, text)


def _form(request: HttpRequest, form: Any, title: str) -> HttpResponse:
    return render(
        request, "tickets/lines/form.html",
        {"form": form, "title": title, "cancel": reverse("tickets:lines_settings")},
        status=422 if form.is_bound and form.errors else 200,
    )  # fmt: skip
