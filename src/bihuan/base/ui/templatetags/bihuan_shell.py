"""Tags that only the shell and the parts use; screens use `{% load bihuan %}`."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.base.ui.looks import theme_of
from bihuan.base.ui.once import Known
from bihuan.lib.workcal.words import weekday_words

register = template.Library()

TABS = 4
"""Lines of the menu that the phone's bottom bar shows beside the line for all of them."""
# Routes of the base that the shell links to.
ROUTES = {
    "notices": "notify:list",
    "bell": "notify:bell",
    "profile": "access:profile",
    "security": "mfa_index",
    "logout": "account_logout",
}


@register.simple_tag(takes_context=True)
def again(context: Context, name: str) -> SafeString:
    """
    The content of a block once more, stripped; empty when no child fills it.

    A block may stand only once in a page, but its words are wanted twice: the title is also the
    heading, and a column is drawn only when it has content.
    """
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks is not None else None
    return SafeString(block.render(context).strip()) if block is not None else SafeString("")


@register.simple_tag(takes_context=True)
def theme_attribute(context: Context) -> SafeString:
    """` data-theme="dark"` when the person chose one; else the system's choice holds."""
    request: HttpRequest | None = context.get("request")
    theme = theme_of(request) if request is not None else ""
    return format_html(' data-theme="{}"', theme) if theme else SafeString("")


@register.simple_tag
def ui_url(name: str) -> str:
    """The address of a page that the shell links to; `#` where it is not mounted."""
    try:
        return reverse(ROUTES[name])
    except NoReverseMatch:
        return "#"


@register.simple_tag
def role_title(user: Any) -> str:
    """The name of a person's first role, in the language of the page."""
    codes = getattr(user, "roles", None) or ()
    if not codes:
        return ""
    # The packs' words are read from files: only for somebody who has a role.
    from bihuan.base.vocabulary import vocabulary

    known = vocabulary().roles
    titles = [known[code].title for code in codes if code in known]
    return titles[0].of(get_language() or "zh") if titles else ""


@register.simple_tag
def ui_words() -> str:
    """The words that scripts write, as JSON; `{n}` and `{time}` are filled in by them."""
    return json.dumps(
        {
            "left": _("剩 {time}"),
            "late": _("超 {time}"),
            "minutes": _("{m} 分"),
            "hours": _("{h} 小时"),
            "both": _("{h} 小时 {m} 分"),
            "close": _("关闭"),
            "copied": _("已复制"),
            "failed": _("没连上服务器。刚才那一步没有存，稍后再试。"),
            "refused": _("没存上。请看页面上的说明。"),
            "signedOut": _("登录已过期，请重新登录。"),
            "draftKept": _("草稿存在这台设备上 {time}"),
            "draftBack": _("已恢复 {time} 没提交的草稿。"),
            "draftDrop": _("不要这份草稿"),
            "leave": _("还有没提交的内容。"),
            "nothing": _("没有找到“{q}”。试试简称、拼音首字母或电话后四位。"),
            "searching": _("正在找…"),
            "confirm": _("确认"),
            "typeName": _("输入“{name}”再确认"),
            "sure": _("确认这样做？"),
            "passkey": _("通行密钥没用上：可能取消了，或这台设备上没有。可以改用密码。"),
        },
        ensure_ascii=False,
    )


@register.simple_tag
def key_help() -> list[tuple[str, str]]:
    """The keys that hold on every page."""
    return [
        ("?", _("这张表")),
        ("Ctrl K", _("搜索")),
        ("/", _("搜索")),
        ("N", _("新建")),
        ("C", _("记录联络")),
        ("J", _("下一条")),
        ("K", _("上一条")),
        ("Enter", _("打开")),
        ("X", _("选中")),
        ("Esc", _("关闭，或取消选择")),
        ("A", _("转派")),
        ("U", _("催办")),
        ("E", _("解释这条期限")),
        ("G", _("客户页")),
        ("Ctrl Enter", _("保存并继续")),
        ("Z", _("撤销")),
    ]


@register.simple_tag(takes_context=True)
def tab_items(context: Context) -> Known:
    """The first lines of the menu, for the bottom bar of a phone."""
    menu = context.get("menu") or Known([], None)
    lines = [item for section in menu for item in section["items"]]
    return Known(lines[:TABS], menu.key)


@register.filter
def weekday(day: date) -> str:
    """一 … 日 / Mon … Sun, as a calendar's head writes it."""
    return weekday_words(day).of(get_language() or "zh").removeprefix("周")


@register.filter
def plain_number(number: float) -> str:
    """A figure for an SVG attribute: a point, no grouping, whatever the language."""
    return f"{number:g}"
