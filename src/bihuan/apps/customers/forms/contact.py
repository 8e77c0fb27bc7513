"""Contacts and what they agreed to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import words
from bihuan.apps.customers.models import Contact, Customer


class ContactForm(forms.Form):
    """Fields of `add_contact`. Family and likes only for those who may see them."""

    name = forms.CharField(label=_("姓名"), max_length=40)
    title = forms.CharField(label=_("职务"), max_length=60, required=False)
    department = forms.CharField(label=_("部门"), max_length=60, required=False)
    decision_role = forms.ChoiceField(
        label=_("决策链角色"), choices=words.choices(words.DECISION, blank="—"), required=False
    )
    reports_to = forms.ModelChoiceField(
        Contact.objects.none(), label=_("上级"), required=False, empty_label="—"
    )
    is_key = forms.BooleanField(label=_("关键联系人"), required=False)
    phone = forms.CharField(label=_("手机或电话"), max_length=40, required=False)
    email = forms.EmailField(label=_("邮箱"), required=False)
    wecom = forms.CharField(label=_("企业微信"), max_length=64, required=False)
    birthday_month = forms.IntegerField(
        label=_("生日月"), required=False, min_value=1, max_value=12
    )
    birthday_day = forms.IntegerField(label=_("生日日"), required=False, min_value=1, max_value=31)
    birthday_lunar = forms.BooleanField(label=_("农历生日"), required=False)
    private_notes = forms.CharField(
        label=_("家庭与喜好"),
        max_length=2000,
        required=False,
        widget=forms.Textarea,
        help_text=_("只有客户经理和市场负责人看得到。不写孩子的姓名。"),
    )

    def __init__(
        self,
        *args: Any,
        customer: Customer,
        contact: Contact | None = None,
        private: bool,
        whole_phone: bool = True,
        **kwargs: Any,
    ) -> None:
        if contact is not None:
            names = [name for name in self.base_fields if name != "reports_to"]
            initial = {name: getattr(contact, name) for name in names} | {
                "reports_to": contact.reports_to_id
            }
            if not whole_phone:
                # the number itself is a logged read; an empty field keeps it as it is
                initial |= {"phone": ""}
            kwargs.setdefault("initial", initial)
        super().__init__(*args, **kwargs)
        others = customer.contacts.filter(left_on=None)
        if contact is not None:
            others = others.exclude(pk=contact.pk)
        self.fields["reports_to"].queryset = others.order_by("pinyin", "id")  # type: ignore[attr-defined]
        self.keep_phone = contact is not None and not whole_phone
        if self.keep_phone and contact is not None and contact.phone:
            self.fields["phone"].help_text = _("现在是 %(phone)s。要换才写。") % {
                "phone": contact.masked_phone
            }
        if not private:
            del self.fields["private_notes"]

    def values(self) -> dict[str, Any]:
        """What the action takes."""
        found = dict(self.cleaned_data)
        if self.keep_phone and not found["phone"]:
            del found["phone"]
        return found


class ConsentForm(forms.Form):
    """An agreement for one purpose and channel, or its withdrawal."""

    purpose = forms.ChoiceField(label=_("用途"), choices=words.choices(words.PURPOSE))
    channel = forms.ChoiceField(label=_("渠道"), choices=words.choices(words.CHANNEL))
    agreed = forms.ChoiceField(
        label=_("同意还是撤回"), choices=[("1", _("同意")), ("0", _("撤回"))]
    )
    source = forms.CharField(
        label=_("依据"), max_length=120, help_text=_("比如：服务协议第 6 条，或电话里口头同意。")
    )


class LeftForm(forms.Form):
    """The contact left."""

    left_on = forms.DateField(label=_("离任日"), widget=forms.DateInput(attrs={"type": "date"}))
    successor = forms.ModelChoiceField(
        Contact.objects.none(), label=_("接任者"), required=False, empty_label=_("还不知道")
    )

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Contact.objects.filter(customer_id=contact.customer_id, left_on=None).exclude(
            pk=contact.pk
        )
        self.fields["successor"].queryset = others.order_by("pinyin", "id")  # type: ignore[attr-defined]


class UnmaskForm(forms.Form):
    """Why the whole number is needed."""

    reason = forms.CharField(label=_("用途"), max_length=200, help_text=_("这一次会记在日志里。"))
