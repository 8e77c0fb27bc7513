"""The inbox: what came in and found no ticket."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.customers.rules import phones
from bihuan.apps.tickets import words
from bihuan.apps.tickets.actions import Report
from bihuan.apps.tickets.doors import keeping
from bihuan.apps.tickets.doors.calls import open_ticket_of
from bihuan.apps.tickets.doors.forms import DismissForm, LinkForm, MakeForm
from bihuan.apps.tickets.doors.letters import report_of
from bihuan.apps.tickets.doors.why import why
from bihuan.apps.tickets.enums import Disposition
from bihuan.apps.tickets.models import Envelope
from bihuan.apps.tickets.views.common import now_and_who
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.counting import counted
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.system.idempotency import idempotent
from bihuan.base.ui.paging import paged


def _views(rows: QuerySet[Envelope]) -> dict[str, QuerySet[Envelope]]:
    return {
        "look": rows.filter(disposition=Disposition.TO_LOOK),
        "refused": rows.filter(disposition=Disposition.REFUSED),
        "done": rows.filter(looks__isnull=False).distinct(),
    }


def waiting(person: User, _now: Any) -> QuerySet[Envelope]:
    """The rows behind the number in the menu."""
    return Envelope.objects.filter(disposition=Disposition.TO_LOOK)


@needs("tickets.inbox")
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Envelopes to look at, those refused, and those decided."""
    views = _views(Envelope.objects.all())
    chosen = request.GET.get("view", "")
    chosen = chosen if chosen in views else "look"
    counts = counted({name: rows for name, rows in views.items() if name != "done"})
    page = paged(request, views[chosen].select_related("ticket").order_by("-received_at", "-pk"))
    titles = {"look": _("待查看"), "refused": _("拒收"), "done": _("已处理")}
    return render(
        request, "tickets/doors/inbox.html",
        {
            "page": page, "rows": [said(row, request.user) for row in page],
            "views": [
                {"title": title, "url": f"?view={name}", "current": name == chosen, "count": counts.get(name), "hot": name == "look"}
                for name, title in titles.items()
            ],
        },
    )  # fmt: skip


def said(row: Envelope, person: Any) -> dict[str, Any]:
    """An envelope with its titles; the sender whole only for who may see such."""
    mask = phones.mask_mail if "@" in row.sender else phones.mask
    sender = (
        row.sender if may(person, "customers.unmask") else mask(row.sender) if row.sender else ""
    )
    return {
        "row": row, "channel": words.title(words.CHANNEL, row.channel), "sender": sender,
        "why": why(str(row.raw.get("why", ""))), "claimed": row.raw.get("claimed", ""),
        "disposition": words.title(words.DISPOSITION, row.disposition),
        "whole": row.raw.get("whole", ""), "waits": row.disposition in keeping.WAITING,
    }  # fmt: skip


def _held(pk: int) -> Envelope:
    """Only what is or was in the inbox: a letter of a ticket is seen on the ticket."""
    row = Envelope.objects.select_related("ticket").prefetch_related("files").filter(pk=pk).first()
    if row is None or not (row.disposition in keeping.WAITING or row.looks.exists()):
        raise NoSuchThing
    return row


@needs("tickets.inbox")
@require_http_methods(["GET", "HEAD", "POST"])
@idempotent
def envelope(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: link it to a ticket, make one, or dismiss it with a reason."""
    now, person = now_and_who(request)
    row = _held(pk)
    deed = request.POST.get("deed", "")
    given = {name: request.POST if deed == name else None for name in ("link", "make", "dismiss")}
    first = report_of(row)
    forms: dict[str, Any] = {
        "link": LinkForm(given["link"], initial={"number": row.raw.get("claimed", "")}),
        "make": MakeForm(given["make"], initial={"kind": first.kind, "title": first.title[:120]}),
        "dismiss": DismissForm(given["dismiss"]),
    }  # fmt: skip
    if request.method == "POST" and deed in forms and forms[deed].is_valid():
        try:
            to = _do(deed, forms[deed].cleaned_data, row, first, person, now)
        except Refusal as refusal:
            forms[deed].add_error(None, str(refusal))
        else:
            messages.success(request, _("已处理。"))
            return redirect(to)
    failed = request.method == "POST"
    looks = row.looks.select_related("by", "ticket").order_by("pk")
    return render(
        request, "tickets/doors/envelope.html",
        {**said(row, person), "forms": forms, "looks": looks, "letter": row.letters.defer("raw").first(), "title_of": words.DISPOSITION},
        status=422 if failed else 200,
    )  # fmt: skip


def _do(
    deed: str, values: dict[str, Any], row: Envelope, first: Report, person: User, now: Any
) -> str:
    if deed == "dismiss":
        keeping.dismiss(envelope=row, reason=values["reason"], by=person, now=now)
        return reverse("tickets:inbox")
    if deed == "link":
        ticket = open_ticket_of(values["number"], person)
        if ticket is None:
            raise NoSuchThing
        keeping.link(envelope=row, ticket=ticket, by=person, now=now)
    else:
        report = Report(**(first.__dict__ | values))
        ticket = keeping.make(envelope=row, report=report, by=person, now=now)
    return reverse("tickets:detail", args=[ticket.pk])


def sees_file(person: User, file_id: int) -> bool:
    """Whether this person sees a file through the inbox."""
    if not may(person, "tickets.inbox"):
        return False
    return Envelope.objects.filter(files=file_id, disposition__in=keeping.WAITING).exists()
