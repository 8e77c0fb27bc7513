"""The list of problem records, and the page of one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.tickets import words
from bihuan.apps.tickets.enums import ProblemState
from bihuan.apps.tickets.lines.naming import names_of
from bihuan.apps.tickets.lines.rules import HIDDEN, without_names
from bihuan.apps.tickets.models import Problem, Ticket
from bihuan.apps.tickets.problems import actions, queries
from bihuan.apps.tickets.problems.forms import FixForm, KnownForm, ProblemForm, TicketsForm, WhyForm
from bihuan.apps.tickets.views.common import held, now_and_who, number
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may, visible
from bihuan.base.counting import counted
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.ui.paging import paged


def _found(pk: int) -> Problem:
    row = (
        Problem.objects.select_related("owner", "model", "opened_by", "ended_by")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise NoSuchThing
    return row


@needs("tickets.problems")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    _now, person = now_and_who(request)
    asked, text = request.GET.get("view", ""), request.GET.get("q", "")[:60]
    chosen = asked if asked in queries.VIEWS else "live"
    counts = counted({each: queries.problems(each, text) for each in queries.VIEWS})
    page = paged(request, queries.for_list(queries.problems(chosen, text)), total=counts[chosen])
    titles = {
        "live": _("未结束"), "open": words.title(words.PROBLEM, ProblemState.OPEN),
        "known": words.title(words.PROBLEM, ProblemState.KNOWN), "ended": words.title(words.PROBLEM, ProblemState.ENDED),
    }  # fmt: skip
    here = reverse("tickets:problems")
    return render(
        request, "tickets/problems/list.html",
        {
            "page": page, "query": text, "keep": {"view": chosen},
            "rows": [(row, queries.readable(row, person)["title"], *_state(row)) for row in page],
            "views": [
                {"title": titles[each], "url": f"{here}?view={each}", "count": counts[each], "current": each == chosen}
                for each in queries.VIEWS
            ],
            "may_add": may(person, "tickets.problems_edit"),
        },
    )  # fmt: skip


def _state(row: Problem) -> tuple[str, str]:
    return words.title(words.PROBLEM, row.state), words.PROBLEM_COLOUR[row.state]  # type: ignore[index]


@needs("tickets.problems")
@require_GET
def problem(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    return _page(request, _found(pk), person, now)


def _page(
    request: HttpRequest, row: Problem, person: User, now: datetime, **more: Any
) -> HttpResponse:
    edits = may(person, "tickets.problems_edit")
    text, colour = _state(row)
    texts = queries.readable(row, person)  # who sees no customer edits them without the names, too
    context = {
        "now": now, "row": row, "state": text, "colour": colour, "texts": texts,
        "tickets": queries.tickets(row, person), "edits": edits, "ended": row.state == ProblemState.ENDED,
        "known": KnownForm(initial=texts | {"public": row.public}),
        "add": TicketsForm(), "fix": FixForm(), "again": WhyForm(),
    }  # fmt: skip
    return render(
        request, "tickets/problems/page.html", context | more, status=422 if more else 200
    )


@needs("tickets.problems_edit")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new record; `?ticket=` is the one that made somebody think of it."""
    now, person = now_and_who(request)
    pk = number(request.POST.get("ticket") or request.GET.get("ticket"))
    ticket = held(request, pk, "tickets.see") if pk is not None else None
    first: dict[str, Any] = {"owner": person.pk}
    if ticket is not None:
        title = without_names(ticket.title, names_of(ticket)).replace(HIDDEN, "").strip()
        first |= {"title": title, "model": ticket.asset.model_id if ticket.asset else None}
    form = ProblemForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.open_problem(
                problem=form.problem(), tickets=[ticket] if ticket else [], by=person, now=now
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已建。"))
            return redirect("tickets:problem", row.pk)
    return _form(request, form, _("新建共性问题"), reverse("tickets:problems"), ticket)


@needs("tickets.problems_edit")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = _found(pk)
    first: dict[str, Any] = dict(queries.readable(row, person))
    first |= {"model": row.model_id, "owner": row.owner_id}
    form = ProblemForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.describe(problem=row, to=form.problem(), by=person, now=now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已存。"))
            return redirect("tickets:problem", pk)
    return _form(request, form, row.number, reverse("tickets:problem", args=[pk]), None)


def _form(
    request: HttpRequest, form: Any, title: str, cancel: str, ticket: Ticket | None
) -> HttpResponse:
    return render(
        request, "tickets/problems/form.html",
        {"form": form, "title": title, "cancel": cancel, "ticket": ticket},
        status=422 if form.is_bound and form.errors else 200,
    )  # fmt: skip


FORMS: dict[str, Any] = {"known": KnownForm, "add": TicketsForm, "fix": FixForm, "again": WhyForm}


@needs("tickets.problems_edit")
@require_http_methods(["POST"])
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One of the forms of the page: known error, more tickets, the end, again."""
    now, person = now_and_who(request)
    if name not in FORMS:
        raise NoSuchThing
    row = _found(pk)
    form = FORMS[name](request.POST)
    if form.is_valid():
        try:
            messages.success(request, _act(name, row, form.cleaned_data, person, now))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return _page(request, row, person, now, **{name: form})
    return redirect("tickets:problem", pk)


def _act(name: str, row: Problem, v: dict[str, Any], person: User, now: datetime) -> str:
    if name == "known":
        return _sent(actions.make_known(problem=row, **v, by=person, now=now))
    if name == "add":
        return _attach(row, v["numbers"], person, now)
    if name == "fix":
        actions.end(problem=row, fix=v["text"], by=person, now=now)
    else:
        actions.reopen(problem=row, why=v["text"], by=person, now=now)
    return _("已存。")


def _sent(sent: actions.Sent) -> str:
    """Whom the workaround reached, and who is still to be told."""
    if not sent.tickets:
        return _("已存。没有还要告知的工单。")
    said = ngettext("已写进 %(n)d 张工单。", "已写进 %(n)d 张工单。", sent.tickets) % {
        "n": sent.tickets
    }
    if sent.mailed:
        mailed = ngettext("邮件发给了 %(n)d 张的客户。", "邮件发给了 %(n)d 张的客户。", sent.mailed)
        said += mailed % {"n": sent.mailed}
    if sent.to_ring:
        rest = ngettext(
            "另有 %(n)d 张的客户没有邮件可发，只写在他们的进度页上，请打电话告诉他们。",
            "另有 %(n)d 张的客户没有邮件可发，只写在他们的进度页上，请打电话告诉他们。",
            sent.to_ring,
        )
        said += rest % {"n": sent.to_ring}
    return said


def _attach(row: Problem, tickets: list[Ticket], person: User, now: datetime) -> str:
    """All or none: a number out of reach is like one that is not there."""
    ids = [each.pk for each in tickets]
    seen = visible(Ticket.objects.filter(pk__in=ids), person, "tickets.see").count()
    if seen != len(ids):
        raise NoSuchThing
    from django.db import transaction

    with transaction.atomic():
        for each in tickets:
            actions.attach(problem=row, ticket=each, by=person, now=now)
    known = row.state == ProblemState.KNOWN
    return _("已关联，临时办法已写进这些工单。") if known else _("已关联。")


@needs("tickets.problems_edit")
@require_http_methods(["GET", "HEAD", "POST"])
def detach(request: HttpRequest, pk: int, ticket: int) -> HttpResponse:
    """A ticket turned out to have another cause."""
    now, person = now_and_who(request)
    row, found = _found(pk), held(request, ticket, "tickets.see")
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.detach(
                problem=row, ticket=found, why=form.cleaned_data["text"], by=person, now=now
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已移出。"))
            return redirect("tickets:problem", pk)
    return _form(
        request, form, _("把 %(number)s 移出这个问题") % {"number": found.number},
        reverse("tickets:problem", args=[pk]), None,
    )  # fmt: skip


__all__ = ["deed", "detach", "edit", "listing", "new", "problem"]
