"""Forms of what people do to the parts of a machine."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets import words
from bihuan.apps.monitoring.actions.parts import NOTE
from bihuan.apps.monitoring.forms import MomentInput


class ReplaceForm(forms.Form):
    on = forms.DateField(label=_("更换日"), widget=forms.DateInput(attrs={"type": "date"}))
    why = forms.ChoiceField(label=_("原因"), choices=words.choices(words.PART_WHY))
    serial = forms.CharField(label=_("新件序号"), max_length=60, required=False)
    note = forms.CharField(
        label=_("说明"), max_length=NOTE, help_text=_("换的是什么、为什么换。寿命从更换日重新计。")
    )


class MeasureForm(forms.Form):
    at = forms.DateTimeField(label=_("测量时间"), widget=MomentInput)
    percent = forms.FloatField(
        label=_("磨损（%）"),
        min_value=0,
        max_value=100,
        help_text=_("0 是新的，100 是用完。记成一次巡检，并修正寿命估计。"),
    )
    note = forms.CharField(label=_("怎么测的"), max_length=NOTE, required=False)
