"""The numbers beside the lines of a menu and the tabs of a page: all of them in one statement."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Key = TypeVar("Key", bound=Hashable)


MOST = 10_000
"""Lists count so far and turn pages so far: nobody reads on, and a million rows stay quick."""
BESIDE = 999
"""The number beside a tab counts so far; all are counted where somebody looks at them."""


def counted(
    asked: Mapping[Key, QuerySet[Any]], *, most: Mapping[Key, int] | None = None
) -> dict[Key, int]:
    """How many rows each of several questions has; with `most` of it, `most + 1` means "more"."""
    numbers = dict.fromkeys(asked, 0)
    selects: list[str] = []
    values: list[Any] = []
    keys: list[Key] = []
    for key, rows in asked.items():
        try:
            select, params = _select(rows, most.get(key) if most is not None else None)
        except EmptyResultSet:  # nothing is within reach
            continue
        selects.append(f"(SELECT COUNT(*) FROM ({select}) AS rows)")  # noqa: S608 - Django's own SQL
        values.extend(params)
        keys.append(key)
    if selects:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(selects), values)
            numbers.update(zip(keys, cursor.fetchone(), strict=True))
    return numbers


def _select(rows: QuerySet[Any], most: int | None) -> tuple[str, tuple[Any, ...]]:
    plain = rows if rows.query.combinator else rows.order_by().values("pk")
    if most is not None:
        plain = plain[: most + 1]
    return plain.query.sql_with_params()
