"""Health, the status page and the company's logo."""

from __future__ import annotations

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs, public
from bihuan.base.access.scope import reaches
from bihuan.base.audit.actions import log
from bihuan.base.errors import NoSuchThing
from bihuan.base.facts import listeners
from bihuan.base.facts.models import DeadLetter
from bihuan.base.notify.models import Delivery, Sending
from bihuan.base.system import health, heartbeat, queries
from bihuan.base.system.models import CompanyRow

YEAR_SECONDS = 31_536_000


@public("a load balancer asks whether the process answers at all")
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@public("a load balancer asks; only those who may see the system get details")
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    try:
        details = bool(reaches(request.user, "system.see"))
        found = health.checks(clock.now(), of_apps=details)
    except DatabaseError:
        return JsonResponse({"ready": False}, status=503)
    ready = health.worst(found) != health.Level.BAD
    body: dict[str, object] = {"ready": ready}
    if details:
        body["checks"] = {
            check.name: {"level": check.level.value, "text": check.text} for check in found
        }
    return JsonResponse(
        body, status=200 if ready else 503, json_dumps_params={"ensure_ascii": False}
    )


@public("the sign-in page shows it")
@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    row = CompanyRow.objects.filter(pk=1).first()
    if row is None or not row.logo:
        raise NoSuchThing
    answer = HttpResponse(bytes(row.logo), content_type=row.logo_kind)
    answer["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return answer


@needs("system.see")
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    found = health.checks(now)
    return render(
        request,
        "system/status.html",
        {
            "now": now,
            "checks": found,
            "worst": health.worst(found),
            "processes": heartbeat.alive(now),
            "listeners": queries.listeners(now),
            "letters": DeadLetter.objects.filter(settled_at=None).select_related("fact")[:50],
            "jobs": queries.jobs(),
            "deliveries": Delivery.objects.filter(state__in=[Sending.FAILED, Sending.UNKNOWN])[:50],
            "waiting": queries.outbox(now),
            "may_manage": reaches(request.user, "system.manage"),
        },
    )


@needs("system.manage")
@require_POST
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    letter = _letter(pk)
    now = clock.now()
    if listeners.replay(letter, now=now):
        messages.success(request, _("重放成功。"))
    else:
        messages.error(request, _("这次还是没有处理成功，原因已更新。"))
    _logged(request, letter, "facts.letter_replayed")
    return redirect("system:status")


@needs("system.manage")
@require_POST
def set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    letter = _letter(pk)
    if listeners.set_aside(letter, now=clock.now()):
        _logged(request, letter, "facts.letter_set_aside")
        messages.success(request, _("已搁置。"))
    return redirect("system:status")


def _letter(pk: int) -> DeadLetter:
    letter = DeadLetter.objects.select_related("fact").filter(pk=pk, settled_at=None).first()
    if letter is None:
        raise NoSuchThing
    return letter


def _logged(request: HttpRequest, letter: DeadLetter, verb: str) -> None:
    assert isinstance(request.user, User)
    after = {"listener": letter.listener, "fact": str(letter.fact.uid)}
    log(verb, by=request.user, now=clock.now(), thing=letter, after=after)
