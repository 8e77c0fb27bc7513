"""The marks at the beginning of a line that number a regulation: 第一章, 第三条, 一、,（一）, 1.2.3."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bihuan.lib.policy.writing.numerals import CN, LETTERS, narrow, whole

ORDER = (
    "part", "chapter", "cn", "section", "article", "point", "paren", "dec1", "dec2", "dec3", "dec4", "dec5",
    "dec6", "pnum", "bnum", "circle", "alpha", "named", "bullet",
)  # fmt: skip
"""Kinds from the highest to the lowest, as Chinese documents nest them (GB/T 9704)."""
_UNITS = {
    "编": "part",
    "篇": "part",
    "部": "part",
    "章": "chapter",
    "节": "section",
    "条": "article",
}
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("unit", re.compile(rf"第\s*([{CN}\d]{{1,7}})\s*([编篇部章节条])(?:之([{CN}]))?[\s、:：.．]*")),
    ("point", re.compile(rf"([{CN}]{{1,4}})[·・•](\d{{1,3}}(?:\.\d{{1,3}})*)([{LETTERS}a-z])?(?=[\s、:：])[\s、:：]*")),
    ("cn", re.compile(rf"([{CN}]{{1,4}})\s*[、.．]\s*")),
    ("paren", re.compile(rf"[（(]\s*([{CN}]{{1,4}})\s*[）)]\s*[、:：]?\s*")),
    ("dec", re.compile(r"(\d{1,3}(?:[.．]\d{1,3}){1,5})[.．、]?(?![\d%％])\s*")),
    ("num", re.compile(r"(\d{1,3})\s*(?:[、.．](?!\d)|\s(?=[^\d\s%％年月日个天小周万元]))\s*")),
    ("pnum", re.compile(r"[（(]\s*(\d{1,3})\s*[）)]\s*[、.]?\s*")),
    ("bnum", re.compile(r"(\d{1,3})\s*[)）]\s*")),
    ("circle", re.compile(rf"([{_CIRCLED}])\s*")),
    ("alpha", re.compile(r"([a-zA-Z])\s*[)）.．、](?=\s|[^\x00-\x7f])\s*")),
    ("bullet", re.compile(r"(?:[•●○■◆▪➢✓]\s*|[-*+–—]\s+|[-–—](?=[一-鿿“])|[·]\s*(?=\S))")),
)  # fmt: skip
_BARE = re.compile(r"([一二三四五六七八九十]{1,3})\s+([^\s。；，,;：:][^。；，,;：:]{0,19})$")
_INLINE = re.compile(
    rf"(?<=[。；;：:”])\s*(?=[（(][{CN}]{{1,3}}[）)]|[（(]\d{{1,2}}[）)]|[{_CIRCLED}]"
    r"|\d{1,2}[、.．](?!\d)|\d{1,2}\.\d{1,2}(?![\d%％个小天年月万元]))"
)
_ENGLISH = re.compile(
    r"(part|chapter|section|article)\s+([\divxlc]{1,6})\b[\s.:：、-]*", re.IGNORECASE
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True)
class Marker:
    """A mark: its kind, the numbers it says (``1.2.3`` has three), how it is printed, the rest."""

    kind: str
    path: tuple[str, ...]
    printed: str
    rest: str


def marker(line: str) -> Marker | None:
    """The mark that a line begins with, or None."""
    english = _ENGLISH.match(line)
    if english:
        value = english[2] if english[2].isdigit() else str(_roman(english[2]))
        return Marker(
            english[1].lower(), (value,), english[0].strip(" .:：、-"), line[english.end() :]
        )
    for kind, pattern in _PATTERNS:
        found = pattern.match(narrow(line) if kind in ("dec", "num", "pnum", "bnum") else line)
        if found and (made := _made(kind, found, line)):
            return made
    bare = _BARE.match(line)
    if bare:
        return Marker("cn", (_number(bare[1]),), bare[1], bare[2])
    return None


def pieces(line: str) -> list[str]:
    """A line in which a list runs on (``…：（一）…；（二）…``), point by point."""
    return [piece for piece in (part.strip() for part in _INLINE.split(line)) if piece]


def _made(kind: str, found: re.Match[str], line: str) -> Marker | None:
    rest, printed = line[found.end() :].strip(), found[0].strip(" 、:：.．")
    if kind == "bullet":
        return _unless_numbered(Marker(kind, (), printed, rest))
    if kind == "unit":
        value = _number(found[1])
        value += f"-{_number(found[3])}" if found[3] else ""
        return Marker(_UNITS[found[2]], (value,), printed, rest)
    if kind == "point":
        path = (_number(found[1]), *found[2].split("."), *([found[3]] if found[3] else []))
        return Marker("point", path, printed, rest)
    if kind == "dec":
        path = tuple(str(int(each)) for each in narrow(found[1]).split("."))
        # a date (2026.1.1) or a figure (1.5 小时) is no number of a clause
        if len(path[0]) > 2 or rest[:1] in tuple("个小天年月万元%％～~-"):
            return None
        return Marker(f"dec{len(path)}", path, printed, rest)
    if kind == "num":
        return Marker("dec1", (_number(found[1]),), printed, rest) if rest else None
    if kind == "circle":
        return Marker(kind, (str(_CIRCLED.index(found[1]) + 1),), printed, rest)
    if kind == "alpha":
        return Marker(kind, (found[1].lower(),), printed, rest)
    return Marker(kind, (_number(found[1]),), printed, rest)


def _unless_numbered(bullet: Marker) -> Marker:
    """A dash before a number is only the writer's ornament: ``- 1、`` is 1."""
    inner = marker(bullet.rest)
    return inner if inner is not None and inner.kind != "bullet" else bullet


def _number(text: str) -> str:
    value = whole(text)
    return str(value) if value is not None else text


def _roman(text: str) -> int:
    values = [_ROMAN.get(sign, 0) for sign in text.lower()]
    return sum(
        -value if any(value < later for later in values[at + 1 :]) else value
        for at, value in enumerate(values)
    )
