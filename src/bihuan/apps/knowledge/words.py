"""Titles of the stored codes, in the language of the page."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bihuan.apps.knowledge.enums import Audience, Kind, Status, Step

Words = dict[str, "str | Promise"]

KIND: Words = {
    Kind.CASE: _("故障案例"),
    Kind.FAQ: _("常见问答"),
    Kind.GUIDE: _("操作指引"),
    Kind.MANUAL: _("手册"),
}
KIND_ICON = {Kind.CASE: "tool", Kind.FAQ: "message-circle", Kind.GUIDE: "list-check", Kind.MANUAL: "book"}  # fmt: skip
AUDIENCE: Words = {
    Audience.PUBLIC: _("公开，不用登录"),
    Audience.CUSTOMER: _("客户"),
    Audience.DEALER: _("经销商"),
    Audience.STAFF: _("公司员工"),
    Audience.ENGINEER: _("技术人员"),
}
STATUS: Words = {
    Status.DRAFT: pgettext_lazy("article", "草稿"),
    Status.REVIEW: _("待审核"),
    Status.PUBLISHED: _("已发布"),
    Status.RETIRED: pgettext_lazy("article", "已停用"),
}
STATUS_COLOUR = {
    Status.DRAFT: "grey", Status.REVIEW: "orange", Status.PUBLISHED: "green", Status.RETIRED: "grey",
}  # fmt: skip
STEP: Words = {
    Step.DRAFTED: _("起草"),
    Step.CHANGED: _("修改"),
    Step.SUBMITTED: _("提交审核"),
    Step.SENT_BACK: _("退回修改"),
    Step.PUBLISHED: _("发布"),
    Step.REVIEWED: _("复核无误"),
    Step.DOUBTED: _("办法存疑"),
    Step.RETIRED: _("停用"),
}
TITLE, READERS, BODY, SYMPTOM, OWNER = (
    _("标题"),
    _("读者"),
    _("正文或处理办法"),
    _("现象"),
    _("负责人"),
)
FIELD: Words = {
    "kind": _("种类"), "title": TITLE, "title_en": _("英文标题"), "body": _("正文"), "audiences": READERS,
    "families": _("适用产品系列"), "model_codes": _("适用型号"), "part": _("部件"), "symptom": SYMPTOM,
    "cause": pgettext_lazy("fault", "原因"), "remedy": _("处理办法"), "codes": _("故障码"),
    "language": _("正文语言"), "safety": _("涉及安全"), "files": _("附件"),
}  # fmt: skip
LANGUAGE: Words = {"zh": _("中文"), "en": _("英文")}


def title(words: Words, code: str) -> str:
    return str(words.get(code, code))


def choices(words: Words) -> list[tuple[str, str | Promise]]:
    return [(str(code), word) for code, word in words.items()]
