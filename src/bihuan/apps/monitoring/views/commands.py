"""Changing a machine from afar: its tab, the proposal with its dry run, the page of a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.assets.views.common import asset_at, head, now_and_person
from bihuan.apps.monitoring.actions import commanding, permits
from bihuan.apps.monitoring.actions.duties import named
from bihuan.apps.monitoring.command_forms import (
    PermitForm,
    PhoneForm,
    ProposeForm,
    WhyForm,
    WithdrawForm,
)
from bihuan.apps.monitoring.enums import CommandState, YesBy
from bihuan.apps.monitoring.models import Command, CommandSwitch, Device, Permit
from bihuan.apps.monitoring.models.commands import BEFORE_SENDING
from bihuan.apps.monitoring.queries import commands as queries
from bihuan.apps.monitoring.queries.commanding import (
    open_tickets,
    permit_of,
    reading,
    setting_of,
    switched_on,
    template_of,
)
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import rows_of, tier_names
from bihuan.base import clock, registry
from bihuan.base.access.fresh import sensitive
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, must
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.texts import in_language

S = CommandState
SHOWN, PAGE = 20, 40
JOINED = (
    "asset__customer",
    "asset__model",
    "device",
    "proposed_by",
    "approved_by",
    "consent_noted_by",
    "returns",
)


@needs("monitoring.see")
@require_GET
def of_asset(request: HttpRequest, pk: int) -> HttpResponse:
    """The tab of a machine (a fragment): what may be set, whether it may, what was set."""
    now, person = now_and_person(request)
    machine = asset_at(request, pk, "monitoring.see")
    device = Device.objects.filter(asset=machine, revoked_at=None).first()
    rows = queries.changes(person).filter(asset=machine).order_by("-pk")[:SHOWN]
    return render(
        request, "monitoring/parts/command_tab.html",
        {
            "now": now, "asset": machine, "device": device, "offers": queries.offers(device) if device else [],
            "on": switched_on(), "permit": permit_of(machine.pk), "rows": [queries.said(row) for row in rows],
            "may_propose": may(person, "monitoring.command", machine), "may_permit": may(person, "monitoring.permit", machine),
            "may_switch": may(person, "monitoring.command_switch"), "form": PermitForm(),
        },
    )  # fmt: skip


@needs("monitoring.command")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive
def propose(request: HttpRequest, asset: int, setting: str) -> HttpResponse:
    """What is set now, what it should be, and a dry run that says what would stop it."""
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.command")
    device = commanding.device_of(machine)
    of = commanding.setting_for(device, setting)
    template = template_of(device)
    point, seen = template.point(of.point), reading(device, of.point)
    tickets = open_tickets(machine.pk, person)
    form = ProposeForm(
        request.POST if request.method == "POST" else None, setting=of, unit=point.unit, tickets=tickets,
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            command = commanding.propose(
                asset=machine, setting=setting, value=given["value"], keep=timedelta(minutes=given["keep"]),
                ticket=given["ticket"], reason=given["reason"], by=person, now=now,
            )  # fmt: skip
        except Refusal as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("已申请。下一步请客户同意；没有回音不算同意。"))
            return redirect("monitoring:command", command.pk)
    context = head(request, machine, "monitoring-commands_of_asset", now) | {
        "form": form, "title": in_language(of.title), "unit": point.unit, "dangerous": of.dangerous, "own_hand": of.own_hand,
        "warns": in_language(of.warns), "current": None if seen is None or seen.value is None else f"{seen.value:g}",
        "seen": seen, "setting": of, "try_url": reverse("monitoring:command_try", args=[machine.pk, setting]),
        "checks": commanding.tried(
            asset=machine, setting=setting, value=None, ticket=next(iter(tickets), ""), now=now
        ),
    }  # fmt: skip
    return render(
        request, "monitoring/command_new.html", context, status=422 if form.is_bound else 200
    )


@needs("monitoring.command")
@require_GET
def try_out(request: HttpRequest, asset: int, setting: str) -> HttpResponse:
    """The dry run (a fragment): every condition as it is for these values; nothing is written."""
    now, _person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.command")
    try:
        value = float(request.GET.get("value", ""))
    except ValueError:
        value = None
    ticket = request.GET.get("ticket", "")[:24]
    found = commanding.tried(asset=machine, setting=setting, value=value, ticket=ticket, now=now)
    return render(request, "monitoring/parts/command_checks.html", {"checks": found})


def _show(form: forms.Form, refusal: Refusal) -> None:
    fields = refusal.fields if isinstance(refusal, BadInput) else {"": str(refusal)}
    for name, text in fields.items():
        form.add_error(name if name in form.fields else None, text)


@needs("monitoring.see")
@require_GET
def command(request: HttpRequest, pk: int) -> HttpResponse:
    """All of one command: what, who agreed, who approved, where it is, what came of it."""
    now, person = now_and_person(request)
    row = _at(person, pk)
    checks = queries.checks(row, now) if row.state in (S.PROPOSED, S.CONSENTED) else []
    second = may(person, "monitoring.command_approve", row) and person.pk not in (
        row.proposed_by_id,
        row.consent_noted_by_id,
    )
    moving = row.state in (S.QUEUED, S.SENT, S.ACCEPTED, S.DONE)
    return render(
        request, "monitoring/command.html",
        {
            "now": now, "command": row, "said": queries.said(row), "stepper": queries.stepper(row), "history": queries.history(row),
            **queries.surprises(row), "checks": checks, "checks_hold": all(each.ok for each in checks), "message": queries.message(row),
            "returns": [queries.said(each) for each in row.returnings.order_by("-pk")],
            "source": row.returns, "may_approve": second and row.state == S.CONSENTED, "moving": moving,
            "deeds": [(name, each.title) for name, each in DEEDS.items() if _possible(row, name) and may(person, each.needs, row)],
            "may_ask": row.state == S.PROPOSED and may(person, "monitoring.command", row),
            "duties": rows_of(queries.duties(row), now, tier_names(now)),
        },
    )  # fmt: skip


def _at(person: User, pk: int) -> Command:
    return door(Command.objects.select_related(*JOINED), person, pk, "monitoring.see")


@needs("monitoring.command_approve")
@require_POST
@sensitive
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person; after it the machine hears of it within a second."""
    now, person = now_and_person(request)
    row = _at(person, pk)
    must(person, "monitoring.command_approve", row)
    try:
        commanding.approve(command=row, by=person, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已批准，正在发给设备。"))
    return redirect("monitoring:command", pk)


@needs("monitoring.command")
@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the customer the page on which he answers; nobody here sees its address."""
    now, person = now_and_person(request)
    row = _at(person, pk)
    must(person, "monitoring.command", row)
    asks = registry.service("command.ask_customer")
    try:
        if asks is None:
            raise NoSuchThing
        asks(request=request, command=row, by=person, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已发给客户联系人。没有回音不算同意。"))
    return redirect("monitoring:command", pk)


@dataclass(frozen=True)
class Deed:
    title: str | Promise
    needs: str
    form: type[forms.Form]
    act: Callable[[Command, dict[str, Any], User, datetime], object]
    step_up: bool = False
    """Who does it shows again who he is."""


DEEDS: dict[str, Deed] = {
    "phone": Deed(gettext_lazy("记录客户电话同意"), "monitoring.command", PhoneForm, lambda c, v, by, now: commanding.consent(command=c, how=YesBy.PHONE, who=v["who"], said=v["said"], by=by, now=now), step_up=True),
    "declined": Deed(gettext_lazy("客户不同意"), "monitoring.command", WithdrawForm, lambda c, v, by, now: commanding.decline(command=c, said=v["why"], by=by, now=now)),
    "withdrawn": Deed(gettext_lazy("客户撤回同意"), "monitoring.command", WithdrawForm, lambda c, v, by, now: commanding.withdraw(command=c, said=v["why"], by=by, now=now)),
    "cancel": Deed(gettext_lazy("取消这次调参"), "monitoring.command", WhyForm, lambda c, v, by, now: commanding.cancel(command=c, why=v["why"], by=by, now=now)),
    "stop": Deed(gettext_lazy("不批准，取消"), "monitoring.command_approve", WhyForm, lambda c, v, by, now: commanding.cancel(command=c, why=v["why"], by=by, now=now)),
    "settle": Deed(gettext_lazy("现场处理完"), "monitoring.command", WhyForm, lambda c, v, by, now: commanding.settle(command=c, why=v["why"], by=by, now=now)),
}  # fmt: skip


def _possible(row: Command, name: str) -> bool:
    if row.returns_id is not None:
        return name == "settle" and row.state == S.UNKNOWN
    own_hand = (setting := setting_of(row)) is None or setting.own_hand
    return {
        "phone": row.state == S.PROPOSED and not own_hand, "declined": row.state == S.PROPOSED,
        "withdrawn": row.withdrawn_at is None and row.state in (S.CONSENTED, S.QUEUED, S.SENT, S.UNKNOWN),
        "cancel": row.state in BEFORE_SENDING, "stop": row.state == S.CONSENTED,
        "settle": row.state == S.UNKNOWN or (row.return_due_at is not None and row.returned_at is None and row.state in (S.READ_BACK, S.FAILED)),
    }[name]  # fmt: skip


@needs("monitoring.see")
@require_http_methods(["GET", "HEAD", "POST"])
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A small page or modal with one form."""
    found = DEEDS.get(name)
    if found is None:
        raise NoSuchThing
    return (sensitive(_deed) if found.step_up else _deed)(request, pk, name)


def _deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    found = DEEDS[name]
    now, person = now_and_person(request)
    row = _at(person, pk)
    must(person, found.needs, row)
    form = found.form(request.POST if request.method == "POST" else None)
    url = reverse("monitoring:command", args=[pk])
    if form.is_bound and form.is_valid():
        try:
            found.act(row, form.cleaned_data, person, now)
        except Refusal as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("已记下。"))
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": url})
            return redirect(url)
    inside = bool(request.headers.get("HX-Request"))
    return render(
        request, "monitoring/parts/command_deed.html" if inside else "monitoring/command_deed.html",
        {
            "command": row, "form": form, "title": found.title, "url": request.path, "cancel": url,
            "what": in_language(row.title), "danger": name in ("cancel", "stop", "declined", "withdrawn"),
        },
        status=422 if form.is_bound and not inside else 200,
    )  # fmt: skip


@needs("monitoring.see")
@require_GET
def all_of_them(request: HttpRequest) -> HttpResponse:
    """Every change from afar in one's reach, and the company's switch."""
    now, person = now_and_person(request)
    rows = queries.changes(person).order_by("-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request, "monitoring/commands.html",
        {
            "now": now, "page": page, "rows": [queries.said(row) for row in page.object_list], "on": switched_on(),
            "switch": CommandSwitch.objects.select_related("by").order_by("-pk").first(),
            "may_switch": may(person, "monitoring.command_switch"), "permits": Permit.objects.filter(ended_at=None).count() if may(person, "monitoring.command_switch") else None,
        },
    )  # fmt: skip


@needs("monitoring.command_switch")
@require_POST
@sensitive
def switch(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    try:
        permits.switch(
            on=request.POST.get("on") == "1", why=request.POST.get("why", ""), by=person, now=now
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已记下，立刻生效。"))
    return redirect("monitoring:commands")


@needs("monitoring.permit")
@require_POST
@sensitive
def permit(request: HttpRequest, asset: int) -> HttpResponse:
    """The customer's leave for a machine is written down, or that he took it back."""
    now, person = clock.now(), request.user
    assert isinstance(person, User)
    machine = asset_at(request, asset, "monitoring.permit")
    post = request.POST
    try:
        if post.get("deed") == "withdraw":
            permits.withdraw_permit(asset=machine, why=post.get("why", ""), by=person, now=now)
        else:
            permits.permit(
                asset=machine,
                given_by=post.get("given_by", ""),
                proof=post.get("proof", ""),
                by=person,
                now=now,
            )
    except BadInput as refusal:
        messages.error(request, " ".join(refusal.fields.values()))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已记下，立刻生效。"))
    return redirect("assets:detail", machine.pk)


@needs("obligations.work")
@require_GET
def of_duty(request: HttpRequest, pk: int) -> HttpResponse:
    """The command that a duty is about; one without a command here is carried out on the generic page."""
    _now, person = now_and_person(request)
    duty = door(Obligation.objects.all(), person, pk, "obligations.work")
    found = queries.seen(person).filter(number=named(duty)).first()
    if found is None:
        return redirect(reverse("obligations:carry_out", args=[pk]) + "?plain=1")
    return redirect("monitoring:command", found.pk)
