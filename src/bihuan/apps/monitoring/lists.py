"""The alarm desk as `base.lists` shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.actions import alarms as actions
from bihuan.apps.monitoring.enums import Klass
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.queries.alarms import SHOWN, condition, fit, seen, version
from bihuan.base.access.models import User
from bihuan.base.access.scope import door
from bihuan.base.lists.listing import Deed, Filter, Listing, Tab

WAITING = ("new", "active")


def rows(person: User, asked: Mapping[str, str], now: datetime) -> QuerySet[Alarm]:
    """The alarms that an address asks for."""
    view = asked.get("view", "new")
    found = seen(person).filter(condition(view, now)).annotate(grave=_grave(view))
    if klass := asked.get("klass"):
        found = found.filter(klass=klass)
    if verdict := asked.get("verdict"):
        found = found.filter(verdict="" if verdict == "none" else verdict)
    if text := asked.get("q", "").strip()[:80]:
        like = Q(number__icontains=text) | Q(title__zh__icontains=text)
        like |= Q(title__en__icontains=text) | Q(asset__serial__icontains=text)
        like |= Q(asset__customer__name__icontains=text)
        like |= Q(asset__customer__short_name__icontains=text)
        found = found.filter(like)
    return found


def _grave(view: str) -> Value | Case:
    """What waits for somebody stands by its class, what is over by its time."""
    if view not in WAITING:
        return Value(0)
    places = [When(klass=klass, then=Value(place)) for place, klass in enumerate(Klass)]
    return Case(*places, default=Value(0))


def tabs(_person: User, _now: datetime) -> Sequence[Tab]:
    """The built-in views."""
    return [
        Tab("new", pgettext("alarm", "待确认"), hot=True), Tab("active", _("持续中")), Tab("shelved", _("已搁置")),
        Tab("over", pgettext("alarm", "已解除"), counted=False), Tab("hushed", _("试运行与抑制"), counted=False),
    ]  # fmt: skip


def filters(_person: User, _now: datetime) -> Sequence[Filter]:
    """The conditions and what each can be."""
    verdicts = [*words.choices(words.VERDICT), ("none", _("没判过"))]
    return [
        Filter("klass", _("报警级别"), words.choices(words.KLASS)),
        Filter("verdict", _("判断"), verdicts),
    ]


def _acknowledge(pk: int, _values: Mapping[str, Any], by: User, now: datetime) -> None:
    row = door(Alarm.objects.select_related("asset"), by, pk, "monitoring.handle")
    actions.acknowledge(alarm=row, by=by, now=now)


def versions(found: QuerySet[Alarm]) -> dict[int, str]:
    """Id -> what differs after every change."""
    return {row.pk: version(row) for row in found.only(*SHOWN)}


LIST = Listing(
    key="alarms", title=gettext_lazy("报警"), url="monitoring:alarms", needs="monitoring.see", model=Alarm,
    rows=rows, tabs=tabs, filters=filters, fit=fit, versions=versions, asks_s=1,
    orders={"raised": ("-grave", "-raised_at", "-id"), "times": ("-times", "-raised_at", "-id")},
    columns={
        "machine": pgettext_lazy("one", "设备"), "raised": gettext_lazy("首次"), "times": pgettext_lazy("alarm", "次数"),
        "running": gettext_lazy("当时状态"), "opinion": gettext_lazy("初步诊断"), "told": gettext_lazy("客户是否已知"),
        "ticket": pgettext_lazy("one", "工单"),
    },
    deeds=(Deed("acknowledge", pgettext_lazy("alarm", "确认"), "monitoring.handle", _acknowledge),),
)  # fmt: skip
