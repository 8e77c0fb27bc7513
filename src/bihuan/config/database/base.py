"""Django's PostgreSQL, with less ado about three things that it does thousands of times an hour.

Every action is whole in a savepoint of its own, so that another may contain it: they are a quarter
of all statements. Every row of a list has a dozen instants, which Django reads by a regular
expression in Python. And a page's statements are planned for any values or each for its own
(`base.sql.alike`): the server is told when that changes, not before and after each of them.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.types.datetime import TimestamptzLoader


class DatabaseWrapper(base.DatabaseWrapper):
    """The engine of `postgres.database_settings`, which always binds at the server."""

    plans_alike = False
    """How the statements of the next cursor are to be planned, outside of transactions."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        made = super().get_new_connection(conn_params)
        made.adapters.register_loader(
            "timestamptz", TimestamptzLoader
        )  # psycopg takes its own in C
        return made

    def create_cursor(self, name: str | None = None) -> Any:
        """As Django's, without asking the loader of each cursor for its time zone: all are UTC."""
        self._plan(alike=self.plans_alike)
        if name is None:
            return self.connection.cursor()
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 - Django's own
        if not autocommit:  # a transaction plans as usual: what is set in it may be undone
            self._plan(alike=False)
        super()._set_autocommit(autocommit)  # type: ignore[misc] # as below

    def _plan(self, *, alike: bool) -> None:
        """Tell the session how to plan, where that is not as it was told last."""
        session = self.connection
        if alike == getattr(session, "told_alike", False) or not session.autocommit:
            return
        if session.prepare_threshold is None:  # somebody else's server: nothing is kept there
            return
        said = b"SET plan_cache_mode = force_generic_plan" if alike else b"RESET plan_cache_mode"
        with self.wrap_database_errors:
            if session.pgconn.exec_(said).status == ExecStatus.COMMAND_OK:
                session.told_alike = alike

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
