"""Titles of the stored codes, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from bihuan.apps.tickets import enums as e
from bihuan.apps.tickets.own import labels
from bihuan.base.ui import marks

Words = dict[str, "str | Promise"]

KIND: Words = {
    e.Kind.FAULT: _("故障"),
    e.Kind.CONSULT: _("咨询"),
    e.Kind.OPTIMISE: _("优化需求"),
    e.Kind.INSTALL: _("安装"),
    e.Kind.COMMISSION: _("调试"),
    e.Kind.MAINTENANCE: _("保养"),
    e.Kind.INSPECTION: _("巡检"),
    e.Kind.TRAINING: _("培训"),
    e.Kind.PARTS: _("备件"),
    e.Kind.CUSTOM: _("定制"),
    e.Kind.RENTAL: _("租赁"),
    e.Kind.OTHER: pgettext_lazy("ticket", "其他服务"),
}
STATUS: Words = {
    e.Status.NEW: _("待受理"),
    e.Status.ACCEPTED: _("已受理"),
    e.Status.DIAGNOSING: _("远程诊断"),
    e.Status.DISPATCHED: _("已派工"),
    e.Status.WORKING: _("现场处理"),
    e.Status.WAITING: _("等待"),
    e.Status.SOLVED: _("已解决"),
    e.Status.FED_BACK: _("待客户确认"),
    e.Status.CONFIRMED: _("客户已确认"),
    e.Status.UNCONFIRMED: _("联系不上，未确认"),
    e.Status.CLOSED: _("已关闭"),
    e.Status.CANCELLED: _("已取消"),
    e.Status.DUPLICATE: _("已并入"),
}
CONSULTING = _("专家正在会诊")
# What the customer reads of it; of waiting, what is his business.
FOR_CUSTOMER: Words = {
    e.Status.NEW: _("已收到，等人受理"),
    e.Status.ACCEPTED: _("已受理"),
    e.Status.DIAGNOSING: _("正在远程诊断"),
    e.Status.DISPATCHED: _("已派工程师"),
    e.Status.WORKING: _("工程师正在处理"),
    e.Status.WAITING: _("等待中"),
    e.Status.SOLVED: _("已处理好，马上告诉您结果"),
    e.Status.FED_BACK: _("已处理好，请确认"),
    e.Status.CONFIRMED: _("已确认解决"),
    e.Status.UNCONFIRMED: _("没有联系上您，还没有确认"),
    e.Status.CLOSED: _("已完成"),
    e.Status.CANCELLED: _("已取消"),
    e.Status.DUPLICATE: _("已并入另一张单子"),
    e.Wait.CUSTOMER: _("等您这边的消息"),
    e.Wait.PART: _("等备件"),
    e.Wait.LINE2: CONSULTING,
    e.Wait.LINE3: CONSULTING,
    e.Wait.SUPPLIER: CONSULTING,
    e.Wait.SUSPENDED: _("暂时搁置"),
}
COLOUR = {
    e.Status.NEW: "red", e.Status.ACCEPTED: "blue", e.Status.DIAGNOSING: "blue",
    e.Status.DISPATCHED: "blue", e.Status.WORKING: "blue", e.Status.WAITING: "orange",
    e.Status.SOLVED: "blue", e.Status.FED_BACK: "orange", e.Status.CONFIRMED: "green",
    e.Status.UNCONFIRMED: "orange", e.Status.CLOSED: "green", e.Status.CANCELLED: "grey",
    e.Status.DUPLICATE: "grey",
}  # fmt: skip
WAIT: Words = {
    e.Wait.CUSTOMER: _("等客户"),
    e.Wait.PART: _("等备件"),
    e.Wait.LINE2: _("等二线"),
    e.Wait.LINE3: _("等三线"),
    e.Wait.SUPPLIER: _("等供应商"),
    e.Wait.SUSPENDED: _("挂起"),
}
CHANNEL: Words = {
    e.Channel.PHONE: _("电话"),
    e.Channel.WECOM: _("企业微信"),
    e.Channel.WECHAT_KF: _("微信客服"),
    e.Channel.MINIAPP: _("小程序"),
    e.Channel.H5_QR: _("扫码"),
    e.Channel.WEB: _("网站"),
    e.Channel.APP: _("应用"),
    e.Channel.EMAIL: _("邮件"),
    e.Channel.SMS: _("短信"),
    e.Channel.FAX: _("传真"),
    e.Channel.ONSITE: _("现场"),
    e.Channel.DEALER: _("经销商"),
    e.Channel.IOT: _("设备联网"),
    e.Channel.SOCIAL: _("社交媒体"),
    e.Channel.EXHIBITION: _("展会"),
    e.Channel.STATION: _("服务站"),
}
# The ways a person may write or speak to the customer.
SPOKEN = (e.Channel.PHONE, e.Channel.WECOM, e.Channel.SMS, e.Channel.EMAIL, e.Channel.ONSITE)
SOURCE: Words = {
    e.Source.CALL: _("来电"),
    e.Source.MESSAGE: _("来信"),
    e.Source.FORM: _("表单"),
    e.Source.PAPER: _("纸质单"),
    e.Source.MACHINE: _("设备"),
    e.Source.CUSTOMER: _("客户说明"),
}
SEVERITY: Words = {
    e.Severity.URGENT: _("紧急"),
    e.Severity.HIGH: _("较急"),
    e.Severity.NORMAL: pgettext_lazy("severity", "一般"),
    e.Severity.LOW: _("轻微"),
}
SEVERITY_COLOUR = {
    e.Severity.URGENT: "red", e.Severity.HIGH: "orange", e.Severity.NORMAL: "grey", e.Severity.LOW: "grey",
}  # fmt: skip
IMPACT: Words = {
    e.Impact.PERSON_SAFETY: _("人身安全"),
    e.Impact.LINE_STOP: _("产线停产"),
    e.Impact.SET_STOP: _("整套停机"),
    e.Impact.DEGRADED: _("性能下降"),
    e.Impact.COSMETIC: _("外观"),
    e.Impact.NONE: _("无影响"),
}
CAUSE: Words = {
    e.Cause.QUALITY: _("产品质量"),
    e.Cause.MISUSE: _("使用不当"),
    e.Cause.ENVIRONMENT: _("环境"),
    e.Cause.WEAR: _("磨损"),
    e.Cause.INSTALLATION: _("安装不当"),
    e.Cause.MAINTENANCE_LACK: _("缺少保养"),
    e.Cause.SOFTWARE: _("软件"),
    e.Cause.LOGISTICS: _("运输"),
    e.Cause.UNKNOWN: _("不明"),
}
HOW: Words = {e.How.REMOTE: _("远程"), e.How.ONSITE: _("现场"), e.How.SELF: _("客户自行")}
TOPIC: Words = {
    e.Topic.BASIC: _("基本情况"),
    e.Topic.TECHNICAL: _("技术问题"),
    e.Topic.FAULT: _("设备故障"),
    e.Topic.PRICE: _("价格"),
    e.Topic.UNCLEAR: _("还判不清"),
}
REPORT: Words = {
    e.ReportKind.ENERGY_ANALYSIS: _("能耗分析"),
    e.ReportKind.METHOD_VALIDATION: _("方法验证"),
    e.ReportKind.OTHER: pgettext_lazy("report", "其他"),
}
ANSWER: Words = {
    e.Answer.YES: _("客户说解决了"),
    e.Answer.NO: _("客户说没解决"),
    e.Answer.NO_ANSWER: _("没有联系上"),
}
SCORE: Words = {
    "5": _("5 很好"),
    "4": _("4 好"),
    "3": _("3 一般"),
    "2": _("2 差"),
    "1": _("1 很差"),
}
DISPOSITION: Words = {
    e.Disposition.NEW_TICKET: _("建了工单"),
    e.Disposition.REPLY: _("归入工单"),
    e.Disposition.DOUBLE: _("与已有工单重复"),
    e.Disposition.IGNORED: _("不处理"),
    e.Disposition.REFUSED: _("拒收"),
    e.Disposition.TO_LOOK: _("待查看"),
}
PAGE_WAY: Words = {"MESSAGE": _("消息"), "SMS": _("短信"), "VOICE": _("语音电话")}
PAGE_ANSWER: Words = {"TAKEN": _("已接下"), "DECLINED": _("不能处理")}
LINE = {1: _("一线"), 2: _("二线"), 3: _("三线")}
ASK: Words = {e.AskKind.TERM: _("账期"), e.AskKind.SLOT: _("优先排产")}
PROBLEM: Words = {
    e.ProblemState.OPEN: _("正在查原因"),
    e.ProblemState.KNOWN: _("原因已知，有临时办法"),
    e.ProblemState.ENDED: _("已根除"),
}
PROBLEM_COLOUR = {
    e.ProblemState.OPEN: "red", e.ProblemState.KNOWN: "orange", e.ProblemState.ENDED: "green",
}  # fmt: skip
FIELD: Words = {
    "happened_at": _("发生时间"),
    "place": _("地点"),
    "impact": pgettext_lazy("ticket", "影响"),
}
CHECK: Words = {
    "answered": _("客户还没有确认"),
    "cause": _("没有写原因"),
    "action": _("没有写做了什么"),
    "told": _("没有把方案和效果告诉客户"),
    "children": _("还有未结的下级工单"),
    "unread": _("客户后来说的话还没有人答复或记下"),
}
EVENT: Words = {
    e.Event.ACCEPT: _("受理"),
    e.Event.VERIFY: pgettext_lazy("event", "核实时间、地点、影响"),
    e.Event.DISPATCH: pgettext_lazy("event", "派工"),
    e.Event.ARRIVE: _("工程师到场"),
    e.Event.WAIT: pgettext_lazy("event", "转为等待"),
    e.Event.GO_ON: pgettext_lazy("event", "继续办理"),
    e.Event.SOLVE: _("解决"),
    e.Event.FEED_BACK: _("已告诉客户方案和效果"),
    e.Event.CONFIRM: _("客户确认解决"),
    e.Event.DENY: _("客户说没解决，重新打开"),
    e.Event.GIVE_UP: _("联系不上客户，记为未确认"),
    e.Event.CLOSE: pgettext_lazy("event", "关闭"),
    e.Event.REOPEN: pgettext_lazy("event", "重新打开"),
    e.Event.CANCEL: pgettext_lazy("event", "取消"),
    e.Event.MERGE: pgettext_lazy("event", "并入另一张工单"),
    e.Event.PUT_BACK: pgettext_lazy("event", "退回待受理"),
    e.Note.RECEIVED: _("收到"),
    e.Note.OPENED: _("建单"),
    e.Note.ASSIGNED: pgettext_lazy("event", "改派负责人"),
    e.Note.HELPED: pgettext_lazy("event", "加派协助"),
    e.Note.HANDED_OVER: pgettext_lazy("event", "转交另一线"),
    e.Note.TAKEN_OVER: pgettext_lazy("event", "接手"),
    e.Note.CONTACTED: _("与客户通话"),
    e.Note.CALLED: _("通话记录"),
    e.Note.PAGED: _("呼叫值班人"),
    e.Note.ASKED: _("请客户确认，没有联系上"),
    e.Note.CHASED: _("客户催单"),
    e.Note.CHANGED: _("补充资料"),
    e.Note.GRAVER: _("客户说更严重了，请核实"),
    e.Note.WEIGHED: pgettext_lazy("event", "改紧急程度"),
    e.Note.TRIAGED: pgettext_lazy("event", "判明咨询类型"),
    e.Note.REPORT_ASKED: pgettext_lazy("event", "客户要一份报告"),
    e.Note.REPORTED_AT: pgettext_lazy("event", "更正报告时间"),
    e.Note.PAUSED: _("暂停计时"),
    e.Note.RESUMED: pgettext_lazy("event", "恢复计时"),
    e.Note.LINKED: pgettext_lazy("event", "关联工单"),
    e.Note.SPLIT: _("拆出工单"),
    e.Note.MERGED_IN: _("并入了一张工单"),
    e.Note.SHARED: _("进度链接已发给客户"),
    e.Note.UNTOLD: _("报警没有送到客户"),
    e.Note.CHECKED: _("已核对"),
    e.Note.UNCHECKED: _("撤回核对"),
    e.Note.ROUTED: _("分到队列"),
    e.Note.LINE_ANSWERED: _("另一线已答复"),
    e.Note.HANDED_BACK: pgettext_lazy("event", "退回"),
    e.Note.WITHDRAWN: pgettext_lazy("event", "撤回转交"),
    e.Note.TERM_ASKED: _("请财务答复账期（天数）"),
    e.Note.TERM_GRANTED: _("财务同意账期（天数）"),
    e.Note.TERM_REFUSED: _("财务不同意账期"),
    e.Note.SLOT_ASKED: _("请生产排在这一天"),
    e.Note.SLOT_GRANTED: _("生产同意排在这一天"),
    e.Note.SLOT_REFUSED: _("生产不同意优先排产"),
    e.Note.PROBLEM: _("归入一个问题"),
    e.Note.WORKAROUND: _("已知问题的临时办法"),
}
ENTRY: Words = {
    e.EntryKind.PUBLIC_REPLY: _("答复客户"),
    e.EntryKind.NOTE: _("内部备注"),
    e.EntryKind.INBOUND: _("客户来信"),
    e.EntryKind.EVENT: _("事件"),
}


def title(words: Words, code: str) -> str:
    """The title of a code; an unknown one speaks for itself."""
    return str(words.get(code, code))


def choices(words: Words, *, none: bool = False) -> list[tuple[str, str | Promise]]:
    """The pairs of a form's select."""
    found: list[tuple[str, str | Promise]] = [("", "—")] if none else []
    return [*found, *((str(code), text) for code, text in words.items())]


def status_of(status: str, wait: str = "") -> str:
    """The state as the company calls it, else as the product does; a waiting ticket says for what."""
    if status == e.Status.WAITING and wait:
        return labels.for_staff(wait) or title(WAIT, wait)
    return labels.for_staff(status) or title(STATUS, status)


def for_customer(status: str, wait: str = "") -> str:
    """The state as the customer reads it."""
    code = wait if status == e.Status.WAITING and wait else status
    return labels.for_customer(code) or title(FOR_CUSTOMER, code)


def solved_times(times: int) -> str:
    """How often an article helped."""
    return ngettext("解决过 %(n)d 次", "解决过 %(n)d 次", times) % {"n": times}


def chased(times: int, *, up: bool) -> str:
    """Which chase of a ticket it was, and whether it went up."""
    n = {"n": times}
    return gettext("第 %(n)d 次，已报告上一级") % n if up else gettext("第 %(n)d 次") % n


def paged(said: Mapping[str, Any]) -> str:
    """Who was called and by which way, or what was answered."""
    if answer := said.get("answer"):
        return title(PAGE_ANSWER, answer)
    if said.get("nobody"):
        return gettext("没有人可以呼叫")
    return " · ".join(each for each in (said.get("name", ""), title(PAGE_WAY, said["way"])) if each)


def triaged(topic: str, line: int, *, urgent: bool) -> str:
    """What a question is about and who answers it."""
    named = (title(TOPIC, topic), str(LINE[line]), gettext("紧急") if urgent else "")
    return " · ".join(each for each in named if each)


def weighed(impact: str, severity: str) -> str:
    """How grave it is, in words."""
    named = (title(IMPACT, impact) if impact else "", title(SEVERITY, severity) if severity else "")
    return " · ".join(each for each in named if each)


def paused(reason: str, until: str | None) -> str:
    """Why the clocks of a ticket stand, and until when that was agreed."""
    if until is None:
        return reason
    return gettext("%(reason)s，约好 %(time)s 恢复") % {
        "reason": reason, "time": marks.when(datetime.fromisoformat(until), "full"),
    }  # fmt: skip


def yes_of_customer(*, given: bool) -> str:
    return gettext("客户已确认") if given else gettext("客户没有确认")
