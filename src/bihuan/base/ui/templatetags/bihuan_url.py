"""Built into every template: `{% url %}`, quickly."""

from __future__ import annotations

from django import template

from bihuan.base.ui.addresses import url_tag

register = template.Library()
register.tag("url", url_tag)
