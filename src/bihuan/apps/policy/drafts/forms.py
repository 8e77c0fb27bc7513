"""What people write about a draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ReviseForm(forms.Form):
    name = forms.CharField(label=_("新版本叫"), max_length=20)


class PieceForm(forms.Form):
    """One entry as YAML, what it was called, and the revision of the draft it was read from."""

    text = forms.CharField(
        label=_("原文（YAML）"), required=False, strip=False, max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 18, "class": "code", "spellcheck": "false"}),
    )  # fmt: skip
    # named as ui/draft.js names it: what was typed on an older state is told as a conflict
    version = forms.IntegerField(widget=forms.HiddenInput)
    entry = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)


class PresetForm(forms.Form):
    """Which preset, and the clause that promises it."""

    preset = forms.ChoiceField(label=_("哪一套"), widget=forms.RadioSelect)
    clause = forms.ChoiceField(
        label=_("放在哪一条下"), help_text=_("规则要有条文作依据：选答应了响应时间的那一条。")
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, presets: Sequence[tuple[str, str]], clauses: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["preset"].choices = presets  # type: ignore[attr-defined]
        self.fields["clause"].choices = clauses  # type: ignore[attr-defined]


class SubmitForm(forms.Form):
    """The day on which the version shall take force, and what the approver should know."""

    from_on = forms.DateField(
        label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("只管此后的事；已有的期限不动。"),
    )  # fmt: skip
    note = forms.CharField(
        label=_("给批准人的话"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    trial = forms.IntegerField(required=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput)


class BackForm(forms.Form):
    why = forms.CharField(
        label=_("为什么退回"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
