"""What the search box can do: open a line of the menu, or begin something new.

How the titles are spoken stands in `spoken.txt`, so that a web process need not hold the
dictionaries (55 MB); a title that is not there yet is looked up in them. `make words` writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import NoReverseMatch
from django.utils.translation import override

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.scope import reaches
from bihuan.base.registry import Command
from bihuan.base.search.folding import fold, spoken
from bihuan.base.ui.addresses import address

TABLE = Path(__file__).with_name("spoken.txt")
AT_REST = 14


@dataclass(frozen=True)
class Offer:
    """One line of the palette."""

    title: str
    url: str
    icon: str
    first: bool = False
    """It begins with what was typed: it stands above what was found."""


def commands(person: User, text: str) -> list[Offer]:
    """The commands that fit every word of `text`, new things first; without words the first ones."""
    words = fold(text).split()
    found: list[Offer] = []
    for each in _all():
        if not reaches(person, each.needs):
            continue
        try:
            url = address(each.url)
        except NoReverseMatch:
            continue
        if all(_fits(each, word) for word in words):
            first = bool(words) and _begins(each, "".join(words))
            found.append(Offer(str(each.title), url, each.icon, first))
    return found if words else found[:AT_REST]


def _all() -> Iterator[Command]:
    configs = registry.manifests()
    for config in configs:
        yield from config.commands
    lines = [item for config in configs for item in config.menu]
    for item in sorted(lines, key=lambda each: each.order):
        yield Command(item.title, item.url, item.needs, item.icon)


def _fits(command: Command, word: str) -> bool:
    title = str(command.title)
    if word in fold(title):
        return True
    if not (word.isascii() and word.isalnum()):
        return False
    full, initials = _spoken(command)
    return full.startswith(word) or initials.startswith(word) or (len(word) > 1 and word in full)


def _begins(command: Command, words: str) -> bool:
    if fold(str(command.title)).replace(" ", "").startswith(words):
        return True
    return words.isascii() and any(each.startswith(words) for each in _spoken(command))


def _spoken(command: Command) -> tuple[str, str]:
    with override("zh"):
        title = str(command.title)
    known = _table()
    if title not in known:
        found = spoken(title)
        known[title] = (found[0], found[1]) if found else (fold(title), "")
    return known[title]


@cache
def _table() -> dict[str, tuple[str, str]]:
    rows = (line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines())
    return {row[0]: (row[1], row[2]) for row in rows}


def write_table() -> None:
    """Write `spoken.txt` from the titles of the manifests."""
    with override("zh"):
        titles = sorted({str(each.title) for each in _all()})
    lines = ["\t".join((title, *(spoken(title) or (fold(title), "")))) for title in titles]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
