"""Tables that seldom change are read once by a process; their marks, asked once a page, say when again.

The database itself gives a table a new mark with every change, whoever makes it. Marks come from a
sequence: a change that is taken back leaves none that another change could bear.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import migrations

from bihuan.base.sql import rows
from bihuan.base.together import is_writing, read_once

Asked = ParamSpec("Asked")
Found = TypeVar("Found")
Marks = tuple[tuple[int, ...], ...]
"""Of each table those that stand: one, or several where transactions changed it side by side. Nobody
waits for another at his mark.
"""

WATCHED: set[str] = set()
"""The tables that something of this process rests on."""
MOST = 2_000
"""Answers that one question keeps (one for each person, say); then it begins anew."""
MARKS = "SELECT name, array_agg(mark ORDER BY mark) FROM system_change GROUP BY name"

TABLE = """
CREATE SEQUENCE system_change_next;
CREATE TABLE system_change (mark bigint PRIMARY KEY DEFAULT nextval('system_change_next'), name text NOT NULL);
CREATE FUNCTION bihuan_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM system_change WHERE mark = ANY(ARRAY(
        SELECT mark FROM system_change WHERE name = TG_TABLE_NAME FOR UPDATE SKIP LOCKED
    ));
    INSERT INTO system_change (name) VALUES (TG_TABLE_NAME);
    RETURN NULL;
END $$
"""
NO_TABLE = (
    "DROP FUNCTION bihuan_change(); DROP TABLE system_change; DROP SEQUENCE system_change_next"
)
TRIGGER = """
CREATE TRIGGER {table}_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION bihuan_change()
"""


def seldom(*tables: str) -> Callable[[Callable[Asked, Found]], Callable[Asked, Found]]:
    """A question that rests on these tables alone (and on nothing of the request): what it found
    holds until one of them changes. Whoever gets it must not change it.

    Each of the tables is `marked` by a migration.
    """
    WATCHED.update(tables)

    def wrap(read: Callable[Asked, Found]) -> Callable[Asked, Found]:
        known: dict[Hashable, tuple[Marks, Found]] = {}

        @wraps(read)
        def found(*args: Asked.args, **named: Asked.kwargs) -> Found:
            now = _marks()
            marks = tuple([now.get(table, ()) for table in tables])
            key = (args, tuple(named.items()))
            before = known.get(key)
            if before is not None and before[0] == marks:
                return before[1]
            value = read(*args, **named)  # read after the marks: never older than they are
            if len(known) >= MOST:
                known.clear()
            known[key] = marks, value
            return value

        return found

    return wrap


def _marks() -> dict[str, tuple[int, ...]]:
    return _read() if is_writing() else read_once(MARKS, _read)


def _read() -> dict[str, tuple[int, ...]]:
    return {name: tuple(marks) for name, marks in rows(MARKS)}


def marked(*tables: str) -> list[migrations.RunSQL]:
    """Migration operations: the database marks every change of these tables."""
    return [
        migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER {table}_change ON {table}")
        for table in tables
    ]
