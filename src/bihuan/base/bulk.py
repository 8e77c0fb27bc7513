"""Many rows at once: adding them, writing their columns, and asking for them by a list."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, models


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class Among(models.Lookup):
    """`pk__among=ids`: as `in`, with the list as one value. A statement with a place for each of
    thousands of values takes longer to be written and read than the rows take to be found. Also
    with an array that PostgreSQL reads itself (`ArraySubquery`): it is read first, and each of its
    values is looked up in an index.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, values = self.process_lhs(compiler, connection)
        if hasattr(self.rhs, "as_sql"):
            array, more = compiler.compile(self.rhs)
            return f"{column} = ANY({array})", (*values, *more)
        asked = list(self.rhs)
        numbers = all(type(each) is int for each in asked)
        return f"{column} = ANY(%s)", (*values, array_of(asked) if numbers else asked)


def write(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of rows of one model as they are in memory.

    Like Django's `bulk_update`, which makes a CASE for every column of every row: saying what is
    to be written takes it longer than the writing takes PostgreSQL. Here they go as one value. For
    models of texts, numbers, times and JSON.
    """
    if not rows:
        return
    sql, columns = _writing(type(rows[0]), tuple(names))
    given = [{column: getattr(row, name) for column, name in columns} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(sql, [json_of(given)])


@lru_cache(maxsize=64)
def _writing(
    model: type[models.Model], names: tuple[str, ...]
) -> tuple[str, list[tuple[str, str]]]:
    """The statement, and of each column the name of its value."""
    meta = model._meta
    fields: list[Any] = [meta.pk, *(meta.get_field(name) for name in names)]
    pk, *columns = [connection.ops.quote_name(field.column) for field in fields]
    types = ", ".join(
        f"{connection.ops.quote_name(each.column)} {type_of(each)}" for each in fields
    )
    sql = (
        f"UPDATE {connection.ops.quote_name(meta.db_table)} AS t "  # noqa: S608 - names of ours
        f"SET {', '.join(f'{name} = v.{name}' for name in columns)} "
        f"FROM jsonb_to_recordset(%s::jsonb) AS v ({types}) WHERE t.{pk} = v.{pk}"
    )
    return sql, [(each.column, each.attname) for each in fields]


def add(
    rows: Sequence[models.Model], *, ignore_conflicts: bool = False, renew: tuple[str, ...] = ()
) -> int:
    """Insert rows of one model, in their order; returns how many. When all are new they get their keys.
    `renew`: columns by which a row that is there already is found, and written as the new one.

    Like Django's `bulk_create`, which resolves, names and quotes every value of every row: here they
    go as one value. For models of texts, numbers, times and JSON.
    """
    if not rows:
        return 0
    pk = rows[0]._meta.pk
    names = [(field.column, field.attname) for field in _added(type(rows[0]))]
    given = [{column: getattr(row, name) for column, name in names} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_adding(type(rows[0]), ignore_conflicts, renew), [json_of(given)])
        keys = cursor.fetchall()
    if len(keys) == len(rows):
        for row, (key,) in zip(rows, keys, strict=True):
            setattr(row, pk.attname, key)
            row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - as bulk_create does
    return len(keys)


@lru_cache(maxsize=64)
def _added(model: type[models.Model]) -> tuple[Any, ...]:
    """The columns that are given; the others the database fills in."""
    fields: tuple[Any, ...] = model._meta.concrete_fields
    return tuple(each for each in fields if not each.primary_key and not each.has_db_default())


@lru_cache(maxsize=64)
def _adding(model: type[models.Model], ignore_conflicts: bool, renew: tuple[str, ...]) -> str:  # noqa: FBT001
    fields, quoted = _added(model), connection.ops.quote_name
    names = ", ".join(quoted(each.column) for each in fields)
    types = ", ".join(f"{quoted(each.column)} {type_of(each)}" for each in fields)
    skip = "ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    if renew:
        written = [quoted(each.column) for each in fields if each.column not in renew]
        new = ", ".join(f"{name} = excluded.{name}" for name in written)
        skip = f"ON CONFLICT ({', '.join(map(quoted, renew))}) DO UPDATE SET {new}"
    return (
        f"INSERT INTO {quoted(model._meta.db_table)} ({names}) "  # noqa: S608 - names of ours
        f"SELECT {names} FROM jsonb_to_recordset(%s::jsonb) AS added ({types}) {skip} "
        f"RETURNING {quoted(str(model._meta.pk.column))}"
    )


def array_of(values: Iterable[int | UUID | None]) -> str:
    """A PostgreSQL array of numbers or names as it is written: psycopg looks at each element anew."""
    return f"{{{','.join(['NULL' if each is None else str(each) for each in values])}}}"


def json_of(value: Any) -> str:
    """As PostgreSQL reads it; times to the microsecond."""
    return _JSON.encode(value)


def text_of(value: str) -> str:
    """A text within JSON."""
    return json.encoder.encode_basestring(value)


def _plain(value: Any) -> str:
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that JSON holds")


_JSON = json.JSONEncoder(ensure_ascii=False, default=_plain)


def type_of(field: Any) -> str:
    """The type of a column for a cast. Without a length: a cast to varchar(5) would cut a longer text instead of refusing it."""
    return str(field.db_type(connection)).partition("(")[0]
