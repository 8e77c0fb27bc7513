"""The page of the desk's figures: a span, a team, each figure with what it means, the rows behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET

from bihuan.apps.people.models import Team
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.queries import desk_figures as desk
from bihuan.apps.tickets.queries.lists import SEEN
from bihuan.apps.tickets.views.common import now_and_who, number, said
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.ui.paging import paged

WHICH = ("part", "rest", "whole")
LONGEST = timedelta(days=366 * 3)


@needs("tickets.see")
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    now, person = now_and_who(request)
    asked, context = asked_of(request, now)
    found = desk.found(person, asked, now)
    show = request.GET.get("show", "")
    people = (
        found.people
        if may(person, "tickets.manage")
        else [each for each in found.people if each.pk == person.pk]
    )
    context |= {
        "groups": _groups(found, now), "found": found, "people": people, "show": show, "half": _took(found.half), "nine": _took(found.nine_in_ten),
    }  # fmt: skip
    if show in desk.known(now):
        context |= _rows(request, person, asked, now, show, found)
    return render(request, "tickets/figures.html", context)


def asked_of(request: HttpRequest, now: datetime) -> tuple[desk.Asked, dict[str, Any]]:
    """The span and the team that a page asks for, and what shows them."""
    spans = _spans(timezone.localtime(now).date())
    first, last, fault = _span(request, spans)
    teams = dict(Team.objects.order_by("name").values_list("pk", "name"))
    team = number(request.GET.get("team")) or 0
    asked = desk.Asked(
        _begin(first), _begin(last + timedelta(days=1)), team if team in teams else 0
    )
    return asked, {
        "now": now, "first": first, "last": last, "fault": fault, "teams": teams, "team": asked.team,
        "spans": [
            {"title": title, "current": (first, last) == days, "from": days[0].isoformat(), "to": days[1].isoformat()}
            for title, days in spans.items()
        ],
    }  # fmt: skip


def _rows(
    request: HttpRequest, person: Any, asked: desk.Asked, now: datetime, show: str, found: desk.Found
) -> dict[str, Any]:  # fmt: skip
    """The tickets behind one figure."""
    which = request.GET.get("which", "part")
    which = which if which in WHICH else "part"
    by = (number(request.GET.get("by")) or 0) if show == "late_entry" else 0
    rows = desk.behind(person, asked, now, show, which, by)
    shown = paged(request, rows.select_related("customer", "owner", "asset__model").only(*SEEN))
    part, whole = found.shares[show]
    counts = {"part": part, "rest": whole - part, "whole": whole}
    titles = {"part": _("算在内的"), "rest": _("其余的"), "whole": _("全部")}
    return {
        "behind": _titles()[show], "page": shown, "rows": [said(row) for row in shown],
        "which": [
            {"code": each, "title": titles[each], "count": None if by or show == "bounced" else counts[each], "current": each == which}
            for each in WHICH
        ],
    }  # fmt: skip


def _spans(today: date) -> dict[str, tuple[date, date]]:
    """The spans to choose from, first and last day."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return {
        _("本月"): (month, today), _("上月"): (before.replace(day=1), before),
        _("近 90 天"): (today - timedelta(days=89), today), _("今年"): (today.replace(month=1, day=1), today),
    }  # fmt: skip


def _span(request: HttpRequest, spans: dict[str, tuple[date, date]]) -> tuple[date, date, str]:
    """First and last day as asked, and one plain sentence when they cannot be."""
    usual = next(iter(spans.values()))
    given = [request.GET.get(name, "") for name in ("from", "to")]
    if not any(given):
        return *usual, ""
    first, last = (_day(each) for each in given)
    if first is None or last is None:
        return *usual, _("日期写成 2026-11-28 这样；现在显示的是本月。")
    if first > last:
        return *usual, _("开始的日子不能晚于结束的日子；现在显示的是本月。")
    if last - first > LONGEST:
        return *usual, _("一次最多看三年；现在显示的是本月。")
    return first, last, ""


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found is not None and 2000 <= found.year <= 2200 else None


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())


def _took(seconds: float | None) -> str:
    """Minutes up to two hours, else hours with one decimal."""
    if seconds is None:
        return ""
    minutes = max(1, round(seconds / 60))
    if minutes <= 120:
        return ngettext("%(n)d 分钟", "%(n)d 分钟", minutes) % {"n": minutes}
    return _("%(n)s 小时") % {"n": f"{minutes / 60:.1f}"}


@dataclass(frozen=True)
class Shown:
    """A figure on the page."""

    code: str
    title: str
    means: str
    part: int
    whole: int
    target: float | None = None

    @property
    def missed(self) -> bool:
        return self.target is not None and self.whole > 0 and self.part / self.whole < self.target

    @property
    def aim(self) -> str:
        return f"{100 * self.target:.0f}%" if self.target is not None else ""


def _groups(found: desk.Found, now: datetime) -> list[tuple[str, list[Shown]]]:
    titles, means = _titles(), _means(now)
    return [
        (
            title,
            [
                Shown(code, titles[code], means[code], *found.shares[code], found.target if code == "remote" else None)
                for code in codes
            ],
        )
        for title, codes in (
            (_("谁解决的"), ("line1", "line2", "line3", "bounced")),
            (_("怎么解决的"), ("remote", "remote_all", "self", "repeat")),
            (_("多快、多早"), ("answered", "proactive", "late_entry")),
        )
    ]  # fmt: skip


def _titles() -> dict[str, str]:
    return {
        "line1": _("一线解决"), "line2": _("二线解决"), "line3": _("三线解决"), "bounced": pgettext("between lines", "退回"),
        "remote": _("远程解决率"), "remote_all": _("未上门解决，含咨询等"), "self": _("客户自行解决"), "repeat": _("重复上门率"),
        "answered": _("首次答复按时率"), "proactive": _("主动服务占比"), "late_entry": _("补录"),
    }  # fmt: skip


def _means(now: datetime) -> dict[str, str]:
    """What each figure counts, in words."""
    days, late = figures.values(["tickets.repeat_days", "tickets.late_entry"], now)
    line = _("这段时间解决的工单里，解决时在这一线的占多少。")
    return {
        "line1": line, "line2": line, "line3": line,
        "bounced": _("这段时间的转交里，接手的一线退了回来或又交给低一线的占多少。"),
        "remote": _("这段时间解决的故障里，没有人上门、由远程或客户经指导解决的占多少。咨询不算。"),
        "remote_all": _("与远程解决率的算法相同，但所有种类的工单都算，供对照。"),
        "self": _("这段时间解决的工单里，客户按指引自己解决的占多少。"),
        "repeat": _("这段时间上门解决的故障里，后来重新打开，或同一台设备 %(days)s 天内又上门的占多少。") % {"days": days},
        "answered": _("这段时间报来的工单里，制度规定的首次答复没有超时的占多少。自动回复不算答复；主动服务和没有规定的不算。"),
        "proactive": _("这段时间的工单里，由设备报警、计划保养或巡检而来，不等客户来报的占多少。"),
        "late_entry": _("这段时间录入的工单里，报告后超过 %(minutes)s 分钟才录入的占多少。") % {"minutes": late},
    }  # fmt: skip
