"""Words of calls for templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
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

    Put together by hand, every part of it escaped: a page of the plan draws hundreds of them.
    """
    states = {
        state: escape(_state_word(state))
        for state in {mark.state for marks in months for mark in marks}
    }
    cells = [
        f'<td data-month="{number}" class="plan-cell{" has-marks" if marks else ""}'
        f'{" now" if number == this_month else ""}">'
        f"{''.join(_mark(each, states[each.state], may_plan=may_plan) for each in marks)}</td>"
        for number, marks in enumerate(months, 1)
    ]
    return mark_safe("\n".join(cells))  # noqa: S308 - every part is escaped


def _mark(mark: Mark, state: str, *, may_plan: bool) -> str:
    """One occasion: a sign that leads to its duty, or to the drawer that moves its day."""
    told = escape(f"{mark.title} {mark.on.isoformat()}")
    look = f'class="plan-mark {escape(mark.state)}" title="{told}"'
    sign = f'<span aria-hidden="true">{SIGNS.get(mark.state, "●")}</span><span class="only-reader">{told} {state}</span>'
    if mark.url_id:
        return f'<a {look} href="{escape(address("obligations:detail", mark.url_id))}">{sign}</a>'
    url = escape(mark.shift_url) if may_plan else ""
    if not url:
        return f"<span {look}>{sign}</span>"
    return f'<a {look} href="{url}" data-drawer="{url}">{sign}</a>'


def _state_word(state: str) -> str:
    return {
        "planned": _("计划"), "late": _("逾期"), "late_done": _("逾期完成"),
    }.get(state) or _("已完成")  # fmt: skip
