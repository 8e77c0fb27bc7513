"""One entry of a pack's text as its author wrote it: a rule, a case, a parameter, by its line."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from bihuan.lib.policy.errors import BadEdit


@dataclass(frozen=True)
class Piece:
    """Lines `first` to `last` (counted from 0, `last` not included), and how far they stand in."""

    first: int
    last: int
    indent: int
    text: str


def piece_at(text: str, line: int) -> Piece:
    """The entry that begins at a line (counted from 1), with the comment right above it.

    Raises BadEdit where there is no such line.
    """
    lines = text.splitlines()
    if not 1 <= line <= len(lines) or not lines[line - 1].strip():
        raise BadEdit(f"文中没有第 {line} 行", f"the text has no line {line}")
    begin = line - 1
    indent = _indent(lines[begin])
    end = begin + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
        end += 1
    end = _without_tail(lines, begin, end)
    first = begin
    while first > 0 and _is_comment(lines[first - 1]) and _indent(lines[first - 1]) == indent:
        first -= 1
    return Piece(first, end, indent, textwrap.dedent("\n".join(lines[first:end])) + "\n")


_KEY = re.compile(r"(?:- )?\{?(?:(?:id|name): *(?P<id>[^,}]+)|(?P<key>[\w.-]+):)")


def key_of(text: str) -> str:
    """What an entry is called: its id or name, or its key; "" where it has none."""
    for line in text.splitlines():
        if line.strip() and not _is_comment(line):
            found = _KEY.match(line.strip())
            return (found["id"] or found["key"]).strip() if found else ""
    return ""


def line_of(text: str, key: str) -> int | None:
    """Where the entry of this name begins now (counted from 1); None if there is no such one, or
    several.
    """
    named = [n for n, line in enumerate(text.splitlines(), 1) if key and key_of(line) == key]
    return named[0] if len(named) == 1 else None


def replaced(text: str, piece: Piece, new: str) -> str:
    """The text with the entry written anew; an empty one is taken out."""
    lines = text.splitlines()
    return _joined([*lines[: piece.first], *_inset(new, piece.indent), *lines[piece.last :]])


def added_after(text: str, piece: Piece, new: str) -> str:
    """The text with another entry behind this one."""
    lines = text.splitlines()
    return _joined([*lines[: piece.last], *_inset(new, piece.indent), *lines[piece.last :]])


def _inset(new: str, indent: int) -> list[str]:
    written = textwrap.dedent(new.replace("\r\n", "\n").replace("\t", "  ")).strip("\n")
    return [" " * indent + line if line.strip() else "" for line in written.splitlines()]


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def _without_tail(lines: list[str], begin: int, end: int) -> int:
    """Blank lines behind an entry are not part of it."""
    while end > begin + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")
