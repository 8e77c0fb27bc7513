"""The archive of demands as `base.lists` shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from bihuan.apps.demands import actions, classes, words
from bihuan.apps.demands.models import Demand
from bihuan.apps.demands.queries.archive import VIEWS, seen
from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.models import CADENCE, Obligation
from bihuan.base.access.models import User
from bihuan.base.access.scope import door
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.lists.listing import Deed, Filter, Listing, Tab

PACE = {
    "kept": Q(discharged_at__lte=F("due_at")), "late": Q(discharged_at__gt=F("due_at")),
    "open": Q(state__in=LIVE),
}  # fmt: skip
"""How the duty to propose was kept."""


def paced(pace: str) -> Exists:
    """Whether a demand's duty to propose is of this pace; voided and waived ones count nowhere."""
    rows = Obligation.objects.filter(
        ~Q(cause_kind=CADENCE),  # of a matter with a number: those have an index
        PACE[pace], occasion=OuterRef("number"), customer_id=OuterRef("customer_id"),
        kind="demand.propose",
    ).exclude(state__in=(State.VOID, State.WAIVED))  # fmt: skip
    return Exists(rows)


def rows(person: User, asked: Mapping[str, str], _now: datetime) -> QuerySet[Demand]:
    """The demands that an address asks for."""
    found = seen(person)
    view = asked.get("view", "new")
    found = found.filter(Q(owner=person) if view == "mine" else VIEWS.get(view, Q()))
    for name in ("kind", "source", "state"):
        if value := asked.get(name):
            found = found.filter(**{name: value})
    if topic := asked.get("topic"):
        found = found.filter(topic="" if topic == "none" else topic)
    if (owner := asked.get("owner", "")).isdecimal():
        found = found.filter(owner_id=int(owner))
    if (year := asked.get("year", "")).isdecimal() and 1900 < int(year) < 3000:
        found = found.filter(received_at__year=int(year))
    if (pace := asked.get("pace", "")) in PACE:
        found = found.filter(paced(pace))
    if text := asked.get("q", "").strip()[:80]:
        like = Q(text__icontains=text) | Q(number__icontains=text)
        like |= Q(customer__name__icontains=text) | Q(customer__short_name__icontains=text)
        found = found.filter(like)
    return found


def tabs(_person: User, _now: datetime) -> Sequence[Tab]:
    """The built-in views."""
    return [
        Tab("new", _("待评审")), Tab("sort", _("待分类")), Tab("mine", _("我负责")), Tab("going", _("办理中")),
        Tab("tell", _("待告知"), hot=True), Tab("answer", _("等客户回话")), Tab("all", _("全部")),
    ]  # fmt: skip


def filters(person: User, _now: datetime) -> Sequence[Filter]:
    """The conditions and what each can be."""
    owned = seen(person).filter(owner=OuterRef("pk"))
    owners = User.objects.filter(Exists(owned)).order_by("name", "pk").values_list("pk", "name")
    topics = [*classes.titles().items(), ("none", _("未分类"))]
    return [
        Filter("kind", _("种类"), words.choices(words.KIND)), Filter("topic", _("类别"), topics, open=True, says=classes.title),
        Filter("source", _("来源"), words.choices(words.SOURCE)), Filter("state", _("结论"), words.choices(words.STATE)),
        Filter("owner", _("负责人"), [(str(pk), name) for pk, name in owners]),
        Filter("pace", _("出方案"), [("kept", _("按时")), ("late", _("超时")), ("open", _("还没有"))]),
        Filter("year", _("年份"), open=True, hidden=True),
    ]  # fmt: skip


class OwnerForm(forms.Form):
    """Who sees it through."""

    to = forms.ModelChoiceField(
        label=gettext_lazy("负责人"), queryset=User.objects.filter(is_active=True).order_by("name"),
    )  # fmt: skip


def _give(pk: int, values: Mapping[str, Any], by: User, now: datetime) -> Any:
    row = door(Demand.objects.select_related("customer"), by, pk, "demands.do")
    before = row.owner_id
    actions.assign(demand=row, to=values["to"], by=by, now=now)
    return {"before": before, "version": row.version}


def _give_back(pk: int, kept: Any, by: User, now: datetime) -> None:
    row = door(Demand.objects.select_related("customer"), by, pk, "demands.do")
    former = User.objects.filter(pk=kept["before"]).first()
    if row.version != kept["version"] or former is None:
        raise ChangedMeanwhile
    actions.assign(demand=row, to=former, by=by, now=now)


def _fit(found: QuerySet[Demand]) -> QuerySet[Demand]:
    return found.select_related("customer", "owner")


def _called(found: QuerySet[Demand]) -> dict[int, str]:
    return {row.pk: f"{row.number} {row.text[:40]}" for row in found}


DEMANDS = Listing(
    key="demands", title=pgettext_lazy("many", "需求"), url="demands:list", needs="demands.see", model=Demand,
    rows=rows, tabs=tabs, filters=filters, fit=_fit, titles=_called,
    orders={"received": ("-received_at", "-pk"), "urgency": ("urgency", "received_at", "pk")},
    columns={
        "customer": gettext_lazy("客户"), "topic": gettext_lazy("类别"), "source": gettext_lazy("来源"),
        "scores": gettext_lazy("评分"), "owner": gettext_lazy("负责人"), "limit": gettext_lazy("期限"),
    },
    deeds=(Deed("assign", gettext_lazy("交给负责人"), "demands.do", do=_give, undo=_give_back, form=OwnerForm),),
)  # fmt: skip
