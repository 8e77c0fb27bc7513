"""What a change will do to the open duties: one panel before the button of each form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.apps.assets.actions import retire
from bihuan.apps.assets.actions.moving import move_to_path
from bihuan.apps.assets.enums import Status
from bihuan.apps.assets.forms.machines import MoveForm, StageForm
from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts.actions import amend as amend_contract
from bihuan.apps.contracts.actions import end as end_contract
from bihuan.apps.contracts.forms.contracts import AmendForm, EndForm
from bihuan.apps.contracts.models import Contract
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.actions.handing import hand_over as hand_over_customers
from bihuan.apps.customers.actions.merging import merge as merge_customers
from bihuan.apps.customers.actions.tiers import put_in_effect
from bihuan.apps.customers.enums import HandOverReason
from bihuan.apps.customers.forms.decisions import HandOverForm
from bihuan.apps.customers.models import Customer, Merge, TierChange
from bihuan.apps.obligations.midlife import pages, preview
from bihuan.apps.obligations.midlife.preview import Foretold
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.views.workbench import who
from bihuan.apps.people import hours
from bihuan.apps.people.actions import change_calendar, take_leave
from bihuan.apps.people.calendars import calendars
from bihuan.apps.people.forms import HoursForm, LeaveForm, NoticeForm
from bihuan.apps.people.models import WorkCalendar
from bihuan.apps.people.telling import midnight, tell_away
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.texts import in_a_row
from bihuan.lib.policy.limits import local_moment
from bihuan.lib.workcal import WorkcalError
from bihuan.lib.workcal.notice import apply_notice, read_notice

FORM = require_http_methods(["GET", "POST"])


def _drawn(
    request: HttpRequest, ask: Callable[[], Foretold | None], note: str = ""
) -> HttpResponse:
    """The panel; where the change itself is refused, or not filled in yet, it says so."""
    refused, found = "", None
    try:
        found = ask()
    except BadInput as bad:
        refused = in_a_row(bad.fields.values())
    except Refusal as refusal:
        refused = str(refusal)
    context = {
        "found": found, "groups": pages.groups(found) if found is not None else [],
        "refused": refused, "note": note if found is not None else "",
    }  # fmt: skip
    return render(request, "obligations/parts/foretold.html", context)


def _filled(form: forms.Form, ask: Callable[[dict[str, Any]], Foretold]) -> Foretold | None:
    return ask(form.cleaned_data) if form.is_bound and form.is_valid() else None


def _of(*customers: int) -> Q:
    return Q(customer_id__in=customers)


@needs("customers.tier_approve")
@require_safe
def tier(request: HttpRequest, pk: int) -> HttpResponse:
    """A change of tier that waits for its approval."""
    now, person = clock.now(), who(request)
    row = door(TierChange.objects.select_related("customer"), person, pk, "customers.see")
    return _drawn(
        request,
        lambda: preview.foretell(
            Obligation.objects.filter(_of(row.customer_id)),
            lambda: put_in_effect(row, pack_or_none(now), by=person, now=now),
            by=person, now=now,
        ),
        _("已经开始的照原级别做完这一期，新级别答应得更早的除外；还没开始的按新级别。"),
    )  # fmt: skip


@needs("customers.hand_over")
@FORM
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """A customer gets another account manager."""
    now, person = clock.now(), who(request)
    row = door(Customer.objects.all(), person, pk, "customers.hand_over")
    return _drawn(
        request,
        lambda: _filled(
            HandOverForm(request.POST or None),
            lambda values: preview.foretell(
                Obligation.objects.filter(_of(row.pk)),
                lambda: hand_over_customers(
                    customers=[row], to=values["to"], reason=HandOverReason(values["reason"]),
                    note=values["note"], by=person, now=now,
                ),
                by=person, now=now,
            ),
        ),
        _("客户经理名下没办完的转给新的客户经理；指定给别人的不动；期限不变。"),
    )  # fmt: skip


@needs("customers.merge")
@require_safe
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Two customers become one."""
    now, person = clock.now(), who(request)
    row = door(Merge.objects.select_related("kept", "gone"), person, pk, "customers.merge")
    return _drawn(
        request,
        lambda: preview.foretell(
            Obligation.objects.filter(_of(row.kept_id, row.gone_id)),
            lambda: merge_customers(proposal=row, by=person, now=now),
            by=person, now=now,
        ),
        _("并入那一家的义务归到留下的一家；两家同期同样的事只做一次。拆回时原样恢复。"),
    )  # fmt: skip


@needs("assets.edit")
@FORM
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """A machine goes elsewhere."""
    now, person = clock.now(), who(request)
    row = door(Asset.objects.select_related("customer", "owner"), person, pk, "assets.edit")
    return _drawn(
        request,
        lambda: _filled(
            MoveForm(request.POST or None, person=person),
            lambda values: preview.foretell(
                Obligation.objects.filter(asset_id=row.pk),
                lambda: move_to_path(asset=row, by=person, now=now, **values),
                by=person, now=now,
            ),
        ),
        _("设备本身的活跟设备走；对原客户的回访和问候不再做。"),
    )  # fmt: skip


@needs("assets.edit")
@FORM
def scrap(request: HttpRequest, pk: int) -> HttpResponse:
    """A machine is scrapped."""
    now, person = clock.now(), who(request)
    row = door(Asset.objects.select_related("customer", "owner"), person, pk, "assets.edit")
    return _drawn(
        request,
        lambda: _filled(
            StageForm(request.POST or None, to=Status.SCRAPPED, asset=row),
            lambda values: preview.foretell(
                Obligation.objects.filter(asset_id=row.pk),
                lambda: retire(asset=row, by=person, now=now, **values),
                by=person, now=now,
            ),
        ),
        _("这台设备的义务不再做；合同上的义务仍归客户。"),
    )  # fmt: skip


@needs("contracts.edit")
@FORM
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """A signed contract is amended."""
    now, person = clock.now(), who(request)
    row = door(Contract.objects.select_related("customer"), person, pk, "contracts.edit")
    return _drawn(
        request,
        lambda: _filled(
            AmendForm(request.POST or None, person=person, contract=row),
            lambda values: preview.foretell(
                _of_contract(row),
                lambda: amend_contract(contract=row, by=person, now=now, **values),
                by=person, now=now,
            ),
        ),
        _("改了到期日，按原到期日算的续约事项由新的代替；已产生的故障和需求照产生时的约定。"),
    )  # fmt: skip


@needs("contracts.edit")
@FORM
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """A signed contract ends before its time."""
    now, person = clock.now(), who(request)
    row = door(Contract.objects.select_related("customer"), person, pk, "contracts.edit")
    return _drawn(
        request,
        lambda: _filled(
            EndForm(request.POST or None),
            lambda values: preview.foretell(
                _of_contract(row),
                lambda: end_contract(contract=row, by=person, now=now, **values),
                by=person, now=now,
            ),
        ),
        _("从合同期算出来的事不再做；已产生的故障和需求照产生时的约定。"),
    )  # fmt: skip


def _of_contract(row: Contract) -> QuerySet[Obligation]:
    return Obligation.objects.filter(subject_type="contract", subject_id=row.pk)


@needs("calendar.manage")
@FORM
def calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """Working time is corrected, by hand or by an official notice."""
    now, person = clock.now(), who(request)
    row = WorkCalendar.objects.select_related("parent").filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    return _drawn(
        request, lambda: _calendar(row, request, person, now),
        _("停着表的等恢复时再算；已经办结的不动；新旧期限都留记录。"),
    )  # fmt: skip


def _calendar(row: WorkCalendar, request: HttpRequest, by: User, now: datetime) -> Foretold | None:
    notice = "text" in request.POST
    form = NoticeForm(request.POST) if notice else HoursForm(request.POST or None)
    if not form.is_bound or (notice and not form.is_valid()):
        return None
    if notice:
        try:
            read = read_notice(form.cleaned_data["text"])
            data = apply_notice(calendars().for_(row.code, {}), read).to_data()
        except WorkcalError:
            return None
    else:
        form.is_valid()  # the source is asked for at the end, and changes no deadline
        data = hours.data_of({"exceptions": "", **form.cleaned_data}, row.data)
    return preview.of_calendar(
        row, lambda: change_calendar(calendar=row, data=data, source="", by=by, now=now), by=by
    )


@needs("people.manage")
@FORM
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody will be away."""
    now, person = clock.now(), who(request)
    away = User.objects.filter(pk=pk).first()
    if away is None:
        raise NoSuchThing
    return _drawn(
        request,
        lambda: _filled(
            LeaveForm(request.POST or None, person=away),
            lambda values: _leave(away, values, person, now),
        ),
        _("外出期间到期的转给代理人，回来后没办完的转回本人；没有代理人的仍归本人。"),
    )  # fmt: skip


def _leave(away: User, values: dict[str, Any], by: User, now: datetime) -> Foretold:
    start = max(now, midnight(values["from_on"]))

    def deed() -> None:
        made = take_leave(user=away, by=by, now=now, **values)
        if made.to_on > timezone.localdate(start):
            tell_away(made, now=start)

    return preview.foretell(Obligation.objects.filter(assignee=away), deed, by=by, now=start)


@needs("policy.see")
@require_safe
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """A version of the regulation takes force on the day for which it was sent for approval."""
    row = PackVersion.objects.defer("files").filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    day = (row.submission or {}).get("from_on")
    from_at = local_moment(date.fromisoformat(day), pack_of(row).zone) if day else clock.now()
    return _drawn(
        request, lambda: preview.of_version(row, from_at, by=who(request)),
        _("已产生的义务照产生时的版本；新版从生效起管新的事。废止的规则，还没到开始日的作废，已开始的做完。"),
    )  # fmt: skip
