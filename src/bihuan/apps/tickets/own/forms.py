"""Forms of what a company writes itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.apps.tickets import words
from bihuan.apps.tickets.forms import area
from bihuan.apps.tickets.own.actions import Wording
from bihuan.apps.tickets.own.models import Phrase


class ItemForm(forms.Form):
    kind = forms.ChoiceField(label=_("种类"), choices=words.choices(words.KIND))
    zh = forms.CharField(label=_("核对什么"), max_length=80)
    en = forms.CharField(label=_("英文"), max_length=160, required=False)


class PhraseForm(forms.Form):
    title_zh = forms.CharField(label=_("叫什么"), max_length=20)
    text_zh = forms.CharField(
        label=_("对客户说的话"), max_length=1000, widget=area(4),
        help_text=_("{number} 工单号，{customer} 客户，{machine} 设备，{me} 您的名字，用时自动填上。"),
    )  # fmt: skip
    title_en = forms.CharField(label=_("英文叫什么"), max_length=40, required=False)
    text_en = forms.CharField(label=_("英文"), max_length=2000, required=False, widget=area(4))
    kind = forms.ChoiceField(label=_("只用于"), required=False)

    def __init__(self, *args: Any, phrase: Phrase | None = None, **kwargs: Any) -> None:
        if phrase is not None:
            kwargs["initial"] = {
                name: getattr(phrase, name) for name in Wording.__dataclass_fields__
            }
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("各种工单")), *words.choices(words.KIND)]  # type: ignore[attr-defined]

    def wording(self) -> Wording:
        return Wording(**self.cleaned_data)
