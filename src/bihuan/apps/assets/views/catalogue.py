"""Models and the numbers that customers call."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.assets import actions, profile
from bihuan.apps.assets.enums import LIVING
from bihuan.apps.assets.forms.machines import LineForm, ModelForm
from bihuan.apps.assets.models import Model, ServiceLine
from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.customers.views.common import answer, done, submit
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import reaches
from bihuan.base.errors import NoSuchThing, NotAllowed


def _whole(person: User) -> bool:
    """Models belong to no customer: they are changed by who may change every machine."""
    return ALL in reaches(person, "assets.edit")


@needs("assets.see")
@require_GET
def models(request: HttpRequest) -> HttpResponse:
    _now, person = now_and_person(request)
    rows = Model.objects.annotate(
        machines=Count("assets", filter=Q(assets__status__in=LIVING))
    ).order_by("family", "code")
    if query := request.GET.get("q", "").strip():
        rows = rows.filter(
            Q(code__icontains=query)
            | Q(name__icontains=query)
            | Q(pinyin__contains=query.lower())
            | Q(initials__contains=query.lower())
        )
    wide = ALL in reaches(person, "assets.see")
    lines = list(ServiceLine.objects.order_by("family"))
    for line in lines:
        line.family_title = profile.family_title(line.family) if line.family else _("全部设备")  # type: ignore[attr-defined]
    context = {
        "models": list(rows),
        "query": query,
        "may_edit": _whole(person),
        "wide": wide,
        "lines": lines,
    }
    return render(request, "assets/models.html", context)


def _shown(request: HttpRequest, form: Any, heading: str) -> HttpResponse:
    template = "assets/parts/form.html" if request.headers.get("HX-Request") else "assets/form.html"
    return answer(
        request,
        template,
        {"form": form, "heading": heading, "cancel": reverse("assets:models")},
        form,
    )


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    if not _whole(person):
        raise NotAllowed
    form = ModelForm(request.POST or None)
    if request.method == "POST" and submit(
        form, lambda values: actions.add_model(by=person, now=now, **values)
    ):
        messages.success(request, _("型号已登记。"))
        return done(request, reverse("assets:models"))
    return _shown(request, form, _("新型号"))


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    if not _whole(person):
        raise NotAllowed
    model = Model.objects.filter(pk=pk).first()
    if model is None:
        raise NoSuchThing
    names = ("code", "name", "maker", "family", "warranty_months", "warranty_latest_months", "note")
    form = ModelForm(request.POST or None, initial={name: getattr(model, name) for name in names})
    if request.method == "POST" and submit(
        form, lambda values: actions.change_model(model=model, by=person, now=now, **values)
    ):
        messages.success(request, _("已保存。保修有变的设备已重新计算。"))
        return done(request, reverse("assets:models"))
    return _shown(request, form, _("修改型号 %(code)s") % {"code": model.code})


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def line(request: HttpRequest) -> HttpResponse:
    """Set the number that is printed on labels and shown to who scans one."""
    now, person = now_and_person(request)
    if not _whole(person):
        raise NotAllowed
    form = LineForm(request.POST or None)
    if request.method == "POST" and submit(
        form, lambda values: actions.set_service_line(by=person, now=now, **values)
    ):
        messages.success(request, _("报修电话已保存。"))
        return done(request, reverse("assets:models"))
    return _shown(request, form, _("报修电话"))
