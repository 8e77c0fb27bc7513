"""Forms of problem records."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets.models import Model
from bihuan.apps.tickets.forms import LONG, PersonField, area
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.problems.actions import ProblemAs
from bihuan.base.access.models import User
from bihuan.base.access.rights import RIGHTS


class ModelField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.called)


class ProblemForm(forms.Form):
    title = forms.CharField(
        label=_("问题"), max_length=120, help_text=_("写现象和部件，不写客户名称。")
    )
    text = forms.CharField(label=_("说明"), required=False, max_length=LONG, widget=area(3))
    model = ModelField(label=_("型号"), queryset=Model.objects.none(), required=False)
    owner = PersonField(label=_("负责人"), queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = list(RIGHTS["tickets.problems_edit"])
        people = User.objects.filter(is_active=True, roles__overlap=roles).order_by("name", "id")
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        self.fields["model"].queryset = Model.objects.order_by("code", "id")  # type: ignore[attr-defined]

    def problem(self) -> ProblemAs:
        return ProblemAs(**self.cleaned_data)


class TicketsForm(forms.Form):
    """Tickets by their numbers, as they are copied from a list."""

    numbers = forms.CharField(
        label=_("工单编号"), max_length=2000, widget=area(2),
        help_text=_("可以写多个，用空格、逗号或换行隔开。"),
    )  # fmt: skip

    def clean_numbers(self) -> list[Ticket]:
        text = self.cleaned_data["numbers"].upper()
        for mark in ",，、;；":
            text = text.replace(mark, " ")
        wanted = list(dict.fromkeys(text.split()))
        found = {row.number: row for row in Ticket.objects.filter(number__in=wanted)}
        missing = [each for each in wanted if each not in found]
        if missing:
            raise forms.ValidationError(
                _("没有这些编号的工单：%(list)s。"), params={"list": "、".join(missing[:5])}
            )
        return [found[each] for each in wanted]


class KnownForm(forms.Form):
    cause = forms.CharField(label=_("原因"), max_length=LONG, widget=area(2))
    workaround = forms.CharField(
        label=_("临时办法"), max_length=LONG, widget=area(4),
        help_text=_("会写进每一张关联的未结工单。"),
    )  # fmt: skip
    public = forms.BooleanField(label=_("也写给这些工单的客户"), required=False)


class FixForm(forms.Form):
    text = forms.CharField(label=_("怎样根除的"), max_length=LONG, widget=area(3))


class WhyForm(forms.Form):
    text = forms.CharField(label=_("原因"), max_length=LONG, widget=area(2))
