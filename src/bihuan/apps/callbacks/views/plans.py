"""The plan, campaigns, preparation, news, quality checks, scripts and the customer's panels."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.callbacks import actions, figures, words
from bihuan.apps.callbacks.actions import scripts
from bihuan.apps.callbacks.enums import TargetState
from bihuan.apps.callbacks.forms import BriefForm, CampaignForm, NewsForm, ScriptForm, TextForm
from bihuan.apps.callbacks.models import Brief, Campaign, Sample, Script
from bihuan.apps.callbacks.queries import customer as of_customer
from bihuan.apps.callbacks.queries import desk, plan
from bihuan.apps.callbacks.views.common import customer_at, duty_at, now_and_who, page, submit, today, who
from bihuan.apps.callbacks.views.problems import said
from bihuan.apps.callbacks.views.visits import said as said_visit
from bihuan.apps.customers import words as customer_words
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.rows import rows_of, tier_names
from bihuan.apps.people.models import Region
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, visible
from bihuan.base.errors import BadInput, Refusal

PAGE = 25


def _year(request: HttpRequest, now: Any) -> int:
    text = request.GET.get("year", "")
    return int(text) if text.isdecimal() and 2000 <= int(text) <= 2100 else today(now).year


@needs("callbacks.see")
@require_GET
def plan_page(request: HttpRequest) -> HttpResponse:
    """Customers by months: planned, done, late; the channel mix beside it."""
    now, person = now_and_who(request)
    year = _year(request, now)
    rows = visible(Customer.objects.living(), person, "callbacks.see")  # type: ignore[attr-defined]
    owner = request.GET.get("who", "")
    if owner.isdecimal():
        rows = rows.filter(account_manager_id=int(owner))
    if tier := request.GET.get("tier", ""):
        rows = rows.filter(tier=tier)
    found = Paginator(rows.order_by("tier_rank", "pinyin", "pk"), PAGE).get_page(request.GET.get("page"))
    names = tier_names(now)
    managers = User.objects.filter(managed_customers__isnull=False, is_active=True).distinct().order_by("name")
    return page(
        request, "plan",
        {
            "year": year, "years": (year - 1, year + 1), "lines": plan.lines(found, year, now), "page": found, "tiers": names,
            "months": range(1, 13), "this_month": today(now).month if today(now).year == year else 0, "tier": tier, "owner": owner,
            "mixes": plan.mixes(person, now), "channels": plan.channels(person, now), "totals": plan.totals(person, now, year),
            "managers": managers, "may_plan": may(person, "callbacks.plan"),
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
            actions.shift(customer=customer, rule=values.get("rule", ""), occasion=values.get("occasion", ""), on=on, by=person, now=now)
        except ValueError:
            error = _("请填一个日期。")
        except Refusal as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("计划日已改。"))
            return redirect(f"{reverse('callbacks:plan')}?year={on.year}")
    context = {"customer": customer, "values": values, "error": error, "fragment": bool(request.headers.get("HX-Request"))}
    return render(request, "callbacks/shift.html", context, status=422 if error else 200)


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def plan_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The duty to make the plan."""
    now, person = now_and_who(request)
    row = duty_at(request, pk)
    form = TextForm(request.POST or None)
    if submit(form, lambda: actions.finish_plan(obligation=row, text=form.cleaned_data["text"], by=person, now=now)):
        messages.success(request, _("回访计划已定稿。"))
        return redirect("callbacks:plan")
    return page(request, "form", {"form": form, "heading": words.said(row.title), "cancel": reverse("callbacks:plan")}, form)


@needs("callbacks.see")
@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    rows = Campaign.objects.select_related("by").annotate(
        all=Count("targets"), done=Count("targets", filter=Q(targets__state=TargetState.DONE)),
        waiting=Count("targets", filter=Q(targets__state=TargetState.WAITING)),
    )  # fmt: skip
    return page(request, "campaigns", {"rows": rows[:100], "may_plan": may(who(request), "callbacks.plan")})


@needs("callbacks.plan")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    now, person = now_and_who(request)
    flags = [(str(code), str(text)) for code, text in customer_words.FLAG.items()]
    regions = [(row.code, row.name) for row in Region.objects.order_by("code")]
    form = CampaignForm(request.POST or None, tiers=list(tier_names(now).items()), regions=regions, flags=flags)
    made: list[Campaign] = []

    def deed() -> None:
        values = form.cleaned_data
        choice = {name: values[name] for name in ("tier", "region", "industry", "flag")}
        made.append(
            actions.start_campaign(
                title=values["title"], goal=values["goal"], choice=choice, last_on=values["last_on"],
                script=values["script"], by=person, now=now,
            )
        )  # fmt: skip

    if submit(form, deed):
        messages.success(request, _("名单已定，可以开始回访。"))
        return redirect("callbacks:campaign", made[0].pk)
    return page(request, "form", {"form": form, "heading": _("发起专项回访"), "cancel": reverse("callbacks:campaigns")}, form)


@needs("callbacks.see")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """The list with its progress; closing it needs a report."""
    now, person = now_and_who(request)
    row = get_object_or_404(Campaign.objects.select_related("by", "script"), pk=pk)
    form = TextForm(request.POST or None)
    ob = request.GET.get("ob", "")

    def deed() -> None:
        number = duty_at(request, int(ob)).pk if ob.isdecimal() else None
        if not may(person, "callbacks.plan"):
            raise BadInput({"": _("结束专项回访要由主管来做。")})
        actions.close_campaign(campaign=row, report=form.cleaned_data["text"], by=person, now=now, obligation_id=number)

    if request.method == "POST" and submit(form, deed):
        messages.success(request, _("专项回访已结束。"))
        return redirect("callbacks:campaign", pk)
    seen = visible(row.targets.all(), person, "callbacks.see").select_related("customer")
    counts = {state: seen.filter(state=state).count() for state in TargetState}
    targets = Paginator(seen.order_by("state", "customer__pinyin"), 50).get_page(request.GET.get("page"))
    return page(
        request, "campaign",
        {
            "campaign": row, "form": form, "page": targets, "all": sum(counts.values()), "done": counts[TargetState.DONE],
            "counts": [(words.title(words.TARGET, state), n) for state, n in counts.items()],
            "rows": [{"row": each, "state": words.title(words.TARGET, each.state)} for each in targets],
            "may_do": may(person, "callbacks.do"), "may_plan": may(person, "callbacks.plan"), "today": today(now),
        },
        *([form] if request.method == "POST" else []),
    )  # fmt: skip


@needs("obligations.work")
@require_GET
def campaign_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The campaign under way, or a new one."""
    row = duty_at(request, pk)
    live = Campaign.objects.filter(closed_at=None).first()
    return redirect(f"{reverse('callbacks:campaign', args=[live.pk])}?ob={row.pk}" if live else reverse("callbacks:campaign_new"))


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def brief(request: HttpRequest, pk: int) -> HttpResponse:
    """Prepare a call or visit: the record is pulled up, the goal written down."""
    now, person = now_and_who(request)
    row = duty_at(request, pk)
    assert row.customer is not None
    old = Brief.objects.filter(obligation=row).first()
    form = BriefForm(request.POST or None, initial={"goal": old.goal, "mind": old.mind} if old else None)
    deed = lambda: actions.prepare(obligation=row, goal=form.cleaned_data["goal"], mind=form.cleaned_data["mind"], by=person, now=now)  # noqa: E731
    if submit(form, deed):
        messages.success(request, _("准备好了，打电话的人会看到。"))
        return redirect("obligations:detail", pk)
    return page(
        request, "brief",
        {"form": form, "ob": row, "customer": row.customer, "row": rows_of([row], now, {})[0], "pack": desk.pack(row.customer, [row], now)},
        form,
    )  # fmt: skip


@needs("callbacks.see")
@require_http_methods(["GET", "HEAD", "POST"])
def news(request: HttpRequest, pk: int) -> HttpResponse:
    """Add what is new at a customer."""
    now, person = now_and_who(request)
    customer = customer_at(request, pk)
    return _news(request, customer, None, person, now)


def _news(request: HttpRequest, customer: Customer, ob: Any, person: User, now: Any) -> HttpResponse:
    form = NewsForm(request.POST or None)
    deed = lambda: actions.add_news(customer=customer, kind=form.cleaned_data["kind"], text=form.cleaned_data["text"], by=person, now=now, obligation=ob)  # noqa: E731
    if submit(form, deed):
        messages.success(request, _("动态已补充。"))
        return redirect("customers:detail", customer.pk)
    heading = _("客户近期动态：%(customer)s") % {"customer": customer.called}
    return page(request, "form", {"form": form, "heading": heading, "cancel": reverse("customers:detail", args=[customer.pk])}, form)


@needs("obligations.work")
@require_http_methods(["GET", "HEAD", "POST"])
def news_of(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = duty_at(request, pk)
    assert row.customer is not None
    return _news(request, row.customer, row, person, now)


def _month(request: HttpRequest, now: Any) -> date:
    try:
        return date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today(now).replace(day=1)


@needs("callbacks.sample")
@require_http_methods(["GET", "HEAD", "POST"])
def samples(request: HttpRequest) -> HttpResponse:
    """The calls drawn for a month and their scores."""
    now, person = now_and_who(request)
    month = _month(request, now)
    name, ob = f"{month:%Y-%m}", request.GET.get("ob", "")
    if request.method == "POST":
        try:
            if request.POST.get("deed") == "finish" and ob.isdecimal():
                actions.finish_samples(obligation=duty_at(request, int(ob)), month=name, by=person, now=now)
                messages.success(request, _("本月抽检已完成。"))
            else:
                found = actions.draw(month=month, by=person, now=now)
                messages.success(request, _("抽出 %(n)d 通。同一个月谁来抽都一样。") % {"n": len(found)})
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{request.path}?month={name}" + (f"&ob={ob}" if ob else ""))
    rows = visible(Sample.objects.filter(month=name), person, "callbacks.sample")
    rows = rows.select_related("callback__customer", "callback__caller", "scored_by")
    scored = [row.score for row in rows if row.score is not None]
    return page(
        request, "samples",
        {
            "month": name, "rows": rows, "ob": ob, "share": figures.value("sample_share", now), "scored": len(scored), "all": len(rows),
            "mean": round(sum(scored) / len(scored)) if scored else None,
        },
    )  # fmt: skip


@needs("obligations.work")
@require_GET
def sample_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The check that a duty asks for: of the month of its period."""
    row = duty_at(request, pk)
    month = row.occasion if len(row.occasion) == len("2026-01") and "Q" not in row.occasion else f"{row.anchor_at:%Y-%m}"
    return redirect(f"{reverse('callbacks:samples')}?month={month}&ob={row.pk}")


@needs("callbacks.sample")
@require_http_methods(["GET", "HEAD", "POST"])
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Score one call, by somebody who did not make it."""
    now, person = now_and_who(request)
    row = door(Sample.objects.select_related("callback__customer", "callback__caller", "scored_by"), person, pk, "callbacks.sample")
    criteria = [(code, words.said(text)) for code, text in figures.data()["criteria"].items()]
    form = TextForm(request.POST or None)

    def deed() -> None:
        given = {code: request.POST.get(f"c-{code}", "") for code, _text in criteria}
        if not all(value in ("1", "2", "3", "4", "5") for value in given.values()):
            raise BadInput({"": _("每一项都要打 1 到 5 分。")})
        actions.score(sample=row, scores={code: int(value) for code, value in given.items()}, note=form.cleaned_data["text"], by=person, now=now)

    if request.method == "POST" and submit(form, deed):
        messages.success(request, _("已评分。"))
        return redirect(f"{reverse('callbacks:samples')}?month={row.month}")
    mine = row.callback.caller_id == person.pk
    rated = [(code, text, row.scores.get(code)) for code, text in criteria]
    return page(request, "sample", {"sample": row, "form": form, "criteria": rated, "mine": mine}, *([form] if request.method == "POST" else []))


@needs("callbacks.see")
@require_GET
def script_list(request: HttpRequest) -> HttpResponse:
    rows = Script.objects.select_related("by").order_by("code", "-version")
    newest: dict[str, list[Script]] = {}
    for row in rows:
        newest.setdefault(row.code, []).append(row)
    return page(request, "scripts", {"groups": list(newest.values()), "may_plan": may(who(request), "callbacks.plan"), "words": words})


@needs("callbacks.see")
@require_http_methods(["GET", "HEAD", "POST"])
def script(request: HttpRequest, pk: int) -> HttpResponse:
    """One version as it is read out; a change is a new version."""
    now, person = now_and_who(request)
    row = get_object_or_404(Script, pk=pk)
    form = ScriptForm(request.POST or None, initial={"text": row.body.get("text", "")})
    made: list[Script] = []

    def deed() -> None:
        if not may(person, "callbacks.plan"):
            raise BadInput({"": _("话术要由主管来改。")})
        made.append(scripts.put(text=form.cleaned_data["text"], by=person, now=now))

    if request.method == "POST" and submit(form, deed):
        messages.success(request, _("已存为第 %(n)d 版，下一通电话起用。") % {"n": made[0].version})
        return redirect("callbacks:script", made[0].pk)
    return page(
        request, "script",
        {"script": row, "title": words.said(row.title), "steps": desk.steps_of(row, company="…", caller="…"), "form": form, "may_plan": may(person, "callbacks.plan")},
        *([form] if request.method == "POST" else []),
    )  # fmt: skip


@needs("callbacks.see")
@require_GET
def customer_tab(request: HttpRequest, pk: int) -> HttpResponse:
    """The tab of the customer page (a fragment)."""
    now, person = now_and_who(request)
    customer = customer_at(request, pk)
    found: dict[str, Any] = of_customer.page(person, pk, now)
    context = {
        "customer": customer, "calls": [_said_call(row) for row in found["calls"]], "visits": [said_visit(row) for row in found["visits"]],
        "problems": [said(row) for row in found["problems"]], "promises": found["promises"], "may_do": may(person, "callbacks.do", customer),
        "now": now, "today": today(now),
    }  # fmt: skip
    return render(request, "callbacks/customer.html", context)


def _said_call(row: Any) -> dict[str, Any]:
    return {
        "row": row, "kind": words.title(words.KIND, row.kind), "state": words.title(words.CALL_STATE, row.state),
        "colour": words.CALL_COLOUR[row.state], "channel": words.title(words.CHANNEL, row.channel),
    }  # fmt: skip


@needs("callbacks.see")
@require_GET
def customer_year(request: HttpRequest, pk: int) -> HttpResponse:
    """The year of one customer, month by month (a fragment)."""
    now = clock.now()
    customer = customer_at(request, pk)
    year = today(now).year
    return render(
        request, "callbacks/customer_year.html",
        {"customer": customer, "line": plan.lines([customer], year, now)[0], "year": year, "months": range(1, 13), "this_month": today(now).month, "may_plan": may(who(request), "callbacks.plan", customer)},
    )  # fmt: skip


