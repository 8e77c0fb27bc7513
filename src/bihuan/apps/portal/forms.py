"""The customer's forms: few fields, each fault in one plain sentence."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _now_
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers.rules import phones
from bihuan.apps.portal.actions import Said
from bihuan.apps.portal.rules import KEY
from bihuan.apps.tickets.enums import Impact
from bihuan.apps.tickets.forms import MomentInput

LONG = 4000
RUNS = [("runs", _("能用")), ("badly", _("勉强能用")), ("stopped", _("停了"))]
KEEPS = {"\n", "\t"}


def plain(text: str) -> str:
    """Without marks that turn writing around, hide, or control a terminal."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        each for each in lines if each in KEEPS or unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Co")
    ).strip()  # fmt: skip


class Plain(forms.CharField):
    """Text as a person reads it."""

    def to_python(self, value: Any) -> str:
        # NUL is cut before Django's own check refuses it with its own words
        return plain(str(value)) if value else ""


class Keyed(forms.Form):
    key = forms.CharField(max_length=36, widget=forms.HiddenInput)

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"].lower()
        if not KEY.fullmatch(key):
            raise forms.ValidationError(_("请刷新页面后再提交。"))
        return key


class ReportForm(Keyed):
    what = Plain(
        label=_("怎么了？"), max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("比如：启动后异响，转速上不去")}),
        error_messages={"required": _("请写一句机器怎么了。")},
    )  # fmt: skip
    runs = forms.ChoiceField(
        label=_("机器还能用吗？"), choices=RUNS, widget=forms.RadioSelect,
        error_messages={"required": _("请选机器还能不能用。")},
    )  # fmt: skip
    danger = forms.BooleanField(label=_("有人受伤，或者有危险"), required=False)
    phone = forms.CharField(
        label=_("怎么联系您？"), max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel", "placeholder": _("手机或座机")}),
        error_messages={"required": _("请留一个电话，我们好联系您。")},
    )  # fmt: skip
    name = Plain(
        label=_("怎么称呼您"), max_length=30, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    happened_at = forms.DateTimeField(
        label=_("什么时候开始的"), required=False, widget=MomentInput(),
        error_messages={"invalid": _("时间没看懂，可以不填。")},
    )  # fmt: skip

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_phone(self) -> str:
        found = phones.tidy(self.cleaned_data["phone"])
        if phones.problem(found):
            raise forms.ValidationError(
                _("电话号码不对：手机 11 位，座机带区号，国外号码以 + 开头。")
            )
        return found

    def clean_happened_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data.get("happened_at")
        if at is not None and at > self.now:
            raise forms.ValidationError(_("时间还没到。请填已经发生的时间。"))
        return at

    def said(self, photos: list[Any]) -> Said:
        given = self.cleaned_data
        return Said(
            what=given["what"], phone=given["phone"], name=given["name"],
            happened_at=given["happened_at"], stopped=given["runs"] == "stopped", danger=given["danger"],
            impact=Impact.DEGRADED if given["runs"] == "badly" else "", who=self.who(),
            photos=photos,
        )  # fmt: skip

    def who(self) -> str:
        return ""


class OpenReportForm(ReportForm):
    """Without a code: which machine or which company is asked, too."""

    serial = Plain(label=_("出厂编号（铭牌上）"), max_length=60, required=False)
    company = Plain(label=_("单位名称"), max_length=120, required=False)
    field_order = ("serial", "company")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("serial") and not given.get("company"):
            self.add_error("serial", _("出厂编号和单位名称，至少填一项。"))
        return given

    def who(self) -> str:
        given = self.cleaned_data
        pairs = ((_now_("出厂编号"), given["serial"]), (_now_("单位"), given["company"]))
        return "\n".join(f"{title}：{value}" for title, value in pairs if value)


class MessageForm(Keyed):
    text = Plain(label=_("补充情况"), required=False, max_length=LONG)
    danger = forms.BooleanField(required=False)


class PlanForm(forms.Form):
    say = forms.ChoiceField(choices=[(each, each) for each in ("yes", "no")])
    text = Plain(required=False, max_length=LONG)


class ChangeForm(forms.Form):
    say = forms.ChoiceField(choices=[(each, each) for each in ("yes", "no", "stop")])
    text = Plain(required=False, max_length=400)
    understood = forms.BooleanField(required=False)


class AnswerForm(Keyed):
    say = forms.ChoiceField(choices=[(each, each) for each in ("yes", "no", "later", "again")])
    text = Plain(required=False, max_length=LONG)
    score = forms.TypedChoiceField(
        required=False,
        empty_value=None,
        coerce=int,
        choices=[(str(n), str(n)) for n in range(1, 6)],
    )
