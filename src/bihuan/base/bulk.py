"""Many rows at once: writing their columns in one statement, and asking for them by a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models

MOST = 500


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class Among(models.Lookup):
    """`pk__among=ids`: as `in`, with the list as one value. A statement with a place for each of
    thousands of values takes longer to be written and read than the rows take to be found.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, values = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*values, list(self.rhs))


def write(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of rows of one model as they are in memory.

    Like Django's `bulk_update`, which makes a CASE for every column of every row: saying what is
    to be written takes it longer than the writing takes PostgreSQL.
    """
    for first in range(0, len(rows), MOST):
        _write(rows[first : first + MOST], names)


def _write(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    meta = rows[0]._meta
    fields: list[Any] = [meta.pk, *(meta.get_field(name) for name in names)]
    pk, *columns = [connection.ops.quote_name(field.column) for field in fields]
    table = connection.ops.quote_name(meta.db_table)
    one = ", ".join(f"%s::{type_of(field)}" for field in fields)
    sql = (
        f"UPDATE {table} AS t SET {', '.join(f'{name} = v.{name}' for name in columns)} "  # noqa: S608 - names of ours
        f"FROM (VALUES {', '.join([f'({one})'] * len(rows))}) AS v ({', '.join([pk, *columns])}) "
        f"WHERE t.{pk} = v.{pk}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in rows for value in _values(row, fields)])


def type_of(field: Any) -> str:
    """The type of a column for a cast. Without a length: a cast to varchar(5) would cut a longer text instead of refusing it."""
    return str(field.db_type(connection)).partition("(")[0]


def _values(row: models.Model, fields: Sequence[Any]) -> Iterator[Any]:
    for field in fields:
        yield field.get_db_prep_save(getattr(row, field.attname), connection)
