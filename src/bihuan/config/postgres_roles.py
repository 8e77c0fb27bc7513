"""The roles and the database inside a server.

The owner owns the database and its tables and runs migrations. The application may read and write
rows of every table by default; a migration takes away what a table must not allow (the audit log:
INSERT and SELECT only).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bihuan.config import postgres
from bihuan.config.postgres import APP, DATABASE, OWNER
from bihuan.config.secrets import secret


def prepare(home: Path) -> None:
    """Make the roles and the database of the private server; nothing changes when they are there.

    A start that was interrupted between two of these steps is completed by the next one.
    """
    import psycopg
    from psycopg import sql

    parameters: dict[str, Any] = {
        **postgres.connection(home, superuser=True),
        "dbname": "postgres",
    }
    with psycopg.connect(**parameters, autocommit=True) as server:
        for role, name, rights in (
            (APP, "postgres_app", "NOCREATEDB"),
            # CREATEDB: restoring and testing work in databases of their own.
            (OWNER, "postgres_owner", "CREATEDB"),
        ):
            known = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            statement = "CREATE ROLE {} LOGIN NOSUPERUSER {} PASSWORD {}"
            if known is None:
                server.execute(
                    sql.SQL(statement).format(
                        sql.Identifier(role), sql.SQL(rights), sql.Literal(secret(home, name))
                    )
                )
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if server.execute(query, [DATABASE]).fetchone():
            return
        # The owner may act as the application, never the other way round.
        server.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP), sql.Identifier(OWNER)))
        parameters["dbname"] = "template1"  # so that every database made later has them too
        with psycopg.connect(**parameters, autocommit=True) as template:
            grant_defaults(template, owner=OWNER, app=APP)
        server.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(DATABASE), sql.Identifier(OWNER)
            )
        )


def prepare_external(home: Path) -> None:
    """Let the application use the tables that the owner will make on somebody else's server."""
    import psycopg

    owner = postgres.connection(home, owner=True)
    app = postgres.connection(home)
    if owner.get("user") in {None, app.get("user")} or app.get("user") is None:
        return
    parameters: dict[str, Any] = dict(owner)
    with psycopg.connect(**parameters, autocommit=True) as connection:
        grant_defaults(connection, owner=owner["user"], app=app["user"])


def grant_defaults(connection: Any, *, owner: str, app: str) -> None:
    """Say what the application may do with whatever the owner will make in this database."""
    from psycopg import sql

    for grant in (
        "SELECT, INSERT, UPDATE, DELETE ON TABLES",
        "USAGE, SELECT, UPDATE ON SEQUENCES",
        "EXECUTE ON FUNCTIONS",
    ):
        connection.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT {} TO {}").format(
                sql.Identifier(owner), sql.SQL(grant), sql.Identifier(app)
            )
        )
