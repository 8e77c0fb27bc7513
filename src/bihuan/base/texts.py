"""Texts in two languages: `{zh, en}` (or plain text in Chinese, the source language)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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


def listed(words: Iterable[object]) -> str:
    """Words one after the other, as the page's language divides them."""
    return _divided(words, "、", ", ")


def in_a_row(sentences: Iterable[object]) -> str:
    """Parts of a sentence one after the other, as the page's language divides them."""
    return _divided(sentences, "；", "; ")


def _divided(words: Iterable[object], zh: str, en: str) -> str:
    return in_language({"zh": zh, "en": en}).join(str(each) for each in words)
