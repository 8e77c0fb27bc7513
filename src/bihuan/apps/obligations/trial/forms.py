"""What somebody asks of a trial."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion


class TrialForm(forms.Form):
    """Versions side by side, a span of what was recorded, and what a duty costs."""

    base = forms.ModelChoiceField(
        PackVersion.objects.none(), label=_("拿什么比"), help_text=_("多半是生效版。")
    )
    versions = forms.ModelMultipleChoiceField(
        PackVersion.objects.none(), label=_("试哪些"), widget=forms.CheckboxSelectMultiple
    )
    since = forms.DateField(label=_("从"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("到"), widget=forms.DateInput(attrs={"type": "date"}))
    minutes = forms.IntegerField(
        label=_("每项平均用时（分钟）"), min_value=1, max_value=600,
        help_text=_("用来把忙闲换算成人数。"),
    )  # fmt: skip

    def __init__(self, *args: Any, today: date, draft: str = "", **kwargs: Any) -> None:
        rows = PackVersion.objects.defer("files").order_by("-made_at")
        published = rows.filter(status=Status.PUBLISHED)
        # What was done before the first regulation is recorded nowhere: it would count as late.
        since = today - timedelta(days=365)
        held = published.filter(in_force_from__date__lt=today).order_by("in_force_from")
        if (first := held.values_list("in_force_from", flat=True).first()) is not None:
            since = max(since, localdate(first))
        kwargs["initial"] = {
            "base": published.filter(in_force_from__date__lte=today).first() or published.first(),
            "versions": rows.filter(pk=draft) if draft.isdecimal() else rows.filter(status=Status.DRAFT)[:1],
            "since": since, "until": today - timedelta(days=1), "minutes": 30,
        }  # fmt: skip
        super().__init__(*args, **kwargs)
        for name in ("base", "versions"):
            self.fields[name].label_from_instance = PackVersion.named  # type: ignore[attr-defined]
        self.fields["base"].queryset = published  # type: ignore[attr-defined]
        self.fields["versions"].queryset = rows  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        base = given.get("base")
        if base is not None and base in given.get("versions", ()):
            self.add_error("versions", _("不能和自己比。去掉拿来比的那一版。"))
        return given
