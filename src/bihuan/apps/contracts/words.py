"""Titles of the stored codes, in the language of the page."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bihuan.apps.contracts import enums as e

Words = dict[str, "str | Promise"]

KIND: Words = {
    e.Kind.SALE: _("销售合同"),
    e.Kind.SERVICE: _("服务合同"),
    e.Kind.EXTENDED_WARRANTY: _("延保合同"),
    e.Kind.RENTAL: _("租赁合同"),
    e.Kind.TRAINING: _("培训合同"),
    e.Kind.JOINT_LAB: _("联合实验室协议"),
    e.Kind.FRAMEWORK: _("框架协议"),
}
STATE: Words = {
    e.State.DRAFT: _("草稿"),
    e.State.IN_REVIEW: _("会签中"),
    e.State.APPROVED: _("待签署"),
    e.State.COMING: _("未到起始日"),
    e.State.ACTIVE: _("生效中"),
    e.State.EXPIRING: _("快到期"),
    e.State.EXPIRED: _("已到期"),
    e.State.RENEWED: _("已续签"),
    e.State.TERMINATED: _("已终止"),
}
STATE_COLOUR = {
    e.State.DRAFT: "grey",
    e.State.IN_REVIEW: "blue",
    e.State.APPROVED: "blue",
    e.State.COMING: "blue",
    e.State.ACTIVE: "green",
    e.State.EXPIRING: "orange",
    e.State.EXPIRED: "grey",
    e.State.RENEWED: "green",
    e.State.TERMINATED: "grey",
}
END: Words = {
    e.EndReason.EXPIRED: _("到期"),
    e.EndReason.RENEWED: _("续签"),
    e.EndReason.TERMINATED: _("提前终止"),
}
COVERS: Words = {
    e.Covers.LABOUR: _("人工"),
    e.Covers.PARTS: _("配件"),
    e.Covers.TRAVEL: _("差旅"),
}
HOURS: Words = {
    e.Hours.WORKING: _("工作时间"),
    e.Hours.EXTENDED: _("延长时间"),
    e.Hours.ROUND_THE_CLOCK: _("7×24 小时"),
}
ROW: Words = {
    e.RowKind.GRANT: _("授予"),
    e.RowKind.USE: _("扣减"),
    e.RowKind.UNDO: _("撤销使用"),
}
CARE: Words = {
    e.Care.CLEAN: _("清洁"),
    e.Care.LUBRICATE: _("润滑"),
    e.Care.INSPECT: _("检查"),
    e.Care.CALIBRATE: _("校准"),
    e.Care.REPLACE: _("更换"),
    e.Care.OVERHAUL: _("大修"),
}
COUNTED: Words = {
    e.CountedFrom.PLANNED: _("按日历，做晚了不顺延"),
    e.CountedFrom.DONE: _("从上次做完的日子算"),
}
FIELD: Words = {
    "end_on": _("到期日"),
    "amount": _("金额（元，含税）"),
    "covers": _("包括（客户不另付钱）"),
    "hours": _("服务时间"),
    "covers_all": _("覆盖客户的全部设备"),
    "exclusions": _("不包括"),
    "duties": _("客户的义务"),
    "title": _("名称"),
    "added": _("增加的设备"),
    "removed": _("减少的设备"),
    "terms": _("约定的期限"),
}


def choices(words: Words, *, blank: str | Promise | None = None) -> list[tuple[str, str | Promise]]:
    """The pairs of a form's select."""
    pairs: list[tuple[str, str | Promise]] = [(str(code), title) for code, title in words.items()]
    return [("", blank), *pairs] if blank is not None else pairs


def title(words: Words, code: str) -> str:
    """The title of a code; an unknown one speaks for itself."""
    return str(words.get(code, code))
