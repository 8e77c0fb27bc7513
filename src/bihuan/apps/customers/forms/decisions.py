"""Tiers, exceptions, merges and hand-overs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import words
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.enums import Change, Target
from bihuan.apps.customers.forms.customer import CustomerField, choose_as, people
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.queries.tiers import tier_words
from bihuan.apps.people.models import WorkCalendar
from bihuan.base.access.models import User
from bihuan.base.texts import in_words
from bihuan.base.vocabulary import vocabulary


class TierForm(forms.Form):
    """Another tier by hand."""

    after = forms.ChoiceField(label=_("改为"))
    why = forms.CharField(label=_("理由"), max_length=400, widget=forms.Textarea)

    def __init__(self, *args: Any, customer: Customer, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [
            word for word in tier_words(pack_or_none(now)).values() if word.code != customer.tier
        ]
        self.fields["after"].choices = [(word.code, word.name) for word in others]  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    """Yes or no, with a note."""

    approve = forms.ChoiceField(choices=[("1", _("批准")), ("0", _("不批准"))])
    note = forms.CharField(label=_("说明"), max_length=400, required=False)


class Moment(forms.DateTimeField):
    """Date and time of the browser's own picker, in local time."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **kwargs
        )


class ExceptionForm(forms.Form):
    """An exception that is asked for; somebody else approves it."""

    target = forms.ChoiceField(label=_("针对"), choices=words.choices(words.TARGET))
    code = forms.ChoiceField(label=_("规则或条款"))
    change = forms.ChoiceField(label=_("怎样变"), choices=words.choices(words.CHANGE))
    value = forms.CharField(
        label=_("改成"),
        max_length=80,
        required=False,
        help_text=_("期限写 2h、3wd、5d 这样的单位；日历和岗位写名称。免除不用写。"),
    )
    from_at = Moment(label=_("起"))
    to_at = Moment(label=_("止"), required=False, help_text=_("不写就一直有效，直到有人结束它。"))
    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pack = pack_or_none(now)
        rules = (
            [
                (rule.id, f"{_number(pack, rule.clause)} {in_words(rule.title)}")
                for rule in pack.rules.values()
            ]
            if pack
            else []
        )
        clauses = (
            [(each.id, f"{each.number} {in_words(each.title)}") for each in pack.clauses.values()]
            if pack
            else []
        )
        self.fields["code"].choices = [  # type: ignore[attr-defined]
            (words.title(words.TARGET, Target.RULE), rules),
            (words.title(words.TARGET, Target.CLAUSE), clauses),
        ]

    def clean_value(self) -> str:
        """Calendars and roles are written by their names; they are kept by their codes."""
        value = str(self.cleaned_data["value"]).strip()
        known: dict[str, str] = {}
        if self.cleaned_data.get("change") == Change.CALENDAR:
            known = {row.name: row.code for row in WorkCalendar.objects.all()}
        if self.cleaned_data.get("change") == Change.BY:
            for code, role in vocabulary().roles.items():
                known |= {role.title.zh: code, role.title.en.casefold(): code}
        return known.get(value) or known.get(value.casefold()) or value


def _number(pack: Any, clause: str) -> str:
    found = pack.clauses.get(clause)
    return found.number if found else clause


class MergeForm(forms.Form):
    """Which row goes into this one."""

    gone = CustomerField(
        label=_("并入的那一家"),
        help_text=_("编号或全称。它的联系人、设备、合同和订单会转到这一家。"),
    )
    why = forms.CharField(label=_("为什么是同一家"), max_length=300, widget=forms.Textarea)

    def __init__(self, *args: Any, person: User, kept: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_as(self, person, kept)


class HandOverForm(forms.Form):
    """Another account manager."""

    to = people("account_manager", "sales", label=_("新的客户经理"), required=True)
    reason = forms.ChoiceField(label=_("原因"), choices=words.choices(words.HAND_OVER))
    note = forms.CharField(label=_("说明"), max_length=300, required=False)
