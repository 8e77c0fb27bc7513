"""The queue of tickets as `base.lists` shows it: views with counts, conditions, deeds on many."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from bihuan.apps.customers.queries.lists import region_names
from bihuan.apps.tickets import words
from bihuan.apps.tickets.actions import many
from bihuan.apps.tickets.forms import LONG, PersonField, area, staff
from bihuan.apps.tickets.lines.mine import place_of
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.queries import lists
from bihuan.apps.tickets.queries.lists import Filters
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.lists.listing import Deed, Filter, Listing, Tab

NAMES = ("kind", "severity", "region", "status", "channel", "line", "owner")


def rows(person: User, asked: Mapping[str, str], now: datetime) -> QuerySet[Ticket]:
    """The rows that an address asks for."""
    given = {name: asked.get(name, "") for name in NAMES}
    wanted = Filters(query=asked.get("q", "")[:80], **given)
    seen = visible(Ticket.objects.all(), person, "tickets.see")
    test = lists.condition(asked.get("view", "open"), person, now)
    return lists.narrowed(seen, wanted, person).filter(test)


def rests(person: User, asked: Mapping[str, str]) -> Hashable | None:
    """Words are looked up before the rows are."""
    return None if asked.get("q") else place_of(person)


def tabs(_person: User, _now: datetime) -> Sequence[Tab]:
    """The built-in views."""
    return [
        Tab("open", _("全部未结")), Tab("mine", _("我负责")), Tab("line", _("我这一线")),
        Tab("new", _("没人受理"), hot=True), Tab("late", _("已超时"), hot=True), Tab("waiting", _("等待中")),
        Tab("tell", _("待反馈")), Tab("confirm", _("待确认")), Tab("ended", _("已结束"), counted=False),
    ]  # fmt: skip


def filters(_person: User, _now: datetime) -> Sequence[Filter]:
    """The conditions and what each can be."""
    return [
        Filter("kind", _("种类"), _choices(words.KIND)),
        Filter("severity", _("紧急程度"), _choices(words.SEVERITY)),
        Filter("region", _("区域"), list(region_names().items())),
        Filter("status", _("状态"), [(str(code), words.status_of(code, "")) for code in words.STATUS]),
        Filter("channel", _("渠道"), _choices(words.CHANNEL)),
        Filter("line", _("线"), [(str(code), title) for code, title in words.LINE.items()]),
        Filter("owner", _("负责人"), open=True, hidden=True, says=_name_of),
    ]  # fmt: skip


def _choices(known: words.Words) -> list[tuple[str, Any]]:
    return [(str(code), title) for code, title in known.items()]


def _name_of(pk: str) -> str:
    found = User.objects.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 18 else None
    return found.name if found is not None else pk


class ManyAssignForm(forms.Form):
    """To whom the chosen tickets go."""

    to = PersonField(label=_("负责人"), queryset=User.objects.none())
    text = forms.CharField(label=_("说明"), required=False, max_length=400)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = staff()  # type: ignore[attr-defined]


class ManyNoteForm(forms.Form):
    """What is noted at each of them."""

    text = forms.CharField(label=_("备注"), max_length=LONG, widget=area(3))


def take(pk: int, _values: Mapping[str, Any], by: User, now: datetime) -> Any:
    return many.take_many(ticket_id=pk, by=by, now=now)


def take_back(pk: int, kept: Any, by: User, now: datetime) -> None:
    many.take_back(ticket_id=pk, kept=kept, by=by, now=now)


def assign(pk: int, values: Mapping[str, Any], by: User, now: datetime) -> Any:
    return many.assign_many(ticket_id=pk, to=values["to"], text=values["text"], by=by, now=now)


def assign_back(pk: int, kept: Any, by: User, now: datetime) -> None:
    many.assign_back(ticket_id=pk, kept=kept, by=by, now=now)


def watch(pk: int, _values: Mapping[str, Any], by: User, _now: datetime) -> Any:
    return many.watch_many(ticket_id=pk, by=by)


def watch_back(pk: int, kept: Any, by: User, _now: datetime) -> None:
    many.watch_back(ticket_id=pk, kept=kept, by=by)


def note(pk: int, values: Mapping[str, Any], by: User, now: datetime) -> None:
    many.note_many(ticket_id=pk, text=values["text"], by=by, now=now)


def fit(found: QuerySet[Ticket]) -> QuerySet[Ticket, tuple[Any, ...]]:
    """The columns of a line, and no models."""
    return found.values_list(*lists.QUEUE_COLUMNS)


def called(found: QuerySet[Ticket]) -> dict[int, str]:
    """Id -> how the result of a deed names it."""
    return {row.pk: f"{row.number} {row.title}" for row in found.only("number", "title")}


def versions(found: QuerySet[Ticket]) -> dict[int, str]:
    """Id -> what differs after every change."""
    return {pk: str(version) for pk, version in found.values_list("pk", "version")}


LIST = Listing(
    key="tickets", title=pgettext_lazy("many", "工单"), url="tickets:queue", needs="tickets.see", model=Ticket,
    rows=rows, rests=rests, tabs=tabs, filters=filters, fit=fit, titles=called, versions=versions,
    orders={"reported": ("-reported_at", "-id")},
    columns={
        "customer": gettext_lazy("客户"), "machine": pgettext_lazy("one", "设备"),
        "severity": gettext_lazy("紧急程度"), "owner": gettext_lazy("负责人"),
        "reported": gettext_lazy("报告时间"), "status": gettext_lazy("状态"),
    },
    deeds=(
        Deed("take", gettext_lazy("由我负责"), "tickets.do", take, take_back),
        Deed("assign", gettext_lazy("改派负责人"), "tickets.do", assign, assign_back, ManyAssignForm),
        Deed("watch", gettext_lazy("关注"), "tickets.see", watch, watch_back),
        Deed("note", gettext_lazy("内部备注"), "tickets.do", note, None, ManyNoteForm),
    ),
)  # fmt: skip
