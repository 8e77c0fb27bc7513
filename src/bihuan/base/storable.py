"""What text and JSON from outside may hold and the database cannot keep: NUL, half of a character,
numbers that are none, nesting without end.
"""

from __future__ import annotations

import math
from typing import Any

DEEPEST = 100
DIGITS = 18
"""So many fit into a whole number of the database."""


class TooDeep(ValueError):
    """Nested beyond what anybody means."""


def storable(data: Any, depth: int = 0) -> Any:
    """The same with those signs taken out or shown as `?`. Raises TooDeep."""
    if depth > DEEPEST:
        raise TooDeep
    if isinstance(data, str):
        return data.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {storable(name): storable(value, depth + 1) for name, value in data.items()}
    if isinstance(data, list):
        return [storable(each, depth + 1) for each in data]
    return data


def whole(text: object) -> int | None:
    """The whole number, not below zero, that an address, a field or a fact holds as text; None for
    what is none, as `²`, and for what the database cannot keep.
    """
    said = str(text)
    return int(said) if said.isdecimal() and len(said) <= DIGITS else None


def is_storable(data: Any) -> bool:
    """Whether nothing needs to be taken out."""
    try:
        return bool(storable(data) == data)
    except TooDeep:
        return False
