"""Words of calls for templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from bihuan.apps.callbacks import words

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
