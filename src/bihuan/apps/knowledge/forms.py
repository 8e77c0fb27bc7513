"""Forms of knowledge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.apps.assets.models import Model
from bihuan.apps.assets.queries.lists import families_made
from bihuan.apps.knowledge import words
from bihuan.apps.knowledge.enums import Audience, Kind
from bihuan.apps.knowledge.rules import Content, fault_codes
from bihuan.base.access.models import User
from bihuan.base.access.rights import RIGHTS

BODY = 30000


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


def _text(label: Any, rows: int, longest: int, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=longest, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


class ArticleForm(forms.Form):
    """All that a version says; the version that was opened is carried along."""

    kind = forms.ChoiceField(label=_("种类"), choices=words.choices(words.KIND))
    title = forms.CharField(label=_("标题"), max_length=160)
    title_en = forms.CharField(label=_("英文标题"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("正文语言"), choices=words.choices(words.LANGUAGE))
    audiences = forms.MultipleChoiceField(
        label=_("读者"), choices=words.choices(words.AUDIENCE), widget=forms.CheckboxSelectMultiple
    )
    part = forms.CharField(label=_("部件"), max_length=60, required=False)
    symptom = forms.CharField(label=_("现象"), max_length=80, required=False)
    cause = _text(pgettext_lazy("fault", "原因"), 3, 4000)
    remedy = _text(_("处理办法"), 5, 8000, _("可以用编号列出步骤。"))
    body = _text(
        _("正文"), 12, BODY, _("# 标题，- 列表，1. 步骤，**加粗**，[文字](https://地址)。")
    )
    codes = forms.CharField(
        label=_("故障码"), max_length=300, required=False, help_text=_("几个代码用逗号隔开。")
    )
    families = forms.MultipleChoiceField(
        label=_("适用产品系列"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选就是适用全部。"),
    )  # fmt: skip
    model_codes = forms.MultipleChoiceField(
        label=_("适用型号"), required=False, widget=forms.SelectMultiple(attrs={"size": 5})
    )
    safety = forms.BooleanField(label=_("涉及安全"), required=False)
    owner = forms.ModelChoiceField(label=_("负责人"), queryset=User.objects.none())
    note = forms.CharField(label=_("改了什么"), max_length=200, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, *args: Any, person: User, circles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields
        field["families"].choices = families_made(*self.initial.get("families", ())).items()  # type: ignore[attr-defined]
        field["model_codes"].choices = [  # type: ignore[attr-defined]
            (code, f"{code} {name}" if name != code else code)
            for code, name in Model.objects.order_by("code").values_list("code", "name")
        ]
        field["audiences"].choices = [  # type: ignore[attr-defined]
            (code, word) for code, word in words.choices(words.AUDIENCE) if code in circles
        ]
        roles = list(RIGHTS["knowledge.edit"])
        owners = User.objects.filter(is_active=True, roles__overlap=roles).order_by("name")
        field["owner"].queryset = owners  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("kind") == Kind.CASE and not values.get("symptom", "").strip():
            self.add_error("symptom", _("故障案例要写现象。"))
        if not values.get("body", "").strip() and not values.get("remedy", "").strip():
            self.add_error("body", _("正文和处理办法至少写一项。"))
        return values

    @property
    def content(self) -> Content:
        """What was written; only after `is_valid`."""
        v = self.cleaned_data
        return Content(
            kind=v["kind"], title=v["title"], title_en=v["title_en"], language=v["language"],
            audiences=tuple(v["audiences"]), part=v["part"], symptom=v["symptom"], cause=v["cause"],
            remedy=v["remedy"], body=v["body"], codes=fault_codes(v["codes"]),
            families=tuple(v["families"]), model_codes=tuple(v["model_codes"]), safety=v["safety"],
        )  # fmt: skip

    @staticmethod
    def values_of(content: Content) -> dict[str, Any]:
        """A content as the form shows it."""
        values = {name: getattr(content, name) for name in Content.__dataclass_fields__}
        return values | {"codes": ", ".join(content.codes)}

    @staticmethod
    def blank() -> dict[str, Any]:
        return {
            "kind": Kind.CASE,
            "language": "zh",
            "audiences": [Audience.ENGINEER, Audience.STAFF],
        }


class ReasonForm(forms.Form):
    """Why it is sent back, retired, or did not help."""

    reason = forms.CharField(label=_("理由"), max_length=300, required=False)


class ReviewForm(forms.Form):
    """When it is to be read again."""

    review_on = forms.DateField(
        label=_("下次复核日"), required=False, widget=DayInput(), help_text=_("留空就不提醒。")
    )


class SynonymForm(forms.Form):
    """What people say, and our word for it."""

    other = forms.CharField(label=_("别的说法"), max_length=40)
    ours = forms.CharField(label=_("我们的说法"), max_length=40)


class DutyForm(forms.Form):
    """What was done about a duty of knowledge."""

    article = forms.CharField(label=_("条目编号"), max_length=12, required=False, help_text=_("例如 ZS-000012，可不填。"))  # fmt: skip
    text = forms.CharField(
        label=_("说明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
