"""How somebody wants to be told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bihuan.base.notify.models import Preference

_TIME = {"type": "time"}


class PreferenceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Preference
        fields = ("mail", "wecom", "wecom_id", "quiet_from", "quiet_to", "digest_at")
        labels = {
            "mail": _("发邮件"),
            "wecom": _("发企业微信"),
            "wecom_id": _("企业微信账号"),
            "quiet_from": _("免打扰开始"),
            "quiet_to": _("免打扰结束"),
            "digest_at": _("每天汇总时间"),
        }
        help_texts = {
            "quiet_to": _("紧急通知不受免打扰限制。"),
            "digest_at": _("填了以后，不紧急的通知每天只在这个时间发。"),
        }
        widgets = {
            name: forms.TimeInput(attrs=_TIME) for name in ("quiet_from", "quiet_to", "digest_at")
        }

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if (found.get("quiet_from") is None) != (found.get("quiet_to") is None):
            self.add_error("quiet_to", gettext("免打扰的开始和结束要一起填。"))
        return found


class WebhookForm(forms.Form):
    title = forms.CharField(label=_("名称"), max_length=80)
    address = forms.URLField(label=_("地址"), max_length=300, assume_scheme="https")
    kinds = forms.CharField(
        label=_("通知种类"),
        help_text=_("用空格分开；以点结尾表示这一类全部，例如 obligation."),
    )

    def clean_kinds(self) -> list[str]:
        return str(self.cleaned_data["kinds"]).split()
