"""The page of one ticket: clocks on top, the next step big, the conversation, who it is about."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bihuan.apps.obligations.rows import tier_names
from bihuan.apps.tickets import actions, words
from bihuan.apps.tickets.actions.ending import doers, missing_to_close
from bihuan.apps.tickets.enums import EntryKind, Kind, Status
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.apps.tickets.queries import page
from bihuan.apps.tickets.views.common import held, now_and_who, said
from bihuan.apps.tickets.views.deeds import DEEDS, MAIN, offered
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import allowed
from bihuan.base.errors import NotAllowed, Refusal
from bihuan.base.evidence.actions import store
from bihuan.base.ui.marks import when

STEPS = (
    (Status.ACCEPTED, "accepted_at"), (Status.DIAGNOSING, ""), (Status.DISPATCHED, "dispatched_at"),
    (Status.WORKING, "arrived_at"), (Status.SOLVED, "solved_at"), (Status.FED_BACK, "fed_back_at"),
    (Status.CONFIRMED, "confirmed_at"), (Status.CLOSED, "closed_at"),
)  # fmt: skip


@needs("tickets.see")
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    ticket = held(request, pk, "tickets.see")
    now, person = now_and_who(request)
    rights = allowed(person, ticket, "tickets.do", "tickets.confirm")
    fault, draft = "", ""
    if request.method == "POST":
        if "tickets.do" not in rights:
            raise NotAllowed
        try:
            _speak(request, ticket, person)
        except Refusal as refusal:
            fault, draft = str(refusal), request.POST.get("text", "")
        else:
            messages.success(request, _("已存。"))
            return redirect("tickets:detail", pk)
    entries = page.history(ticket)
    clocks = page.clocks(ticket, now)
    context: dict[str, Any] = {
        "now": now, "ticket": ticket, "said": said(ticket), "stepper": _stepper(ticket),
        "clocks": clocks, "entries": [_entry(row) for row in entries],
        "seen": entries[-1].pk if entries else 0, "tiers": tier_names(now), "rights": rights,
        "main": _deeds(ticket, MAIN.get(ticket.status, ()), rights),
        "more": _deeds(ticket, offered(ticket), rights),
        "handover": ticket.handovers.filter(accepted_at=None).select_related("by", "to").first(),
        "missing": missing_to_close(ticket) if ticket.open else [],
        "by_me": person.pk in doers(ticket) if ticket.status == Status.FED_BACK else False,
        "channels": [(each, words.CHANNEL[each]) for each in words.SPOKEN], "fault": fault, "draft": draft,
        "channel": words.title(words.CHANNEL, ticket.channel), "impact": words.title(words.IMPACT, ticket.impact),
        "source": words.title(words.SOURCE, ticket.reported_source),
        "cause": words.title(words.CAUSE, ticket.cause), "how": words.title(words.HOW, ticket.how),
        **page.side(ticket, person, now),
    }  # fmt: skip
    context["others"] = [said(row) for row in context["others"]]
    return render(request, "tickets/detail.html", context, status=422 if fault else 200)


def _speak(request: HttpRequest, ticket: Ticket, person: User) -> None:
    """A reply to the customer or an internal note, with files."""
    now, _person = now_and_who(request)
    text = request.POST.get("text", "")[:8000]
    files = [store(each, by=person, now=now) for each in request.FILES.getlist("files")[:9]]
    if request.POST.get("deed") == "note":
        actions.note(ticket=ticket, text=text, by=person, now=now, files=files)
        return
    channel = request.POST.get("channel", "")
    seen = request.POST.get("seen", "")
    actions.reply(
        ticket=ticket, text=text, channel=channel if channel in words.SPOKEN else words.SPOKEN[0], by=person,
        now=now, seen=int(seen) if seen.isdecimal() else None, files=files,
    )  # fmt: skip


def _deeds(ticket: Ticket, names: Any, rights: frozenset[str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "title": DEEDS[name].title, "danger": DEEDS[name].danger}
        for name in names
        if DEEDS[name].verb in rights
    ]


def _entry(row: Entry) -> dict[str, Any]:
    title = words.ENTRY[row.kind]
    if row.kind == EntryKind.EVENT:
        title = words.title(words.EVENT, row.code)
    return {
        "row": row, "title": title, "mine": row.kind == EntryKind.PUBLIC_REPLY,
        "channel": words.title(words.CHANNEL, row.channel) if row.channel else "",
    }  # fmt: skip


def _stepper(ticket: Ticket) -> list[dict[str, Any]]:
    """The way of a ticket; visits are left out of what was solved without one."""
    visited = ticket.dispatched_at is not None
    unsolved = ticket.solved_at is None
    steps = [
        (status, field)
        for status, field in STEPS
        if visited or (unsolved and ticket.kind == Kind.FAULT) or status not in (Status.DISPATCHED, Status.WORKING)
    ]  # fmt: skip
    order = [status for status, _field in steps]
    status = ticket.status_before or ticket.status
    status = Status.CONFIRMED if status == Status.UNCONFIRMED else Status(status)
    at = order.index(status) if status in order else -1
    return [
        {
            "title": words.title(words.STATUS, each) if each != Status.FED_BACK else _("已反馈"),
            "note": when(getattr(ticket, field)) if field and getattr(ticket, field) else "",
            "state": "done" if n < at or status == Status.CLOSED else "current" if n == at else "future",
        }
        for n, (each, field) in enumerate(steps)
    ]  # fmt: skip


def fingerprint(ticket: Ticket) -> str:
    """Changes with every change of the ticket."""
    return hashlib.sha256(f"{ticket.pk}:{ticket.version}".encode()).hexdigest()[:16]
