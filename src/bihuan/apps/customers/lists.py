"""The list of customers as `base.lists` shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from bihuan.apps.customers import words
from bihuan.apps.customers.actions import flagging
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.enums import Flag
from bihuan.apps.customers.forms.customer import FlagForm
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.queries import lists
from bihuan.apps.customers.queries.tiers import tier_words
from bihuan.base.access.models import User
from bihuan.base.lists.listing import Deed, Filter, Listing, Tab


def rows(person: User, asked: Mapping[str, str], now: datetime) -> QuerySet[Customer]:
    """The rows that an address asks for."""
    best = next(iter(tier_words(pack_or_none(now))), "")
    conditions = lists.views(best, person, timezone.localtime(now).date())
    names = {"q": "text"}
    return lists.rows(
        person, lists.Asked(**{names.get(name, name): value for name, value in asked.items()}),
        conditions,
    )  # fmt: skip


def tabs(_person: User, now: datetime) -> Sequence[Tab]:
    """The built-in views."""
    best = next(iter(tier_words(pack_or_none(now)).values()), None)
    return [
        Tab("", _("全部")), Tab("mine", _("我的")), *([Tab("best", best.name)] if best else []),
        Tab("verify", _("待核实"), hot=True), Tab("unmanaged", _("无客户经理")), Tab("untiered", _("未定级")),
        Tab("dealers", _("经销商")),
    ]  # fmt: skip


def filters(person: User, now: datetime) -> Sequence[Filter]:
    """The conditions and what each can be."""
    known = tier_words(pack_or_none(now))
    status = [(str(code), title) for code, title in words.STATUS.items() if code != "MERGED"]
    return [
        Filter("tier", _("级别"), [(code, word.name) for code, word in known.items()]),
        Filter("region", _("区域"), lists.regions_in_use(person)),
        Filter("relation", _("关系"), [(str(code), title) for code, title in words.RELATION.items()]),
        Filter("nature", _("性质"), [(str(code), title) for code, title in words.NATURE.items()]),
        Filter("status", _("状态"), status),
        Filter("flag", _("标志"), [(str(code), title) for code, title in words.FLAG.items()]),
        Filter("manager", _("客户经理"), open=True, hidden=True, says=_name_of),
    ]  # fmt: skip


def _name_of(pk: str) -> str:
    found = User.objects.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 18 else None
    return found.name if found is not None else pk


def flag_on(pk: int, values: Mapping[str, Any], by: User, now: datetime) -> Any:
    return flagging.set_flag(customer_id=pk, flag=Flag(values["flag"]), on=True, by=by, now=now)


def flag_off(pk: int, values: Mapping[str, Any], by: User, now: datetime) -> Any:
    return flagging.set_flag(customer_id=pk, flag=Flag(values["flag"]), on=False, by=by, now=now)


def flag_back(pk: int, kept: Any, by: User, now: datetime) -> None:
    flagging.turn_back(customer_id=pk, kept=kept, by=by, now=now)


def called(rows_: QuerySet[Customer]) -> dict[int, str]:
    """Id -> how the result of a deed names the customer."""
    return {row.pk: f"{row.called} {row.code}" for row in rows_.only("name", "short_name", "code")}


LIST = Listing(
    key="customers", title=pgettext_lazy("many", "客户"), url="customers:list", needs="customers.see",
    model=Customer, rows=rows, tabs=tabs, filters=filters, orders=lists.ORDERS, fit=lists.shown,
    columns={
        "status": gettext_lazy("状态"), "region": gettext_lazy("区域"), "manager": gettext_lazy("客户经理"),
        "bought": gettext_lazy("近 12 月采购"), "contact": gettext_lazy("上次联络"), "verify": gettext_lazy("核实日"),
    },
    deeds=(
        Deed("flag", gettext_lazy("加标志"), "customers.edit", flag_on, flag_back, FlagForm),
        Deed("unflag", gettext_lazy("去标志"), "customers.edit", flag_off, flag_back, FlagForm),
    ),
    titles=called,
)  # fmt: skip
