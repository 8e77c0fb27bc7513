"""Texts in two languages: `{zh, en}` (or plain text in Chinese, the source language)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language


def both(text: str | Mapping[str, str]) -> dict[str, str]:
    """The mapping form of a text."""
    return {"zh": text} if isinstance(text, str) else dict(text)


def in_language(text: Mapping[str, str], language: str | None = None) -> str:
    """The text in this language (default: the page's), else the one there is."""
    wanted = "en" if (language or get_language() or "zh").startswith("en") else "zh"
    return text.get(wanted) or text.get("zh") or text.get("en") or ""


def in_words(words: object) -> str:
    """Words of `lib` (with `.zh` and `.en`) in the page's language."""
    return in_language({"zh": getattr(words, "zh", ""), "en": getattr(words, "en", "")})
