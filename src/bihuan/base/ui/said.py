"""The words of a page, each found by one look into a dict.

A page asks for many hundreds of texts; Django looks each up in several catalogues, the source
language twice over because it has no entry for its own words. Put in its place when the app is
ready; what is said is the same.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.utils import translation
from django.utils.safestring import SafeData, SafeString
from django.utils.translation import trans_real

_chosen: ContextVar[Any] = ContextVar("translation", default=None)


class Active:
    """The translation in use, as Django keeps it (`value`), for each thread and task."""

    @property
    def value(self) -> Any:
        if (found := _chosen.get()) is None:
            raise AttributeError("value")
        return found

    @value.setter
    def value(self, chosen: Any) -> None:
        _chosen.set(chosen)

    @value.deleter
    def value(self) -> None:
        _chosen.set(None)


class _Texts(dict[str, str]):
    """The texts of one language that were asked for, most often a few thousand."""

    MOST = 50_000  # what is said with words of people in it must not grow without end

    def __init__(self, words: Any) -> None:
        super().__init__()
        self.words = words

    def __missing__(self, message: str) -> str:
        text = message.replace("\r\n", "\n").replace("\r", "\n")
        said: str = self.words.gettext(text) if text else ""
        if len(self) < self.MOST:
            self[str(message)] = said
        return said


def gettext(message: str) -> str:
    """What Django's function of this name says."""
    kept = vars(trans_real.catalog())
    texts = kept.get("bihuan_texts")
    if texts is None:
        texts = kept["bihuan_texts"] = _Texts(trans_real.catalog())
    said: str = texts[message]
    return SafeString(said) if isinstance(message, SafeData) else said


def install() -> None:
    """Let templates, lazy texts and `gettext` of the code ask here."""
    vars(trans_real).update(_active=Active(), gettext=gettext)
    vars(vars(translation)["_trans"])["gettext"] = gettext
