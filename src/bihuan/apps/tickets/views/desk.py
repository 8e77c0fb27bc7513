"""The call desk: who is calling, what it is about, what we will owe, saved from the keyboard."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import DateTimeField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.apps.obligations.rows import tier_names
from bihuan.apps.obligations.words import language
from bihuan.apps.tickets import actions, figures
from bihuan.apps.tickets.actions import Report
from bihuan.apps.tickets.doors.calls import recent
from bihuan.apps.tickets.enums import Channel, Impact, Kind, Severity
from bihuan.apps.tickets.forms import NewForm, minute
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.queries.desk import Known, promised
from bihuan.apps.tickets.queries.desk import known as look_up
from bihuan.apps.tickets.rules import severity_of
from bihuan.apps.tickets.views.common import now_and_who, number, said
from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.errors import BadInput, Refusal
from bihuan.base.system.idempotency import idempotent
from bihuan.base.ui.marks import when

SHARED = "tickets.shared"
"""Where the page of the new ticket finds what became of the customer's link; shown once."""
BY_THIS_CALL = ("response.phone", "response.acknowledge")
"""Duties that speaking to the customer now fulfils."""

CALLER = {"name": "caller", "phone": "phone"}
"""Which field of the desk gives which of a new contact."""


def _phone(request: HttpRequest, given: Any) -> str:
    """What was typed, or the number of one's own call: no address carries a number."""
    typed: str = given.get("phone", "")[:40]
    call = number(request.GET.get("call"))
    if typed or call is None or request.method == "POST":
        return typed
    now, person = now_and_who(request)
    row = recent(person, now).filter(pk=call).first()
    return row.number if row is not None else ""


def _known(request: HttpRequest, given: Any) -> Known:
    now, person = now_and_who(request)
    return look_up(
        person, now, phone=_phone(request, given), query=given.get("who", "")[:80],
        customer_id=number(given.get("customer")), asset_id=number(given.get("asset")),
    )  # fmt: skip


def _context(request: HttpRequest, found: Known) -> dict[str, Any]:
    now, person = now_and_who(request)
    given = request.POST if request.method == "POST" else request.GET
    return {
        "now": now, "known": found, "tiers": tier_names(now),
        "may_keep": bool(_phone(request, given)) and _may_keep(found, person), "keeps": bool(given.get("keep_caller")),
        "tickets": [said(row) for row in found.tickets],
        "similar": [said(row) for row in found.similar],
    }  # fmt: skip


@needs("tickets.do")
@require_POST
def known(request: HttpRequest) -> HttpResponse:
    """What is known of the caller (a fragment beside the form). Asked by POST: a number is
    personal and belongs into no address.
    """
    found = _known(request, request.POST)
    answer = render(request, "tickets/parts/known.html", _context(request, found))
    answer["HX-Trigger"] = '{"known": true}'
    return answer


@needs("tickets.do")
@require_POST
def foreseen(request: HttpRequest) -> HttpResponse:
    """What saving would promise (a fragment under the form)."""
    now, _person = now_and_who(request)
    given = request.POST
    found = _known(request, given)
    impact = given.get("impact", "") if given.get("impact", "") in set(Impact) else ""
    downtime, stopped = bool(given.get("downtime")), bool(given.get("set_stopped"))
    severity, kind = given.get("severity", ""), given.get("kind", "")
    channel = given.get("channel", "")
    channel = Channel(channel) if channel in set(Channel) else Channel.PHONE
    reported_at = _reported_at(given, now)
    draft = Ticket(
        number="—", kind=kind if kind in set(Kind) else Kind.FAULT,
        channel=channel, customer=found.customer, asset=found.asset, impact=impact, downtime=downtime,
        set_stopped=stopped, reported_at=reported_at,
        severity=severity if severity in set(Severity) else severity_of(impact, downtime=downtime, set_stopped=stopped),
    )  # fmt: skip
    owed = promised(draft, now)
    says = []
    if owed.speak_by is not None:
        says.append(
            _("可以对客户说：“最迟 %(at)s 前答复您。”") % {"at": when(owed.speak_by, "smart", now)}
        )
    if owed.restore_by is not None:
        says.append(
            _("可以对客户说：“最迟 %(at)s 前处理好。”")
            % {"at": when(owed.restore_by, "smart", now)}
        )
    context = {
        "now": now,
        "promised": owed,
        "known": found,
        "says": says,
        "by_this_call": BY_THIS_CALL if actions.in_the_call(channel, reported_at, now) else (),
    }
    return render(request, "tickets/parts/promised.html", context)


def _reported_at(given: Any, now: datetime) -> datetime:
    """What the form says so far; now where it says nothing that can be."""
    try:
        said = DateTimeField(required=False).clean(given.get("reported_at", ""))
    except ValidationError:
        return now
    return min(said or now, now)


@needs("tickets.do")
@require_http_methods(["GET", "HEAD", "POST"])
@idempotent
def new(request: HttpRequest) -> HttpResponse:
    """A new ticket; `?call=` (one's own call), `?customer=` or `?asset=` say who is calling."""
    now, person = now_and_who(request)
    given = request.POST if request.method == "POST" else request.GET
    found = _known(request, given)
    first = {
        "phone": _phone(request, request.GET), "reported_at": minute(now), "happened_at": minute(now),
        "place": found.asset.place.path if found.asset and found.asset.place else "",
        "kind": request.GET.get("kind", Kind.FAULT),
    }  # fmt: skip
    form = NewForm(request.POST or None, now=now, initial=first)
    if form.is_bound and _gone(given, found):
        form.add_error(None, _("选的客户或设备找不到了，请重新选。"))
    if request.method == "POST" and form.is_valid():
        try:
            ticket = _open(form, found, person, now)
        except BadInput as bad:
            for name, sentence in bad.fields.items():
                form.add_error(CALLER.get(name), sentence)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(number)s 已建，开始计时。") % {"number": ticket.number})
            share = registry.service("ticket.share")
            if form.cleaned_data["share"] and share is not None:
                request.session[SHARED] = share(request=request, ticket=ticket, by=person, now=now)
            return redirect("tickets:detail", ticket.pk)
    return render(
        request, "tickets/new.html",
        {"form": form, "symptoms": figures.symptoms(language()), "typed": given.get("who", ""), **_context(request, found)},
        status=422 if form.is_bound and form.errors else 200,
    )  # fmt: skip


def _may_keep(found: Known, person: User) -> bool:
    """Whether the caller can become a contact: he is none, and this person keeps the customer."""
    return (
        found.contact is None
        and found.customer is not None
        and may(person, "customers.edit", found.customer)
    )


def _gone(given: Any, found: Known) -> bool:
    """Whether somebody chose what is not there (any more), or not for him."""
    asset, customer = number(given.get("asset")), number(given.get("customer"))
    return bool(
        (asset and (found.asset is None or found.asset.pk != asset))
        or (customer and found.customer is None)
    )


def _open(form: NewForm, found: Known, person: User, now: datetime) -> Ticket:
    values = form.cleaned_data
    report = Report(
        kind=values["kind"], channel=values["channel"], title=values["title"], text=values["text"],
        reported_at=values["reported_at"], source=values["source"], customer=found.customer,
        contact=found.contact, asset=found.asset, caller_name=values["caller"],
        caller_phone=values["phone"], place=values["place"], happened_at=values["happened_at"],
        impact=values["impact"], severity=values["severity"], downtime=values["downtime"],
        set_stopped=values["set_stopped"],
    )  # fmt: skip
    if values["keep_caller"] and _may_keep(found, person):
        return actions.open_with_contact(report=report, by=person, now=now)
    return actions.open_ticket(report=report, by=person, now=now)
