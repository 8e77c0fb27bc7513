"""Fixtures for every test: one private PostgreSQL a session, databases named after the process."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator

import psycopg
import pytest

from bihuan.config import postgres, postgres_server
from bihuan.config.pytest_plugin import HOME

# Tests may lose everything in a power cut; the tests of crashes start servers of their own.
_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@pytest.fixture(scope="session")
def postgres_home() -> Iterator[postgres_server.Server]:
    """Give the running server of this session."""
    server = postgres_server.use(HOME, _HASTY)
    _sweep_databases()
    yield server
    with contextlib.suppress(OSError):
        server.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    postgres_home: postgres_server.Server,
) -> None:
    """Point Django at the session's server, before it makes its test database."""
    from django.conf import settings
    from django.db import connections

    fresh = postgres.database_settings(HOME)["default"]
    for known in (settings.DATABASES["default"], connections["default"].settings_dict):
        known.update(fresh)
        known.setdefault("TEST", {})["NAME"] = f"test_{os.getpid()}"


def _sweep_databases() -> None:
    """Drop the test databases of processes that have died."""
    parameters = {**postgres.connection(HOME, superuser=True), "dbname": "postgres"}
    with psycopg.connect(**parameters, autocommit=True) as server:
        for (name,) in server.execute("SELECT datname FROM pg_database").fetchall():
            found = re.fullmatch(r"test_(\d+)(_.*)?", name)
            if found and not _is_alive(int(found[1])):
                server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
