"""Steps of a contract and movements of its entitlements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.contracts import actions, profile
from bihuan.apps.contracts.forms.contracts import (
    AmendForm,
    EndForm,
    GrantForm,
    SignForm,
    UndoForm,
    UseForm,
)
from bihuan.apps.contracts.models import Contract, Entitlement, EntitlementRow
from bihuan.apps.contracts.views.contracts import contract_at
from bihuan.apps.customers.views.common import answer, done, submit
from bihuan.base.access.policy import needs
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import door, reaches
from bihuan.base.errors import NoSuchThing, NotAllowed
from bihuan.base.system.idempotency import idempotent

STEPS: dict[str, Callable[..., Contract]] = {
    "review": actions.send_to_review,
    "return": actions.return_to_draft,
    "approve": actions.approve,
}


def act(
    request: HttpRequest, back: str, form: forms.Form, heading: str, deed: Callable[[dict[str, Any]], object], said: str,
    *, danger: bool = False, before: tuple[str, Contract] | None = None,
) -> HttpResponse:  # fmt: skip
    """Show the form, or do the deed and go back; `before` names what is shown before the button."""
    if request.method == "POST" and submit(form, deed):
        messages.success(request, said)
        return done(request, back)
    template = (
        "contracts/parts/form.html" if request.headers.get("HX-Request") else "contracts/form.html"
    )
    context = {"form": form, "heading": heading, "cancel": back, "danger": danger}
    if before:
        context |= dict(zip(("before", "before_thing"), before, strict=True))
    return answer(request, template, context, form)


def _home(contract: Contract) -> str:
    return reverse("contracts:detail", args=[contract.pk])


@needs("contracts.edit")
@require_POST
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Counter-signing: who wrote it may send it, somebody with the whole company's right approves."""
    now, person = now_and_person(request)
    contract = contract_at(request, pk, "contracts.edit")
    if step not in STEPS:
        raise NoSuchThing
    if step == "approve" and ALL not in reaches(person, "contracts.edit"):
        raise NotAllowed
    STEPS[step](contract=contract, by=person, now=now)
    messages.success(request, _("已记下。"))
    return redirect("contracts:detail", pk)


@needs("contracts.edit")
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    contract = contract_at(request, pk, "contracts.edit")
    form = SignForm(request.POST or None, initial={"signed_on": timezone.localtime(now).date()})
    return act(
        request, _home(contract), form, _("登记签署：%(no)s") % {"no": contract.no},
        lambda values: actions.sign(contract=contract, by=person, now=now, **values), _("已签署。从现在起只能登记变更。"),
    )  # fmt: skip


@needs("contracts.edit")
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    contract = contract_at(request, pk, "contracts.edit")
    form = EndForm(request.POST or None, initial={"on": timezone.localtime(now).date()})
    return act(
        request, _home(contract), form, _("提前终止：%(no)s") % {"no": contract.no},
        lambda values: actions.end(contract=contract, by=person, now=now, **values), _("合同已终止。"), danger=True,
        before=("change.end", contract),
    )  # fmt: skip


@needs("contracts.edit")
@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    contract = contract_at(request, pk, "contracts.edit")
    today = timezone.localtime(now).date()
    form = AmendForm(
        request.POST or None,
        person=person,
        contract=contract,
        initial={"signed_on": today, "from_on": today},
    )
    return act(
        request, _home(contract), form, _("登记变更：%(no)s") % {"no": contract.no},
        lambda values: actions.amend(contract=contract, by=person, now=now, **values), _("变更已登记，原来的约定还看得到。"),
        before=("change.amend", contract),
    )  # fmt: skip


@needs("contracts.edit")
@require_http_methods(["GET", "POST"])
@idempotent
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    contract = contract_at(request, pk, "contracts.edit")
    form = GrantForm(request.POST or None)
    return act(
        request, _home(contract), form, _("授予权益：%(no)s") % {"no": contract.no},
        lambda values: actions.grant(contract=contract, by=person, now=now, **values), _("权益已加上。"),
    )  # fmt: skip


@needs("contracts.edit")
@require_http_methods(["GET", "POST"])
@idempotent
def use(request: HttpRequest, entitlement: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(
        Entitlement.objects.select_related("contract"), person, entitlement, "contracts.edit"
    )
    form = UseForm(request.POST or None)
    return act(
        request, _home(row.contract), form, _("使用权益：%(title)s") % {"title": profile.entitlement_title(row.kind)},
        lambda values: actions.use(entitlement=row, by=person, now=now, **values), _("已扣减。"),
    )  # fmt: skip


@needs("contracts.edit")
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, row: int) -> HttpResponse:
    now, person = now_and_person(request)
    move = door(
        EntitlementRow.objects.select_related("entitlement__contract"),
        person,
        row,
        "contracts.edit",
    )
    form = UndoForm(request.POST or None)
    return act(
        request, _home(move.entitlement.contract), form, _("撤销这一笔"),
        lambda values: actions.undo(row=move, by=person, now=now, **values), _("已撤销，余量加回。"),
    )  # fmt: skip
