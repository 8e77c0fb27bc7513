"""The unified social credit code (GB 32100-2015): 18 characters, the last one checks the others."""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I O S V Z
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
SHAPE = re.compile(rf"[1-9A-HJ-NPQRTUWXY]{{2}}\d{{6}}[{ALPHABET}]{{9}}[{ALPHABET}]$")
FULL_TO_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def tidy(text: str) -> str:
    """Half width, upper case, without spaces and dashes."""
    return re.sub(r"[\s\-]", "", text.translate(FULL_TO_HALF)).upper()


def check_character(first17: str) -> str:
    """The eighteenth character for the first seventeen."""
    total = sum(
        ALPHABET.index(each) * weight for each, weight in zip(first17, WEIGHTS, strict=True)
    )
    return ALPHABET[(31 - total % 31) % 31]


def problem(code: str) -> str | None:
    """What is wrong with a tidied code: `length`, `shape`, `check`, or None."""
    if len(code) != 18:
        return "length"
    if not SHAPE.match(code):
        return "shape"
    return None if check_character(code[:17]) == code[17] else "check"
