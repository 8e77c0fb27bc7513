"""Problems and promises."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.callbacks import actions, words
from bihuan.apps.callbacks.enums import ProblemState, PromiseState
from bihuan.apps.callbacks.forms import ProblemForm, StepForm
from bihuan.apps.callbacks.lists import PROBLEMS
from bihuan.apps.callbacks.models import Problem, Promise
from bihuan.apps.callbacks.queries import problems as queries
from bihuan.apps.callbacks.views.common import (
    customer_at,
    duty_at,
    now_and_who,
    page,
    pick_customer,
    submit,
    today,
    views,
    who,
)
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import rows_of
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, visible
from bihuan.base.errors import NoSuchThing
from bihuan.base.evidence.actions import store
from bihuan.base.lists.page import show
from bihuan.base.system.idempotency import idempotent
from bihuan.base.ui.marks import when
from bihuan.base.ui.paging import paged


def said(row: Problem) -> dict[str, Any]:
    """A problem with its titles."""
    return {
        "row": row, "grade": words.title(words.GRADE, row.grade), "grade_colour": words.GRADE_COLOUR[row.grade],  # type: ignore[index]
        "state": words.title(words.PROBLEM_STATE, row.state) if row.asked_in_vain_at is None or row.state != ProblemState.FED_BACK else _("确认超时"),
        "colour": words.PROBLEM_COLOUR[row.state] if row.asked_in_vain_at is None else "orange",  # type: ignore[index]
        "disposition": words.title(words.DISPOSITION, row.disposition),
    }  # fmt: skip


@needs("callbacks.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    now, person = now_and_who(request)
    found = show(PROBLEMS, request, now)
    return page(
        request, "problems",
        {
            "list": found, "rows": [said(row) for row in found.page.object_list],
            "rates": queries.rates(person), "may_add": may(person, "callbacks.do"),
        },
    )  # fmt: skip


@needs("callbacks.do")
@require_http_methods(["GET", "HEAD", "POST"])
@idempotent
def new(request: HttpRequest) -> HttpResponse:
    """Register a problem of `?customer=`."""
    now, person = now_and_who(request)
    chosen = request.GET.get("customer", "")
    if not chosen:
        return pick_customer(request, _("登记问题"))
    customer = customer_at(request, chosen, "callbacks.do")
    form = ProblemForm(request.POST or None)
    made: list[Problem] = []

    def deed() -> None:
        values = form.cleaned_data
        found = actions.Found(
            values["text"],
            values["disposition"],
            values["grade"],
            values["technical"],
            values["owner"],
        )
        made.append(
            actions.found_problem(problem=found, customer=customer, by=person, at=now, now=now)
        )

    if submit(form, deed):
        messages.success(request, _("问题已登记，处理期限开始计时。"))
        return redirect("callbacks:problem", made[0].pk)
    return page(
        request,
        "form",
        {
            "form": form,
            "heading": _("登记问题"),
            "customer": customer,
            "cancel": reverse("callbacks:problems"),
        },
        form,
    )


DEEDS = ("handle", "feed_back", "confirm", "reopen", "timeout")


@needs("callbacks.see")
@require_http_methods(["GET", "HEAD", "POST"])
def problem(request: HttpRequest, pk: int) -> HttpResponse:
    """One problem with its loop; only the next steps are offered."""
    now, person = now_and_who(request)
    rows = Problem.objects.select_related(
        "customer",
        "contact",
        "owner",
        "found_by",
        "handled_by",
        "confirmed_by",
        "callback",
        "visit",
    )
    row = door(rows, person, pk, "callbacks.see")
    form = StepForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and submit(form, lambda: _deed(request, row, form, now)):
        messages.success(request, _("已记下。"))
        return redirect("callbacks:problem", pk)
    by_me = row.steps.filter(to=ProblemState.HANDLED, by=person).exists()
    duties = queries.duties_of(row)
    return page(
        request, "problem",
        {
            "problem": row, "said": said(row), "form": form, "steps": _steps(row), "stepper": _stepper(row),
            "by_me": by_me, "duties": rows_of(duties, now, {}), "may_work": _may_work(request, row),
        },
        form,
    )  # fmt: skip


def _may_work(request: HttpRequest, row: Problem) -> bool:
    """Its owner, those who call this customer, and whoever has a duty about it."""
    person = who(request)
    if row.owner_id == person.pk or may(person, "callbacks.do", row):
        return True
    duties = Obligation.objects.filter(customer=row.customer, match__problem=row.number)
    return visible(duties, person, "obligations.work").exists()


def _deed(request: HttpRequest, row: Problem, form: StepForm, now: Any) -> None:
    person, text = who(request), form.cleaned_data["text"]
    if not _may_work(request, row):
        raise NoSuchThing
    upload = form.cleaned_data.get("file")
    deed = request.POST.get("deed", "")
    if deed == "handle":
        file = store(upload, by=person, now=now) if upload else None
        actions.handle(
            problem=row, text=text, by=person, now=now, file_id=file.pk if file else None
        )
    elif deed == "feed_back":
        actions.feed_back(
            problem=row,
            text=text,
            channel=form.cleaned_data["channel"] or "PHONE",
            by=person,
            now=now,
        )
    elif deed == "confirm":
        actions.confirm(problem=row, words_of_customer=text, by=person, now=now)
    elif deed == "reopen":
        actions.reopen(problem=row, words_of_customer=text, by=person, now=now)
    elif deed == "timeout":
        actions.asked_in_vain(problem=row, text=text, by=person, now=now)
    else:
        raise NoSuchThing


def _steps(row: Problem) -> list[dict[str, Any]]:
    return [
        {
            "step": step,
            "title": words.title(words.STEP, step.to),
            "channel": words.title(words.CHANNEL, step.channel) if step.channel else "",
        }
        for step in row.steps.select_related("by", "file")
    ]


def _stepper(row: Problem) -> list[dict[str, Any]]:
    order = [ProblemState.OPEN, ProblemState.HANDLED, ProblemState.FED_BACK, ProblemState.CONFIRMED]
    at = order.index(ProblemState(row.state))
    moments = [row.found_at, row.handled_at, row.fed_back_at, row.confirmed_at]
    titles = [_("登记"), _("处理"), _("反馈"), _("客户确认")]
    return [
        {
            "title": titles[n], "note": when(moments[n]) if moments[n] else "",
            "state": "done" if n <= at else "current" if n == at + 1 else "future",
        }
        for n in range(4)
    ]  # fmt: skip


@needs("obligations.work")
@require_GET
def problem_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The problem that a duty is about."""
    row = duty_at(request, pk)
    number = str(row.match.get("problem", "")).removeprefix("WT-")
    found = (
        Problem.objects.filter(pk=int(number), customer=row.customer).first()
        if number.isdecimal()
        else None
    )
    if found is None:
        return redirect("obligations:detail", pk)
    return redirect("callbacks:problem", found.pk)


@needs("callbacks.see")
@require_GET
def promises(request: HttpRequest) -> HttpResponse:
    now, person = now_and_who(request)
    view = request.GET.get("view", "open")
    view = view if view in queries.PROMISE_VIEWS else "open"
    rows = queries.promises(person)
    titles = {"open": _("待兑现"), "mine": _("我的承诺"), "late": _("已过期"), "kept": _("已兑现")}
    counts = {
        name: queries.of_promise_view(rows, name, person, today(now)).count() for name in titles
    }
    found = paged(request, queries.of_promise_view(rows, view, person, today(now)))
    return page(
        request, "promises",
        {"page": found, "rows": found, "today": today(now), "views": views("callbacks:promises", titles, view, counts, ("late",))},
    )  # fmt: skip


@needs("callbacks.see")
@require_http_methods(["GET", "HEAD", "POST"])
def promise(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = door(
        Promise.objects.select_related("customer", "owner", "made_by", "kept_by", "file"),
        person,
        pk,
        "callbacks.see",
    )
    form = StepForm(request.POST or None, request.FILES or None)
    mine = row.owner_id == person.pk or may(person, "callbacks.plan", row.customer)

    def deed() -> None:
        if not mine:
            raise NoSuchThing
        upload = form.cleaned_data.get("file")
        file = store(upload, by=person, now=now) if upload else None
        actions.keep(
            promise=row,
            proof=form.cleaned_data["text"],
            by=person,
            now=now,
            file_id=file.pk if file else None,
        )

    if request.method == "POST" and submit(form, deed):
        messages.success(request, _("承诺已兑现，凭据已留存。"))
        return redirect("callbacks:promise", pk)
    return page(
        request, "promise",
        {"promise": row, "form": form, "mine": mine and row.state == PromiseState.OPEN, "late": row.state == PromiseState.OPEN and row.due_on < today(now)},
        form,
    )  # fmt: skip


@needs("obligations.work")
@require_GET
def promise_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The promise that a duty is about."""
    row = duty_at(request, pk)
    number = str(row.match.get("promise", "")).removeprefix("CN-")
    found = (
        Promise.objects.filter(pk=int(number), customer=row.customer).first()
        if number.isdecimal()
        else None
    )
    return redirect("callbacks:promise", found.pk) if found else redirect("obligations:detail", pk)
