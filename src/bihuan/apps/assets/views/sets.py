"""Machine sets: one stopped member stops the set."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.assets import actions, words
from bihuan.apps.assets.forms.machines import SetForm
from bihuan.apps.assets.models import MachineSet
from bihuan.apps.assets.queries.sets import states_of
from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.customers.views.common import answer, submit
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may, visible
from bihuan.base.ui.paging import paged


@needs("assets.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    _now, person = now_and_person(request)
    rows = visible(MachineSet.objects.filter(ended_on=None), person, "assets.see").select_related(
        "customer", "place"
    )
    page = paged(
        request, rows.prefetch_related("members__model").order_by("customer__pinyin", "code")
    )
    shown = list(page.object_list)
    states = states_of([row.pk for row in shown])
    lines = [
        {
            "set": row, "members": sorted(row.members.all(), key=lambda each: each.serial),
            "title": words.title(words.SET_STATE, states[row.pk].state), "colour": words.SET_COLOUR[states[row.pk].state],
            "because": states[row.pk].because,
        }
        for row in shown
    ]  # fmt: skip
    return render(
        request,
        "assets/sets.html",
        {"page": page, "lines": lines, "may_edit": may(person, "assets.edit")},
    )


@needs("assets.edit")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    form = SetForm(request.POST or None, person=person)
    if request.method == "POST" and submit(
        form, lambda values: actions.make_set(by=person, now=now, **values)
    ):
        messages.success(request, _("成套已建。任一台停机，整套算停产。"))
        return redirect("assets:sets")
    return answer(
        request,
        "assets/form.html",
        {"form": form, "heading": _("新建成套"), "cancel": "/assets/sets/"},
        form,
    )
