"""The terminal's two languages.

Commands speak before Django is loaded (and often without it), so their sentences are given as a
Chinese and English pair at the place where they are said.
"""

from __future__ import annotations

import os

LANGUAGES = ("zh", "en")


class Halt(Exception):
    """A command cannot go on: a plain sentence in both languages, and no traceback."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en

    def sentence(self) -> str:
        """Return the sentence in the language of this terminal."""
        return say(self.zh, self.en)


def language() -> str:
    """Return `zh` or `en`: from `BIHUAN_LANG` (set by `--lang`), else from the locale."""
    told = os.environ.get("BIHUAN_LANG", "")
    if not told:
        # The first that is set decides, as the C library does it.
        told = next(
            (
                os.environ[name]
                for name in ("LC_ALL", "LC_MESSAGES", "LANG")
                if os.environ.get(name)
            ),
            "",
        )
    if told.lower().startswith("zh"):
        return "zh"
    # A terminal that says nothing (`C`, `POSIX`, unset) gets the source language.
    return "en" if told and told.split(".")[0].upper() not in {"C", "POSIX"} else "zh"


def say(zh: str, en: str) -> str:
    """Return the sentence in the language of this terminal."""
    return zh if language() == "zh" else en
