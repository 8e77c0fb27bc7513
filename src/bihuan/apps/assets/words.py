"""Titles of the stored codes, in the language of the page."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets import enums as e

Words = dict[str, "str | Promise"]

STATUS: Words = {
    e.Status.PRODUCED: _("已出厂检验"),
    e.Status.SHIPPED: _("运输中"),
    e.Status.DELIVERED: _("已交付"),
    e.Status.COMMISSIONED: _("已验收"),
    e.Status.IN_USE: _("在用"),
    e.Status.DOWN: _("停机"),
    e.Status.UNDER_REPAIR: _("维修中"),
    e.Status.IDLE: _("闲置"),
    e.Status.RENTED: _("租出"),
    e.Status.RESOLD: _("已转售"),
    e.Status.REMANUFACTURED: _("再制造"),
    e.Status.SCRAPPED: _("已报废"),
}
STATUS_COLOUR = {
    e.Status.PRODUCED: "grey",
    e.Status.SHIPPED: "blue",
    e.Status.DELIVERED: "blue",
    e.Status.COMMISSIONED: "green",
    e.Status.IN_USE: "green",
    e.Status.DOWN: "red",
    e.Status.UNDER_REPAIR: "orange",
    e.Status.IDLE: "grey",
    e.Status.RENTED: "green",
    e.Status.RESOLD: "blue",
    e.Status.REMANUFACTURED: "blue",
    e.Status.SCRAPPED: "grey",
}
DEED: Words = {
    e.Status.SHIPPED: _("已发运"),
    e.Status.DELIVERED: _("已交付"),
    e.Status.COMMISSIONED: _("验收合格"),
    e.Status.IN_USE: _("投入运行"),
    e.Status.DOWN: _("停机"),
    e.Status.UNDER_REPAIR: _("开始维修"),
    e.Status.IDLE: _("转为闲置"),
    e.Status.REMANUFACTURED: _("返厂再制造"),
    e.Status.SCRAPPED: _("报废"),
}
MISSING: Words = {
    "checklist": _("调试检查表没有做完"),
    "accepted": _("客户还没有签收"),
    "trainees": _("没有写受训人数（没有就写 0）"),
    "data_wiped": _("机内数据还没有清除"),
    "take_back": _("没有写回收或处置单号"),
    "why": _("没有写停机原因"),
}
MOVE: Words = {
    e.MoveReason.RELOCATED: _("移位"),
    e.MoveReason.RESOLD: _("转售"),
    e.MoveReason.RENTED: _("租出"),
    e.MoveReason.RETURNED: _("退回"),
}
PLACE: Words = {
    e.PlaceKind.SITE: _("厂区"),
    e.PlaceKind.BUILDING: _("楼"),
    e.PlaceKind.ROOM: _("房间"),
    e.PlaceKind.LINE: _("产线"),
    e.PlaceKind.SPOT: _("机位"),
}
CHECK: Words = {e.CheckKind.INSPECTION: _("技术巡检"), e.CheckKind.HEALTH: _("健康体检")}
GRADE: Words = {
    e.Grade.GOOD: _("良好"),
    e.Grade.FAIR: _("一般"),
    e.Grade.POOR: _("较差"),
    e.Grade.DANGER: _("危险"),
}
GRADE_COLOUR = {
    e.Grade.GOOD: "green",
    e.Grade.FAIR: "blue",
    e.Grade.POOR: "orange",
    e.Grade.DANGER: "red",
}
PART_WHY: Words = {
    e.PartWhy.WORN: _("磨损"),
    e.PartWhy.FAULT: _("故障"),
    e.PartWhy.LIFE: _("到寿"),
    e.PartWhy.UPGRADE: _("升级"),
    e.PartWhy.MOVED: _("换到别的设备"),
    e.PartWhy.MISTAKE: _("登记有误"),
}
SET_STATE: Words = {
    e.SetState.RUNNING: _("整套运行"),
    e.SetState.STOPPED: _("整套停产"),
    e.SetState.NOT_READY: _("未齐备"),
    e.SetState.EMPTY: _("没有设备"),
}
SET_COLOUR = {
    e.SetState.RUNNING: "green",
    e.SetState.STOPPED: "red",
    e.SetState.NOT_READY: "orange",
    e.SetState.EMPTY: "grey",
}
LIFE_BY: Words = {"CYCLES": _("循环次数"), "HOURS": _("工时"), "DAYS": _("有效期")}
START: Words = {
    e.WarrantyStart.DELIVERED: _("从交付日起算"),
    e.WarrantyStart.COMMISSIONED: _("从验收日起算"),
}
WARRANTY_STEP: Words = {
    "NOT_BEGUN": _("还没有交付验收，保修没有开始。"),
    "AWAITS": _("%(day)s 交付，还没有验收：最迟到交付后 %(months)s 个月，即 %(to)s。"),
    "FROM_COMMISSIONED": _("%(day)s 验收，保修从这一天起算。"),
    "FROM_DELIVERED": _("%(day)s 交付，保修从这一天起算。"),
    "MODEL_MONTHS": _("该型号保修 %(months)s 个月，到 %(to)s。"),
    "AGREED_MONTHS": _("%(source)s 约定保修 %(months)s 个月，到 %(to)s。"),
    "LATEST": _("最迟到交付（%(day)s）后 %(months)s 个月，早于上面一天，以 %(to)s 为准。"),
    "PROLONGED": _("%(source)s 把保修延到 %(to)s。"),
    "RESOLD": _("转售后保修不随机转移，到 %(to)s 为止。"),
}


def choices(words: Words, *, blank: str | Promise | None = None) -> list[tuple[str, str | Promise]]:
    """The pairs of a form's select."""
    pairs: list[tuple[str, str | Promise]] = [(str(code), title) for code, title in words.items()]
    return [("", blank), *pairs] if blank is not None else pairs


def title(words: Words, code: str) -> str:
    """The title of a code; an unknown one speaks for itself."""
    return str(words.get(code, code))
