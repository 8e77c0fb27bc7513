"""The panel of a ticket: what helped, what was alike, and what it leaves behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.apps.knowledge import actions as knowledge
from bihuan.apps.knowledge import marked
from bihuan.apps.knowledge import words as knowledge_words
from bihuan.apps.knowledge.enums import Origin, Status
from bihuan.apps.knowledge.models import Article, Case
from bihuan.apps.knowledge.queries import articles, number_in
from bihuan.apps.knowledge.similar import verbs_of
from bihuan.apps.tickets.enums import Event
from bihuan.apps.tickets.lessons import queries
from bihuan.apps.tickets.lessons.telling import SOLVED, propose
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import NoSuchArticle
from bihuan.apps.tickets.rules import may_move
from bihuan.apps.tickets.views.common import held, now_and_who, number
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import allowed, may, must
from bihuan.base.errors import NoSuchThing, NotAllowed, Refusal


@needs("tickets.see")
@require_safe
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """Fragment beside the ticket."""
    return _panel(request, held(request, pk, "tickets.see"))


def _panel(request: HttpRequest, ticket: Ticket, fault: str = "", typed: str = "") -> HttpResponse:
    now, person = now_and_who(request)
    rights = allowed(person, ticket, "tickets.do")
    does = "tickets.do" in rights
    ended = ticket.status in SOLVED
    context: dict[str, Any] = {
        "ticket": ticket, "fault": fault, "typed": typed, "does": does,
        "uses": [_used(each.article, each) for each in queries.uses(ticket, person)],
        "alike": [
            {"each": each, "remedy": marked.plain(each.case.remedy, 160)}
            for each in queries.alike(ticket, person, now)
        ],
        "copies": does and may_move(Event.SOLVE, ticket.status), "written": None,
        "proposes": does and ended and bool(ticket.action.strip()) and may(person, "knowledge.edit"),
    }  # fmt: skip
    row = queries.written(ticket, person)
    if row is not None and (ended or row.doubted_at is not None):
        title = knowledge_words.title(knowledge_words.STATUS, row.status)
        context["written"] = {"row": row, "status": title, "colour": knowledge_words.STATUS_COLOUR[row.status]}  # type: ignore[index]  # fmt: skip
    return render(request, "tickets/lessons/panel.html", context, status=422 if fault else 200)


def _used(article: Article, use: Any) -> dict[str, Any]:
    return {"row": article, "use": use, "gone": article.status != Status.PUBLISHED}


@needs("tickets.do")
@require_POST
def deed(request: HttpRequest, pk: int) -> HttpResponse:
    """Link an article by its number, say whether it helped, unlink it, or propose a new one."""
    ticket = held(request, pk, "tickets.see")
    now, person = now_and_who(request)
    must(person, "tickets.do", ticket)
    what, typed = request.POST.get("deed", ""), request.POST.get("article", "")[:20]
    try:
        if what == "propose":
            if not may(person, "knowledge.edit"):
                raise NotAllowed
            return _gone(request, "knowledge:edit", propose(ticket=ticket, by=person, now=now).pk)
        _about(ticket, person, now, what, typed, request.POST.get("reason", "")[:300])
    except Refusal as refusal:
        if request.headers.get("HX-Request"):
            return _panel(request, ticket, str(refusal), typed)
        messages.error(request, str(refusal))
    else:
        if request.headers.get("HX-Request"):
            return _panel(request, ticket)
        messages.success(request, _("已存。"))
    return redirect("tickets:detail", pk)


def _about(ticket: Ticket, person: User, now: datetime, what: str, typed: str, reason: str) -> None:
    found = number_in(typed)
    row = articles(person).filter(pk=found).first() if found is not None else None
    if row is None:
        raise NoSuchArticle
    match what:
        case "link":
            knowledge.take_up(article=row, ticket=ticket.number, by=person, now=now)
        case "yes" | "no":
            knowledge.take_up(
                article=row, ticket=ticket.number, by=person, now=now, helped=what == "yes", reason=reason
            )  # fmt: skip
        case "drop":
            knowledge.drop_use(article=row, ticket=ticket.number)
        case _:
            raise NoSuchThing


def _gone(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    answer = redirect(name, pk)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": answer.headers["Location"]})
    return answer


def copied(request: HttpRequest, person: User) -> Case | None:
    """The case (`?case=`) whose action is to stand in a form, within this person's circles."""
    pk = number(request.GET.get("case"))
    if pk is None:
        return None
    return Case.objects.filter(pk=pk, needs__in=verbs_of(person)).first()


def learnt(ticket: Ticket, case: Case | None, person: User, now: datetime) -> None:
    """A ticket that was solved by the action of an article says so."""
    if case is None or case.origin != Origin.ARTICLE:
        return
    row = Article.objects.filter(pk=case.origin_id, status=Status.PUBLISHED).first()
    if row is not None:
        with transaction.atomic():
            knowledge.take_up(article=row, ticket=ticket.number, by=person, now=now, helped=True)
