"""Forms of what people do to an alarm."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.apps.monitoring import figures, words
from bihuan.apps.monitoring.actions.alarms import NOTE, TOLD, WHY
from bihuan.apps.monitoring.actions.expecting import WHY as EXPECTED_WHY
from bihuan.apps.monitoring.actions.expecting import Plan
from bihuan.apps.monitoring.enums import Agreed, Awaited, Told
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.queries import lessons
from bihuan.apps.monitoring.queries.alarms import customer_words


def _area(label: Any, most: int, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=required, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class ConsentForm(forms.Form):
    """What the customer said of one machine."""

    what = forms.ChoiceField(label=_("对什么"), choices=lambda: words.choices(words.AGREED))
    given = forms.ChoiceField(
        label=_("表示"), choices=[("1", pgettext_lazy("consent", "同意")), ("0", pgettext_lazy("consent", "撤回"))]
    )  # fmt: skip
    person = forms.CharField(label=_("客户的哪一位"), max_length=80)
    told = forms.ChoiceField(label=_("怎么说的"), choices=lambda: words.choices(words.TOLD))
    evidence = forms.CharField(
        label=_("凭据"),
        max_length=200,
        help_text=_("合同号、邮件标题或录音编号：以后在哪里找得到。"),
    )
    said_at = forms.DateTimeField(label=_("什么时候说的"), widget=MomentInput)

    def said(self) -> dict[str, Any]:
        values = self.cleaned_data
        return values | {
            "what": Agreed(values["what"]), "told": Told(values["told"]), "given": values["given"] == "1",
        }  # fmt: skip


class ExpectedForm(forms.Form):
    """A time in which a machine's alarms are expected."""

    reason = forms.ChoiceField(
        label=_("为什么会报警"), choices=lambda: words.choices(words.AWAITED)
    )
    text = forms.CharField(label=_("说明"), max_length=EXPECTED_WHY)
    from_at = forms.DateTimeField(label=_("从"), widget=MomentInput)
    until_at = forms.DateTimeField(label=_("到"), widget=MomentInput)
    days = forms.MultipleChoiceField(
        label=_("每周重复"), required=False, choices=lambda: words.choices(words.DAYS),
        widget=forms.CheckboxSelectMultiple, help_text=_("不选就是一次。"),
    )  # fmt: skip
    starts = forms.TimeField(
        label=_("每次从几点"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    ends = forms.TimeField(
        label=_("每次到几点"), required=False, widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("重复时才填；早于开始的算第二天。"),
    )  # fmt: skip

    def plan(self) -> Plan:
        values = self.cleaned_data
        return Plan(**values | {
            "reason": Awaited(values["reason"]), "days": frozenset(int(day) for day in values["days"]),
        })  # fmt: skip


class AlarmForm(forms.Form):
    """Nothing to fill in."""

    def __init__(self, *args: Any, alarm: Alarm, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.begin(alarm, now)

    def begin(self, alarm: Alarm, now: datetime) -> None:
        """What stands in it at first."""


class ShelveForm(AlarmForm):
    until = forms.DateTimeField(label=_("搁置到"), widget=MomentInput)
    why = forms.CharField(label=_("理由"), max_length=WHY)

    def begin(self, alarm: Alarm, now: datetime) -> None:
        hours = figures.number("shelve_hours", now)
        self.fields["until"].help_text = _("最多搁置 %(hours)s 小时，到时自动回到待确认。") % {
            "hours": f"{hours:g}"
        }
        first = timezone.localtime(now + timedelta(hours=min(8, hours)))
        self.initial.setdefault("until", first.replace(second=0, microsecond=0, tzinfo=None))


class FalseForm(AlarmForm):
    text = _area(_("为什么是误报"), NOTE, help_text=_("误报计入误报率。"))


class RealForm(AlarmForm):
    text = _area(_("说明"), NOTE, required=False)


class CauseForm(AlarmForm):
    cause = forms.ChoiceField(label=_("实际原因"), widget=forms.RadioSelect)

    def begin(self, alarm: Alarm, now: datetime) -> None:
        self.fields["cause"].choices = lessons.choices(alarm)  # type: ignore[attr-defined]
        own = lessons.own(alarm)
        hint = lessons.hint(own)
        if own is not None and own.cause:
            self.initial.setdefault("cause", own.cause)
        if hint:
            self.fields["cause"].help_text = _("工单解决时记的原因类别：%(hint)s。") % {
                "hint": hint
            }


class NoteForm(AlarmForm):
    text = _area(_("备注"), NOTE)

    def begin(self, alarm: Alarm, now: datetime) -> None:
        self.initial.setdefault("text", alarm.note)


class TellForm(AlarmForm):
    text = _area(_("告诉了客户什么"), TOLD, help_text=_("先联系客户和工程师，再在这里记下原话。"))

    def begin(self, alarm: Alarm, now: datetime) -> None:
        self.initial.setdefault("text", customer_words(alarm))
