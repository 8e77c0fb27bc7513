"""Fixtures for every test: one private PostgreSQL a session, databases named after the process."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator

import psycopg
import pytest

from bihuan.config import postgres, postgres_server
from bihuan.config.pytest_plugin import HOME

# Tests may lose everything in a power cut; the tests of crashes start servers of their own.
_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
_LEFT_OUT = pytest.StashKey[list[str]]()


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


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of the system's browser (tests marked `page` only)."""
    found = _browser()
    assert found, "mark this test with pytest.mark.page"
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser, leave the page tests out and name them; on CI that is a failure."""
    pages = [item for item in items if item.get_closest_marker("page")]
    if not pages or _browser():
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError("no Chromium was found, and on CI the page tests must run")
    config.stash[_LEFT_OUT] = [item.nodeid for item in pages]
    config.hook.pytest_deselected(items=pages)
    items[:] = [item for item in items if item not in pages]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """End by naming the page tests that could not run."""
    left_out = config.stash.get(_LEFT_OUT, [])
    if left_out:
        terminalreporter.section("no Chromium found: these page tests did not run", yellow=True)
        for name in left_out:
            terminalreporter.line(name)


def _browser() -> str | None:
    told = os.environ.get("BIHUAN_CHROMIUM")
    names = (told,) if told is not None else ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


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
