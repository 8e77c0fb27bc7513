"""Titles of the stored codes, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.apps.monitoring.enums import Agreed, AlarmState, Hushed, Klass, Told, Verdict
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
}  # fmt: skip
HUSHED_WHY: Words = {
    Hushed.TRIAL: _("这条规则还在试运行：只记录，不告诉任何人。"),
    Hushed.REPAIR: _("当时设备在修：只记录，不告诉任何人。"),
    Hushed.FLOOD: _("这台设备当时报警太密：后来的只记录，不告诉任何人。"),
}
VERDICT: Words = {
    Verdict.REAL: pgettext_lazy("alarm", "属实"),
    Verdict.FALSE: pgettext_lazy("alarm", "误报"),
}
CAUSE: Words = {
    Cause.GARBAGE: _("读不懂"), Cause.TOO_LARGE: _("报文太大"), Cause.OTHER_DEVICE: _("冒用别的设备"),
    Cause.FORBIDDEN: _("发到了不许发的主题"), Cause.REVOKED: _("凭证已作废"), Cause.UNKNOWN_DEVICE: _("不认识的设备"), Cause.UNKNOWN_POINT: _("没有这个测点"),
    Cause.NO_NUMBER: _("不是数字"), Cause.FUTURE: _("时间在将来"), Cause.ANCIENT: _("太久以前"),
    Cause.RANGE: _("超出传感器量程"), Cause.COUNTER_BACK: _("计数倒退"), Cause.COUNTER_JUMP: _("计数跳变"),
    Cause.FLOOD: _("发得太密"), Cause.CONSENT: _("客户不同意传数据"),
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
    Cause.FLOOD: _("一台设备短时间发得太多，多出的没有收。请检查采样间隔。"),
    Cause.CONSENT: _("客户撤回了同意，或还没有同意：已向设备确认收到，但内容没有看、没有存。"),
}
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
