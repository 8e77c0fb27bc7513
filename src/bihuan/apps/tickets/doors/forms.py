"""Forms of the doors."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.apps.people.models import Region
from bihuan.apps.tickets import words
from bihuan.apps.tickets.doors.hooks import FIELDS
from bihuan.apps.tickets.doors.models import Mailbox
from bihuan.apps.tickets.enums import Channel, Kind
from bihuan.apps.tickets.forms import LONG, MomentInput, PersonField, area, staff


class LinkForm(forms.Form):
    number = forms.CharField(label=_("工单号"), max_length=24)


class MakeForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("种类"), choices=words.choices(words.KIND), initial=Kind.CONSULT
    )
    title = forms.CharField(label=_("现象或问题"), max_length=120)


class DismissForm(forms.Form):
    reason = forms.CharField(label=_("原因"), max_length=LONG, widget=area(2))


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]
    """The password is written only: the page never gets the old one back."""

    secret = forms.CharField(
        label=_("密码或授权码"), required=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("不填就保留原来的。加密保存，不再显示。"),
    )  # fmt: skip
    security = forms.ChoiceField(
        label=_("连接方式"),
        choices=[
            ("SSL", _("加密（SSL）")),
            ("STARTTLS", "STARTTLS"),
            ("PLAIN", _("不加密（只在本机）")),
        ],
    )

    class Meta:
        model = Mailbox
        fields = ("title", "address", "host", "port", "security", "login", "folder", "active")
        labels = {
            "title": _("名称"), "address": _("邮箱地址"), "host": _("IMAP 服务器"), "port": _("端口"),
            "login": _("登录名"), "folder": _("文件夹"), "active": _("收信"),
        }  # fmt: skip
        help_texts = {"address": _("给客户的回执和答复用这个地址，客户的回信回到这里。")}

    field_order = (
        "title",
        "address",
        "host",
        "port",
        "security",
        "login",
        "secret",
        "folder",
        "active",
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.instance.pk and not found.get("secret"):
            self.add_error("secret", _("请填密码或授权码。"))
        local = found.get("host") in ("localhost", "127.0.0.1", "::1")
        if found.get("security") == "PLAIN" and found.get("host") and not local:
            self.add_error("security", _("不加密只能用于本机的服务器。"))
        return found


# What each field of the mapping is called on the screen.
MAPPED = {
    "id": _("消息编号"), "text": _("正文"), "sender": _("发送人编号"), "name": _("发送人姓名"),
    "thread": _("会话编号"), "title": _("标题"), "machine": _("设备码"), "at": _("时间"),
}  # fmt: skip


class HookForm(forms.Form):
    title = forms.CharField(label=_("名称"), max_length=60)
    channel = forms.ChoiceField(
        label=_("渠道"), initial=Channel.SOCIAL,
        choices=[(each, words.CHANNEL[each]) for each in (Channel.SOCIAL, Channel.WECOM, Channel.WECHAT_KF, Channel.MINIAPP, Channel.SMS, Channel.APP)],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FIELDS:
            self.fields[f"at_{name}"] = forms.CharField(
                label=MAPPED[name], required=False, max_length=80, initial=name
            )

    def mapping(self) -> dict[str, str]:
        return {name: self.cleaned_data[f"at_{name}"].strip() for name in FIELDS}


class WecomForm(forms.Form):
    """What WeCom shows at 应用管理 > 接收消息 > 设置 API 接收."""

    title = forms.CharField(label=_("名称"), max_length=60)
    receiver = forms.CharField(label=_("企业 ID（CorpID）"), max_length=64)
    token = forms.CharField(label="Token", max_length=32)
    aes_key = forms.CharField(
        label="EncodingAESKey", max_length=60, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("加密保存，不再显示。"),
    )  # fmt: skip


class ExtensionForm(forms.Form):
    number = forms.RegexField(
        r"^[0-9*#]{1,20}$", label=_("我的分机"), required=False, max_length=20,
        error_messages={"invalid": _("分机只能是数字。")},
    )  # fmt: skip


class OnCallForm(forms.Form):
    user = PersonField(label=_("值班人"), queryset=staff())
    region = forms.ChoiceField(label=_("区域"), required=False)
    from_at = forms.DateTimeField(label=_("从"), widget=MomentInput())
    to_at = forms.DateTimeField(label=_("到"), widget=MomentInput())
    place = forms.IntegerField(
        label=_("先后"), min_value=1, max_value=20, initial=1, help_text=_("数字小的先呼叫。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Region.objects.order_by("code").values_list("code", "name")
        self.fields["region"].choices = [("", _("全部区域")), *rows]  # type: ignore[attr-defined]
        self.fields["user"].queryset = staff()  # type: ignore[attr-defined]


class PaperCountForm(forms.Form):
    count = forms.IntegerField(label=_("张数"), min_value=1, max_value=100, initial=10)
