"""What people fill in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.apps.compliance.actions import MOST_WORDS
from bihuan.apps.compliance.counting import EARLIEST, this_month
from bihuan.apps.compliance.rules import department_of
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base.texts import in_words
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Clause


class ReasonForm(forms.Form):
    """Why a frozen month is corrected."""

    reason = forms.CharField(
        label=_("更正的原因"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写清楚哪里当时不对、依据是什么。原来的版不会改。"),
        error_messages={"required": _("写明为什么要更正。")},
    )  # fmt: skip


class BundleForm(forms.Form):
    """The month of a bundle, perhaps one clause or one department of it."""

    month = forms.CharField(label=_("月份"), max_length=7, help_text=_("如 2026-03。"))
    clause = forms.ChoiceField(label=_("条款"), required=False)
    department = forms.ChoiceField(label=_("部门"), required=False)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        clauses = [(each.id, f"§ {each.number} {in_words(each.title)}") for each in clauses_at(now)]
        self.fields["clause"].choices = [("", _("全部")), *clauses]  # type: ignore[attr-defined]
        roles = vocabulary().roles
        up = {code: role.up for code, role in roles.items()}
        heads = dict.fromkeys(department_of(code, up) for code in up)
        self.fields["department"].choices = [  # type: ignore[attr-defined]
            ("", _("全部")), *((code, in_words(roles[code].title)) for code in heads if code in roles),
        ]  # fmt: skip

    def clean_month(self) -> date:
        try:
            first = date.fromisoformat(f"{self.cleaned_data['month']}-01")
        except ValueError:
            raise forms.ValidationError(_("月份要写成 2026-03 这样。")) from None
        if not EARLIEST <= first <= this_month(self.now):
            raise forms.ValidationError(_("这个月还没有到。"))
        return first


def clauses_at(now: datetime) -> list[Clause]:
    """The clauses of the regulation in force, in its order."""
    try:
        return list(pack_at(now).clauses.values())
    except NoPackInForce:
        return []


class LinkForm(forms.Form):
    """Until when a customer may use a link."""

    until = forms.DateField(
        label=_("有效到"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("含这一天，最长一年；随时可以停用。"),
    )  # fmt: skip
