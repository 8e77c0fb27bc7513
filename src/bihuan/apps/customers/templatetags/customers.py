"""Words of customers for timelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from bihuan.apps.customers import words
from bihuan.base.texts import listed
from bihuan.base.ui import marks

register = template.Library()


@register.simple_tag
def flag_title(code: str) -> str:
    return words.title(words.FLAG, code)


@register.simple_tag
def changed_words(fields: list[str]) -> str:
    """The changed fields by their titles; derived ones are left out."""
    return listed(words.title(words.FIELD, field) for field in fields if field in words.FIELD)


@register.simple_tag
def node_title(code: str) -> str:
    return words.title(words.NODE, code)


@register.simple_tag
def purchase_words(own: Mapping[str, Any]) -> str:
    """¥5,000.00 设备."""
    return f"{marks.money(own.get('amount'))} {words.title(words.CATEGORY, str(own.get('category', '')))}"


@register.simple_tag
def tier_name(names: Mapping[str, Mapping[Any, str]], code: str | None) -> str:
    """The tier's name in the pack in force; the code of one that is gone."""
    return names.get("tier", {}).get(code, code) if code else ""


@register.simple_tag
def person_named(people: Mapping[str, str], user_id: str) -> str:
    return people.get(str(user_id), "")


@register.simple_tag
def name_of(names: Mapping[str, Mapping[int, str]], kind: str, pk: int | None) -> str:
    """A name that the page has read for its lines."""
    return names.get(kind, {}).get(pk, "") if pk else ""
