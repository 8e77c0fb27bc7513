"""Why an envelope stands in the inbox, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WHY = {
    "not_proven": _("写了工单号，但发件人不是这张工单的人"),
    "ended": _("工单已经结束"),
    "no_such_number": _("没有这个工单号"),
    "empty": _("没有内容"),
    "text_missing": _("没有内容"),
    "reporter_unknown": _("没有发件人"),
    "no_sender": _("没有发件人"),
    "too_big": _("邮件太大，只留了开头"),
    "too_deep": _("邮件嵌套太深"),
    "too_many_parts": _("邮件部分太多"),
    "unreadable": _("邮件读不出来"),
    "loop": _("是本系统自己发出的邮件"),
    "auto_submitted": _("自动回复"),
    "precedence": _("群发或自动邮件"),
    "list": _("邮件列表"),
    "bounce": _("退信"),
    "burst": _("同一发件人短时间内来信太多"),
}


def why(code: str) -> str:
    return str(WHY.get(code, code))
