"""The numbers beside the lines of a menu and the tabs of a page: all of them in one statement."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from bihuan.base import sql

Key = TypeVar("Key", bound=Hashable)


MOST = 10_000
"""Lists count so far and turn pages so far: nobody reads on, and a million rows stay quick."""
ROWS = 25
"""Rows on a page: what fits on a screen at 40 px each."""
BESIDE = 999
"""The number beside a tab counts so far; all are counted where somebody looks at them."""


@dataclass(frozen=True)
class Statement:
    """A question that is written already; `""` where nothing is within reach."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Ids:
    """What a kept question finds, read part by part as a paginator asks for it; it is counted elsewhere."""

    of: Statement

    def __getitem__(self, part: Any) -> Any:
        if not self.of.sql:
            return []
        first, left = sql.with_texts(self.of.sql, self.of.values)
        if part.stop <= ROWS and not left:  # no value is left to differ by: the plan is kept
            found = sql.rows(f"{first} LIMIT {ROWS:d}")[part]
        else:
            limit = f"{self.of.sql} LIMIT %s OFFSET %s"
            values = (*self.of.values, part.stop - part.start, part.start)
            found = sql.rows(limit, values, anew=True)
        return [pk for (pk,) in found]


class _Present(datetime):
    """The moment in a statement that is kept: put in when it is asked, so no other can be made of it."""


_PRESENT = _Present(1, 1, 1, tzinfo=UTC)
_statements: dict[Hashable, Statement] = {}
STATEMENTS = 5_000


def reach(person: Any) -> Hashable:
    """Who a person is, as far as a condition of scope asks: equal for equal conditions."""
    return (
        person.pk, person.is_active, tuple(person.roles), person.region, person.team_id, person.dealer_id,
        person.customer_id,
    )  # fmt: skip


def kept(
    name: Hashable, person: Any, now: datetime, rows: Callable[[Any, datetime], QuerySet[Any]], *, ordered: bool = False,
) -> Statement:  # fmt: skip
    """The question of `rows(person, now)`, written once for each reach: Django takes five times as
    long to write one as PostgreSQL to answer it, and a menu has ten.

    For what asks for nothing but who the person is (posts, region, team, dealer, customer) and `now`
    itself: what looks something up first, or reckons with the moment, would be kept as it was. Such
    a moment is refused (ValueError).
    """
    key = name, ordered, reach(person)
    found = _statements.get(key)
    if found is None:
        try:
            found = Statement(*statement_of(rows(person, _PRESENT), ordered=ordered))
        except EmptyResultSet:
            found = Statement("", ())
        if any(isinstance(each, _Present) and each is not _PRESENT for each in found.values):
            raise ValueError(f"{name} reckons with the moment")
        if len(_statements) >= STATEMENTS:
            _statements.clear()
        _statements[key] = found
    return Statement(found.sql, tuple([now if each is _PRESENT else each for each in found.values]))


def counted(
    asked: Mapping[Key, QuerySet[Any] | Statement], *, most: Mapping[Key, int] | None = None
) -> dict[Key, int]:
    """How many rows each of several questions has; with `most` of it, `most + 1` means "more"."""
    numbers = dict.fromkeys(asked, 0)
    selects: list[str] = []
    values: Sequence[Any] = ()
    keys: list[Key] = []
    for key, rows in asked.items():
        try:
            if isinstance(rows, Statement):
                select, params = rows.sql, rows.values
            else:
                select, params = statement_of(rows)
        except EmptyResultSet:  # nothing is within reach
            continue
        if not select:
            continue
        if most is not None and key in most:
            select = f"{select} LIMIT {most[key] + 1:d}"
        selects.append(f"(SELECT COUNT(*) FROM ({select}) AS rows)")  # noqa: S608 - Django's own SQL
        values = (*values, *params)
        keys.append(key)
    if selects:
        asks = "SELECT " + ", ".join(selects)
        # what was written for this once is seldom asked again
        often = all(isinstance(rows, Statement) for rows in asked.values())
        if often:
            asks, values = sql.with_texts(asks, values)
        with sql.alike() if often else nullcontext(), connection.cursor() as cursor:
            cursor.execute(asks, values)
            numbers.update(zip(keys, cursor.fetchone(), strict=True))
    return numbers


def statement_of(rows: QuerySet[Any], *, ordered: bool = False) -> tuple[str, tuple[Any, ...]]:
    """The statement that finds the numbers of rows, and its values. Raises EmptyResultSet."""
    plain = rows if ordered else rows.order_by()
    found = rows if rows.query.combinator else plain.values("pk")
    return found.query.sql_with_params()
