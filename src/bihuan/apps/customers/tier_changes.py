"""The changes of tier that wait for a decision, as `base.lists` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.actions.tiers import answers_for, decide_tier
from bihuan.apps.customers.models import TierChange
from bihuan.apps.customers.queries import lists
from bihuan.apps.customers.queries.tiers import role_title, tier_words
from bihuan.base.access.models import User
from bihuan.base.errors import NoSuchThing
from bihuan.base.lists.listing import Deed, Filter, Listing, Tab
from bihuan.base.vocabulary import vocabulary


def to_decide(person: User, now: datetime) -> QuerySet[TierChange]:
    """The red number of the menu: changes that this person may decide."""
    mine = [role for role in vocabulary().roles if answers_for(person, role)]
    waiting = lists.open_tiers(person, now).filter(needs_role__in=["", *mine])
    return waiting.exclude(proposed_by=person)


def rows(person: User, asked: Mapping[str, str], now: datetime) -> QuerySet[TierChange]:
    """The rows that an address asks for."""
    found = lists.open_tiers(person, now)
    view = asked.get("view", "")
    if view == "mine":
        found = to_decide(person, now)
    elif view == "first":
        found = found.filter(before="")
    elif view in ("up", "down"):
        found = found.exclude(before="").filter(up=view == "up")
    if after := asked.get("after"):
        found = found.filter(after=after)
    if role := asked.get("role"):
        found = found.filter(needs_role=role)
    if text := asked.get("q", "").strip():
        found = found.filter(
            Q(customer__name__icontains=text) | Q(customer__short_name__icontains=text)
            | Q(customer__code__iexact=text)
        )  # fmt: skip
    return found


def tabs(_person: User, _now: datetime) -> Sequence[Tab]:
    """The built-in views."""
    return [
        Tab("", _("全部")), Tab("mine", _("等我批"), hot=True), Tab("first", _("首次定级")), Tab("up", _("升级")),
        Tab("down", _("降级")),
    ]  # fmt: skip


def filters(_person: User, now: datetime) -> Sequence[Filter]:
    """The conditions and what each can be."""
    pack = pack_or_none(now)
    known = tier_words(pack)
    approvers = dict.fromkeys(pack.tiers.approve.values() if pack and pack.tiers else ())
    return [
        Filter("after", _("改为"), [(code, word.name) for code, word in known.items()]),
        Filter("role", _("由谁批准"), [(role, role_title(role)) for role in approvers if role]),
    ]  # fmt: skip


class NoteForm(forms.Form):
    """What is written with every decision."""

    note = forms.CharField(label=gettext_lazy("说明"), max_length=400, required=False)


class WhyForm(forms.Form):
    """Why it is not approved."""

    note = forms.CharField(label=gettext_lazy("为什么不批准"), max_length=400)


def approve(pk: int, values: Mapping[str, Any], by: User, now: datetime) -> None:
    _decide(pk, values, by, now, approve=True)


def refuse(pk: int, values: Mapping[str, Any], by: User, now: datetime) -> None:
    _decide(pk, values, by, now, approve=False)


def _decide(pk: int, values: Mapping[str, Any], by: User, now: datetime, *, approve: bool) -> None:
    change = TierChange.objects.select_related("customer").filter(pk=pk).first()
    if change is None:
        raise NoSuchThing
    decide_tier(change=change, approve=approve, note=values["note"], by=by, now=now)


def called(rows_: QuerySet[TierChange]) -> dict[int, str]:
    """Id -> how the result of a deed names the change: by its customer."""
    found = rows_.select_related("customer").only(
        "customer__name", "customer__short_name", "customer__code"
    )
    return {row.pk: f"{row.customer.called} {row.customer.code}" for row in found}


LIST = Listing(
    key="tier-changes", title=gettext_lazy("级别评审"), url="customers:tiers", needs="customers.tier_propose",
    model=TierChange, rows=rows, tabs=tabs, filters=filters, orders={"new": ("-proposed_at", "id")},
    fit=lists.tier_changes_shown,
    deeds=(
        Deed("approve", gettext_lazy("批准"), "customers.tier_approve", approve, None, NoteForm, gettext_lazy("新的级别从今天起生效，按它要做的事随之产生，不能撤回。")),
        Deed("refuse", gettext_lazy("不批准"), "customers.tier_approve", refuse, None, WhyForm),
    ),
    titles=called,
)  # fmt: skip
