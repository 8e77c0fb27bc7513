"""Statements asked for every fact and every report: Django takes longer to build one than PostgreSQL
to answer it, and PostgreSQL longer to plan it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model
from psycopg.sql import quote

Values = Mapping[str, Any] | Sequence[Any]
Row = TypeVar("Row", bound=Model)


def rows(sql: str, values: Values = (), *, anew: bool = False) -> list[tuple[Any, ...]]:
    """What a statement finds. It is planned once for any values (`alike`), or `anew` for its own."""
    with alike(wanted=not anew), connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def change(sql: str, values: Values = ()) -> int:
    """How many rows a statement changes."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def keep_plans() -> None:
    """For the rest of the caller's transaction: its statements are alike whatever their values, as
    those of the engine. Else a web session has them planned anew (`postgres.PLANS`), which takes
    longer than the work itself.
    """
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = auto")


@contextmanager
def alike(*, wanted: bool = True) -> Iterator[None]:
    """What a page asks herein again and again is planned once for a session, for any values: to plan a
    dozen counts takes three times as long as to count. For statements whose way is the same whatever
    is asked for; which index holds what they want must stand in their words (`with_texts`).

    It holds for cursors that are made herein, and not in a transaction. `bihuan.config.database` tells
    the session.
    """
    # the stubs know Django's own wrapper; ours has it (`bihuan.config.database`)
    before = connection.plans_alike  # type: ignore[attr-defined]
    connection.plans_alike = wanted  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.plans_alike = before  # type: ignore[attr-defined]


_NOT_IN_ORDER = ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan")


@contextmanager
def by_bitmaps() -> Iterator[None]:
    """What is asked herein is looked up whole in the indexes, then read: for a few rows of words or
    numbers in a GIN index, which PostgreSQL hopes to meet sooner on its way through the table.
    """
    within = connection.in_atomic_block
    with transaction.atomic():
        _tell(_NOT_IN_ORDER, "off")
        yield
        if within:  # else it goes with the transaction
            _tell(_NOT_IN_ORDER, "on")


def _tell(names: Sequence[str], value: str) -> None:
    """For the rest of the transaction, in one statement."""
    told = ", ".join(["set_config(%s, %s, true)"] * len(names))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {told}", [each for name in names for each in (name, value)])


def with_texts(statement: str, values: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """A statement with the texts among its values written into it: a plan for any values then knows
    that what it wants is open, say, and that there is an index of just these.
    """
    texts = tuple([str(each) if isinstance(each, str) else None for each in values])
    others = tuple([each for each in values if not isinstance(each, str)])
    return _saying(statement, texts), others


@lru_cache(maxsize=1000)
def _saying(statement: str, texts: tuple[str | None, ...]) -> str:
    """`texts` has a text, or None for what stays a value, for each place."""
    connection.ensure_connection()
    left = iter(texts)

    def written(place: re.Match[str]) -> str:
        text = None if place[0] == "%%" else next(left)
        if text is None:
            return place[0]
        return quote(text, connection.connection).replace("%", "%%")

    return _PLACES.sub(written, statement)


_PLACES = re.compile(r"%[%s]")


def load(
    model: type[Row], rest: str, values: Values = (), *, also: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
) -> list[Row]:  # fmt: skip
    """The rows of a model (called `t`), by what follows FROM: `WHERE t.id = %s`.

    `also` are rows that they name, fetched with them and called by the name of the field; `without`
    are fields that are left for later.
    """
    head, own, others = _reading(model, also, without)
    made = []
    for row in rows(f"{head} {rest}", values):
        one = _made(model, own, row)
        start = len(own)
        for by, fields in others:
            there = getattr(one, by.attname) is not None
            named = row[start : start + len(fields)]
            by.set_cached_value(one, _made(by.related_model, fields, named) if there else None)
            start += len(fields)
        made.append(one)
    return made


Fields = Sequence[tuple[str, Any]]
"""Of each its name, and what makes its value of that of the database."""


@lru_cache(maxsize=64)
def _reading(
    model: type[Model], also: tuple[str, ...], without: tuple[str, ...]
) -> tuple[str, Fields, list[tuple[Any, Fields]]]:
    """SELECT and FROM of `load`, with the fields of the model and of what its rows name."""
    quoted = connection.ops.quote_name
    columns: list[str] = []

    def fields_of(model: type[Model], called: str, left_out: tuple[str, ...] = ()) -> Fields:
        read: list[Any] = [f for f in model._meta.concrete_fields if f.name not in left_out]
        columns.extend(f"{called}.{quoted(field.column)}" for field in read)
        return [(f.attname, next(iter(f.get_db_converters(connection)), None)) for f in read]

    own = fields_of(model, "t", without)
    others = []
    joins = f"{quoted(model._meta.db_table)} AS t"
    for name in also:
        by: Any = model._meta.get_field(name)
        there = by.related_model._meta
        others.append((by, fields_of(by.related_model, quoted(name))))
        joins += (
            f" LEFT JOIN {quoted(there.db_table)} AS {quoted(name)}"
            f" ON {quoted(name)}.{quoted(there.pk.column)} = t.{quoted(by.column)}"
        )
    return f"SELECT {', '.join(columns)} FROM {joins}", own, others  # noqa: S608 - names of ours


def _made(model: type[Row], fields: Fields, row: Sequence[Any]) -> Row:
    values = [
        value if as_ is None else as_(value, None, connection)
        for (_name, as_), value in zip(fields, row, strict=False)  # what others have follows
    ]
    return model.from_db(connection.alias, [name for name, _as in fields], values)
