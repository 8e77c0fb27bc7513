"""The plan, preparation, news and the panels of the customer page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.callbacks import actions, words
from bihuan.apps.callbacks.forms import BriefForm, NewsForm, TextForm
from bihuan.apps.callbacks.lists import PLAN
from bihuan.apps.callbacks.models import Brief
from bihuan.apps.callbacks.queries import customer as of_customer
from bihuan.apps.callbacks.queries import desk, plan
from bihuan.apps.callbacks.views.common import (
    customer_at,
    duty_at,
    now_and_who,
    page,
    submit,
    today,
    who,
)
from bihuan.apps.callbacks.views.problems import said
from bihuan.apps.callbacks.views.visits import said as said_visit
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.rows import rows_of, tier_names
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may, reaches
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.lists.page import show
from bihuan.base.storable import whole


def _year(request: HttpRequest, now: Any) -> int:
    asked = whole(request.GET.get("year"))
    return asked if asked is not None and 2000 <= asked <= 2100 else today(now).year


@needs("callbacks.see")
@require_GET
def plan_page(request: HttpRequest) -> HttpResponse:
    """Customers by months: planned, done, late; the channel mix beside it."""
    now, person = now_and_who(request)
    year = _year(request, now)
    found = show(PLAN, request, now)
    calls = plan.done_calls(person, now)
    lines = plan.lines(found.page, year, now, person)
    return page(
        request, "plan",
        {
            "year": year, "years": (year - 1, year + 1), "lines": lines, "list": found,
            "tiers": tier_names(now), "months": range(1, 13),
            "this_month": today(now).month if today(now).year == year else 0,
            "mixes": plan.mixes(calls, now), "channels": plan.channels(calls), "totals": plan.totals(person, now, year),
            "may_plan": may(person, "callbacks.plan"), "planned": plan.asked_for(now) or any(line.all for line in lines),
        },
    )  # fmt: skip


@needs("callbacks.plan")
@require_http_methods(["GET", "HEAD", "POST"])
def shift(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a planned day within its period (a fragment for the drawer, a page without script)."""
    now, person = now_and_who(request)
    customer = customer_at(request, pk, "callbacks.plan")
    values = request.POST if request.method == "POST" else request.GET
    error = ""
    if request.method == "POST":
        try:
            on = date.fromisoformat(values.get("on", ""))
            actions.shift(
                customer=customer,
                rule=values.get("rule", ""),
                occasion=values.get("occasion", ""),
                on=on,
                by=person,
                now=now,
            )
        except ValueError:
            error = _("请填一个日期。")
        except Refusal as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("计划日已改。"))
            return redirect(f"{reverse('callbacks:plan')}?year={on.year}")
    context = {
        "customer": customer,
        "values": values,
        "error": error,
        "fragment": bool(request.headers.get("HX-Request")),
    }
    return render(request, "callbacks/shift.html", context, status=422 if error else 200)


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def plan_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The duty to make the plan."""
    now, person = now_and_who(request)
    row = duty_at(request, pk, "callback.plan")
    form = TextForm(request.POST or None)
    if submit(
        form,
        lambda: actions.finish_plan(
            obligation=row, text=form.cleaned_data["text"], by=person, now=now
        ),
    ):
        messages.success(request, _("回访计划已定稿。"))
        return redirect("callbacks:plan")
    return page(
        request,
        "form",
        {"form": form, "heading": words.said(row.title), "cancel": reverse("callbacks:plan")},
        form,
    )


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def brief(request: HttpRequest, pk: int) -> HttpResponse:
    """Prepare a call or visit: the record is pulled up, the goal written down."""
    now, person = now_and_who(request)
    row = duty_at(request, pk, "callback.brief")
    if row.customer is None:
        raise NoSuchThing
    old = Brief.objects.filter(obligation=row).first()
    form = BriefForm(
        request.POST or None, initial={"goal": old.goal, "mind": old.mind} if old else None
    )

    def deed() -> object:
        return actions.prepare(
            obligation=row,
            goal=form.cleaned_data["goal"],
            mind=form.cleaned_data["mind"],
            by=person,
            now=now,
        )

    if submit(form, deed):
        messages.success(request, _("准备好了，打电话的人会看到。"))
        return redirect("obligations:detail", pk)
    return page(
        request, "brief",
        {"form": form, "ob": row, "customer": row.customer, "row": rows_of([row], now, {})[0], "pack": desk.pack(row.customer, [row], now)},
        form,
    )  # fmt: skip


@needs("callbacks.do")
@require_http_methods(["GET", "HEAD", "POST"])
def news(request: HttpRequest, pk: int) -> HttpResponse:
    """Add what is new at a customer."""
    now, person = now_and_who(request)
    customer = customer_at(request, pk, "callbacks.do")
    return _news(request, customer, None, person, now)


def _news(
    request: HttpRequest, customer: Customer, ob: Any, person: User, now: Any
) -> HttpResponse:
    form = NewsForm(request.POST or None)

    def deed() -> object:
        return actions.add_news(
            customer=customer,
            kind=form.cleaned_data["kind"],
            text=form.cleaned_data["text"],
            by=person,
            now=now,
            obligation=ob,
        )

    if submit(form, deed):
        messages.success(request, _("动态已补充。"))
        return redirect("customers:detail", customer.pk)
    heading = _("客户近期动态：%(customer)s") % {"customer": customer.called}
    return page(
        request,
        "form",
        {
            "form": form,
            "heading": heading,
            "cancel": reverse("customers:detail", args=[customer.pk]),
        },
        form,
    )


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def news_of(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = duty_at(request, pk, "callback.news")
    if row.customer is None:
        raise NoSuchThing
    return _news(request, row.customer, row, person, now)


@needs("callbacks.see")
@require_GET
def customer_tab(request: HttpRequest, pk: int) -> HttpResponse:
    """The tab of the customer page (a fragment), also where only some rows are in reach."""
    now, person = now_and_who(request)
    customer = _on_the_page(request, pk)
    found: dict[str, Any] = of_customer.page(person, pk)
    context = {
        "customer": customer, "calls": [_said_call(row) for row in found["calls"]], "visits": [said_visit(row) for row in found["visits"]],
        "problems": [said(row) for row in found["problems"]], "promises": found["promises"], "may_do": may(person, "callbacks.do", customer),
        "now": now, "today": today(now),
    }  # fmt: skip
    return render(request, "callbacks/customer.html", context)


def _on_the_page(request: HttpRequest, pk: int) -> Customer:
    """Who opens the customer's page sees its panels, though calls may belong to others."""
    verb = "customers.see" if reaches(who(request), "customers.see") else "callbacks.see"
    return customer_at(request, pk, verb)


def _said_call(row: Any) -> dict[str, Any]:
    return {
        "row": row, "kind": words.title(words.KIND, row.kind), "state": words.title(words.CALL_STATE, row.state),
        "colour": words.CALL_COLOUR[row.state], "channel": words.title(words.CHANNEL, row.channel),
    }  # fmt: skip


@needs("callbacks.see")
@require_GET
def customer_year(request: HttpRequest, pk: int) -> HttpResponse:
    """The year of one customer, month by month (a fragment; nothing where the plan is not in reach)."""
    now = clock.now()
    customer = _on_the_page(request, pk)
    if not may(who(request), "callbacks.see", customer):
        return HttpResponse()
    year = today(now).year
    return render(
        request, "callbacks/customer_year.html",
        {"customer": customer, "line": plan.lines([customer], year, now, who(request))[0], "year": year, "months": range(1, 13), "this_month": today(now).month, "may_plan": may(who(request), "callbacks.plan", customer)},
    )  # fmt: skip
