"""Whom alarms reach, and the times in which a machine's alarms are expected."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bihuan.apps.assets.views.common import asset_at, head, now_and_person
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions import expecting
from bihuan.apps.monitoring.forms import ExpectedForm
from bihuan.apps.monitoring.models import Expected
from bihuan.apps.monitoring.queries import calling
from bihuan.apps.monitoring.queries import expected as queries
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may
from bihuan.base.errors import Refusal

SHOWN = 50


@needs("monitoring.see")
@require_GET
def calls(request: HttpRequest) -> HttpResponse:
    """Whom each class of alarms reaches, who that is now, and which machines are kept quiet."""
    now, person = now_and_person(request)
    return render(
        request, "monitoring/calls.html",
        {"now": now, "reach": calling.reach(now), "rows": queries.everywhere(person, now, SHOWN)},
    )  # fmt: skip


@needs("monitoring.see")
@require_GET
def expected(request: HttpRequest, asset: int) -> HttpResponse:
    now, _person = now_and_person(request)
    begin = timezone.localtime(now).replace(second=0, microsecond=0, tzinfo=None)
    first = {"from_at": begin, "until_at": begin + timedelta(hours=4)}
    return _page(request, asset, ExpectedForm(initial=first))


@needs("monitoring.handle")
@require_POST
def expect(request: HttpRequest, asset: int) -> HttpResponse:
    """A new time."""
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.handle")
    form = ExpectedForm(request.POST)
    if form.is_valid():
        try:
            expecting.expect(asset=machine, plan=form.plan(), by=person, now=now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已记下：这段时间的报警只记录，不告诉任何人。"))
            return redirect("monitoring:expected", machine.pk)
    return _page(request, asset, form, status=422)


@needs("monitoring.handle")
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Before its time."""
    now, person = now_and_person(request)
    row = door(Expected.objects.select_related("asset"), person, pk, "monitoring.handle")
    try:
        expecting.end(row=row, by=person, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已结束：还在报的会马上告知。"))
    return redirect("monitoring:expected", row.asset_id)


def _page(request: HttpRequest, asset: int, form: ExpectedForm, status: int = 200) -> HttpResponse:
    now, person = now_and_person(request)
    machine = asset_at(request, asset, "monitoring.see")
    names = ("expected_hours", "expected_weekly_hours", "expected_weekly_days")
    context = head(request, machine, "monitoring-expected", now) | {
        "rows": queries.of_machine(machine.pk, now), "form": form,
        "may_change": may(person, "monitoring.handle", machine),
        "most": {name: f"{figures.number(name, now):g}" for name in names},
    }  # fmt: skip
    return render(request, "monitoring/expected.html", context, status=status)
