"""Forms of remote commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.apps.monitoring.actions.commanding import REASON, SAID, WHO, WHY
from bihuan.apps.monitoring.actions.permits import PROOF
from bihuan.lib.machines import Setting

LONGEST = 9


def _area(label: Any, most: int, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, help_text=help_text, required=required,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class ProposeForm(forms.Form):
    """A new value for one set-point; what it must fit in stands beside each field."""

    value = forms.FloatField(label=gettext_lazy("新值"))
    keep = forms.IntegerField(label=gettext_lazy("保持多少分钟"), min_value=1)
    ticket = forms.ChoiceField(label=gettext_lazy("为哪张工单"))
    reason = _area(gettext_lazy("为什么要调"), REASON, gettext_lazy("客户也会读到。"))

    def __init__(
        self, *args: Any, setting: Setting, unit: str, tickets: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        most = round(setting.keep / 60)
        self.fields["value"].help_text = _("%(low)s 到 %(high)s，步长 %(step)s") % {
            "low": f"{setting.low:g}", "high": f"{setting.high:g} {unit}".strip(), "step": f"{setting.step:g}",
        }  # fmt: skip
        self.fields["value"].widget.attrs |= {"step": "any", "inputmode": "decimal"}
        self.fields["keep"].help_text = _("最多 %(n)s 分钟，到时自动改回原值。") % {"n": most}
        self.initial.setdefault("keep", min(60, most))
        ticket = self.fields["ticket"]
        assert isinstance(ticket, forms.ChoiceField)
        ticket.choices = [(number, f"{number} {title}") for number, title in tickets.items()]
        if not tickets:
            ticket.help_text = _("这台设备没有未关闭的工单。请先建工单，再申请。")


class PhoneForm(forms.Form):
    who = forms.CharField(label=gettext_lazy("客户那边是谁同意的"), max_length=WHO)
    said = _area(
        gettext_lazy("怎么同意的"),
        SAID,
        gettext_lazy("几点、哪个电话、原话、录音号。没有回音不算同意。"),
    )


class WhyForm(forms.Form):
    why = _area(gettext_lazy("理由"), WHY)


class WithdrawForm(forms.Form):
    why = _area(
        gettext_lazy("客户怎么说的"),
        WHY,
        gettext_lazy("还没发出的立刻停；已在路上而设备仍执行了的，立刻改回。"),
    )


class PermitForm(forms.Form):
    given_by = forms.CharField(label=gettext_lazy("客户那边是谁允许的"), max_length=WHO)
    proof = forms.CharField(
        label=gettext_lazy("凭据"),
        max_length=PROOF,
        help_text=gettext_lazy("合同号、邮件日期、录音号，或存在哪里。"),
    )
