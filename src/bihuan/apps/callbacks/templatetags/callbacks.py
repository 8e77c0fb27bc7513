"""Words of calls for templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bihuan.apps.callbacks import words
from bihuan.apps.callbacks.queries.plan import Mark
from bihuan.base.ui.addresses import address

register = template.Library()


@register.filter
def said(text: Mapping[str, str]) -> str:
    """A `{zh, en}` text in the language of the page."""
    return words.said(text)


@register.filter
def channel(code: str) -> str:
    return words.title(words.CHANNEL, code)


@register.filter
def outcome(code: str) -> str:
    return words.title(words.OUTCOME, code)


@register.simple_tag
def outcome_of(code: str) -> str:
    return words.title(words.OUTCOME, code)


@register.simple_tag
def call_words(own: Mapping[str, Any]) -> str:
    """Kind and channel of a call that was done."""
    return f"{words.title(words.KIND, own.get('kind', ''))} {words.title(words.CHANNEL, own.get('channel', ''))}"


SIGNS = {"planned": "○", "late": "▲"}


@register.simple_tag
def plan_months(months: Sequence[Sequence[Mark]], *, this_month: int, may_plan: bool) -> SafeString:
    """
    The cells of a year with the occasions in them.

    A tag and not lines of the template: a page of the plan draws hundreds of them.
    """
    return format_html_join(
        "\n",
        '<td data-month="{}" class="plan-cell{}{}">{}</td>',
        (
            (
                number,
                " has-marks" if marks else "",
                " now" if number == this_month else "",
                format_html_join("", "{}", ((_mark(each, may_plan=may_plan),) for each in marks)),
            )
            for number, marks in enumerate(months, 1)
        ),
    )


def _mark(mark: Mark, *, may_plan: bool) -> SafeString:
    """One occasion: a sign that leads to its duty, or to the drawer that moves its day."""
    told = f"{mark.title} {mark.on.isoformat()}"
    sign = format_html(
        '<span aria-hidden="true">{}</span><span class="only-reader">{} {}</span>',
        SIGNS.get(mark.state, "●"),
        told,
        _state_word(mark.state),
    )
    look = f"plan-mark {mark.state}"
    if mark.url_id:
        url = address("obligations:detail", mark.url_id)
        return format_html('<a class="{}" href="{}" title="{}">{}</a>', look, url, told, sign)
    url = mark.shift_url if may_plan else ""
    if not url:
        return format_html('<span class="{}" title="{}">{}</span>', look, told, sign)
    return format_html(
        '<a class="{}" href="{}" data-drawer="{}" title="{}">{}</a>', look, url, url, told, sign
    )


def _state_word(state: str) -> str:
    return {
        "planned": _("计划"), "late": _("逾期"), "late_done": _("逾期完成"),
    }.get(state) or _("已完成")  # fmt: skip
