"""The technical side: what was handed to somebody's line, without the customer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions.handing import where
from bihuan.apps.tickets.forms import ReasonForm
from bihuan.apps.tickets.lines import queries, rules
from bihuan.apps.tickets.lines.actions import take_next
from bihuan.apps.tickets.lines.forms import AnswerForm, BackForm, PassOnForm
from bihuan.apps.tickets.lines.naming import names_of
from bihuan.apps.tickets.models import Handover
from bihuan.apps.tickets.queries.duties import handover_of
from bihuan.apps.tickets.views.common import now_and_who, who
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, visible
from bihuan.base.counting import counted
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.ui.paging import paged

VIEWS = ("open", "waiting", "mine", "done")


def held(person: User, pk: int, verb: str) -> Handover:
    """A hand-over within this person's technical reach. Raises NoSuchThing."""
    if pk in queries.owed_by(person) and may(person, verb):
        return Handover.objects.select_related(*queries.JOINED).get(pk=pk)
    rows = visible(Handover.objects.select_related(*queries.JOINED), person, "tickets.technical")
    return door(queries.for_technical(rows, person), person, pk, verb)


@needs("tickets.technical")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    now, person = now_and_who(request)
    asked = request.GET.get("view", "")
    chosen = asked if asked in VIEWS else "open"
    counts = counted(
        {
            each: queries.handed(person, each).select_related(None)
            for each in VIEWS
            if each != "done"
        }
    )
    page = paged(request, queries.handed(person, chosen), total=counts.get(chosen))
    titles = {
        "open": pgettext("handovers", "未答复"), "waiting": _("等人接手"), "mine": _("我在办"), "done": _("已了结"),
    }  # fmt: skip
    here = reverse("tickets:technical")
    return render(
        request, "tickets/lines/technical.html",
        {
            "page": page, "rows": [queries.technical(row) for row in page], "now": now,
            "views": [
                {"title": titles[each], "url": f"{here}?view={each}", "count": counts.get(each), "current": each == chosen, "hot": each == "waiting"}
                for each in VIEWS
            ],
            "may_take": may(person, "tickets.answer") and counts["waiting"],
        },
    )  # fmt: skip


@needs("tickets.technical")
@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One hand-over: what is asked, what the machine is, what was tried; answer or hand back."""
    now, person = now_and_who(request)
    row = held(person, pk, "tickets.technical")
    return _page(request, row, now)


def _page(request: HttpRequest, row: Handover, now: Any, **more: Any) -> HttpResponse:
    person = who(request)
    names = names_of(row.ticket)
    ticket = row.ticket
    answers = may(person, "tickets.answer", row) or row.pk in queries.owed_by(person)
    context = {
        "now": now, "it": queries.technical(row, names), "machine": queries.machine(row),
        "earlier": queries.earlier(row, person), "clocks": queries.clocks(row, now),
        "files": [(each.pk, rules.without_names(each.name, names)) for each in row.files.all()],
        "remote_tried": rules.without_names(ticket.remote_tried, names) if "supplier_staff" not in person.roles else "",
        "may_answer": row.open and row.ticket.unsolved and row.by_id != person.pk and answers,
        "may_pass": may_pass(row, person) and may(person, "tickets.answer", row),
        "whole": may(person, "tickets.see", ticket), "answer": AnswerForm(), "back": BackForm(),
    }  # fmt: skip
    status = 422 if more else 200
    return render(request, "tickets/lines/technical_page.html", context | more, status=status)


@needs("tickets.answer")
@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = held(person, pk, "tickets.answer")
    actions.take_over(handover=row, by=person, now=now)
    messages.success(request, _("已接手。"))
    return redirect("tickets:technical_page", pk)


@needs("tickets.answer")
@require_http_methods(["POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = held(person, pk, "tickets.answer")
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            actions.answer_handover(
                handover=row, text=form.cleaned_data["text"], by=person, now=now
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return _page(request, row, now, answer=form)
    messages.success(request, _("已答复，工单回到提问的一线。"))
    return redirect("tickets:technical_page", pk)


@needs("tickets.answer")
@require_http_methods(["POST"])
def back(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = held(person, pk, "tickets.answer")
    form = BackForm(request.POST)
    if form.is_valid():
        try:
            actions.hand_back(handover=row, reason=form.cleaned_data["reason"], by=person, now=now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return _page(request, row, now, back=form)
    messages.success(request, _("已退回。"))
    return redirect("tickets:technical_page", pk)


@needs("tickets.answer")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever passed a question on takes it back before anybody took it."""
    now, person = now_and_who(request)
    mine = visible(Handover.objects.filter(by=person), person, "tickets.technical")
    row = door(mine.select_related("ticket"), person, pk, "tickets.technical")
    form = ReasonForm(request.POST or None, ticket=row.ticket, now=now)
    from_page = _given_from(row, person)
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw(handover=row, reason=form.cleaned_data["reason"], by=person, now=now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已撤回转交，工单还在原来的一线。"))
            return redirect(from_page)
    return render(
        request, "tickets/problems/form.html",
        {"form": form, "title": _("撤回转交"), "cancel": from_page},
        status=422 if form.is_bound and form.errors else 200,
    )  # fmt: skip


def _given_from(row: Handover, person: User) -> str:
    """The page from which it was passed on: the hand-over to the own line before it."""
    rows = Handover.objects.filter(ticket=row.ticket_id, pk__lt=row.pk, queue=row.from_queue)
    own = queries.for_technical(rows, person).order_by("-pk").first()
    return reverse("tickets:technical_page", args=[own.pk]) if own else reverse("tickets:technical")


def may_pass(row: Handover, person: User) -> bool:
    """Whether a hand-over that is in our hands may go on to somebody else; a supplier's may not."""
    here = row.open and row.accepted_at is not None and row.ticket.queue_id == row.queue_id
    return here and row.ticket.unsolved and "supplier_staff" not in person.roles


@needs("tickets.answer")
@require_http_methods(["GET", "HEAD", "POST"])
def pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    """The third line asks a supplier; his answer comes back to it."""
    now, person = now_and_who(request)
    row = held(person, pk, "tickets.answer")
    if not may_pass(row, person):
        raise NoSuchThing
    form = PassOnForm(request.POST or None, over=row, now=now, by=person)
    if request.method == "POST" and form.is_valid():
        try:
            handing = actions.Handing(**form.cleaned_data)
            actions.hand_over(ticket=row.ticket, handing=handing, by=person, now=now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已转交，答复会回到您这里。"))
            return redirect("tickets:technical_page", pk)
    return render(
        request, "tickets/problems/form.html",
        {
            "form": form, "title": _("转给供应商或另一队列"), "cancel": reverse("tickets:technical_page", args=[pk]),
        },
        status=422 if form.is_bound and form.errors else 200,
    )  # fmt: skip


@needs("tickets.answer")
@require_POST
def take_one(request: HttpRequest) -> HttpResponse:
    """Take the next one of my queues."""
    now, person = now_and_who(request)
    found = take_next(by=person, now=now)
    messages.success(request, _("已接手。"))
    if isinstance(found, Handover):
        return redirect(where(person, found))
    return redirect("tickets:detail", found.pk)


@needs("obligations.work")
@require_GET
def of_duty(request: HttpRequest, pk: int) -> HttpResponse:
    """The hand-over that a duty of a line is about."""
    duty = door(Obligation.objects.all(), who(request), pk, "obligations.work")
    rows = queries.technical_reach(who(request)).filter(pk=handover_of(duty) or 0)
    found = rows.select_related("ticket").first()
    if found is None:
        return redirect(reverse("obligations:carry_out", args=[pk]) + "?plain=1")
    return redirect(where(who(request), found))
