"""Texts as they are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from zlib import crc32

LONGEST = 4000
"""Characters of a text that are looked at; a fault is told in its beginning."""
LONGEST_WORD = 40
_RUNS = re.compile(r"[㐀-鿿]+|[a-z0-9]+(?:[.\-/][a-z0-9]+)*")
_SPACES = re.compile(r"[ \t\u3000]+")


def normal(text: str) -> str:
    """One width, one case, single spaces; line ends are kept, for they part sentences."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST]).casefold())


def grams(text: str) -> list[int]:
    """What two texts can share, with repetition, as checksums (32 bits, signed): two and three
    Chinese characters in a row, and Latin words and codes whole. `text` is normal.
    """
    return [crc32(piece.encode()) - 2**31 for piece in pieces(text)]


def runs(text: str) -> list[str]:
    """Runs of Chinese letters, and Latin words and codes, of normal text."""
    return _RUNS.findall(text)


def pieces(text: str) -> list[str]:
    """The same as words."""
    found = []
    for run in runs(text):
        if run[0] < "\u3400" or len(run) == 1:
            found.append(run[:LONGEST_WORD])
        else:
            found += [run[at : at + 2] for at in range(len(run) - 1)]
            found += [run[at : at + 3] for at in range(len(run) - 2)]
    return found


def said_otherwise(text: str, synonyms: Sequence[tuple[str, str]]) -> str:
    """The text with each (other word, our word) replaced, the longest first; normal in and out."""
    for other, ours in sorted(synonyms, key=lambda each: -len(each[0])):
        if other and ours not in other:
            text = text.replace(other, ours)
    return text
