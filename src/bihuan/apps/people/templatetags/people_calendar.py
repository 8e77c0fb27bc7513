"""The days of a year, drawn by one call a week: a page has 365 of them."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bihuan.apps.people.pages import Cell

register = template.Library()


@register.simple_tag
def week_cells(week: Iterable[Cell | None]) -> SafeString:
    """The cells of a week of one month; days of another month are empty."""
    return format_html_join("", "{}", ((_cell(each),) for each in week))


def _cell(cell: Cell | None) -> SafeString:
    if cell is None:
        return SafeString("<td></td>")
    return format_html(
        '<td class="{}{}{}"{}><time datetime="{}">{}</time>{}{}</td>',
        cell.kind,
        " today" if cell.today else "",
        " provisional" if cell.provisional else "",
        format_html(' title="{}"', cell.name) if cell.name else "",
        cell.day.isoformat(),
        cell.day.day,
        _badge(cell.badge),
        format_html('<span class="lunar">{}</span>', cell.lunar) if cell.lunar else "",
    )


def _badge(badge: str) -> SafeString | str:
    if badge == "off":
        return format_html("<sup>{}</sup>", _("休"))
    return format_html('<sup class="work">{}</sup>', _("班")) if badge == "work" else ""
