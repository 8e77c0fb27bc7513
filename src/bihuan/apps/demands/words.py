"""Titles of the stored codes, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.apps.demands import enums as e

Words = Mapping[str, "str | Promise"]

KIND: Words = {
    e.Kind.INTENT: pgettext_lazy("demand", "意向"), e.Kind.SUGGESTION: _("建议"), e.Kind.OPTIMISE: _("优化需求"),
    e.Kind.FAULT: _("故障"),
}  # fmt: skip
SOURCE: Words = {
    e.Source.TICKET: _("工单"), e.Source.VISIT: pgettext_lazy("one", "走访"), e.Source.CALLBACK: _("回访"),
    e.Source.SURVEY: _("调查"), e.Source.PORTAL: _("自助门户"), e.Source.OTHER: _("其他"),
}  # fmt: skip
STATE: Words = {
    e.State.NEW: _("待评审"), e.State.ACCEPTED: _("办理中"), e.State.PLANNED: _("列入计划"),
    e.State.MERGED: _("并入另一件"), e.State.DECLINED: _("不采纳"), e.State.DELIVERED: _("已落实"),
}  # fmt: skip
COLOUR: Mapping[str, str] = {
    e.State.NEW: "orange", e.State.ACCEPTED: "blue", e.State.PLANNED: "blue", e.State.MERGED: "grey",
    e.State.DECLINED: "grey", e.State.DELIVERED: "green",
}  # fmt: skip
DECISION: Words = {
    e.Decision.ACCEPTED: pgettext_lazy("decide", "采纳"), e.Decision.PLANNED: _("列入计划"),
    e.Decision.MERGED: _("并入另一件"), e.Decision.DECLINED: _("不采纳"), e.Decision.LATER: _("下次再议"),
}  # fmt: skip
DECISION_KEY: Mapping[str, str] = {
    e.Decision.ACCEPTED: "A", e.Decision.PLANNED: "P", e.Decision.MERGED: "M",
    e.Decision.DECLINED: "D", e.Decision.LATER: "L",
}  # fmt: skip
DEED: Words = {
    e.Deed.RECEIVED: _("收到"), e.Deed.CLASSIFIED: _("分类"), e.Deed.ASSIGNED: _("交给负责人"),
    e.Deed.POSTPONED: _("评审：下次再议"), e.Deed.REVIEWED: _("评审"), e.Deed.PROPOSED: _("提出方案"),
    e.Deed.PLAN_CONFIRMED: _("客户确认计划"), e.Deed.PLAN_REFUSED: _("客户不同意计划"), e.Deed.DELIVERED: _("落实"), e.Deed.TOLD: _("告知客户"),
    e.Deed.CONTENT: _("客户认可"), e.Deed.NOT_CONTENT: _("客户不认可"),
}  # fmt: skip
DEED_LOOK: Mapping[str, tuple[str, str]] = {
    e.Deed.RECEIVED: ("bulb", "blue"), e.Deed.REVIEWED: ("checklist", "blue"), e.Deed.DELIVERED: ("check", "green"),
    e.Deed.TOLD: ("send", "blue"), e.Deed.CONTENT: ("circle-check", "green"), e.Deed.NOT_CONTENT: ("x", "orange"),
    e.Deed.PLAN_REFUSED: ("x", "orange"),
}  # fmt: skip
CHANNEL: Words = {
    e.Channel.WECOM: _("企业微信"), e.Channel.PHONE: _("电话"), e.Channel.EMAIL: _("邮件"),
    e.Channel.SMS: _("短信"), e.Channel.ONSITE: _("当面"),
}  # fmt: skip
SCORE: Words = {"urgency": _("紧急度"), "feasibility": _("可行性"), "priority": _("资源优先级")}
LACKING: Words = {
    "scores": _("三项评分（1 至 5）"), "words": _("不采纳的理由"), "planned_for": _("今天或以后的计划日期"),
    "into": _("并入哪一条需求或工单"),
}  # fmt: skip


def title(words: Words, code: str) -> str:
    """The title of a code, or the code where it is not known."""
    return str(words.get(code, code))


def choices(words: Words) -> list[tuple[str, str | Promise]]:
    return [(str(code), title) for code, title in words.items()]
