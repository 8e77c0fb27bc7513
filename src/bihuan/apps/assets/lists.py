"""The list of machines as `base.lists` shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.apps.assets import words
from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.queries import lists
from bihuan.apps.customers.queries.lists import regions_in_use
from bihuan.base.access.models import User
from bihuan.base.lists.listing import Filter, Listing, Tab


def rows(person: User, asked: Mapping[str, str], now: datetime) -> QuerySet[Asset]:
    """The rows that an address asks for."""
    today = timezone.localtime(now).date()
    names = {"q": "text"}
    wanted = lists.Asked(**{names.get(name, name): value for name, value in asked.items()})
    return lists.rows(person, wanted, lists.views(person, today), today)


def tabs(_person: User, _now: datetime) -> Sequence[Tab]:
    """The built-in views."""
    return [
        Tab("", _("在用")), Tab("mine", _("我的客户")), Tab("down", _("停机和维修"), hot=True),
        Tab("waiting", _("待验收")), Tab("soon", _("快出保")), Tab("critical", _("关键设备")),
        Tab("scrapped", _("已报废")),
    ]  # fmt: skip


def filters(person: User, _now: datetime) -> Sequence[Filter]:
    """The conditions and what each can be."""
    return [
        Filter("family", _("系列"), list(lists.families_made().items())),
        Filter("model", _("型号"), [(str(pk), code) for pk, code in lists.models_in_use()]),
        Filter("status", _("状态"), [(str(code), title) for code, title in words.STATUS.items()]),
        Filter("region", _("区域"), regions_in_use(person, "assets.see")),
        Filter("warranty", _("保修"), [("in", _("保修期内")), ("out", _("已出保或未开始"))]),
    ]


LIST = Listing(
    key="assets", title=gettext_lazy("设备"), url="assets:list", needs="assets.see", model=Asset,
    rows=rows, tabs=tabs, filters=filters, orders=lists.ORDERS, fit=lists.shown,
    columns={
        "status": gettext_lazy("状态"), "customer": gettext_lazy("使用方"), "place": gettext_lazy("位置"),
        "hours": gettext_lazy("累计工时"), "warranty": gettext_lazy("保修至"),
    },
)  # fmt: skip
