"""The to-do centre: tabs, filters and pages over obligations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rows import for_rows
from bihuan.apps.obligations.workbench import end_of_day, mine, to_verify
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.ui.paging import ROWS

MOST_COUNTED = 2000
TABS = ("mine", "verify", "done", "told", "asked", "late", "all")
FILTERS = ("when", "kind", "clause", "severity", "customer", "q")


class Counted(Paginator):  # type: ignore[type-arg]
    """Counts only so far: nobody turns to page 1,000."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        number: int = rows.order_by()[: MOST_COUNTED + 1].count()
        return number


@dataclass(frozen=True)
class Todo:
    """One page of the centre."""

    tab: str
    tabs: list[dict[str, Any]]
    filters: list[dict[str, Any]]
    page: Page[Obligation]
    more: bool


def todo(person: User, now: datetime, asked: Mapping[str, str]) -> Todo:
    """The page that the query string asks for."""
    tab = asked.get("tab", "mine")
    tab = tab if tab in TABS else "mine"
    rows = narrowed(tab_rows(tab, person, now), asked, now)
    pages = Counted(for_rows(rows), ROWS)
    page = pages.get_page(asked.get("page", 1))
    return Todo(
        tab=tab, tabs=_tabs(tab, person, now), filters=_filters(asked), page=page,
        more=pages.count > MOST_COUNTED,
    )  # fmt: skip


def tab_rows(tab: str, person: User, now: datetime) -> QuerySet[Obligation]:
    """The rows of a tab, in its order."""
    if tab == "verify":
        return to_verify(person).order_by("discharged_at", "pk")
    if tab == "done":
        return Obligation.objects.filter(discharged_by=person).order_by("-discharged_at", "-pk")
    if tab == "told":
        told = Obligation.objects.filter(escalations__told=person, state=State.OPEN)
        return told.exclude(assignee=person).distinct().order_by("due_at", "pk")
    if tab == "asked":
        asked = Obligation.objects.filter(asked_by=person, state=State.OPEN)
        return asked.order_by("due_at", "pk")
    if tab == "late":
        return mine(person).filter(due_at__lt=now).order_by("due_at", "pk")
    if tab == "all":
        every = visible(Obligation.objects.filter(state=State.OPEN), person, "obligations.see")
        return every.order_by("due_at", "pk")
    return mine(person).order_by("due_at", "pk")


def narrowed(
    rows: QuerySet[Obligation], asked: Mapping[str, str], now: datetime
) -> QuerySet[Obligation]:
    """The filters of the query string: AND across them."""
    when = asked.get("when")
    if when == "late":
        rows = rows.filter(due_at__lt=now)
    elif when == "today":
        rows = rows.filter(due_at__gte=now, due_at__lte=end_of_day(now))
    elif when == "later":
        rows = rows.filter(due_at__gt=end_of_day(now))
    elif when == "paused":
        rows = rows.filter(paused_at__isnull=False)
    for name in ("kind", "clause", "severity"):
        if value := asked.get(name):
            rows = rows.filter(**{name: value})
    if (customer := asked.get("customer", "")).isdecimal():
        rows = rows.filter(customer_id=int(customer))
    if words := asked.get("q", "").strip()[:80]:
        found = Q(title__zh__icontains=words) | Q(title__en__icontains=words)
        found |= Q(customer__name__icontains=words) | Q(customer__short_name__icontains=words)
        number = words.upper().removeprefix("YW-").lstrip("0")
        if number.isdecimal():
            found |= Q(pk=int(number))
        rows = rows.filter(found)
    return rows


def _tabs(current: str, person: User, now: datetime) -> list[dict[str, Any]]:
    url = reverse("obligations:todo")
    titles = {
        "mine": _("待办"), "verify": _("待我核实"), "done": _("已办"), "told": _("抄送"),
        "asked": _("我发起"), "late": _("超时"), "all": _("全部"),
    }  # fmt: skip
    counts = {
        "mine": mine(person).count(), "verify": to_verify(person).count(),
        "late": mine(person).filter(due_at__lt=now).count(),
    }  # fmt: skip
    return [
        {
            "title": titles[tab], "url": f"{url}?{urlencode({'tab': tab})}", "count": counts.get(tab),
            "hot": tab == "late", "current": tab == current,
        }
        for tab in TABS
    ]  # fmt: skip


def _filters(asked: Mapping[str, str]) -> list[dict[str, Any]]:
    from bihuan.apps.obligations.words import duty_word

    kept = {name: value for name, value in asked.items() if name in (*FILTERS, "tab") and value}

    def link(name: str, value: str) -> str:
        rest = {key: each for key, each in kept.items() if key != name}
        return "?" + urlencode(rest | ({name: value} if value else {}))

    whens = {
        "": _("全部"), "late": _("已超时"), "today": _("今天到期"), "later": pgettext("due", "之后"), "paused": _("停表"),
    }  # fmt: skip
    weights = {"": _("全部"), "high": _("重要"), "normal": _("一般"), "low": _("轻")}
    found = [
        _choice("when", _("期限"), whens, asked.get("when", ""), link),
        _choice("severity", _("权重"), weights, asked.get("severity", ""), link),
    ]
    for name, label in (("kind", _("类型")), ("clause", _("依据")), ("customer", _("客户"))):
        if value := kept.get(name):
            shown = duty_word(value) if name == "kind" else value
            found.append({"label": label, "value": shown, "clear_url": link(name, "")})
    return found


def _choice(
    name: str, label: str, titles: Mapping[str, str], value: str, link: Any
) -> dict[str, Any]:
    value = value if value in titles else ""
    if value:
        return {"label": label, "value": titles[value], "clear_url": link(name, "")}
    return {
        "label": label, "value": titles[""],
        "options": [
            {"title": title, "url": link(name, code), "current": code == value}
            for code, title in titles.items()
        ],
    }  # fmt: skip


__all__ = ["Todo", "narrowed", "tab_rows", "todo"]
