"""Packed hours lie in this database, or by the hash of their device on several PostgreSQL servers
(`config.history_servers`). Nothing else needs to know: the table is the same.

What is written there is committed there a moment before it is here, not at once with it. So nothing
may rest on both: an hour that is packed again is the same hour, and samples are dropped here only
when they were read back from there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby

from django.db import DatabaseError, connection

log = logging.getLogger(__name__)
_OF = """
    WITH part AS MATERIALIZED (
        SELECT f.ftserver AS server, substring(bound FROM 'modulus ([0-9]+)')::int AS modulus,
            substring(bound FROM 'remainder ([0-9]+)')::int AS remainder
        FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid JOIN pg_foreign_table f ON f.ftrelid = inhrelid,
            pg_get_expr(c.relpartbound, c.oid) AS bound
        WHERE inhparent = 'monitoring_block'::regclass
    )
    SELECT device, (
        SELECT server FROM part
        WHERE satisfies_hash_partition('monitoring_block'::regclass, modulus, remainder, device)
    ) AS server FROM unnest(%s::bigint[]) AS device ORDER BY server, device
"""


def servers_of(devices: Iterable[int]) -> dict[int, int | None]:
    """On which server each device's history is; None: in this database."""
    with connection.cursor() as cursor:
        cursor.execute(_OF, [list(devices)])
        return dict(cursor.fetchall())


def lots(devices: Iterable[int], most: int) -> Iterator[tuple[int | None, list[int]]]:
    """At most so many devices at a time, each time of one server: one that is away holds up its own."""
    for server, group in groupby(servers_of(devices).items(), key=lambda row: row[1]):
        found = [device for device, _server in group]
        for place in range(0, len(found), most):
            yield server, found[place : place + most]


def away(error: DatabaseError) -> bool:
    """Whether it says that a server of the history is not there. It comes through the main one, so
    it has a code; when the main one is not there nobody is left to give one.
    """
    code = str(getattr(error.__cause__, "sqlstate", None) or "")
    return code.startswith(("08", "57P0"))


@contextmanager
def waiting(server: int | None, gone: set[int | None]) -> Iterator[None]:
    """Work of one server, or of all (None), that is done later when one is away: it is noted in
    `gone`, so that nobody waits for it again. The work leaves nothing half done.
    """
    try:
        yield
    except DatabaseError as error:
        if not away(error):
            raise
        log.warning("a server of the history is away: %s", str(error).splitlines()[0])
        gone.add(server)
