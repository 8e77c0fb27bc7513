"""Forms of demands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.apps.customers.models import Contact
from bihuan.apps.demands import classes, words
from bihuan.apps.demands.enums import Decision
from bihuan.apps.demands.models import Demand
from bihuan.apps.demands.rules import SCORES
from bihuan.base.access.models import User


def _area(
    label: Any, *, required: bool = True, rows: int = 3, help_text: Any = ""
) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=4000, required=required, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class WishForm(forms.Form):
    """What a customer wants, as it is written down."""

    kind = forms.ChoiceField(
        label=gettext_lazy("种类"), choices=words.choices(words.KIND), widget=forms.RadioSelect,
        initial="SUGGESTION",
    )  # fmt: skip
    text = _area(gettext_lazy("客户的原话"), rows=4)
    contact = forms.ModelChoiceField(
        label=gettext_lazy("谁提出的"), queryset=Contact.objects.none(), required=False
    )
    received_at = forms.DateTimeField(label=gettext_lazy("什么时候提出的"), widget=MomentInput())

    def __init__(self, *args: Any, customer_id: int, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = Contact.objects.filter(  # type: ignore[attr-defined]
            customer_id=customer_id, left_on=None
        ).order_by("-is_key", "pinyin")
        self.fields["received_at"].initial = now.replace(second=0, microsecond=0)


class DeedForm(forms.Form):
    """A form of one deed; knows its demand."""

    def __init__(self, *args: Any, demand: Demand, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.demand = demand
        if "contact" in self.fields:
            self.fields["contact"].queryset = Contact.objects.filter(  # type: ignore[attr-defined]
                customer_id=demand.customer_id, left_on=None
            ).order_by("-is_key", "pinyin")
            self.fields["contact"].initial = demand.contact_id


class ClassifyForm(DeedForm):
    topic = forms.ChoiceField(label=gettext_lazy("类别"), widget=forms.RadioSelect)
    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=words.choices(words.KIND))
    text = _area(gettext_lazy("说明"), required=False, rows=2)

    def __init__(self, *args: Any, demand: Demand, **kwargs: Any) -> None:
        super().__init__(*args, demand=demand, **kwargs)
        guess, found = classes.proposed(demand.text)
        spoke = {each.code: "、".join(each.spoke) for each in found}
        self.fields["topic"].choices = [  # type: ignore[attr-defined]
            (code, f"{title} · {spoke[code]}" if code in spoke else title)
            for code, title in classes.titles().items()
        ]
        self.fields["topic"].initial = demand.topic or (guess.code if guess else None)
        self.fields["kind"].initial = demand.kind


class ConcludeForm(DeedForm):
    accepted = forms.TypedChoiceField(
        label=gettext_lazy("结论"), choices=[("yes", gettext_lazy("采纳")), ("no", gettext_lazy("不采纳"))],
        widget=forms.RadioSelect, coerce=lambda value: value == "yes",
    )  # fmt: skip
    text = _area(gettext_lazy("理由，客户会问到"))


class ProposeForm(DeedForm):
    text = _area(gettext_lazy("方案"), rows=4)
    file = forms.FileField(label=gettext_lazy("方案文件"), required=False)
    for_customer = forms.BooleanField(
        label=gettext_lazy("请客户确认时，文件也给客户看"), required=False
    )


class PlanForm(DeedForm):
    text = _area(gettext_lazy("客户是谁、怎样说的"), help_text=gettext_lazy("没有回音不算同意。"))
    file = forms.FileField(label=gettext_lazy("客户签字的计划"), required=False)


class PlanNoForm(DeedForm):
    text = _area(
        gettext_lazy("客户是谁、怎样说的"), help_text=gettext_lazy("要重新提出方案，期限不变。")
    )


class DeliverForm(DeedForm):
    text = _area(gettext_lazy("做了什么、效果怎样"))
    file = forms.FileField(label=gettext_lazy("附件"), required=False)


class TellForm(DeedForm):
    text = _area(gettext_lazy("告诉客户的内容"))
    channel = forms.ChoiceField(
        label=gettext_lazy("方式"), choices=words.choices(words.CHANNEL),
        help_text=gettext_lazy("选邮件，就从服务邮箱发给所选联系人；别的方式由您自己告知，这里留下记录。"),
    )  # fmt: skip
    contact = forms.ModelChoiceField(
        label=gettext_lazy("告诉谁"), queryset=Contact.objects.none(), required=False
    )
    said = _area(
        gettext_lazy("客户当场怎样说"), required=False, rows=2,
        help_text=gettext_lazy("电话或当面告知的，这里或录音要有一样。"),
    )  # fmt: skip
    file = forms.FileField(label=gettext_lazy("录音"), required=False)


class AnswerForm(DeedForm):
    satisfied = forms.TypedChoiceField(
        label=gettext_lazy("客户认可这个结果吗"), choices=[("yes", gettext_lazy("认可")), ("no", gettext_lazy("不认可，要重办"))],
        widget=forms.RadioSelect, coerce=lambda value: value == "yes",
    )  # fmt: skip
    text = _area(gettext_lazy("客户是谁、怎样说的"), help_text=gettext_lazy("没有回音不算同意。"))


class AssignForm(DeedForm):
    to = forms.ModelChoiceField(
        label=gettext_lazy("负责人"), queryset=User.objects.filter(is_active=True).order_by("name")
    )
    text = _area(gettext_lazy("说明"), required=False, rows=2)


class ReviewForm(forms.Form):
    """One line of the meeting; empty means that the meeting did not come to it."""

    decision = forms.ChoiceField(
        choices=[(each, each) for each in Decision], required=False, widget=forms.RadioSelect
    )
    urgency = forms.TypedChoiceField(
        choices=[(n, n) for n in SCORES], coerce=int, empty_value=None, required=False
    )
    feasibility = forms.TypedChoiceField(
        choices=[(n, n) for n in SCORES], coerce=int, empty_value=None, required=False
    )
    priority = forms.TypedChoiceField(
        choices=[(n, n) for n in SCORES], coerce=int, empty_value=None, required=False
    )
    words = forms.CharField(max_length=1000, required=False)
    planned_for = forms.DateField(required=False)
    into = forms.CharField(max_length=40, required=False)
    version = forms.IntegerField(required=False)

    @property
    def touched(self) -> bool:
        """Whether the meeting said anything of it."""
        return any(
            self.data.get(self.add_prefix(name))
            for name in ("decision", "urgency", "feasibility", "priority", "words", "planned_for", "into")
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.touched and not values.get("decision") and "decision" not in self.errors:
            self.add_error("decision", _("打了分或写了话，还没有选结论。"))
        return values
