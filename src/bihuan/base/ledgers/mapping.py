"""Which heading is which column: remembered first, then guessed by the words of the columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from bihuan.base.ledgers.declare import Column, Ledger
from bihuan.base.ledgers.errors import ColumnMissing
from bihuan.base.ledgers.models import Heading
from bihuan.base.search.folding import fold
from bihuan.base.texts import in_language, listed

_NOISE = re.compile(r"[\s*_\-:：/()（）\[\]【】.。]+")


def bare(heading: str) -> str:
    return _NOISE.sub("", fold(heading))


def guess(ledger: Ledger, headings: Iterable[str]) -> dict[str, str]:
    """Column name -> heading, each heading once."""
    free = [heading for heading in headings if heading]
    found: dict[str, str] = {}
    remembered = dict(Heading.objects.filter(ledger=ledger.name).values_list("heading", "column"))
    names = {column.name for column in ledger.columns}
    for heading in list(free):
        name = remembered.get(bare(heading))
        if name in names and name not in found:
            found[name] = heading
            free.remove(heading)
    for fits in (_is, _holds):
        for column in ledger.columns:
            fitting = next(
                (each for each in free if column.name not in found and fits(column, each)), None
            )
            if fitting is not None:
                found[column.name] = fitting
                free.remove(fitting)
    return found


def unused(headings: Iterable[str], used: Collection[str]) -> list[str]:
    """The headings that no column takes, each once."""
    return list(dict.fromkeys(each for each in headings if each and each not in used))


def _words(column: Column) -> list[str]:
    return [bare(word) for word in (column.name, *column.title.values(), *column.also)]


def _is(column: Column, heading: str) -> bool:
    return bare(heading) in _words(column)


def _holds(column: Column, heading: str) -> bool:
    """客户编号（必填） holds 客户编号."""
    plain = bare(heading)
    return any(len(word) > 1 and word in plain for word in _words(column))


def check(ledger: Ledger, mapping: Mapping[str, str]) -> None:
    """Raises ColumnMissing."""
    missing = [
        in_language(column.title)
        for column in ledger.columns
        if column.required and not mapping.get(column.name)
    ]
    if missing:
        raise ColumnMissing(names=listed(missing))


def remember(ledger: Ledger, mapping: Mapping[str, str]) -> None:
    """Keep this company's headings for the next file."""
    for name, heading in mapping.items():
        Heading.objects.update_or_create(
            ledger=ledger.name, heading=bare(heading)[:200], defaults={"column": name}
        )
