"""Titles of the stored codes, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bihuan.apps.callbacks import enums as e

Words = dict[str, "str | Promise"]

CALL_STATE: Words = {
    e.CallState.OPEN: _("未打通"),
    e.CallState.DONE: _("已完成"),
    e.CallState.RESCHEDULED: _("约好再打"),
    e.CallState.REFUSED: _("拒访"),
    e.CallState.UNREACHABLE: _("联系不上"),
    e.CallState.CONFIRM_TIMEOUT: _("确认超时"),
}
CALL_COLOUR = {
    e.CallState.OPEN: "orange", e.CallState.DONE: "green", e.CallState.RESCHEDULED: "blue",
    e.CallState.REFUSED: "grey", e.CallState.UNREACHABLE: "grey", e.CallState.CONFIRM_TIMEOUT: "orange",
}  # fmt: skip
KIND: Words = {
    e.CallKind.ROUTINE: _("例行回访"),
    e.CallKind.TRIGGERED: _("触发回访"),
    e.CallKind.PROGRESS: _("进度回访"),
    e.CallKind.COMPLETION: _("完工回访"),
    e.CallKind.VERIFICATION: _("验证回访"),
    e.CallKind.CARPET: _("地毯式回访"),
    e.CallKind.SPECIAL_QUALITY: _("专项回访"),
    e.CallKind.NODE: _("关键节点回访"),
    e.CallKind.CARE: _("关怀联络"),
}
OUTCOME: Words = {
    e.Outcome.DONE: _("谈完"),
    e.Outcome.PARTIAL: _("部分完成"),
    e.Outcome.NO_ANSWER: _("无人接听"),
    e.Outcome.BUSY: _("占线"),
    e.Outcome.POWER_OFF: _("关机"),
    e.Outcome.VOICEMAIL: _("语音信箱"),
    e.Outcome.RESCHEDULED: _("改约"),
    e.Outcome.REFUSED: _("拒访"),
    e.Outcome.WRONG_NO: _("空号错号"),
    e.Outcome.LEFT_COMPANY: _("已离职"),
    e.Outcome.DND: _("免打扰"),
}
CHANNEL: Words = {
    e.Channel.PHONE: _("电话"),
    e.Channel.VIDEO: _("视频"),
    e.Channel.WECOM: _("企业微信"),
    e.Channel.ONLINE: _("在线"),
    e.Channel.QUESTIONNAIRE: _("问卷"),
    e.Channel.ONSITE: _("现场"),
    e.Channel.EMAIL: _("邮件"),
    e.Channel.SMS: _("短信"),
}
GRADE: Words = {e.Grade.GENERAL: _("一般"), e.Grade.SERIOUS: _("严重"), e.Grade.MAJOR: _("重大")}
GRADE_COLOUR = {e.Grade.GENERAL: "grey", e.Grade.SERIOUS: "orange", e.Grade.MAJOR: "red"}
DISPOSITION: Words = {
    e.Disposition.ON_THE_SPOT: _("当场答复"),
    e.Disposition.TICKET: _("转工单"),
    e.Disposition.RD: _("转研发"),
    e.Disposition.COMPLAINT: _("转投诉"),
    e.Disposition.NONE: _("不处理"),
}
PROBLEM_STATE: Words = {
    e.ProblemState.OPEN: _("待处理"),
    e.ProblemState.HANDLED: _("待反馈"),
    e.ProblemState.FED_BACK: _("待客户确认"),
    e.ProblemState.CONFIRMED: _("客户已确认"),
}
PROBLEM_COLOUR = {
    e.ProblemState.OPEN: "orange", e.ProblemState.HANDLED: "blue", e.ProblemState.FED_BACK: "blue",
    e.ProblemState.CONFIRMED: "green",
}  # fmt: skip
STEP: Words = {
    e.ProblemState.OPEN: _("登记"),
    e.ProblemState.HANDLED: _("处理"),
    e.ProblemState.FED_BACK: _("反馈"),
    e.ProblemState.CONFIRMED: _("客户确认"),
    "REOPENED": _("客户说没解决，重新打开"),
    "TIMEOUT": _("联系不上客户，确认超时"),
}
PROMISE_STATE: Words = {e.PromiseState.OPEN: _("待兑现"), e.PromiseState.KEPT: _("已兑现")}
VISIT_STATE: Words = {
    e.VisitState.PLANNED: _("待客户同意"),
    e.VisitState.AGREED: _("客户已同意"),
    e.VisitState.IN_VISIT: _("走访中"),
    e.VisitState.DONE: _("已完成"),
    e.VisitState.CANCELLED: _("已取消"),
}
VISIT_COLOUR = {
    e.VisitState.PLANNED: "orange", e.VisitState.AGREED: "blue", e.VisitState.IN_VISIT: "blue",
    e.VisitState.DONE: "green", e.VisitState.CANCELLED: "grey",
}  # fmt: skip
LEVEL: Words = {e.Level.STAFF: _("业务走访"), e.Level.EXECUTIVE: _("高层走访")}
CHECK_IN: Words = {
    e.CheckIn.CODE: _("客户签到码"), e.CheckIn.QR: _("现场二维码"), e.CheckIn.PLACE: _("位置"),
}  # fmt: skip
NEWS: Words = {
    e.NewsKind.EXPANSION: _("扩产"),
    e.NewsKind.ORGANISATION: _("人事变动"),
    e.NewsKind.BID: _("招标"),
    e.NewsKind.CREDIT: _("信用与回款"),
    e.NewsKind.COMPETITOR: _("竞品动态"),
    e.NewsKind.OTHER: _("其他"),
}
TARGET: Words = {
    e.TargetState.WAITING: _("待回访"),
    e.TargetState.DONE: _("已完成"),
    e.TargetState.UNREACHABLE: _("联系不上"),
    e.TargetState.REFUSED: _("拒访"),
}


def title(words: Words, code: str) -> str:
    """The title of a code; an unknown one speaks for itself."""
    return str(words.get(code, code))


def choices(words: Words) -> list[tuple[str, str | Promise]]:
    """The pairs of a form's select."""
    return [(str(code), text) for code, text in words.items()]


def lang() -> str:
    """`zh` or `en`, the language of the page."""
    return "en" if (get_language() or "zh").startswith("en") else "zh"


def said(text: Mapping[str, str] | None) -> str:
    """A `{zh, en}` text in the language of the page."""
    if not text:
        return ""
    return text.get(lang()) or text.get("zh", "")
