"""What changed from one version of an article to the next, for a person to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from bihuan.apps.knowledge.rules import Content

LONGEST = 400
"""Letters of a line up to which the changed letters are found in it; a longer one is shown whole."""
NEAR = 0.4
"""How much two lines must share for one to be a change of the other."""


@dataclass(frozen=True)
class Piece:
    """Letters that stayed (``), are new (`+`) or are gone (`-`)."""

    sign: str
    text: str


@dataclass(frozen=True)
class Change:
    """A field that reads differently; lines that stayed are left out."""

    field: str
    lines: tuple[tuple[Piece, ...], ...]


def changes(before: Content, after: Content) -> list[Change]:
    """The fields that differ, in their order."""
    found = []
    for name in Content.__dataclass_fields__:
        old, new = _text(getattr(before, name)), _text(getattr(after, name))
        if old != new:
            found.append(Change(name, tuple(_lines(old, new))))
    return found


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "\n".join(str(each) for each in value)
    return value if isinstance(value, str) else str(value)


def _lines(old: str, new: str) -> Iterator[tuple[Piece, ...]]:
    a, b = old.splitlines(), new.splitlines()
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = a[i:j], b[k:m]
        while gone and come:
            yield from _line(gone.pop(0), come.pop(0))
        for each in gone:
            yield (Piece("-", each),)
        for each in come:
            yield (Piece("+", each),)


def _line(old: str, new: str) -> Iterator[tuple[Piece, ...]]:
    same = SequenceMatcher(None, old, new, autojunk=False)
    if max(len(old), len(new)) > LONGEST or same.ratio() < NEAR:
        yield (Piece("-", old),)
        yield (Piece("+", new),)
        return
    pieces = []
    for tag, i, j, k, m in same.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("", old[i:j]))
            continue
        pieces += [Piece("-", old[i:j])] if j > i else []
        pieces += [Piece("+", new[k:m])] if m > k else []
    yield tuple(pieces)
