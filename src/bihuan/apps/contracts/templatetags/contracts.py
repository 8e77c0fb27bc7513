"""Words of contracts for templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from bihuan.apps.contracts import profile, words
from bihuan.apps.contracts.rules.plans import read_every
from bihuan.lib.workcal import Duration

register = template.Library()


@register.filter
def number(value: Any) -> str:
    """A quantity without needless zeros: 5, 2.5, 12,000."""
    text = f"{Decimal(str(value)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.simple_tag
def span_words(span: Duration) -> str:
    """A limit with its unit, in the page's language."""
    return span.words("en" if (get_language() or "zh").startswith("en") else "zh")


@register.simple_tag
def every_words(every: str) -> str:
    """每 3 个月."""
    months, days = read_every(every)
    if months and months % 12 == 0:
        years = months // 12
        return ngettext("每 %(n)s 年", "每 %(n)s 年", years) % {"n": years}
    if months:
        return ngettext("每 %(n)s 个月", "每 %(n)s 个月", months) % {"n": months}
    if days % 7 == 0:
        return ngettext("每 %(n)s 周", "每 %(n)s 周", days // 7) % {"n": days // 7}
    return ngettext("每 %(n)s 天", "每 %(n)s 天", days) % {"n": days}


@register.simple_tag
def care_title(code: str) -> str:
    return words.title(words.CARE, code)


@register.simple_tag
def end_title(code: str) -> str:
    return words.title(words.END, code)


@register.simple_tag
def entitlement_words(code: str, quantity: float) -> str:
    return _("%(title)s %(n)s %(unit)s") % {
        "title": profile.entitlement_title(code),
        "n": number(quantity),
        "unit": profile.unit_of(code),
    }
