"""A customer reads what we want to change on his machine from afar, and says yes, no, or stop."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bihuan.apps.assets.queries.page import service_line
from bihuan.apps.monitoring.models import Command
from bihuan.apps.monitoring.queries.commands import for_customer
from bihuan.apps.portal import changes, guard
from bihuan.apps.portal.forms import ChangeForm
from bihuan.apps.portal.refusals import StaffOnlyLooks
from bihuan.apps.portal.views.common import for_customers, staff_of
from bihuan.apps.portal.views.plan import WHY
from bihuan.base import clock
from bihuan.base.access.policy import public
from bihuan.base.audit.actions import log
from bihuan.base.errors import Refusal


@public(WHY)
@require_http_methods(["GET", "HEAD", "POST"])
@for_customers
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What would be changed and what it means; opening it answers nothing."""
    command, now = _held(token)
    if request.method != "POST":
        return _shown(request, command)
    if (person := staff_of(request)) is not None:
        log("portal.staff_refused", by=person, now=now, thing=command)
        raise StaffOnlyLooks
    guard.check("change_deed", str(command.pk), guard.HOUR, "messages_hour", now)
    form = ChangeForm(request.POST)
    if not form.is_valid():
        return _shown(request, command, fault=_("请选同意或不同意。"), status=422)
    given = form.cleaned_data
    try:
        changes.answer(
            command=command,
            say=given["say"],
            text=given["text"],
            understood=given["understood"],
            now=now,
        )
    except Refusal as refusal:
        log("portal.refused", by=None, now=now, thing=command, after={"code": refusal.code})
        return _shown(request, command, fault=str(refusal), status=refusal.status)
    messages.success(request, _("已记下您的答复。谢谢。"))
    return redirect("portal:change", token)


def _held(token: str) -> tuple[Command, datetime]:
    """The command of this address. Raises LinkGone, TooOften."""
    now = clock.now()
    command = changes.opened(token)
    if command is None:
        raise guard.wrong("change", now)
    guard.check("change", str(command.pk), guard.MINUTE, "opens_minute", now)
    return command, now


def _shown(
    request: HttpRequest, command: Command, *, fault: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "change": for_customer(command), "command": command, "fault": fault, "staff": staff_of(request), "line": service_line(""),
        "draft": request.POST.get("text", "")[:400],
    }  # fmt: skip
    return render(request, "portal/change.html", context, status=status)
