"""Forms of what people do to an alarm."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.alarms import NOTE, TOLD, WHY
from bihuan.apps.monitoring.models import Alarm
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


class NoteForm(AlarmForm):
    text = _area(_("备注"), NOTE)

    def begin(self, alarm: Alarm, now: datetime) -> None:
        self.initial.setdefault("text", alarm.note)


class TellForm(AlarmForm):
    text = _area(_("告诉了客户什么"), TOLD, help_text=_("先联系客户和工程师，再在这里记下原话。"))

    def begin(self, alarm: Alarm, now: datetime) -> None:
        self.initial.setdefault("text", customer_words(alarm))
