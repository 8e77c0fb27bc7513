"""Emptying the database after a test of real transactions.

Django truncates all tables, and writes anew what it knows about each of them (kinds of content,
permissions): with hundreds of tables that takes longer than most tests. Here only the tables that
hold something are emptied, and what is known about tables stays. The outcome is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

KNOWN = {"django_content_type", "auth_permission"}
FILLED = """
    SELECT c.relname, pg_relation_size(c.oid) FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    AND (c.relname = ANY(%(tables)s) OR c.relispartition
         AND (SELECT relname FROM pg_class WHERE oid = pg_partition_root(c.oid)) = ANY(%(tables)s))
    AND pg_relation_size(c.oid) > 0
"""
ALL_CHANGED = "UPDATE system_change SET mark = nextval('system_change_next')"
MUCH = 1_000_000
"""Bytes of a table that it is worth to have back."""


def empty(server: psycopg.Connection[Any], tables: Sequence[str]) -> None:
    """Empty these tables; `server`: a connection of a superuser, in autocommit."""
    found = server.execute(FILLED, {"tables": [*set(tables) - KNOWN]}).fetchall()
    # Rows go without asking the foreign keys of each, nor the tables that only grow.
    server.execute("SET session_replication_role = replica")
    with server.transaction():
        for name, _size in found:
            server.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        server.execute(ALL_CHANGED)  # the triggers that say so rest meanwhile
    for name, size in found:
        if size > MUCH:
            server.execute(sql.SQL("VACUUM {}").format(sql.Identifier(name)))
