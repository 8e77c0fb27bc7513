"""What the pack language refuses: every problem names its place and says what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from bihuan.lib.workcal.words import Words


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with a pack.

    ``line`` counts from 1; 0 stands for the whole file. ``suggestion`` is what to write
    instead, empty when nothing comes close.
    """

    file: str
    line: int
    code: str
    zh: str
    en: str
    suggestion: str = ""

    def sentence(self, lang: str = "zh") -> str:
        """Place, fault and remedy in one sentence."""
        text = Words(self.zh, self.en).of(lang)
        if self.suggestion:
            text += Words(f"；应写 {self.suggestion}", f"; write {self.suggestion}").of(lang)
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {text}"


class PolicyError(Exception):
    """Base of everything that this library raises for people to read."""

    code = "policy"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(zh, en)

    def sentence(self, lang: str = "zh") -> str:
        return self.words.of(lang)


class PackErrors(PolicyError):
    """A pack or a vocabulary that cannot be read; ``problems`` in the order of files and lines."""

    code = "policy.unreadable"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        count = len(self.problems)
        first = self.problems[0] if self.problems else None
        more_zh = f"（共 {count} 处）" if count > 1 else ""
        more_en = f" ({count} in all)" if count > 1 else ""
        super().__init__(
            (first.sentence("zh") if first else "制度包不能读取") + more_zh,
            (first.sentence("en") if first else "the pack cannot be read") + more_en,
        )


class CannotAssess(PolicyError):
    """A tier cannot be judged because a value that its table asks for is not known."""

    code = "policy.cannot_assess"


class BadEdit(PolicyError):
    """A change to a pack's text that leads nowhere."""

    code = "policy.bad_edit"


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a fact."""

    field: str
    code: str
    zh: str
    en: str


class BadFact(PolicyError):
    """A fact whose fields do not fit its kind; ``errors`` holds one entry a field."""

    code = "policy.bad_fact"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(
            "；".join(error.zh for error in self.errors),
            "; ".join(error.en for error in self.errors),
        )


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like this one, or ``""``."""
    words = sorted(known)
    found = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if found:
        return found[0]
    folded = {known_word.lower(): known_word for known_word in words}
    return folded.get(word.lower(), "")
