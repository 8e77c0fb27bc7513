"""What the widgets of forms are drawn with: a long list is one call, not three templates a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """The attributes of an element, each with a space before it."""
    return flatatt(dict(attrs))


@register.simple_tag
def options(groups: Iterable[tuple[str | None, Iterable[Mapping[str, Any]], int]]) -> SafeString:
    """The options of a select, under their groups where they have any."""
    return format_html_join("", "{}", ((_group(name, each),) for name, each, _ in groups))


def _group(name: str | None, several: Iterable[Mapping[str, Any]]) -> SafeString:
    lines = format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        ((str(each["value"]), flatatt(each["attrs"]), each["label"]) for each in several),
    )
    return format_html('<optgroup label="{}">{}</optgroup>', name, lines) if name else lines
