"""The to-do centre: tabs, filters and deeds over obligations, as `base.lists` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations import handing
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.forms import AssignForm, NoteForm
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.querysets import for_later, for_today
from bihuan.apps.obligations.rows import for_rows
from bihuan.apps.obligations.words import duty_word, said
from bihuan.apps.obligations.workbench import end_of_day, mine, to_verify
from bihuan.base.access.models import User
from bihuan.base.access.scope import apart, reaches
from bihuan.base.lists.listing import Deed, Filter, Listing, Tab
from bihuan.base.storable import whole

TABS = ("mine", "verify", "done", "told", "asked", "late", "all")


def tab_rows(tab: str, person: User, now: datetime) -> QuerySet[Obligation]:
    """The rows of a tab."""
    if tab == "verify":
        return to_verify(person)
    if tab == "done":
        return Obligation.objects.filter(discharged_by=person)
    if tab == "told":
        told = Obligation.objects.filter(escalations__told=person, state=State.OPEN)
        return told.exclude(assignee=person).distinct()
    if tab == "asked":
        return Obligation.objects.filter(asked_by=person, state=State.OPEN)
    if tab == "late":
        return mine(person).filter(due_at__lt=now)
    if tab == "all":
        return apart(Obligation.objects.filter(state=State.OPEN), person, "obligations.see")
    return mine(person)


def narrowed(
    rows: QuerySet[Obligation], asked: Mapping[str, str], now: datetime, *, named: bool = True
) -> QuerySet[Obligation]:
    """The filters of the query string: AND across them. Not `named`: nothing may be asked of the
    customers.
    """
    when = asked.get("when")
    if when == "late":
        rows = rows.filter(due_at__lt=now)
    elif when == "today":
        rows = rows.filter(for_today(now, end_of_day(now)))
    elif when == "later":
        rows = rows.filter(for_later(end_of_day(now)))
    elif when == "paused":
        rows = rows.filter(paused_at__isnull=False)
    for name in ("kind", "clause", "severity"):
        if value := asked.get(name):
            rows = rows.filter(**{name: value})
    if named and (customer := whole(asked.get("customer"))) is not None:
        rows = rows.filter(customer_id=customer)
    if words := asked.get("q", "").strip()[:80]:
        found = Q(title__zh__icontains=words) | Q(title__en__icontains=words)
        if named:
            found |= Q(customer__name__icontains=words) | Q(customer__short_name__icontains=words)
        if (number := whole(words.upper().removeprefix("YW-"))) is not None:
            found |= Q(pk=number)
        rows = rows.filter(found)
    return rows


def rows(person: User, asked: Mapping[str, str], now: datetime) -> QuerySet[Obligation]:
    """The rows that an address asks for."""
    named = bool(reaches(person, "customers.see"))
    return narrowed(tab_rows(asked.get("tab", "mine"), person, now), asked, now, named=named)


def tabs(_person: User, _now: datetime) -> Sequence[Tab]:
    """The built-in views; what was done shows the latest first."""
    return [
        Tab("mine", _("待办")), Tab("verify", _("待我核实"), order="waiting"),
        Tab("done", _("已办"), counted=False, order="done"), Tab("told", _("抄送"), counted=False),
        Tab("asked", _("我发起"), counted=False), Tab("late", _("超时"), hot=True),
        Tab("all", _("全部"), counted=False),
    ]  # fmt: skip


def filters(person: User, _now: datetime) -> Sequence[Filter]:
    """The conditions and what each can be."""
    whens = [("late", _("已超时")), ("today", _("今天到期")), ("later", pgettext("due", "之后")), ("paused", _("停表"))]  # fmt: skip
    weights = [("high", _("重要")), ("normal", _("一般")), ("low", _("轻"))]
    found = [
        Filter("when", _("期限"), whens), Filter("severity", _("权重"), weights),
        Filter("kind", _("类型"), open=True, says=duty_word), Filter("clause", _("依据"), open=True),
    ]  # fmt: skip
    if reaches(person, "customers.see"):
        found.append(Filter("customer", _("客户"), open=True, says=_customer))
    return found


def _customer(pk: str) -> str:
    row = Customer.objects.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 18 else None
    return row.called if row is not None else pk


def fit(found: QuerySet[Obligation]) -> QuerySet[Obligation]:
    """With what a line shows."""
    return for_rows(found)


def assign(pk: int, values: Mapping[str, Any], by: User, now: datetime) -> Any:
    return handing.assign_many(
        obligation_id=pk, to=values["to"], reason=values["reason"], by=by, now=now
    )


def assign_back(pk: int, kept: Any, by: User, now: datetime) -> None:
    handing.assign_back(obligation_id=pk, kept=kept, by=by, now=now)


def note(pk: int, values: Mapping[str, Any], by: User, now: datetime) -> None:
    handing.note(obligation_id=pk, text=values["text"], by=by, now=now)


def called(found: QuerySet[Obligation]) -> dict[int, str]:
    """Id -> how the result of a deed names it."""
    return {row.pk: f"{said(row.title)} {row.number}" for row in found}


LIST = Listing(
    key="todo", title=gettext_lazy("待办中心"), url="obligations:todo", needs="obligations.work",
    model=Obligation, rows=rows, tabs=tabs, filters=filters, tab_name="tab", fit=fit, titles=called,
    orders={"due": ("due_at", "pk"), "waiting": ("discharged_at", "pk"), "done": ("-discharged_at", "-pk")},
    columns={
        "customer": gettext_lazy("客户"), "clause": gettext_lazy("依据条款"), "owner": gettext_lazy("责任人"),
    },
    deeds=(
        Deed("assign", gettext_lazy("转派"), "obligations.assign", assign, assign_back, AssignForm),
        Deed("note", gettext_lazy("备注"), "obligations.work", note, None, NoteForm),
    ),
)  # fmt: skip
