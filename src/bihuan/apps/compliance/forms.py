"""What people fill in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.apps.compliance.actions import MOST_WORDS


class ReasonForm(forms.Form):
    """Why a frozen month is corrected."""

    reason = forms.CharField(
        label=_("更正的原因"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写清楚哪里当时不对、依据是什么。原来的版不会改。"),
        error_messages={"required": _("写明为什么要更正。")},
    )  # fmt: skip
