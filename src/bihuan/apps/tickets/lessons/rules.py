"""A case without a word about whose it was."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<![\dA-Za-z])\+?\d[\d \-]{5,}\d(?![\dA-Za-z])")
DIGITS = 7
"""From so many digits on a number is a telephone, an order or an identity card, no measure."""
GONE = "…"


def without_names(text: str, names: Mapping[str, str]) -> str:
    """The text with each of the names replaced, longest first, and without telephone numbers and
    mail addresses. A name of one letter is left: it stands in too many words.
    """
    for name in sorted((each for each in names if len(each) > 1), key=len, reverse=True):
        text = text.replace(name, names[name])
    text = _MAIL.sub(GONE, text)
    return _NUMBER.sub(lambda found: GONE if _long(found[0]) else found[0], text)


def _long(said: str) -> bool:
    return sum(each.isdigit() for each in said) >= DIGITS
