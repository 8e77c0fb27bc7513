"""A proposed rule: its values, each with the words it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FIELDS = ("when", "every", "in", "of", "must", "within", "calendar", "by", "tiers", "if", "proved")
"""The values of a proposed rule, in the order in which a page asks for them."""


@dataclass(frozen=True)
class Said:
    """A value and the words it was read from; ``where``: text, title, lead, or usage.

    ``usage`` is what the other values ask for by the language itself, told as such.
    """

    value: str
    quote: str
    where: str = "text"
    start: int = -1


@dataclass(frozen=True)
class Proposal:
    """A rule or a target that a clause seems to promise.

    ``kind``: event, cadence or target. ``open`` names the fields that no word decides, ``notes``
    what the language cannot say (``每两周``), in the author's words.
    """

    kind: str
    title: str
    values: Mapping[str, Said]
    open: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def value(self, name: str) -> str:
        return self.values[name].value if name in self.values else ""
