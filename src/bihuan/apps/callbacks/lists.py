"""The lists of problems and of the year's plan as `base.lists` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from bihuan.apps.callbacks import words
from bihuan.apps.callbacks.models import Problem
from bihuan.apps.callbacks.queries import problems
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.rows import tier_names
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.lists.listing import Filter, Listing, Tab
from bihuan.base.storable import whole


def problem_rows(person: User, asked: Mapping[str, str], _now: datetime) -> QuerySet[Problem]:
    """The problems that an address asks for."""
    rows = visible(Problem.objects.all(), person, "callbacks.see")
    rows = problems.of_view(rows, asked.get("view", "open"), person)
    for name in ("grade", "disposition"):
        if value := asked.get(name):
            rows = rows.filter(**{name: value})
    if (owner := whole(asked.get("owner"))) is not None:
        rows = rows.filter(owner_id=owner)
    if text := asked.get("q", "").strip()[:80]:
        found = Q(text__icontains=text) | Q(customer__name__icontains=text)
        rows = rows.filter(found | Q(customer__short_name__icontains=text))
    return rows


def problem_tabs(_person: User, _now: datetime) -> Sequence[Tab]:
    """The built-in views."""
    return [
        Tab("open", _("未了结")), Tab("mine", _("我负责")), Tab("confirm", _("待客户确认")),
        Tab("timeout", _("确认超时")), Tab("done", _("客户已确认")),
    ]  # fmt: skip


def problem_filters(person: User, _now: datetime) -> Sequence[Filter]:
    """The conditions and what each can be."""
    owned = visible(Problem.objects.filter(owner=OuterRef("pk")), person, "callbacks.see")
    owners = User.objects.filter(Exists(owned)).order_by("name", "pk").values_list("pk", "name")
    return [
        Filter("grade", _("等级"), [(str(code), title) for code, title in words.GRADE.items()]),
        Filter("disposition", _("去向"), [(str(code), title) for code, title in words.DISPOSITION.items()]),
        Filter("owner", _("责任人"), [(str(pk), name) for pk, name in owners]),
    ]  # fmt: skip


def _with_names(rows: QuerySet[Problem]) -> QuerySet[Problem]:
    return rows.select_related("customer", "owner")


def _called(rows: QuerySet[Problem]) -> dict[int, str]:
    return {row.pk: f"{row.number} {row.text[:40]}" for row in rows}


PROBLEMS = Listing(
    key="problems", title=pgettext_lazy("many", "问题"), url="callbacks:problems", needs="callbacks.see",
    model=Problem, rows=problem_rows, tabs=problem_tabs, filters=problem_filters, fit=_with_names,
    orders={"found": ("found_at", "pk"), "grade": ("-grade", "found_at", "pk")}, titles=_called,
    columns={
        "customer": gettext_lazy("客户"), "grade": gettext_lazy("等级"), "disposition": gettext_lazy("去向"),
        "owner": gettext_lazy("责任人"), "found": gettext_lazy("登记"),
    },
)  # fmt: skip


def plan_rows(person: User, asked: Mapping[str, str], _now: datetime) -> QuerySet[Customer]:
    """The customers whose year an address asks for."""
    rows = visible(Customer.objects.living(), person, "callbacks.see")
    if asked.get("view") == "mine":
        rows = rows.filter(account_manager=person)
    if (owner := whole(asked.get("who"))) is not None:
        rows = rows.filter(account_manager_id=owner)
    if tier := asked.get("tier", ""):
        rows = rows.filter(tier=tier)
    if text := asked.get("q", "").strip()[:80]:
        found = Q(name__icontains=text) | Q(short_name__icontains=text)
        rows = rows.filter(
            found | Q(pinyin__startswith=text.lower()) | Q(initials__startswith=text.lower())
        )
    return rows


def plan_tabs(_person: User, _now: datetime) -> Sequence[Tab]:
    """The built-in views."""
    return [Tab("all", _("全部客户")), Tab("mine", _("我的客户"))]


def plan_filters(person: User, now: datetime) -> Sequence[Filter]:
    """The conditions and what each can be."""
    theirs = visible(Customer.objects.living(), person, "callbacks.see")
    managers = User.objects.filter(
        Exists(theirs.filter(account_manager=OuterRef("pk"))), is_active=True
    )
    people: list[tuple[str, Any]] = [
        (str(pk), name) for pk, name in managers.order_by("name", "pk").values_list("pk", "name")
    ]
    return [
        Filter("who", _("客户经理"), people), Filter("tier", _("级别"), list(tier_names(now).items())),
        Filter("year", _("年份"), open=True, hidden=True),
    ]  # fmt: skip


PLAN = Listing(
    key="plan", title=gettext_lazy("回访计划"), url="callbacks:plan", needs="callbacks.see", model=Customer,
    rows=plan_rows, tabs=plan_tabs, filters=plan_filters, orders={"tier": ("tier_rank", "pinyin", "pk"), "name": ("pinyin", "pk")},
)  # fmt: skip
