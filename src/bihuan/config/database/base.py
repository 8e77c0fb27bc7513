"""Django's PostgreSQL, with less ado about two things that it does thousands of times an hour.

Every action is whole in a savepoint of its own, so that another may contain it: they are a quarter
of all statements. And every row of a list has a dozen instants, which Django reads by a regular
expression in Python.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.types.datetime import TimestamptzLoader


class DatabaseWrapper(base.DatabaseWrapper):
    """The engine of `postgres.database_settings`, which always binds at the server."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        made = super().get_new_connection(conn_params)
        made.adapters.register_loader(
            "timestamptz", TimestamptzLoader
        )  # psycopg takes its own in C
        return made

    def create_cursor(self, name: str | None = None) -> Any:
        """As Django's, without asking the loader of each cursor for its time zone: all are UTC."""
        if name is None:
            return self.connection.cursor()
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)

    def _savepoint(self, sid: str) -> None:
        if not self._said(self.ops.savepoint_create_sql(sid)):
            super()._savepoint(sid)  # type: ignore[misc] # the stubs have only the public ones

    def _savepoint_commit(self, sid: str) -> None:
        if not self._said(self.ops.savepoint_commit_sql(sid)):
            super()._savepoint_commit(sid)  # type: ignore[misc]

    def _said(self, statement: str) -> bool:
        """Say it to the server without a cursor; False when it must be said in the usual way,
        which begins a transaction or raises what is wrong.
        """
        pgconn = self.connection.pgconn
        if pgconn.transaction_status != TransactionStatus.INTRANS:
            return False
        return bool(pgconn.exec_(statement.encode()).status == ExecStatus.COMMAND_OK)
