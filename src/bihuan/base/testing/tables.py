"""What stands in the database: to show that a refusal changed nothing."""

from __future__ import annotations

from django.db import connection

# What a visit alone writes: the session of who looks.
_OF_A_VISIT = ("django_session", "usersessions_usersession")


def tables() -> dict[str, str]:
    """A fingerprint of all rows of every table, by its name; equal when nothing was changed."""
    with connection.cursor() as cursor:
        every = connection.introspection.table_names(cursor)
        found: dict[str, str] = {}
        for name in every:
            if name in _OF_A_VISIT:
                continue
            table = connection.ops.quote_name(name)
            rows = f"SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {table} t"  # noqa: S608 - a name of the schema
            cursor.execute(rows)
            found[name] = cursor.fetchone()[0] or ""
    return found
