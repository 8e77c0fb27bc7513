"""Visits, and the page that a customer shows to the visitor."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from math import nan
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.callbacks import actions, figures, words
from bihuan.apps.callbacks.actions.visits import VISITS, discharged_by, duties_of
from bihuan.apps.callbacks.enums import OPEN_VISITS, Level, VisitState
from bihuan.apps.callbacks.forms import (
    FinishForm,
    StepForm,
    VisitForm,
    groups,
    local_minute,
    problems_of,
    promises_of,
)
from bihuan.apps.callbacks.models import Visit
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
from bihuan.apps.customers.enums import Flag
from bihuan.apps.customers.models import Contact
from bihuan.apps.obligations.guards import leads
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import rows_of, tier_names
from bihuan.base import clock
from bihuan.base.access.policy import needs, public
from bihuan.base.access.scope import door, may, visible
from bihuan.base.errors import BadInput, Refusal
from bihuan.base.storable import whole
from bihuan.base.system.idempotency import idempotent
from bihuan.base.ui.addresses import outward
from bihuan.base.ui.paging import paged

VIEWS = ("coming", "mine", "today", "done", "cancelled")


def said(row: Visit) -> dict[str, Any]:
    return {
        "row": row, "state": words.title(words.VISIT_STATE, row.state), "colour": words.VISIT_COLOUR[row.state],  # type: ignore[index]
        "level": words.title(words.LEVEL, row.level), "executive": row.level == Level.EXECUTIVE,
        "how": words.title(words.CHECK_IN, row.checked_in_how) if row.checked_in_how else "",
    }  # fmt: skip


def _of_view(rows: QuerySet[Visit], view: str, person: Any, now: Any) -> QuerySet[Visit]:
    live = rows.filter(state__in=(VisitState.PLANNED, VisitState.AGREED, VisitState.IN_VISIT))
    day = local_minute(now).replace(hour=0, minute=0)
    return {
        "coming": live,
        "mine": live.filter(host=person),
        "today": rows.filter(planned_at__gte=day, planned_at__lt=day + timedelta(days=1)),
        "done": rows.filter(state=VisitState.DONE).order_by("-planned_at"),
        "cancelled": rows.filter(state=VisitState.CANCELLED).order_by("-planned_at"),
    }[view]


@needs("callbacks.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    now, person = now_and_who(request)
    view = request.GET.get("view", "coming")
    view = view if view in VIEWS else "coming"
    seen = visible(Visit.objects.all(), person, "callbacks.see").distinct()
    rows = seen.select_related("customer", "host").order_by("planned_at", "pk")
    titles = {
        "coming": _("待走访"),
        "mine": _("我带队"),
        "today": _("今天"),
        "done": _("已完成"),
        "cancelled": _("已取消"),
    }
    counts = {name: _of_view(rows, name, person, now).count() for name in titles}
    found = paged(request, _of_view(rows, view, person, now))
    return page(
        request, "visits",
        {
            "page": found, "rows": [said(row) for row in found], "may_add": may(person, "callbacks.do"),
            "views": views("callbacks:visits", titles, view, counts), "owed": _owed(request),
        },
    )  # fmt: skip


def _owed(request: HttpRequest) -> list[Any]:
    """Visits that are owed and not planned yet."""
    now, person = now_and_who(request)
    rows = Obligation.objects.filter(kind__in=VISITS, state="OPEN", customer__isnull=False)
    planned = Visit.objects.exclude(state__in=(VisitState.CANCELLED, VisitState.DONE)).values(
        "customer_id"
    )
    seen = visible(rows, person, "callbacks.do").exclude(customer_id__in=planned)
    return rows_of(
        seen.select_related("customer", "assignee").order_by("due_at", "pk")[:12],
        now,
        tier_names(now),
        person=person,
    )


@needs("callbacks.do")
@require_http_methods(["GET", "HEAD", "POST"])
@idempotent
def new(request: HttpRequest) -> HttpResponse:
    """Plan a visit to `?customer=`, for the duty `?ob=`."""
    now, person = now_and_who(request)
    chosen = request.GET.get("customer", "")
    if not chosen:
        return pick_customer(request, _("计划走访"))
    customer = customer_at(request, chosen, "callbacks.do")
    wanted = whole(request.GET.get("ob"))
    ob = duty_at(request, wanted, *VISITS) if wanted is not None else None
    start = local_minute(now + timedelta(days=3)).replace(hour=10, minute=0)
    form = VisitForm(
        request.POST or None, customer=customer,
        initial={
            "host": person.pk, "planned_at": start, "place": customer.address, "purpose": words.said(ob.title) if ob else "",
            "level": "EXECUTIVE" if ob and ob.kind == "visit.executive" else "STAFF",
        },
    )  # fmt: skip
    made: list[Visit] = []

    def deed() -> None:
        values = form.cleaned_data
        made.append(
            actions.plan_visit(
                customer=customer, purpose=values["purpose"], planned_at=values["planned_at"], host=values["host"],
                level=values["level"], place=values["place"], lat=values["lat"], lon=values["lon"], obligation=ob,
                contacts=list(values["contacts"]), staff=list(values["staff"]), by=person, now=now,
            )
        )  # fmt: skip

    if submit(form, deed):
        messages.success(request, _("走访已计划。下一步：请客户同意。"))
        return redirect("callbacks:visit", made[0].pk)
    heading = _("计划走访：%(customer)s") % {"customer": customer.called}
    return page(
        request,
        "form",
        {"form": form, "heading": heading, "cancel": reverse("callbacks:visits")},
        form,
    )


def _visit_at(request: HttpRequest, pk: int, verb: str = "callbacks.see") -> Visit:
    rows = Visit.objects.select_related(
        "customer", "host", "agreed_by", "checked_in_by", "obligation", "gift_approved_by"
    ).distinct()
    return door(rows, who(request), pk, verb)


@needs("callbacks.see")
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit: the steps that can be taken now, participants, minutes."""
    now, person = now_and_who(request)
    row = _visit_at(request, pk)
    topics = [(code, words.said(text)) for code, text in figures.data()["visit_topics"].items()]
    form = FinishForm(request.POST or None, customer=row.customer, topics=topics)
    step = StepForm(request.POST or None)
    deed = request.POST.get("deed", "")
    done = False
    if request.method == "POST":
        # a leader who does not visit may still say yes to a gift
        _visit_at(request, pk, "callbacks.see" if deed == "gift" else "callbacks.do")
        if deed == "finish":
            done = submit(form, lambda: _finish(request, row, form))
        else:
            done = submit(step, lambda: _deed(request, row, deed, step))
    if done:
        messages.success(request, _("已记下。"))
        return redirect("callbacks:visit", pk)
    bound = form if deed == "finish" else step
    if deed != "finish":
        here = list(row.participants.filter(side="THEIRS").values_list("contact_id", flat=True))
        form = FinishForm(customer=row.customer, topics=topics, initial={"contacts": here})
    link = outward(reverse("callbacks:visit_code", args=[row.token]), request)
    return page(
        request, "visit",
        {
            "visit": row, "said": said(row), "form": form, "step": step, "deed": deed, "stepper": _stepper(row), "link": link,
            "participants": row.participants.select_related("user", "contact"), "titles": dict(topics),
            "contacts": Contact.objects.filter(customer=row.customer, left_on=None).order_by("-is_key", "pinyin"),
            "topics": [dict(topics).get(code, code) for code in row.topics], "staff": desk.staff(),
            "duties": rows_of(duties_of(row) if row.state in OPEN_VISITS else [], now, {}),
            "carried_out": rows_of(discharged_by(row) if row.state == VisitState.DONE else [], now, {}),
            "no_gifts": Flag.NO_GIFTS in row.customer.flags,
            "problems": row.problems.select_related("owner"), "promises": row.promises.select_related("owner"),
            "may_do": may(person, "callbacks.do", row), "limit": figures.whole("gift_limit", now),
            "up_to": request.POST.get("up_to", row.gift_allowed or ""),
            "may_allow": row.state in OPEN_VISITS and leads(person) and row.host_id != person.pk
            and Flag.NO_GIFTS not in row.customer.flags,
            **groups(request.POST if deed == "finish" else None),
        },
        *([bound] if request.method == "POST" else []),
    )  # fmt: skip


def _stepper(row: Visit) -> list[dict[str, Any]]:
    order = [VisitState.PLANNED, VisitState.AGREED, VisitState.IN_VISIT, VisitState.DONE]
    at = order.index(VisitState(row.state)) if row.state in order else -1
    titles = [_("计划"), _("客户同意"), _("到场签到"), _("纪要")]
    return [
        {"title": titles[n], "state": "done" if n <= at else "current" if n == at + 1 else "future"}
        for n in range(4)
    ]


def _deed(request: HttpRequest, row: Visit, deed: str, step: StepForm) -> None:
    now, person = now_and_who(request)
    post, text = request.POST, step.cleaned_data["text"]
    if deed == "agree":
        known = Contact.objects.filter(customer=row.customer, left_on=None)
        contact = known.filter(pk=whole(post.get("contact")) or 0).first()
        if contact is None:
            raise BadInput({"": _("请选客户方同意的人。")})
        actions.agree(visit=row, contact=contact, how=text, by=person, now=now)
    elif deed == "code":
        actions.check_in_by_code(visit=row, code=post.get("code", ""), by=person, now=now)
    elif deed == "place":
        actions.check_in_by_place(
            visit=row,
            lat=_degrees(post.get("lat")),
            lon=_degrees(post.get("lon")),
            by=person,
            now=now,
        )
    elif deed == "gift":
        actions.allow_gift(visit=row, value=_amount(post.get("up_to", "")), by=person, now=now)
    elif deed == "minutes":
        actions.send_minutes(visit=row, how=text, by=person, now=now)
    elif deed == "cancel":
        actions.cancel(visit=row, why=text, by=person, now=now)
    else:
        raise BadInput({"": _("没有这一步。")})


def _amount(text: str) -> Decimal:
    field = forms.DecimalField(max_digits=12, decimal_places=2, required=False)
    try:
        return field.clean(text) or Decimal(0)
    except ValidationError as bad:
        raise BadInput({"": _("金额要写成数字，最多两位小数，比如 800。")}) from bad


def _degrees(text: str | None) -> float:
    try:
        found = float(text or "")
    except ValueError:
        found = nan
    if not -180 <= found <= 180:  # nor a number that is none
        raise BadInput({"": _("没有取到位置。请允许定位，或用签到码。")})
    return found


def _finish(request: HttpRequest, row: Visit, form: FinishForm) -> None:
    now, person = now_and_who(request)
    values = form.cleaned_data
    report = actions.Report(
        topics=values["topics"], minutes=values["minutes"], their_people=list(values["contacts"]),
        our_people=list(values["staff"]), problems=problems_of(request.POST), promises=promises_of(request.POST),
        gift=values["gift"], gift_value=values["gift_value"],
        next_on=values["next_on"],
    )  # fmt: skip
    actions.finish(visit=row, report=report, by=person, now=now)


@needs("callbacks.do")
@require_GET
def scanned(request: HttpRequest, token: str) -> HttpResponse:
    """Opened by scanning the customer's page: asks before it checks in."""
    row = (
        visible(Visit.objects.select_related("customer"), who(request), "callbacks.do")
        .filter(token=token)
        .distinct()
        .first()
    )
    if row is None:
        raise Http404
    return page(request, "scanned", {"visit": row, "said": said(row)})


@needs("callbacks.do")
@require_POST
def scan(request: HttpRequest, token: str) -> HttpResponse:
    now, person = now_and_who(request)
    row = (
        visible(Visit.objects.all(), person, "callbacks.do").filter(token=token).distinct().first()
    )
    if row is None:
        raise Http404
    try:
        actions.check_in_by_qr(visit=row, token=token, by=person, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已到场签到。"))
    return redirect("callbacks:visit", row.pk)


@public("the customer shows the visitor a code; the link is a secret of 144 bits")
@require_GET
def code(request: HttpRequest, token: str) -> HttpResponse:
    """The customer's page: who comes, when, and the six digits."""
    row = Visit.objects.select_related("customer", "host").filter(token=token).first()
    if row is None or row.state in (VisitState.CANCELLED, VisitState.DONE):
        raise Http404
    scan_url = outward(reverse("callbacks:scanned", args=[token]), request)
    drawn = segno.make(scan_url, error="m").svg_data_uri(scale=6, border=2)
    return render(
        request,
        "callbacks/code.html",
        {"visit": row, "said": said(row), "qr": drawn, "now": clock.now()},
    )


@needs("obligations.work")
@require_GET
def visit_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The visit that a duty asks for: the one under way, or a new one."""
    row = duty_at(request, pk)
    found = Visit.objects.filter(customer=row.customer).exclude(
        state__in=(VisitState.CANCELLED, VisitState.DONE)
    )
    same = (
        found.filter(obligation=row).first()
        or found.filter(level="EXECUTIVE" if row.kind == "visit.executive" else "STAFF").first()
    )
    if same is not None:
        return redirect("callbacks:visit", same.pk)
    return redirect(f"{reverse('callbacks:visit_new')}?customer={row.customer_id}&ob={row.pk}")


@needs("obligations.work")
@require_GET
def minutes_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The visit whose minutes a duty asks for."""
    row = duty_at(request, pk)
    number = str(row.cause.own().get("visit", "")).removeprefix("ZF-")
    found = (
        Visit.objects.filter(pk=int(number), customer=row.customer).first()
        if number.isdecimal()
        else None
    )
    return redirect("callbacks:visit", found.pk) if found else redirect("obligations:detail", pk)
