"""Who works here, in which post, and when we work."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.people import actions, hours, pages
from bihuan.apps.people.calendars import COMPANY, calendars
from bihuan.apps.people.forms import (
    AppointForm,
    CapacityForm,
    HoursForm,
    LayerForm,
    LeaveForm,
    NoticeForm,
    RegionForm,
    TeamForm,
)
from bihuan.apps.people.models import CalendarVersion, Capacity, Leave, Post, Team, WorkCalendar
from bihuan.base import clock
from bihuan.base.access.fresh import sensitive
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.storable import whole
from bihuan.base.ui.paging import paged
from bihuan.lib.workcal import WorkcalError, apply_notice, read_notice


def lang() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


def today() -> date:
    return clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def person_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def user_of(pk: int) -> User:
    found = User.objects.filter(pk=pk).first()
    if found is None:
        raise NoSuchThing
    return found


@needs("people.see")
@require_GET
def staff(request: HttpRequest) -> HttpResponse:
    query, role, team = (request.GET.get(name, "") for name in ("q", "role", "team"))
    page = paged(request, pages.staff(text=query.strip(), role=role, team=team))
    rows = pages.staff_rows(list(page.object_list), on=today(), lang=lang())
    return render(
        request, "people/staff.html",
        {
            "page": page, "rows": rows, "query": query, "role": role, "team": team, "roles": pages.role_choices(lang()),
            "teams": Team.objects.order_by("name"), "may_manage": may(request.user, "people.manage"),
        },
    )  # fmt: skip


@needs("people.see")
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    found = user_of(pk)
    return _person_page(request, found)


@needs("people.manage")
@require_POST
@sensitive
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    found = user_of(pk)
    form = AppointForm(request.POST, lang=lang())
    if form.is_valid():
        try:
            actions.appoint(user=found, by=person_of(request), now=clock.now(), **form.cleaned_data)
            messages.success(request, _("已任命。"))
            return redirect("people:person", pk)
        except Refusal as refusal:
            _show(form, refusal)
    return _person_page(request, found, appoint_form=form)


@needs("people.manage")
@require_POST
@sensitive
def end_post(request: HttpRequest, pk: int, post_pk: int) -> HttpResponse:
    post = Post.objects.select_related("user").filter(pk=post_pk, user_id=pk).first()
    if post is None:
        raise NoSuchThing
    try:
        actions.end_post(post=post, to_on=today(), by=person_of(request), now=clock.now())
    except Refusal as refusal:
        fields = refusal.fields if isinstance(refusal, BadInput) else {"": str(refusal)}
        messages.error(request, " ".join(fields.values()))
    else:
        messages.success(request, _("已卸任。"))
    return redirect("people:person", pk)


@needs("people.manage")
@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    found = user_of(pk)
    form = LeaveForm(request.POST, person=found)
    if form.is_valid():
        try:
            actions.take_leave(
                user=found, by=person_of(request), now=clock.now(), **form.cleaned_data
            )
            messages.success(request, _("已登记外出。"))
            return redirect("people:person", pk)
        except Refusal as refusal:
            _show(form, refusal)
    return _person_page(request, found, leave_form=form)


@needs("people.manage")
@require_POST
def end_leave(request: HttpRequest, pk: int, leave: int) -> HttpResponse:
    """Back earlier than thought, or not going."""
    found = Leave.objects.filter(pk=leave, user=user_of(pk)).first()
    try:
        if found is None:
            raise actions.BackAlready
        actions.end_leave(leave=found, by=person_of(request), now=clock.now())
        messages.success(request, _("已记下，从今天起由本人办理。"))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("people:person", pk)


def _person_page(request: HttpRequest, found: User, **filled: Form) -> HttpResponse:
    """The page of a person; `filled` are forms to be mended."""
    context = pages.person_page(found, on=today(), lang=lang())
    if may(request.user, "people.manage"):
        context |= {
            "may_manage": True,
            "appoint_form": AppointForm(lang=lang(), initial={"from_on": today()}),
            "leave_form": LeaveForm(person=found, initial={"from_on": today()}),
        } | filled
    return render(request, "people/person.html", context, status=422 if filled else 200)


@needs("people.manage")
@require_http_methods(["GET", "POST"])
def region(request: HttpRequest) -> HttpResponse:
    form = RegionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_region(by=person_of(request), now=clock.now(), **form.cleaned_data)
            messages.success(request, _("已添加区域。"))
            return redirect("people:staff")
        except Refusal as refusal:
            _show(form, refusal)
    return render(
        request,
        "people/form.html",
        {
            "form": form,
            "heading": pgettext("command", "新建区域"),
            "cancel_url": reverse("people:staff"),
        },
        status=422 if form.errors else 200,
    )


@needs("people.manage")
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_team(by=person_of(request), now=clock.now(), **form.cleaned_data)
            messages.success(request, _("已添加小组。"))
            return redirect("people:staff")
        except Refusal as refusal:
            _show(form, refusal)
    return render(
        request,
        "people/form.html",
        {"form": form, "heading": _("新建小组"), "cancel_url": reverse("people:staff")},
        status=422 if form.errors else 200,
    )


@needs("people.manage")
@require_http_methods(["GET", "POST"])
def capacity(request: HttpRequest) -> HttpResponse:
    """The figures of what gets done in a week."""
    form = CapacityForm(request.POST or None, lang=lang())
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_capacity(by=person_of(request), now=clock.now(), **form.cleaned_data)
            messages.success(request, _("已记下每周产能。"))
            return redirect("people:capacity")
        except Refusal as refusal:
            _show(form, refusal)
    rows = Capacity.objects.select_related("user", "team").order_by("-user_id", "-team_id", "role")
    context = {
        "form": form,
        "rows": [(row, pages.role_title(row.role, lang()) if row.role else "") for row in rows],
    }
    return render(request, "people/capacity.html", context, status=422 if form.errors else 200)


@needs("people.manage")
@require_POST
def remove_capacity(request: HttpRequest, pk: int) -> HttpResponse:
    row = Capacity.objects.select_related("user", "team").filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    actions.set_capacity(
        user=row.user, team=row.team, role=row.role, per_week=None, by=person_of(request),
        now=clock.now(),
    )  # fmt: skip
    return redirect("people:capacity")


@needs("people.see")
@require_GET
def calendar(request: HttpRequest, code: str = COMPANY) -> HttpResponse:
    row = _row(code)
    asked = whole(request.GET.get("year"))
    year = asked if asked is not None and 2000 <= asked <= 2100 else today().year
    built = calendars().for_(row.code, {})
    months = pages.year_view(built, year, today=today(), lang=lang())
    return render(
        request, "people/calendar.html",
        {
            "row": row, "year": year, "months": months, "layers": pages.layers(),
            "hours": hours.values_of(built), "total": sum(month.working_days for month in months),
            "provisional": any(cell and cell.provisional for month in months for week in month.weeks for cell in week),
            "versions": CalendarVersion.objects.filter(calendar=row).select_related("by").order_by("-version")[:20],
            "may_change": may(request.user, "calendar.manage"),
        },
    )  # fmt: skip


@needs("calendar.manage")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponse:
    row = _row(code)
    built = calendars().for_(row.code, {})
    form = HoursForm(request.POST or None, initial=hours.values_of(built))
    if request.method == "POST" and form.is_valid():
        try:
            data = hours.data_of(form.cleaned_data, row.data)
            actions.change_calendar(
                calendar=row,
                data=data,
                source=form.cleaned_data["source"],
                by=person_of(request),
                now=clock.now(),
            )
            messages.success(
                request,
                _("日历已改为第 %(n)d 版，未到期的期限会重新计算并留记录。") % {"n": row.version},
            )
            return redirect("people:calendar", row.code)
        except Refusal as refusal:
            _show(form, refusal)
    context = {
        "form": form, "heading": _("改动日历：%(name)s") % {"name": row.name},
        "before": "change.calendar", "before_thing": row,
        "cancel_url": reverse("people:calendar", args=[row.code]),
    }  # fmt: skip
    return render(request, "people/form.html", context, status=422 if form.errors else 200)


@needs("calendar.manage")
@require_http_methods(["GET", "POST"])
def layer(request: HttpRequest) -> HttpResponse:
    form = LayerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            row = actions.add_calendar(
                code=f"{values['layer'].lower()}:{values['ref']}", name=values["name"], layer=values["layer"],
                ref=values["ref"], parent=values["parent"], data=hours.data_of(values, {}), by=person_of(request), now=clock.now(),
            )  # fmt: skip
            messages.success(request, _("已添加日历。"))
            return redirect("people:calendar", row.code)
        except Refusal as refusal:
            _show(form, refusal)
    return render(
        request,
        "people/form.html",
        {"form": form, "heading": _("新建日历层"), "cancel_url": reverse("people:calendars")},
        status=422 if form.errors else 200,
    )


@needs("calendar.manage")
@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest, code: str) -> HttpResponse:
    """Bring in the official notice: first what it changes, then, on a second press, for good."""
    row = _row(code)
    form = NoticeForm(request.POST or None)
    context = {"form": form, "row": row, "heading": _("导入放假安排")}
    if request.method == "POST" and form.is_valid():
        built = calendars().for_(row.code, {})
        try:
            read = read_notice(form.cleaned_data["text"])
            new = apply_notice(built, read)
        except WorkcalError as bad:
            form.add_error("text", bad.sentence(lang()))
        else:
            if "confirm" in request.POST:
                actions.change_calendar(
                    calendar=row,
                    data=new.to_data(),
                    source=read.source.of("zh"),
                    by=person_of(request),
                    now=clock.now(),
                )
                messages.success(
                    request,
                    _("已导入 %(year)d 年放假安排，未到期的期限会重新计算并留记录。")
                    % {"year": read.year},
                )
                return redirect(f"{reverse('people:calendar', args=[row.code])}?year={read.year}")
            context |= {"notice": read, "changes": pages.differences(built, new, read.year, lang())}
    return render(request, "people/notice.html", context, status=422 if form.errors else 200)


def _row(code: str) -> WorkCalendar:
    row = WorkCalendar.objects.select_related("parent").filter(code=code).first()
    if row is None:
        raise NoSuchThing
    return row


def _show(form: Form, refusal: Refusal) -> None:
    fields = refusal.fields if isinstance(refusal, BadInput) else {"": str(refusal)}
    for name, sentence in fields.items():
        form.add_error(name if name in form.fields else None, sentence)
