"""Maintenance: the calendar of visits, and the plans of models and contracts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.assets.models import Model
from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.contracts import actions, words
from bihuan.apps.contracts.enums import Care, CountedFrom
from bihuan.apps.contracts.forms.contracts import DoneForm, ModelPlanForm, PlanForm
from bihuan.apps.contracts.models import MaintenancePlan, PlanVisit
from bihuan.apps.contracts.queries import lists
from bihuan.apps.contracts.views.contracts import contract_at
from bihuan.apps.contracts.views.deeds import act
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import door, may, reaches
from bihuan.base.errors import NoSuchThing, NotAllowed
from bihuan.base.ui.paging import paged

SPANS = {"": 30, "week": 7, "quarter": 92}


def _whole(person: User) -> bool:
    """Plans of models are the whole company's."""
    return ALL in reaches(person, "contracts.edit")


@needs("assets.see")
@require_GET
def visits(request: HttpRequest) -> HttpResponse:
    """What is maintained when: coming, or late."""
    now, person = now_and_person(request)
    today = timezone.localtime(now).date()
    view = request.GET.get("view", "")
    last = today + timedelta(days=SPANS.get(view, 30))
    rows = lists.visits(person, first=today, last=last, late=view == "late")
    if kind := request.GET.get("kind", ""):
        rows = rows.filter(kind=kind)
    page = paged(request, rows)
    late = lists.visits(person, first=today, last=today, late=True).order_by().count()
    titles = {
        "": _("未来 30 天"),
        "week": _("未来 7 天"),
        "quarter": _("未来一季"),
        "late": _("过了日子没做"),
    }
    home = reverse("contracts:visits")
    views = [
        {
            "title": title,
            "url": f"{home}?view={name}" if name else home,
            "count": late if name == "late" else None,
            "hot": name == "late",
            "current": name == view,
        }
        for name, title in titles.items()
    ]
    options = [
        {"title": str(title), "url": f"?view={view}&kind={code}", "current": code == kind}
        for code, title in words.CARE.items()
    ]
    filters: list[dict[str, Any]] = [
        {"label": _("种类"), "value": words.title(words.CARE, kind), "clear_url": f"?view={view}"}
        if kind
        else {"label": _("种类"), "value": _("全部"), "options": options}
    ]
    context = {
        "page": page, "views": views, "filters": filters, "today": today, "may_edit": may(person, "assets.edit"),
        "may_see_contracts": may(person, "contracts.see"), "keep": {"view": view},
    }  # fmt: skip
    return render(request, "contracts/visits.html", context)


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def done_visit(request: HttpRequest, visit: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(PlanVisit.objects.select_related("asset__model"), person, visit, "assets.edit")
    form = DoneForm(request.POST or None, initial={"done_on": timezone.localtime(now).date()})
    heading = _("%(kind)s做完了：%(machine)s") % {"kind": row.kind_title, "machine": row.asset}
    return act(
        request, reverse("contracts:visits"), form, heading,
        lambda values: actions.do_visit(visit=row, by=person, now=now, **values), _("已记下，下一次按计划排。"),
    )  # fmt: skip


@needs("assets.see")
@require_GET
def models(request: HttpRequest) -> HttpResponse:
    """The plans of models."""
    _now, person = now_and_person(request)
    rows = Model.objects.order_by("code").prefetch_related("plans")
    listed: list[dict[str, Any]] = [
        {
            "model": row,
            "plans": sorted(
                (plan for plan in row.plans.all() if plan.ended_on is None),
                key=lambda plan: plan.kind,
            ),
        }
        for row in rows
    ]
    for each in listed:
        for plan in each["plans"]:
            plan.kind_title, plan.counted_title = (
                words.title(words.CARE, plan.kind),
                words.title(words.COUNTED, plan.counted),
            )
    return render(request, "contracts/plans.html", {"listed": listed, "may_edit": _whole(person)})


@needs("contracts.edit")
@require_http_methods(["GET", "POST"])
def new_of_model(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    if not _whole(person):
        raise NotAllowed
    form = ModelPlanForm(request.POST or None)
    return act(
        request, reverse("contracts:plans"), form, _("型号的保养计划"),
        lambda values: _add(values, person, now), _("计划已加上。"),
    )  # fmt: skip


def _add(values: dict[str, Any], person: User, now: datetime, **of: Any) -> MaintenancePlan:
    plain = dict(values) | {"kind": Care(values["kind"]), "counted": CountedFrom(values["counted"])}
    return actions.add_plan(by=person, now=now, **plain, **of)


@needs("contracts.edit")
@require_http_methods(["GET", "POST"])
def new_of_contract(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    contract = contract_at(request, pk, "contracts.edit")
    form = PlanForm(request.POST or None)
    return act(
        request, reverse("contracts:detail", args=[pk]), form, _("合同的保养计划：%(no)s") % {"no": contract.no},
        lambda values: _add(values, person, now, contract=contract), _("计划已加上。合同的计划先于型号的。"),
    )  # fmt: skip


@needs("contracts.edit")
@require_POST
def suggest(request: HttpRequest, model: int) -> HttpResponse:
    """Take over what the family suggests."""
    now, person = now_and_person(request)
    if not _whole(person):
        raise NotAllowed
    row = Model.objects.filter(pk=model).first()
    if row is None:
        raise NoSuchThing
    made = actions.suggest_plans(model=row, by=person, now=now)
    messages.success(request, _("加了 %(n)s 条计划。") % {"n": len(made)})
    return redirect("contracts:plans")


@needs("contracts.edit")
@require_POST
def end_of_model(request: HttpRequest, plan: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = MaintenancePlan.objects.filter(pk=plan).first()
    if row is None:
        raise NoSuchThing
    if row.contract_id is not None:
        contract_at(request, row.contract_id, "contracts.edit")
    elif not _whole(person):
        raise NotAllowed
    actions.end_plan(plan=row, by=person, now=now)
    messages.success(request, _("计划已停。已经排出的那次还在。"))
    return (
        redirect("contracts:detail", row.contract_id)
        if row.contract_id
        else redirect("contracts:plans")
    )
