"""The table of packed hours, spread over several PostgreSQL servers and brought back.

It becomes a table of 16 hash partitions by device, each a foreign table (`postgres_fdw`) on one of
the servers in turn. What lies in it moves along. The table of before stays, empty, with its keys,
under another name: to come back is to fill it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bihuan.config.words import Halt

PARTS = 16
TABLE, KEPT, SERVER = "monitoring_block", "monitoring_block_here", "bihuan_history_%d"
_COLUMNS = """
    SELECT string_agg(format('%%I %%s NOT NULL', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""
_RIGHTS = """
    SELECT DISTINCT grantee FROM information_schema.role_table_grants WHERE table_name = %s AND privilege_type = 'INSERT'
"""


def spread(main: Any, servers: Sequence[str]) -> None:
    """Move the history to these servers (connection strings). `main` is a connection of psycopg of
    a superuser, for only he may make foreign servers; one transaction, so that nothing or all is done.

    Raises Halt where it is spread already, or a server has something there.
    """
    import psycopg

    with main.transaction():
        if is_spread(main):
            raise Halt(
                "history_spread",
                "历史已经分布在多台服务器上；先用 gather 收回。",
                "The history is spread already; bring it back first (gather).",
            )
        main.execute(f"LOCK TABLE {TABLE}")
        (columns,) = main.execute(_COLUMNS, [TABLE]).fetchone()
        for place, each in enumerate(servers):
            with psycopg.connect(each) as there:
                for part in range(place, PARTS, len(servers)):
                    _make_empty(there, f"{TABLE}_{part:02d}", columns)
        main.execute("CREATE EXTENSION IF NOT EXISTS postgres_fdw")
        main.execute(f"ALTER TABLE {TABLE} RENAME TO {KEPT}")
        main.execute(f"CREATE TABLE {TABLE} ({columns}) PARTITION BY HASH (device_id)")
        for place, each in enumerate(servers):
            _name(main, SERVER % place, each)
        for part in range(PARTS):
            main.execute(
                f"CREATE FOREIGN TABLE {TABLE}_{part:02d} PARTITION OF {TABLE} "
                f"FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part}) SERVER {SERVER % (part % len(servers))}"
            )
        _as_before(main, KEPT, TABLE)
        main.execute(f"INSERT INTO {TABLE} SELECT * FROM {KEPT}")
        main.execute(f"TRUNCATE {KEPT}")


def gather(main: Any) -> None:
    """Bring the history back; what lies on the servers stays there, and no longer counts."""
    with main.transaction():
        if not is_spread(main):
            return
        main.execute(f"LOCK TABLE {TABLE}")
        main.execute(f"INSERT INTO {KEPT} SELECT * FROM {TABLE}")
        main.execute(f"DROP TABLE {TABLE}")
        main.execute(f"ALTER TABLE {KEPT} RENAME TO {TABLE}")
        names = main.execute(
            "SELECT srvname FROM pg_foreign_server WHERE srvname ~ '^bihuan_history_[0-9]+$'"
        ).fetchall()
        for (name,) in names:
            main.execute(f"DROP SERVER {name} CASCADE")


def is_spread(main: Any) -> bool:
    return main.execute("SELECT to_regclass(%s)", [KEPT]).fetchone()[0] is not None


def refuse_backup(main: Any) -> None:
    """A dump of the main database alone would lack the history, and be no whole backup."""
    if is_spread(main):
        raise Halt(
            "backup_history_spread",
            "历史分布在多台服务器上，bihuan backup 存不全。请用各服务器自己的办法备份主库和它们，或先用 gather 收回。",
            "The history lies on several servers, which bihuan backup would not save. Save the main "
            "database and them by the servers' own means, or bring it back first (gather).",
        )


def _make_empty(there: Any, table: str, columns: str) -> None:
    there.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns}, PRIMARY KEY (device_id, hour))")
    if there.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone()[0]:
        raise Halt(
            "history_not_empty",
            f"{there.info.host} 上的表 {table} 不是空的。",
            f"The table {table} on {there.info.host} is not empty.",
        )


def _name(main: Any, server: str, conninfo: str) -> None:
    """A foreign server with what it needs to be noticed when it is gone."""
    from psycopg import sql
    from psycopg.conninfo import conninfo_to_dict

    said: dict[str, Any] = {
        "connect_timeout": "3", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
        "tcp_user_timeout": "15000", "batch_size": "100", "async_capable": "true", **conninfo_to_dict(conninfo),
    }  # fmt: skip
    user: dict[str, Any] = {name: said.pop(name) for name in ("user", "password") if name in said}

    def options(given: dict[str, Any]) -> sql.Composed:
        pairs = [
            sql.SQL("{} {}").format(sql.Identifier(name), sql.Literal(str(value)))
            for name, value in given.items()
        ]
        return sql.SQL("OPTIONS ({})").format(sql.SQL(", ").join(pairs))

    name = sql.Identifier(server)
    create = sql.SQL("CREATE SERVER {} FOREIGN DATA WRAPPER postgres_fdw {}")
    main.execute(create.format(name, options(said)))
    mapping = sql.SQL("CREATE USER MAPPING FOR PUBLIC SERVER {} {}")
    main.execute(mapping.format(name, options(user)))


def _as_before(main: Any, old: str, new: str) -> None:
    """The same owner, and the same rights of the application."""
    from psycopg import sql

    (owner,) = main.execute(
        "SELECT tableowner FROM pg_tables WHERE tablename = %s", [old]
    ).fetchone()
    main.execute(
        sql.SQL("ALTER TABLE {} OWNER TO {}").format(sql.Identifier(new), sql.Identifier(owner))
    )
    for (role,) in main.execute(_RIGHTS, [old]).fetchall():
        main.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(
                sql.Identifier(new), sql.Identifier(role)
            )
        )
