"""The alarm desk, the page of one alarm with its deeds, and what was not taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Customer
from bihuan.apps.monitoring import forms, words
from bihuan.apps.monitoring.actions import alarms as actions
from bihuan.apps.monitoring.actions.lessons import find_cause, known_of
from bihuan.apps.monitoring.enums import Verdict
from bihuan.apps.monitoring.lists import LIST
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.queries import alarms as queries
from bihuan.apps.monitoring.queries import calling, expected, lessons, telling
from bihuan.apps.monitoring.queries.alarms import said
from bihuan.apps.monitoring.queries.false_alarms import false_alarms
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import rows_of, tier_names
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may, visible
from bihuan.base.errors import NoSuchThing, NotAllowed, Refusal
from bihuan.base.lists.page import show
from bihuan.base.search.queries import by_number
from bihuan.base.texts import in_language

TAB, DAY_ROWS = 30, 60
JOINED = (
    "asset__customer", "asset__model", "layout", "merged", "acknowledged_by", "shelved_by",
)  # fmt: skip


@dataclass(frozen=True)
class Deed:
    title: str | Promise
    act: Callable[[Alarm, dict[str, Any], User, datetime], object]
    form: type[forms.AlarmForm] = forms.AlarmForm
    danger: bool = False
    key: str = ""


DEEDS: dict[str, Deed] = {
    "acknowledge": Deed(pgettext_lazy("alarm", "确认"), lambda a, v, by, now: actions.acknowledge(alarm=a, by=by, now=now), key="a"),
    "tell": Deed(gettext_lazy("初步诊断已告知客户"), lambda a, v, by, now: actions.send_diagnosis(alarm=a, text=v["text"], by=by, now=now), forms.TellForm, key="t"),
    "shelve": Deed(pgettext_lazy("alarm", "搁置"), lambda a, v, by, now: actions.shelve(alarm=a, until=v["until"], why=v["why"], by=by, now=now), forms.ShelveForm, key="h"),
    "unshelve": Deed(gettext_lazy("取消搁置"), lambda a, v, by, now: actions.unshelve(alarm=a, by=by, now=now)),
    "real": Deed(pgettext_lazy("alarm", "属实"), lambda a, v, by, now: actions.judge(alarm=a, verdict=Verdict.REAL, text=v["text"], by=by, now=now), forms.RealForm),
    "false": Deed(pgettext_lazy("alarm", "误报"), lambda a, v, by, now: actions.judge(alarm=a, verdict=Verdict.FALSE, text=v["text"], by=by, now=now), forms.FalseForm, danger=True),
    "cause": Deed(gettext_lazy("实际原因"), lambda a, v, by, now: find_cause(alarm=a, cause=v["cause"], by=by, now=now), forms.CauseForm, key="c"),
    "note": Deed(gettext_lazy("备注"), lambda a, v, by, now: actions.note(alarm=a, text=v["text"], by=by, now=now), forms.NoteForm),
}  # fmt: skip


def _now_and_who(request: HttpRequest) -> tuple[datetime, User]:
    assert isinstance(request.user, User)
    return clock.now(), request.user


def _possible(alarm: Alarm, name: str, now: datetime) -> bool:
    shelved = alarm.shelved_until is not None and alarm.shelved_until > now
    return {
        "acknowledge": alarm.acknowledged_at is None, "tell": alarm.customer_told_at is None,
        "shelve": alarm.cleared_at is None and not shelved, "unshelve": shelved,
        "real": alarm.verdict != Verdict.REAL, "false": alarm.verdict != Verdict.FALSE,
        "cause": alarm.verdict != Verdict.FALSE and known_of(alarm) is not None,
    }.get(name, True)  # fmt: skip


def _may_work(person: User, alarm: Alarm) -> bool:
    """Whoever handles alarms, and whoever owes something about this one."""
    if may(person, "monitoring.handle", alarm):
        return True
    return visible(queries.duties(alarm), person, "obligations.work").exists()


@needs("monitoring.see")
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Views with their counts, and the next limit of each row."""
    now, person = _now_and_who(request)
    found = show(LIST, request, now)
    shown: list[Alarm] = list(found.page.object_list)
    limits = queries.next_limits(shown, now)
    return render(
        request, "monitoring/alarms.html",
        {
            "now": now, "list": found, "rows": [said(row, now, limits.get(row.number)) for row in shown],
            "quiet": expected.quiet_now(person, now, DAY_ROWS),
            "sees_refused": may(person, "monitoring.devices"), "false_alarms": false_alarms(person, now),
        },
    )  # fmt: skip


@needs("monitoring.see")
@require_GET
def alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """What is wrong, what it probably is, who was told, what is owed, what came before."""
    from bihuan.apps.monitoring.queries.around import around

    now, person = _now_and_who(request)
    row = door(Alarm.objects.select_related(*JOINED), person, pk, "monitoring.see")
    offered = [
        {"name": name, "title": each.title, "key": each.key, "danger": each.danger, "plain": each.form is forms.AlarmForm}
        for name, each in DEEDS.items()
        if _possible(row, name, now)
    ] if _may_work(person, row) else []  # fmt: skip
    return render(
        request, "monitoring/alarm.html",
        {
            "now": now, "alarm": row, "said": said(row, now), "deeds": offered, "around": around(row, now), "lessons": lessons.found(person, row), "calls": calling.so_far(row),
            "first": next((each["name"] for each in offered if each["name"] in ("acknowledge", "tell")), ""),
            "values": queries.snapshot(row), "causes": queries.causes(row.diagnosis), "evidence": queries.evidence(row), "quick": queries.quick(row),
            "for_customer": queries.customer_words(row), "for_engineer": in_language(row.diagnosis.get("engineer") or {}),
            "duties": rows_of(queries.duties(row), now, tier_names(now)),
            "earlier": [said(each, now) for each in queries.earlier(person, row)],
            "ticket": by_number(person, row.ticket_number) if row.ticket_number else None,
            "untold": telling.untold(row, now), "under_way": telling.under_way(row),
            "tier": tier_names(now).get(row.asset.customer.tier, row.asset.customer.tier),
        },
    )  # fmt: skip


@needs("monitoring.see")
@require_http_methods(["GET", "HEAD", "POST"])
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A small page or modal with one form."""
    found = DEEDS.get(name)
    if found is None:
        raise NoSuchThing
    now, person = _now_and_who(request)
    row = door(Alarm.objects.select_related(*JOINED), person, pk, "monitoring.see")
    if not _may_work(person, row):
        raise NotAllowed
    form = found.form(request.POST if request.method == "POST" else None, alarm=row, now=now)
    if form.is_bound and form.is_valid():
        try:
            found.act(row, form.cleaned_data, person, now)
        except Refusal as refusal:
            if not form.fields:  # a button without a form: the refusal is the answer
                raise
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已记下。"))
            url = reverse("monitoring:alarm", args=[pk])
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": url})
            return redirect(url)
    inside = bool(request.headers.get("HX-Request"))
    return render(
        request, "monitoring/parts/alarm_deed.html" if inside else "monitoring/alarm_deed.html",
        {
            "alarm": row, "form": form, "title": found.title, "danger": found.danger, "url": request.path,
            "cancel": reverse("monitoring:alarm", args=[pk]), "what": in_language(row.title),
        },
        status=422 if form.is_bound and not inside else 200,
    )  # fmt: skip


@needs("obligations.work")
@require_GET
def of_duty(request: HttpRequest, pk: int) -> HttpResponse:
    """The alarm that a duty is about; one without an alarm here is carried out on the generic page."""
    _now, person = _now_and_who(request)
    duty = door(Obligation.objects.all(), person, pk, "obligations.work")
    found = queries.seen(person).filter(number=queries.named(duty)).first()
    if found is None:
        return redirect(reverse("obligations:carry_out", args=[pk]) + "?plain=1")
    return redirect("monitoring:alarm", found.pk)


@needs("monitoring.see")
@require_GET
def of_asset(request: HttpRequest, pk: int) -> HttpResponse:
    """The tab of a machine (a fragment)."""
    now, person = _now_and_who(request)
    door(Asset.objects.all(), person, pk, "assets.see")
    machine = {"asset": pk, "expected": expected.coming(pk, now)}
    return _tab(request, queries.seen(person).filter(asset=pk), machine)


@needs("monitoring.see")
@require_GET
def of_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """The tab of a customer (a fragment)."""
    _now, person = _now_and_who(request)
    door(Customer.objects.all(), person, pk, "customers.see")
    return _tab(request, queries.seen(person).filter(asset__customer=pk), {})


def _tab(request: HttpRequest, rows: QuerySet[Alarm], machine: dict[str, Any]) -> HttpResponse:
    now, _person = _now_and_who(request)
    found = queries.fit(rows).order_by("-raised_at", "-pk")[:TAB]
    return render(
        request,
        "monitoring/parts/alarm_tab.html",
        {"now": now, "rows": [said(row, now) for row in found], "of_one": bool(machine), **machine},
    )


@needs("monitoring.devices")
@require_GET
def refused(request: HttpRequest) -> HttpResponse:
    """What was not taken, by day and cause, with the last of it as it came."""
    _now, person = _now_and_who(request)
    page = Paginator(queries.refused(person), DAY_ROWS).get_page(request.GET.get("page"))
    rows = []
    for row in page.object_list:
        text, is_hex = queries.raw_text(bytes(row.raw))
        rows.append({
            "row": row, "cause": words.title(words.CAUSE, row.cause), "why": words.title(words.CAUSE_WHY, row.cause),
            "raw": text, "hex": is_hex,
        })  # fmt: skip
    return render(request, "monitoring/refused.html", {"page": page, "rows": rows})
