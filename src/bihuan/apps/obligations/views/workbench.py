"""The first page and the to-do centre."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from bihuan.apps.obligations import actions
from bihuan.apps.obligations.forms import AssignForm
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import for_rows, rows_of, tier_names
from bihuan.apps.obligations.todo import todo
from bihuan.apps.obligations.workbench import bench
from bihuan.base import clock, registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import visible

MOST = 200


def who(request: HttpRequest) -> User:
    """The signed-in person."""
    assert isinstance(request.user, User)
    return request.user


@needs("home.see")
@require_safe
def workbench(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    return render(
        request,
        "obligations/workbench.html",
        {"bench": bench(who(request), now), "now": now, "log_url": registry.link("contact.log")},
    )


@needs("obligations.work")
@require_safe
def centre(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    found = todo(who(request), now, request.GET.dict())
    rows = rows_of(found.page.object_list, now, tier_names(now))
    return render(
        request, "obligations/todo.html",
        {"todo": found, "rows": rows, "page": found.page, "now": now, "query": request.GET.get("q", "")},
    )  # fmt: skip


@needs("obligations.assign")
def assign_many(request: HttpRequest) -> HttpResponse:
    """The bulk bar's 转派: a small form, then each row; partial failure names both numbers."""
    picked = [int(pk) for pk in (request.POST or request.GET).getlist("pick") if pk.isdecimal()][
        :MOST
    ]
    rows = visible(Obligation.objects.filter(pk__in=picked), who(request), "obligations.assign")
    form = AssignForm(request.POST if "to" in request.POST else None)
    if form.is_bound and form.is_valid():
        now = clock.now()
        result = actions.bulk(
            list(rows.values_list("pk", flat=True)),
            lambda pk: actions.assign(
                obligation_id=pk, to=form.cleaned_data["to"], by=who(request), now=now,
                reason=form.cleaned_data["reason"],
            ),
        )  # fmt: skip
        report(request, result)
        return redirect(back(request))
    listed = rows_of(for_rows(rows), clock.now(), {})
    return render(
        request, "obligations/assign_many.html",
        {"form": form, "rows": listed, "picked": picked, "back": back(request)},
    )  # fmt: skip


def report(request: HttpRequest, result: actions.BulkResult) -> None:
    """Both numbers of a bulk deed, and the first reason why not."""
    if result.done:
        n = len(result.done)
        messages.success(request, ngettext("已办 %(n)d 条。", "已办 %(n)d 条。", n) % {"n": n})
    if result.refused:
        why = next(iter(result.refused.values()))
        messages.error(
            request, _("%(n)d 条没办成：%(why)s") % {"n": len(result.refused), "why": why}
        )


def back(request: HttpRequest) -> str:
    """Where the person came from, within this site."""
    url = request.POST.get("back") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}):
        return url
    return "/todo/"


__all__ = ["assign_many", "centre", "workbench"]
