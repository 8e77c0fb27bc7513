"""Words and small drawings of machines for templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bihuan.apps.assets import profile, words
from bihuan.apps.assets.enums import Grade
from bihuan.apps.assets.models import Stay
from bihuan.base.ui.templatetags.bihuan import status

register = template.Library()


@register.filter
def plain(value: Any) -> str:
    """A number without needless zeros and with thousands set apart: 3,412 or 5.2."""
    if value is None:
        return "—"
    text = f"{Decimal(str(value)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.simple_tag
def limit_band(tile: Any) -> SafeString:
    """Where a value stands between nothing, warning and alarm."""
    full = float(tile.alarm) * 1.25
    warn = 100 * float(tile.warn) / full if tile.warn else 80.0
    alarm = 100 * float(tile.alarm) / full
    here = min(99.0, max(1.0, 100 * float(tile.share or 0)))
    return format_html(
        '<svg class="asset-band" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="ok" x="0" y="4" width="{}" height="5"/><rect class="warn" x="{}" y="4" width="{}" height="5"/>'
        '<rect class="alarm" x="{}" y="4" width="{}" height="5"/><rect class="here" x="{}" y="0" width="1" height="12"/></svg>',
        f"{warn:.1f}", f"{warn:.1f}", f"{alarm - warn:.1f}", f"{alarm:.1f}", f"{100 - alarm:.1f}", f"{here:.1f}",
    )  # fmt: skip


@register.simple_tag
def check_title(code: str) -> str:
    return words.title(words.CHECK, code)


@register.simple_tag
def grade_title(code: str) -> str:
    return words.title(words.GRADE, code)


@register.simple_tag
def grade_status(code: str) -> SafeString:
    found: SafeString = status(words.GRADE_COLOUR[Grade(code)], words.title(words.GRADE, code))
    return found


@register.simple_tag
def move_title(code: str) -> str:
    return words.title(words.MOVE, code)


@register.simple_tag
def point_title(code: str) -> str:
    return profile.point(code).title if code in profile.data()["points"] else code


@register.simple_tag
def percent_left(share: float) -> str:
    return _("剩 %(n)s%%") % {"n": round(float(share) * 100)}


@register.simple_tag
def stay_place(stay: Stay) -> str:
    """Customer and place of a stay."""
    where = f"，{stay.place.path}" if stay.place else ""
    return f"{stay.customer.called}{where}"
