"""Titles of the stored codes, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.apps.monitoring.enums import (
    Agreed,
    AlarmState,
    Awaited,
    CommandState,
    HistoryState,
    Hushed,
    Klass,
    RowFault,
    Told,
    Unreached,
    Verdict,
    YesBy,
)
from bihuan.base.notify.models import Channel
from bihuan.lib.machines import Cause

Words = Mapping[str, "str | Promise"]

KLASS: Words = {
    Klass.URGENT: pgettext_lazy("alarm", "紧急"), Klass.HIGH: pgettext_lazy("alarm", "较急"),
    Klass.NORMAL: pgettext_lazy("alarm", "一般"), Klass.LOW: pgettext_lazy("alarm", "轻微"),
}  # fmt: skip
KLASS_COLOUR: Mapping[str, str] = {
    Klass.URGENT: "red", Klass.HIGH: "orange", Klass.NORMAL: "blue", Klass.LOW: "grey",
}  # fmt: skip
STATE: Words = {
    AlarmState.ACTIVE_UNACK: _("持续·未确认"), AlarmState.ACTIVE_ACK: _("持续·已确认"),
    AlarmState.RTN_UNACK: _("已恢复·未确认"), AlarmState.CLEARED: pgettext_lazy("alarm", "已解除"),
}  # fmt: skip
STATE_COLOUR: Mapping[str, str] = {
    AlarmState.ACTIVE_UNACK: "red", AlarmState.ACTIVE_ACK: "orange",
    AlarmState.RTN_UNACK: "blue", AlarmState.CLEARED: "green",
}  # fmt: skip
HUSHED: Words = {
    Hushed.TRIAL: _("规则试运行"), Hushed.REPAIR: _("设备在修"), Hushed.FLOOD: _("报警太密"),
    Hushed.EXPECTED: _("预期报警"),
}  # fmt: skip
HUSHED_WHY: Words = {
    Hushed.TRIAL: _("这条规则当时在试运行：只记录，不告诉任何人；启用时还在的，再告诉。"),
    Hushed.REPAIR: _("当时设备在修：只记录，不告诉任何人；修完还在的，再告诉。"),
    Hushed.FLOOD: _("这台设备当时报警太密：后来的只记录，不告诉任何人；过一会儿还在的，再告诉。"),
    Hushed.EXPECTED: _(
        "当时在预期报警的时段里：只记录，不告诉任何人。时段过了还在报，就照常告知。"
    ),
}
AWAITED: Words = {
    Awaited.MAINTENANCE: _("计划内维护"), Awaited.COMMISSIONING: _("安装调试"), Awaited.WASH_DOWN: _("清洗"),
    Awaited.OTHER: pgettext_lazy("expected", "其他"),
}  # fmt: skip
DAYS: Words = {
    "1": _("周一"), "2": _("周二"), "3": _("周三"), "4": _("周四"), "5": _("周五"), "6": _("周六"), "7": _("周日"),
}  # fmt: skip
CALL_WAY: Words = {"MESSAGE": _("消息"), "SMS": _("短信"), "VOICE": _("语音电话")}
CALL_ANSWER: Words = {"TAKEN": _("已接下"), "DECLINED": _("不能处理")}
VERDICT: Words = {
    Verdict.REAL: pgettext_lazy("alarm", "属实"),
    Verdict.FALSE: pgettext_lazy("alarm", "误报"),
}
CAUSE: Words = {
    Cause.GARBAGE: _("读不懂"), Cause.TOO_LARGE: _("报文太大"), Cause.OTHER_DEVICE: _("冒用别的设备"),
    Cause.FORBIDDEN: _("发到了不许发的主题"), Cause.REVOKED: _("凭证已作废"), Cause.UNKNOWN_DEVICE: _("不认识的设备"), Cause.UNKNOWN_POINT: _("没有这个测点"),
    Cause.NO_NUMBER: _("不是数字"), Cause.FUTURE: _("时间在将来"), Cause.ANCIENT: _("太久以前"),
    Cause.RANGE: _("超出传感器量程"), Cause.COUNTER_BACK: _("计数倒退"), Cause.COUNTER_JUMP: _("计数跳变"),
    Cause.COUNTER_NEW: _("换了计数器"),
    Cause.SIGNATURE: _("应答签名不对"), Cause.UNKNOWN_COMMAND: _("应答的调参不存在"), Cause.ADDRESS: _("同一地址连接太多"),
    Cause.FLOOD: _("发得太密"), Cause.WRONG_KEY: _("鉴权码不对"), Cause.CONSENT: _("客户不同意传数据"),
}  # fmt: skip
CAUSE_WHY: Words = {
    Cause.GARBAGE: _("内容不是约定的格式。请对照接入说明检查设备的程序。"),
    Cause.TOO_LARGE: _("一条报文超过允许的大小。请让设备分几条发。"),
    Cause.OTHER_DEVICE: _("用自己的凭证发了别的设备的数据。请查明是谁装的，必要时作废凭证。"),
    Cause.FORBIDDEN: _("只能发到自己的主题 t/设备编号。请核对主题；不是配错的，就查明是谁装的。"),
    Cause.REVOKED: _("用已作废的凭证在发。请给设备换上新凭证；不是我们的设备就去现场查看。"),
    Cause.UNKNOWN_DEVICE: _("没有登记过这个名字。请核对设备里填的名字，或先登记设备。"),
    Cause.UNKNOWN_POINT: _("监控模板里没有这个测点。请改测点名，或请人把它加进模板。"),
    Cause.NO_NUMBER: _("测点的值不是数字。请检查传感器接线和设备程序。"),
    Cause.FUTURE: _("设备的钟走快了。请校准设备时间。"),
    Cause.ANCIENT: _("数据太旧，不再收。请校准设备时间，或用文件补历史数据。"),
    Cause.RANGE: _("值超出传感器可能的范围，多半是断线、单位不对或传感器坏了。请检查传感器。"),
    Cause.COUNTER_BACK: _("累计值变小了。请确认是否换过控制器或清过零。"),
    Cause.COUNTER_JUMP: _("累计值一下跳得太多。请检查计数器和单位。"),
    Cause.COUNTER_NEW: _(
        "累计值连续几次都接不上原来的数，已按换过的计数器收下，从新数接着计。请确认换过控制器，并在设备档案里登记换表。"
    ),
    Cause.FLOOD: _("一台设备短时间发得太多，多出的没有收。请检查采样间隔。"),
    Cause.WRONG_KEY: _(
        "终端出示的鉴权码不是我们发的。是自己的终端就重新登记，不是就查明是谁在冒用。"
    ),
    Cause.SIGNATURE: _(
        "对远程调参的应答不是用这台设备的密钥签的。请核对设备里的密钥和程序，或查明是谁在冒用。"
    ),
    Cause.UNKNOWN_COMMAND: _(
        "设备应答了一条我们没有发过的远程调参。请查设备的程序，或是否恢复过旧的数据库。"
    ),
    Cause.ADDRESS: _(
        "这个网络地址的终端连接太多，或鉴权码错得太多，没有再接。是运营商网关就调高制度里的数，不是就查明是谁。"
    ),
    Cause.CONSENT: _("客户撤回了同意，或还没有同意：已向设备确认收到，但内容没有看、没有存。"),
}
ROW: Words = {
    **CAUSE,
    RowFault.NO_TIME: _("时间读不懂"), RowFault.EMPTY: _("没有一个数值"), RowFault.TOO_OLD: _("早于保存期限"),
    RowFault.TWICE: _("同一时刻重复"),
}  # fmt: skip
HISTORY: Words = {
    HistoryState.UPLOADED: _("待对应"), HistoryState.CHECKING: _("检查中"), HistoryState.CHECKED: _("待收下"),
    HistoryState.QUEUED: _("收下中"), HistoryState.DONE: _("已收下"), HistoryState.REFUSED: _("读不了"),
}  # fmt: skip

COMMAND_STATE: Words = {
    CommandState.PROPOSED: _("已申请，等客户同意"), CommandState.CONSENTED: _("客户已同意，等批准"), CommandState.APPROVED: pgettext_lazy("command", "已批准"),
    CommandState.QUEUED: _("待发送"), CommandState.SENT: _("已发送，等设备应答"), CommandState.ACCEPTED: _("设备已接受"),
    CommandState.DONE: _("设备已执行，等回读"), CommandState.READ_BACK: _("已回读"), CommandState.RETURNED: _("已改回原值"),
    CommandState.UNKNOWN: _("结果不明"), CommandState.EXPIRED: _("已过期，没有发出"), CommandState.REFUSED: _("被拒绝"),
    CommandState.FAILED: pgettext_lazy("command", "失败"), CommandState.CANCELLED: pgettext_lazy("command", "已取消"),
}  # fmt: skip
COMMAND_COLOUR: Mapping[str, str] = {
    CommandState.PROPOSED: "orange", CommandState.CONSENTED: "orange", CommandState.QUEUED: "blue", CommandState.SENT: "blue",
    CommandState.ACCEPTED: "blue", CommandState.DONE: "blue", CommandState.READ_BACK: "green", CommandState.RETURNED: "green",
    CommandState.UNKNOWN: "red", CommandState.FAILED: "red", CommandState.REFUSED: "grey",
}  # fmt: skip
YES_BY: Words = {
    YesBy.OWN_HAND: _("客户在自己的页面上同意"),
    YesBy.PHONE: _("电话同意，由我们记录"),
}
COMMAND_WHY: Words = {
    "asked": _("已把答复页发给客户"), "customer_no": _("客户不同意"), "withdrawn": _("客户撤回了同意"),
    "lapsed": _("申请或同意过去太久"), "late": _("发送前已过有效期"), "bounds": _("新值已不在允许范围内"), "customer": _("设备已换客户，原客户的同意不再算数"),
    "switch": _("公司级开关已关"),
    "permit": _("客户对这台设备的许可已撤回"), "device": _("接入凭证已作废"), "consent": _("没有有效的客户同意"),
    "silent": _("到期时设备没有应答，不知道是否执行"), "interrupted": _("设备在执行中断过电，不知道是否执行"),
    "read": _("回读"), "differs": _("回读与设定不符"), "not_applied": _("设备上仍是原值，没有执行"),
    "applied": _("设备上已是新值，说明执行了"), "already": _("设备上已经是原值"), "local": _("现场已改成别的值，不再自动改回"),
    "contrary": _("设备在这次调整结束后又说执行了"), "ticket": _("工单已关闭"), "return_due": _("到时自动改回"), "machine": _("设备拒绝"),
    # what a device says no with
    "signature": _("设备：签名不对"), "expired": _("设备：已过期"), "clock": _("设备：时钟相差太多"), "sequence": _("设备：编号旧了"),
    "point": _("设备：不认识这个参数"), "range": _("设备：超出自己的范围"), "state": _("设备：当前状态不允许"),
    "changed": _("设备：现在的值与预期不同"), "failed": _("设备：设置失败"), "memory": _("设备：记不下这条命令，没有执行"),
}  # fmt: skip


def noted(text: str) -> str:
    """A line of a command's history: people's own words, or `#code value` of the system's."""
    if not text.startswith("#"):
        return text
    code, _space, rest = text[1:].partition(" ")
    return f"{title(COMMAND_WHY, code)} {COMMAND_WHY.get(rest, rest)}".strip()


CONDITION: Words = {
    "GOOD": pgettext_lazy("condition", "优"), "FAIR": pgettext_lazy("condition", "良"),
    "POOR": pgettext_lazy("condition", "注意"), "DANGER": pgettext_lazy("condition", "危险"),
}  # fmt: skip
CONDITION_COLOUR: Mapping[str, str] = {
    "GOOD": "green",
    "FAIR": "green",
    "POOR": "orange",
    "DANGER": "red",
}
SHARE: Words = {
    "values": _("运行值在限值带的位置"), "alarms": _("报警"), "wear": _("部件磨损"), "drift": _("偏离自己的常态"),
    "maintenance": _("保养是否按时"),
}  # fmt: skip
OWED: Words = {
    "CLEAN": _("清洁"), "LUBRICATE": _("润滑"), "INSPECT": _("检查"), "CALIBRATE": _("校准"), "REPLACE": _("更换"),
    "OVERHAUL": _("大修"), "maintenance.do": _("保养"), "inspection.do": _("巡检"), "health.check": _("健康体检"),
}  # fmt: skip
AGREED: Words = {Agreed.DATA: _("设备数据"), Agreed.POSITION: _("设备位置")}
AGREED_WHY: Words = {
    Agreed.DATA: _("撤回后，设备发来的数据不看、不存、不判断报警。"),
    Agreed.POSITION: _("撤回后，位置不再保存；以前的位置不再显示。"),
}
TOLD: Words = {
    Told.CONTRACT: pgettext_lazy("consent", "合同"), Told.LETTER: _("书面"), Told.MAIL: pgettext_lazy("consent", "邮件"),
    Told.WECOM: _("企业微信"), Told.PHONE: pgettext_lazy("consent", "电话"),
}  # fmt: skip


def title(known: Words, code: str) -> str:
    """The title of a stored code; one that is not known stays as it is."""
    return str(known.get(code, code))


def choices(known: Words) -> list[tuple[str, str | Promise]]:
    return [(str(code), said) for code, said in known.items()]


WAY: Words = {
    Channel.MAIL: _("邮件"), Channel.SMS: _("短信"), Channel.VOICE: _("语音电话"),
}  # fmt: skip
UNREACHED: Words = {
    Unreached.NOT_SET_UP: _("没有设置"),
    Unreached.NO_ADDRESS: _("客户没有留"),
    Unreached.NOT_SENT: _("没有发出去"),
}
