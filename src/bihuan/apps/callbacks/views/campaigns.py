"""Campaigns: calls to every customer of a list."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.callbacks import actions, words
from bihuan.apps.callbacks.enums import TargetState
from bihuan.apps.callbacks.forms import CampaignForm, TextForm
from bihuan.apps.callbacks.models import Campaign, Target
from bihuan.apps.callbacks.views.common import (
    duty_at,
    now_and_who,
    page,
    submit,
    today,
    who,
)
from bihuan.apps.customers import words as customer_words
from bihuan.apps.obligations.rows import tier_names
from bihuan.apps.people.models import Region
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import may, reaches, visible
from bihuan.base.errors import BadInput
from bihuan.base.storable import whole
from bihuan.base.ui.paging import paged


def _within_reach(rows: QuerySet[Campaign], person: User) -> QuerySet[Campaign]:
    """Campaigns that call a customer of this person's, or that are the person's own."""
    if ALL in reaches(person, "callbacks.see"):
        return rows
    seen = visible(Target.objects.filter(campaign=OuterRef("pk")), person, "callbacks.see")
    return rows.filter(Exists(seen) | Q(by=person))


@needs("callbacks.see")
@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    person = who(request)
    seen = visible(Target.objects.all(), person, "callbacks.see")
    within = Q(targets__in=seen)
    rows = _within_reach(Campaign.objects.select_related("by"), person).annotate(
        all=Count("targets", filter=within),
        done=Count("targets", filter=within & Q(targets__state=TargetState.DONE)),
        waiting=Count("targets", filter=within & Q(targets__state=TargetState.WAITING)),
    )
    return page(
        request, "campaigns", {"rows": rows[:100], "may_plan": may(person, "callbacks.plan")}
    )


@needs("callbacks.plan")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    now, person = now_and_who(request)
    flags = [(str(code), str(text)) for code, text in customer_words.FLAG.items()]
    regions = [(row.code, row.name) for row in Region.objects.order_by("code")]
    form = CampaignForm(
        request.POST or None, tiers=list(tier_names(now).items()), regions=regions, flags=flags
    )
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
    return page(
        request,
        "form",
        {"form": form, "heading": _("发起专项回访"), "cancel": reverse("callbacks:campaigns")},
        form,
    )


@needs("callbacks.see")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """The list with its progress; closing it needs a report."""
    now, person = now_and_who(request)
    known = _within_reach(Campaign.objects.select_related("by", "script"), person)
    row = get_object_or_404(known, pk=pk)
    form = TextForm(request.POST or None)
    ob = request.GET.get("ob", "")
    may_close = ALL in reaches(person, "callbacks.plan") or row.by_id == person.pk

    def deed() -> None:
        wanted = whole(ob)
        number = duty_at(request, wanted, "callback.campaign").pk if wanted is not None else None
        if not may_close:
            raise BadInput({"": _("结束专项回访要由发起人或主管来做。")})
        actions.close_campaign(
            campaign=row, report=form.cleaned_data["text"], by=person, now=now, obligation_id=number
        )

    if request.method == "POST" and submit(form, deed):
        messages.success(request, _("专项回访已结束。"))
        return redirect("callbacks:campaign", pk)
    seen = visible(row.targets.all(), person, "callbacks.see").select_related("customer")
    counts = {state: seen.filter(state=state).count() for state in TargetState}
    targets = paged(request, seen.order_by("state", "customer__pinyin"))
    return page(
        request, "campaign",
        {
            "campaign": row, "form": form, "page": targets, "all": sum(counts.values()), "done": counts[TargetState.DONE],
            "counts": [(words.title(words.TARGET, state), n) for state, n in counts.items()],
            "rows": [{"row": each, "state": words.title(words.TARGET, each.state)} for each in targets],
            "may_do": may(person, "callbacks.do"), "may_plan": may_close, "today": today(now),
        },
        *([form] if request.method == "POST" else []),
    )  # fmt: skip


@needs("obligations.work")
@require_GET
def campaign_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The campaign under way, or a new one."""
    row = duty_at(request, pk)
    live = Campaign.objects.filter(closed_at=None).first()
    return redirect(
        f"{reverse('callbacks:campaign', args=[live.pk])}?ob={row.pk}"
        if live
        else reverse("callbacks:campaign_new")
    )
