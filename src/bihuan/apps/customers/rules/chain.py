"""The decision chain as boxes and lines: who decides on top, the others below, gaps dashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BOX, TALL, GAP, STEP, ACROSS = 118, 46, 25, 36, 3
LONGEST = 7  # characters that fit into a box


@dataclass(frozen=True)
class Person:
    """One contact of the chain; `fresh` says whether somebody spoke to them lately (None: never)."""

    pk: int
    name: str
    words: str
    role: str
    fresh: bool | None


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    name: str
    words: str
    pk: int | None
    look: str
    dot: str


@dataclass(frozen=True)
class Chain:
    """`known` of `wanted` roles have a name."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[str, ...]
    known: int
    wanted: int


def draw(
    people: Sequence[Person], wanted: Sequence[str], top: str, titles: dict[str, str], unknown: str
) -> Chain:
    """Lay the chain out, three boxes across; `top` is the role that stands above the others."""
    missing = [role for role in wanted if role not in {each.role for each in people}]
    first = next((each for each in people if each.role == top), None)
    rest = [each for each in people if each is not first and each.role in titles]
    boxes: list[Box] = []
    width = ACROSS * BOX + (ACROSS - 1) * GAP
    middle = (width - BOX) // 2
    boxes.append(
        _box(first, middle, 2, "top") if first else _gap(middle, 2, unknown, titles.get(top, top))
    )
    below: list[Person | str] = [*rest, *[role for role in missing if role != top]]
    rows = [below[start : start + ACROSS] for start in range(0, len(below), ACROSS)]
    lines: list[str] = []
    for number, row in enumerate(rows):
        y = 2 + TALL + STEP + number * (TALL + 14)
        span = len(row) * BOX + (len(row) - 1) * GAP
        left = (width - span) // 2
        places = [left + place * (BOX + GAP) for place in range(len(row))]
        for x, each in zip(places, row, strict=True):
            boxes.append(
                _gap(x, y, unknown, titles.get(each, each))
                if isinstance(each, str)
                else _box(each, x, y, "")
            )
        if number == 0:
            lines.append(_joins(middle + BOX // 2, 2 + TALL, places, y))
    height = (2 + TALL + STEP + len(rows) * (TALL + 14)) if rows else TALL + 6
    return Chain(width, height, tuple(boxes), tuple(lines), len(wanted) - len(missing), len(wanted))


def _joins(x: int, y: int, places: Sequence[int], top: int) -> str:
    bar = y + STEP // 2
    centres = [place + BOX // 2 for place in places]
    drops = "".join(f"M{centre} {bar}V{top}" for centre in centres)
    return f"M{x} {y}V{bar}M{min([*centres, x])} {bar}H{max([*centres, x])}{drops}"


def _box(person: Person, x: int, y: int, look: str) -> Box:
    dot = {True: "green", False: "orange", None: "none"}[person.fresh]
    return Box(x, y, _short(person.name), _short(person.words, LONGEST + 2), person.pk, look, dot)


def _gap(x: int, y: int, unknown: str, title: str) -> Box:
    return Box(x, y, unknown, _short(title, LONGEST + 2), None, "gap", "")


def _short(text: str, longest: int = LONGEST) -> str:
    wide = sum(1 if ord(each) > 0x2E7F else 0.55 for each in text)
    if wide <= longest:
        return text
    kept, used = "", 0.0
    for each in text:
        used += 1 if ord(each) > 0x2E7F else 0.55
        if used > longest - 1:
            break
        kept += each
    return f"{kept}…"
