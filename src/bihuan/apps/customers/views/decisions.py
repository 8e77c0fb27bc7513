"""Tiers and exceptions: what is proposed, why, and who decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.customers import actions, words
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.enums import Change, Target, TierState
from bihuan.apps.customers.forms.decisions import DecideForm, ExceptionForm, TierForm
from bihuan.apps.customers.models import ClauseException, Customer, TierChange
from bihuan.apps.customers.queries.exceptions import title_of, value_of
from bihuan.apps.customers.queries.tiers import TierWord, role_title, tier_page, tier_words, word_of
from bihuan.apps.customers.tier_changes import LIST
from bihuan.apps.customers.views.common import (
    Dressed,
    answer,
    customer_at,
    head,
    now_and_person,
    submit,
)
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, must, visible
from bihuan.base.lists.page import show
from bihuan.base.texts import in_language
from bihuan.base.ui.paging import paged
from bihuan.lib.policy import Pack, periods

MOST_REVIEWED = 20_000
MOST_EXCEPTIONS = 50


def _dress(change: TierChange, names: dict[str, TierWord]) -> Dressed:
    return Dressed(
        change,
        before_word=word_of(change.before, names) if change.before else None,
        after_word=word_of(change.after, names),
        reason_title=words.title(words.TIER_REASON, change.reason),
        state_title=words.title(words.TIER_STATE, change.state),
        state_colour=words.TIER_COLOUR[TierState(change.state)],
        role_title=role_title(change.needs_role) if change.needs_role else "",
        why_words=in_language(change.review.why) if change.review else change.why,
    )


@needs("customers.see")
@require_http_methods(["GET", "POST"])
def tier(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    customer = customer_at(request, pk)
    form = TierForm(request.POST or None, customer=customer, now=now)
    if request.method == "POST":
        must(person, "customers.tier_propose", customer)
        if submit(
            form,
            lambda values: actions.propose_tier(customer=customer, by=person, now=now, **values),
        ):
            messages.success(request, _("已提出，等批准。"))
            return redirect("customers:tier", pk)
    pack = pack_or_none(now)
    names = tier_words(pack)
    seen = tier_page(customer, pack)
    changes = [_dress(change, names) for change in seen.changes]
    waiting = _dress(seen.open, names) if seen.open is not None else None
    context = head(request, customer, "tier", pack, now)
    review = seen.review
    context |= {
        "on_day": review.on.isoformat() if review is not None else "",
        "under": review.pack_version.rpartition(" ")[2] if review is not None else "",
        "form": form, "seen": seen, "changes": changes, "waiting": waiting, "may_propose": context["may_propose"] and seen.open is None,
        "may_approve": may(person, "customers.tier_approve"), "person": person,
    }  # fmt: skip
    return answer(request, "customers/tier.html", context, form)


@needs("customers.tier_propose")
@require_GET
def tiers(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    pack = pack_or_none(now)
    names = tier_words(pack)
    shown = show(LIST, request, now)
    changes = [_dress(change, names) for change in shown.page.object_list]
    context = {
        "list": shown, "changes": changes, "may_approve": may(person, "customers.tier_approve"), "person": person,
        "review_key": _review_key(pack, now), "may_review": may(person, "customers.tier_approve"),
    }  # fmt: skip
    return render(request, "customers/tiers.html", context)


def _review_key(pack: Pack | None, now: datetime) -> str:
    """The review period of the pack that holds this moment; empty without a pack."""
    if pack is None or pack.tiers is None or not pack.tiers.review:
        return ""
    return periods(now, pack.zone).get(pack.tiers.review, "")


@needs("customers.tier_approve")
@require_POST
def review(request: HttpRequest) -> HttpResponse:
    """Assess everybody in the review period of today, by hand."""
    now, person = now_and_person(request)
    if not (key := _review_key(pack_or_none(now), now)):
        messages.error(request, _("现行制度没有写级别多久评审一次。"))
        return redirect("customers:tiers")
    ids = visible(Customer.objects.living(), person, "customers.see").order_by("id")[:MOST_REVIEWED]
    made = actions.review_tiers(
        customer_ids=ids.values_list("id", flat=True), key=key, by=person, now=now
    )
    messages.success(
        request,
        _("评审期 %(key)s：评了 %(n)s 家，其余这一期已经评过。") % {"key": key, "n": len(made)},
    )
    return redirect("customers:tiers")


@needs("customers.tier_approve")
@require_POST
def decide_tier(request: HttpRequest, change: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(TierChange.objects.select_related("customer"), person, change, "customers.see")
    form = DecideForm(request.POST)
    if submit(
        form,
        lambda values: actions.decide_tier(
            change=row, approve=values["approve"] == "1", note=values["note"], by=person, now=now
        ),
    ):
        messages.success(request, _("已决定。"))
    else:
        messages.error(
            request, " ".join(str(each) for errors in form.errors.values() for each in errors)
        )
    if request.POST.get("back") == "list":
        return redirect("customers:tiers")
    return redirect("customers:tier", row.customer_id)


@needs("customers.tier_propose")
@require_POST
def withdraw_tier(request: HttpRequest, change: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(TierChange.objects.select_related("customer"), person, change, "customers.see")
    actions.withdraw_tier(change=row, by=person, now=now)
    messages.success(request, _("已撤回。"))
    return redirect("customers:tier", row.customer_id)


def _exception_words(row: ClauseException, pack: Pack | None, now: datetime) -> Dressed:
    if row.refused_at is not None:
        state = ("grey", _("未批准"))
    elif row.approver_id is None:
        state = ("orange", _("待批"))
    elif row.to_at is not None and row.to_at <= now:
        state = ("grey", _("已结束"))
    else:
        state = ("blue", _("未开始")) if row.from_at > now else ("green", _("有效"))
    rule = pack.rules.get(row.code) if pack is not None else None
    clause = rule.clause if rule is not None else row.code
    return Dressed(
        row,
        what=title_of(row, pack),
        clause=pack.clauses.get(clause) if pack is not None else None,
        becomes=value_of(row),
        change_title=words.title(words.CHANGE, Change(row.change)),
        target_title=words.title(words.TARGET, Target(row.target)),
        state=state,
        is_open=row.refused_at is None and (row.to_at is None or row.to_at > now),
    )


@needs("customers.see")
@require_http_methods(["GET", "POST"])
def of_customer(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    customer = customer_at(request, pk)
    start = timezone.localtime(now).strftime("%Y-%m-%dT%H:%M")
    form = ExceptionForm(request.POST or None, now=now, initial={"from_at": start})
    if request.method == "POST":
        must(person, "customers.edit", customer)
        if submit(form, lambda values: _ask(customer, values, person, now)):
            messages.success(request, _("已提出，等批准。"))
            return redirect("customers:exceptions", pk)
    rows = customer.exceptions.select_related("asked_by", "approver").order_by("-asked_at", "-id")[
        :MOST_EXCEPTIONS
    ]
    pack = pack_or_none(now)
    context = head(request, customer, "exceptions", pack, now) | {
        "form": form, "rows": [_exception_words(row, pack, now) for row in rows], "may_approve": may(person, "obligations.waive"),
        "person": person,
    }  # fmt: skip
    return answer(request, "customers/exceptions.html", context, form)


def _ask(customer: Customer, values: dict[str, Any], person: Any, now: Any) -> None:
    # the picker knows minutes: this very minute means now
    start = values["from_at"]
    if start < now and (now - start).total_seconds() < 60:
        start = now
    actions.ask_exception(
        customer=customer, target=Target(values["target"]), code=values["code"], change=Change(values["change"]),
        value=values["value"], reason=values["reason"], from_at=start, to_at=values["to_at"], by=person, now=now,
    )  # fmt: skip


@needs("customers.see")
@require_GET
def exceptions(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    found = visible(ClauseException.objects.filter(refused_at=None), person, "customers.see")
    found = found.select_related("customer", "asked_by", "approver").order_by(
        F("granted_at").desc(nulls_first=True), "-id"
    )
    rows = paged(request, found)
    pack = pack_or_none(now)
    shown = [_exception_words(row, pack, now) for row in rows.object_list]
    context = {
        "page": rows,
        "rows": shown,
        "may_approve": may(person, "obligations.waive"),
        "person": person,
    }
    return render(request, "customers/all_exceptions.html", context)


@needs("obligations.waive")
@require_POST
def decide_exception(request: HttpRequest, exception: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(ClauseException.objects.all(), person, exception, "customers.see")
    if request.POST.get("approve") == "1":
        actions.grant_exception(exception=row, by=person, now=now)
        messages.success(request, _("已批准。"))
    else:
        actions.refuse_exception(exception=row, by=person, now=now)
        messages.success(request, _("已退回。"))
    return redirect("customers:exceptions", row.customer_id)


@needs("customers.edit")
@require_POST
def end_exception(request: HttpRequest, exception: int) -> HttpResponse:
    now, person = now_and_person(request)
    row = door(ClauseException.objects.all(), person, exception, "customers.edit")
    actions.end_exception(exception=row, by=person, now=now)
    messages.success(request, _("已结束，此后按制度执行。"))
    return redirect("customers:exceptions", row.customer_id)
