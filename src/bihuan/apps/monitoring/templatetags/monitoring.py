"""Small drawings of machines that report."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bihuan.base.texts import in_language

register = template.Library()


@register.filter
def said(text: Any) -> str:
    """A text in two languages, in the page's."""
    return in_language(text or {})


@register.simple_tag
def band(tile: Any) -> SafeString:
    """Where a value stands among its limits, in per cent of the band's width."""

    def place(value: float) -> float:
        return float(max(0.0, min(100.0, 100 * (value - tile.low) / (tile.high - tile.low))))

    zones = []
    upward = sorted(edge.value for edge in tile.edges if edge.upward)
    for edge in tile.edges:
        if edge.upward:
            end = next((place(value) for value in upward if value > edge.value), 100.0)
            zones.append((edge.tone, place(edge.value), end - place(edge.value)))
        else:
            zones.append((edge.tone, 0.0, place(edge.value)))
    drawn = format_html_join(
        "", '<rect class="{}" x="{}%" y="4" width="{}%" height="5"/>',
        ((tone, f"{start:.1f}", f"{wide:.1f}") for tone, start, wide in zones),
    )  # fmt: skip
    here = (
        ""
        if tile.here is None
        else format_html(
            '<rect class="here" x="{}%" y="0" width="3" height="13"/>', f"{min(tile.here, 99):.1f}"
        )
    )
    return format_html(
        '<svg class="mon-band" aria-hidden="true"><rect class="ok" x="0" y="4" width="100%" height="5"/>{}{}</svg>', drawn, here
    )  # fmt: skip
