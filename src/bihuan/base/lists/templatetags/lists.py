"""`{% load lists %}`: parts of a list page, and of pages that say who changed them."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Model
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bihuan.base.lists.conflicts import VERSION
from bihuan.base.lists.stamps import stamp

register = template.Library()


@register.simple_tag
def pick_all() -> SafeString:
    """The box in the head that picks every row of the page."""
    return format_html('<input type="checkbox" data-pick-all aria-label="{}">', _("全选"))


@register.simple_tag
def pick(pk: int, name: object) -> SafeString:
    """The box of a row; it belongs to the form of `lists/bulk.html`."""
    return format_html(
        '<input type="checkbox" name="pick" value="{}" form="bulk" aria-label="{}">', pk, name
    )


@register.simple_tag(takes_context=True)
def sort(context: Context, name: str, title: str) -> str:
    """A heading that orders by `name`, then the other way round."""
    column = context["list"].sorts[name]
    return render_to_string("lists/parts/sort.html", {"column": column, "title": title})


@register.simple_tag(takes_context=True)
def live(context: Context, thing: Model) -> str:
    """The bar that says when somebody else changes this thing."""
    values = {"thing": f"{thing._meta.label}:{thing.pk}", "version": stamp(thing).version}
    return render_to_string("lists/parts/live.html", values)


@register.simple_tag(takes_context=True)
def version(context: Context, thing: Model) -> SafeString:
    """The version that a form is read at; after a conflict the one that was then told."""
    request = context.get("request")
    told: Any = getattr(request, "conflict_version", None)
    posted = request.POST.get(VERSION) if request is not None and told is None else None
    value = told or posted or stamp(thing).version
    return format_html('<input type="hidden" name="{}" value="{}">', VERSION, value)
