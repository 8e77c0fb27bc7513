"""The call desk, the quick log of three taps, and the record of one call."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.callbacks import actions, words
from bihuan.apps.callbacks.actions.scripts import serving
from bihuan.apps.callbacks.actions.touches import bad_moment
from bihuan.apps.callbacks.apps import CALLS
from bihuan.apps.callbacks.enums import Channel, Outcome
from bihuan.apps.callbacks.forms import TalkForm, groups, local_minute, talk_of
from bihuan.apps.callbacks.models import Callback, Campaign
from bihuan.apps.callbacks.queries import desk
from bihuan.apps.callbacks.views.common import (
    customer_at,
    duty_at,
    now_and_who,
    page,
    pick_customer,
    submit,
    views,
    who,
)
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import rows_of, tier_names
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, visible
from bihuan.base.errors import Refusal
from bihuan.base.evidence.actions import store
from bihuan.base.storable import whole
from bihuan.base.ui.context import shell

QUICK = (
    Outcome.DONE,
    Outcome.NO_ANSWER,
    Outcome.BUSY,
    Outcome.RESCHEDULED,
    Outcome.REFUSED,
    Outcome.WRONG_NO,
)
QUICK_CHANNELS = (Channel.PHONE, Channel.WECOM, Channel.VIDEO, Channel.SMS, Channel.EMAIL)


def _company(request: HttpRequest) -> str:
    found = shell(request).get("company")
    return str(
        getattr(found, "name", "") or (found.get("name", "") if isinstance(found, dict) else "")
    )


def _campaign(request: HttpRequest) -> Campaign | None:
    chosen = whole(request.GET.get("campaign") or request.POST.get("campaign"))
    return Campaign.objects.filter(pk=chosen or 0, closed_at=None).first()


def _duties(request: HttpRequest, customer: Customer) -> list[Obligation]:
    """Open duties to this customer that one call may serve, the nearest first."""
    rows = Obligation.objects.filter(customer=customer, kind__in=CALLS, state="OPEN")
    seen = visible(rows, who(request), "callbacks.do") | visible(
        rows, who(request), "obligations.work"
    )
    return list(seen.select_related("customer", "assignee").distinct().order_by("due_at", "pk"))


@needs("callbacks.do")
@require_http_methods(["GET", "HEAD", "POST"])
def desk_page(request: HttpRequest) -> HttpResponse:
    """Queue on the left; with `?customer=` the script and what is known of this customer."""
    now, person = now_and_who(request)
    view = request.GET.get("view", "all")
    view = view if view in desk.VIEWS else "all"
    mine = request.GET.get("who") != "all"
    queue = desk.queue(person, now, view=view, mine=mine)
    if mine and not queue.counts["all"] and "who" not in request.GET:
        mine, queue = False, desk.queue(person, now, view=view, mine=False)
    titles = {"today": _("今天"), "late": _("超时"), "agreed": _("约好的"), "all": _("全部")}
    context: dict[str, Any] = {
        "queue": queue, "views": views("callbacks:desk", titles, view, dict(queue.counts), ("late",)),
        "mine": mine, "view": view, "may_sample": may(person, "callbacks.sample"),
    }  # fmt: skip
    chosen = request.GET.get("customer", "")
    if not chosen:
        return page(request, "desk", context)
    customer = customer_at(request, chosen, "callbacks.do")
    form, done = _talk(
        request, customer, now, script=request.GET.get("script", ""), context=context
    )
    if done is not None:
        return _recorded(request, done)
    return page(request, "desk", context, form)


def _talk(
    request: HttpRequest, customer: Customer, now: datetime, *, script: str, context: dict[str, Any],
    quick: bool = False,
) -> tuple[TalkForm, Callback | None]:  # fmt: skip
    duties = _duties(request, customer)
    campaign = _campaign(request)
    kinds = [row.kind for row in duties] + (["callback.campaign"] if campaign else [])
    used = campaign.script if campaign else None
    if used is None:
        used = serving(kinds, now) if quick else desk.script_for(kinds, now, script)
    form = TalkForm(
        request.POST or None, customer=customer, now=now,
        initial={"at": local_minute(now), "channel": Channel.PHONE, "outcome": Outcome.DONE},
    )  # fmt: skip
    done: list[Callback] = []

    def deed() -> None:
        upload = request.FILES.get("recording")
        file = store(upload, by=who(request), now=now) if upload else None
        talk = talk_of(
            form, request.POST, used, campaign=campaign, recording=file.pk if file else None
        )
        done.append(actions.record(talk=talk, by=who(request), now=now))

    if submit(form, deed):
        return form, done[0]
    picked = (
        request.POST.getlist("serve")
        if form.is_bound
        else [str(row.pk) for row in _preset(request, duties)]
    )
    context |= {
        "customer": customer, "form": form, "rows": rows_of(duties, now, tier_names(now)), "picked": picked,
        "script": used, "steps": desk.steps_of(used, company=_company(request), caller=who(request).name),
        "people": desk.people(customer, now), "pack": desk.pack(customer, duties, now), "staff": desk.staff(),
        "key": request.POST.get("key") or uuid.uuid4(), "campaign": campaign, "given": _given(request),
        "blocks_given": request.POST.getlist("block"), "shares": desk.talk_shares(now),
        "outcomes": [(code, words.title(words.OUTCOME, code)) for code in words.OUTCOME],
        "bad_moment": "" if form.is_bound else bad_moment(customer, duties, now),
        "tiers": tier_names(now), **groups(request.POST if form.is_bound else None),
    }  # fmt: skip
    return form, None


def _given(request: HttpRequest) -> dict[str, str]:
    return {name[2:]: str(request.POST[name]) for name in request.POST if name.startswith("a-")}


def _preset(request: HttpRequest, duties: list[Obligation]) -> list[Obligation]:
    """What is ticked at first: the duty one came for, else all that one call can serve."""
    wanted = request.GET.get("ob", "")
    return (
        [row for row in duties if str(row.pk) == wanted]
        if wanted and request.GET.get("only")
        else duties
    )


def _recorded(request: HttpRequest, call: Callback) -> HttpResponse:
    n = call.served.count()
    if call.state != "DONE":
        messages.success(
            request, _("已记下：%(state)s。") % {"state": words.title(words.CALL_STATE, call.state)}
        )
        return redirect("callbacks:desk")
    text = ngettext("一次联络办结 %(n)d 条。", "一次联络办结 %(n)d 条。", n) % {"n": n}
    messages.success(request, text if n else _("已记下这次联络。"))
    return redirect("callbacks:detail", call.pk)


@needs("obligations.work")
@require_GET
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """The screen of a duty: the desk, or the quick log on the road."""
    row = duty_at(request, pk)
    if not may(who(request), "callbacks.do"):
        return redirect("obligations:detail", pk)
    return redirect(f"{reverse('callbacks:desk')}?customer={row.customer_id}&ob={row.pk}")


@needs("callbacks.do")
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest) -> HttpResponse:
    """Three taps in a car park: customer, outcome, save."""
    now, person = now_and_who(request)
    chosen = request.POST.get("customer") or request.GET.get("customer", "")
    context: dict[str, Any] = {
        "quick": [(code, words.title(words.OUTCOME, code)) for code in QUICK]
    }
    if not chosen:
        near = [line.customer for line in desk.queue(person, now).lines[:8] if line.customer]
        return pick_customer(request, _("快速记录"), near)
    customer = customer_at(request, chosen, "callbacks.do")
    form, done = _talk(request, customer, now, script="", context=context, quick=True)
    if done is not None:
        return _recorded(request, done)
    context["musts"] = desk.musts(context["script"])
    context["channels"] = [(code, words.title(words.CHANNEL, code)) for code in QUICK_CHANNELS]
    return page(request, "log", context, form)


def _call_at(request: HttpRequest, pk: int, verb: str = "callbacks.see") -> Callback:
    rows = Callback.objects.select_related("customer", "contact", "caller", "script", "campaign")
    return door(rows, who(request), pk, verb)


@needs("callbacks.see")
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The record sheet of a call (prints on A4)."""
    return page(request, "detail", _sheet(request, pk))


def _sheet(request: HttpRequest, pk: int) -> dict[str, Any]:
    found = _call_at(request, pk)
    steps = desk.steps_of(found.script, company="", caller="")
    given = {row.question: row.value for row in found.answers.all()}
    answers = []
    for step in steps:
        for question in step.questions:
            if question.id in given:
                texts = {option["value"]: option["text"] for option in question.options}
                answers.append(
                    (step.title, question.text, texts.get(given[question.id], given[question.id]))
                )
    served = list(found.served.select_related("obligation", "taken_back_by"))
    titles = desk.block_titles() | {step.block: step.title for step in steps}
    return {
        "call": found, "answers": answers, "served": served, "demand": given.get("demand", ""),
        "problems": found.problems.select_related("owner"), "promises": found.promises.select_related("owner"),
        "attempts": found.attempts.select_related("by", "contact"), "words": words,
        "kind_title": words.title(words.KIND, found.kind), "state_title": words.title(words.CALL_STATE, found.state),
        "state_colour": words.CALL_COLOUR[found.state], "blocks": [titles.get(code, code) for code in found.blocks],  # type: ignore[index]
        "rows": {each.pk: each.obligation for each in served}, "may_do": may(who(request), "callbacks.do", found),
        "pack": desk.pack(
            found.customer, [each.obligation for each in served], found.started_at, before=found
        ),
        "sample": getattr(found, "sample", None),
        "tier": tier_names(found.started_at).get(found.tier, found.tier),
    }  # fmt: skip


@needs("callbacks.do")
@require_POST
def take_back(request: HttpRequest, pk: int, obligation: int) -> HttpResponse:
    now, person = now_and_who(request)
    found = _call_at(request, pk, "callbacks.do")
    try:
        actions.take_back(
            callback=found,
            obligation_id=obligation,
            by=person,
            now=now,
            reason=request.POST.get("reason", ""),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已撤回，这条义务重新打开，原来的期限不变。"))
    return redirect("callbacks:detail", pk)
