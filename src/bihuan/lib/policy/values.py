"""What an app reads from the value of a parameter: words, a list of them, a table, a number, a calendar.

Reading and checking are one: what a shape finds no fault with, the readers here read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bihuan.lib.policy.errors import nearest

APART = re.compile(r"[\s,，、;；]+")
PAIR = re.compile(r"([^\W\d]\w*)\s*[=:：]?\s*(\d+(?:\.\d+)?)(?![\w.])")


def text_of(value: Any) -> str:
    """A value as the apps read it: a list or a table of YAML is what it would be in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def listed(text: str) -> list[str]:
    """Words in their order, by blanks or commas of either script."""
    return [each for each in APART.split(text) if each]


def phrases(text: str) -> list[str]:
    """What stands between commas of either script or ends of lines; blanks belong to it. Raises
    ValueError where there is none.
    """
    found = [each.strip() for each in re.split(r"[,，、;；\n]", text) if each.strip()]
    if not found:
        raise ValueError(text)
    return found


def whole_numbers(text: str) -> list[int]:
    """Numbers above zero, as `7, 30, 90`. Raises ValueError, also where there is none."""
    found = [int(each) for each in listed(text)]
    if not found or min(found) < 1:
        raise ValueError(text)
    return found


def table(text: str) -> dict[str, float]:
    """Word -> number, from `URGENT 5, HIGH 15` (also `URGENT=5` and `URGENT: 5`)."""
    return {word: float(number) for word, number in PAIR.findall(text)}


@dataclass(frozen=True)
class Fault:
    """Why a value cannot be read, and what to write."""

    zh: str
    en: str
    instead: str = ""


class Shape(Protocol):
    """What a value may be. `calendars` are the names of those that there are; None: not known here."""

    def fault(self, text: str, calendars: Collection[str] | None) -> Fault | None: ...


@dataclass(frozen=True)
class Number:
    """A number that is not negative."""

    example: str

    def fault(self, text: str, calendars: Collection[str] | None) -> Fault | None:
        del calendars
        if re.fullmatch(r"\d+(\.\d+)?", text.strip()):
            return None
        return Fault(f"“{text}”不是数字", f"“{text}” is not a number", self.example)


@dataclass(frozen=True)
class Whole:
    """A whole number that is not negative."""

    example: str

    def fault(self, text: str, calendars: Collection[str] | None) -> Fault | None:
        del calendars
        if re.fullmatch(r"[0-9]+", text.strip()):
            return None
        return Fault(f"“{text}”不是整数", f"“{text}” is not a whole number", self.example)


@dataclass(frozen=True)
class Words:
    """Some of these words, each once; `most` at most, none at all only if `empty`."""

    known: Collection[str]
    most: int = 0
    empty: bool = False

    def fault(self, text: str, calendars: Collection[str] | None) -> Fault | None:
        del calendars
        return self.of(listed(text))

    def of(self, found: list[str]) -> Fault | None:
        if not found and not self.empty:
            return Fault("没有写值", "it says nothing", " | ".join(self.known))
        for place, each in enumerate(found):
            if each not in self.known:
                return Fault(f"没有“{each}”", f"there is no “{each}”", nearest(each, self.known) or " | ".join(self.known))  # fmt: skip
            if each in found[:place]:
                return Fault(f"“{each}”写了两次", f"“{each}” is there twice")
        if self.most and len(found) > self.most:
            return Fault(f"只能写 {self.most} 个", f"there may be {self.most} only", found[0])
        return None


@dataclass(frozen=True)
class Table:
    """A number for some of these words."""

    known: Collection[str]
    example: str

    def fault(self, text: str, calendars: Collection[str] | None) -> Fault | None:
        del calendars
        if rest := listed(PAIR.sub(" ", text)):
            return Fault(f"读不懂“{rest[0]}”", f"“{rest[0]}” cannot be read", self.example)
        return Words(self.known).of([word for word, _number in PAIR.findall(text)])


@dataclass(frozen=True)
class CalendarName:
    """A working calendar of the company."""

    def fault(self, text: str, calendars: Collection[str] | None) -> Fault | None:
        if calendars is None or text in calendars:
            return None
        near = nearest(text, calendars) or " | ".join(list(calendars)[:4])
        return Fault(f"日历“{text}”不存在", f"there is no calendar “{text}”", near)


@dataclass(frozen=True)
class Read:
    """What this function reads; it raises ValueError for what it cannot."""

    by: Callable[[str], object]
    example: str

    def fault(self, text: str, calendars: Collection[str] | None) -> Fault | None:
        del calendars
        try:
            self.by(text)
        except ValueError:
            return Fault(f"读不懂“{text}”", f"“{text}” cannot be read", self.example)
        return None
