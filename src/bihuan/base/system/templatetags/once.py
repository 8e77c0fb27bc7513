"""`{% load once %}{% once %}` inside a form: its double submit does nothing twice."""

from __future__ import annotations

import uuid

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bihuan.base.system.idempotency import FIELD

register = template.Library()


@register.simple_tag(takes_context=True)
def once(context: Context) -> SafeString:
    """A hidden field with a fresh key; a form shown again keeps the key it was sent with."""
    request = context.get("request")
    sent = request.POST.get(FIELD, "") if request is not None else ""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, sent or uuid.uuid4())
