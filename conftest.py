"""Fixtures for every test: one private PostgreSQL, a database for each test process.

The tables are made once for each state of the migrations and kept as a template; a session's
database is a copy of it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import blocking_manager_key

from bihuan.base.garbage import keep_for_good
from bihuan.base.testing.emptying import empty
from bihuan.base.testing.kept import begun_with, ground
from bihuan.config import migrations, postgres, postgres_server
from bihuan.config.pytest_plugin import SERVER_HOME
from bihuan.config.words import Halt

pytest_plugins = ["bihuan.base.testing.browser"]

# How long an example takes is the machine's affair, never a test's.
hypothesis_settings.register_profile("bihuan", deadline=None)
hypothesis_settings.load_profile("bihuan")
# Tests may lose everything in a power cut; the tests of crashes start servers of their own.
_HASTY = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off",
    "max_connections=200",
)  # fmt: skip
_LEFT_OUT = pytest.StashKey[list[str]]()
_TEMPLATES_KEPT = 6
# Files whose tests are long by themselves: they are dealt out one by one.
_SHARED = (
    "tests/architecture/test_routes.py", "src/bihuan/apps/tickets/lines/tests/test_blind.py",
)  # fmt: skip
# In this order; `make test` deals the files out as they come.
_LONGEST = (
    "tests/faults/", "src/bihuan/config/tests/test_up.py", "tests/hostile/", *_SHARED,
    "src/bihuan/config/demo/tests/", "src/bihuan/apps/obligations/tests/test_replay.py",
    "src/bihuan/apps/tickets/tests/test_loops_in_a_browser.py", "tests/journeys/",
    "src/bihuan/apps/obligations/tests/test_trial.py",
)  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def shipped_templates() -> None:
    """No company's own templates of machines, until a test writes one."""
    from bihuan.apps.monitoring import catalogue

    catalogue.rest_on_shipped()


@pytest.fixture(scope="session")
def postgres_home() -> Iterator[postgres_server.Server]:
    """Give the running server of the tests."""
    try:
        server = postgres_server.use(SERVER_HOME, _HASTY)
    except Halt:
        # It runs without fsync, so a power cut may have spoilt it; it holds nothing but tests.
        shutil.rmtree(postgres.folder(SERVER_HOME))
        server = postgres_server.use(SERVER_HOME, _HASTY)
    _sweep_databases()
    yield server
    with contextlib.suppress(OSError):
        server.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    postgres_home: postgres_server.Server,
) -> None:
    """Point Django at the server of the tests, before it makes its test database."""
    from django.conf import settings
    from django.db import connections

    fresh = postgres.database_settings(SERVER_HOME)["default"]
    for known in (settings.DATABASES["default"], connections["default"].settings_dict):
        known.update(fresh)
        known.setdefault("TEST", {})["NAME"] = f"test_{os.getpid()}"


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Make the test database as a copy of the template of these migrations."""
    from django.db import connections
    from django.test.utils import setup_databases

    from bihuan.config.migration_states import build_only_what_is_new

    build_only_what_is_new()
    name, template = f"test_{os.getpid()}", f"schema_{migrations.fingerprint()[:16]}"
    with django_db_blocker.unblock():
        known = _copy_database(template, name)
        gc.disable()  # migrating builds thousands of classes: half of the time is this
        setup_databases(verbosity=0, interactive=False, keepdb=True)
        gc.enable()
        if not known:
            connections.close_all()
            _copy_database(name, template)
    yield
    with django_db_blocker.unblock():
        ground.leave()
        connections.close_all()
    with _server() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def _ground(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> None:
    """What the test begins with, if it is kept between tests, lies in the database."""
    with django_db_blocker.unblock():
        ground.stand_on(begun_with(request))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: Any) -> None:
    """What was kept goes before a browser brings an event loop into this thread: beside it Django has
    another connection, and the rows stayed in the way of whoever writes the like.
    """
    if ground.build is not None and begun_with(item._request) is None:  # noqa: SLF001 - no other way
        with item.config.stash[blocking_manager_key].unblock():
            ground.leave()


@pytest.fixture
def _django_db_helper(_ground: None, _django_db_helper: None) -> None:
    """Every test with a database, however it asks for it: its transaction begins on that ground."""


@pytest.fixture(scope="session", autouse=True)
def quickly_emptied() -> None:
    """After a test of real transactions."""
    from django.db import connection
    from django.test import TransactionTestCase

    def emptied(case: TransactionTestCase) -> None:
        tables = connection.introspection.django_table_names(
            only_existing=True, include_views=False
        )
        with _server(connection.settings_dict["NAME"]) as server:
            empty(server, tables)

    TransactionTestCase._fixture_teardown = emptied  # noqa: SLF001


@pytest.fixture(autouse=True)
def source_language() -> Iterator[None]:
    """A page asked for in English leaves its language behind: the next test begins in Chinese."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of the system's browser (tests marked `page` only)."""
    found = _browser()
    assert found, "mark this test with pytest.mark.page"
    return found


def pytest_configure() -> None:
    """On CI a missing browser is a failure, not a reason to leave tests out."""
    if os.environ.get("CI") == "true" and not _browser():
        raise pytest.UsageError("no Chromium was found, and on CI the page tests must run")


def pytest_collection_finish() -> None:
    """All modules are there now, and stay: half a million objects never to be looked through."""
    keep_for_good()
    # Threads of tests leave connections in circles: looked for as usual, or the server runs out of them.
    gc.set_threshold(700, 10, 10)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first, so that none runs alone at the end; leave out the tests of what is
    not there, and name them.
    """
    items.sort(key=lambda item: _place(item.nodeid))
    missing = {mark for mark, is_there in _NEEDS.items() if not is_there()}
    left = [item for item in items if any(item.get_closest_marker(mark) for mark in missing)]
    if not left:
        return
    config.stash[_LEFT_OUT] = [item.nodeid for item in left]
    if hasattr(config, "workeroutput"):  # a process of several: the one above tells the person
        config.workeroutput["left_out"] = config.stash[_LEFT_OUT]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def _place(name: str) -> int:
    found = (at for at, start in enumerate(_LONGEST) if name.startswith(start))
    return next(found, len(_LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal whole files, in our order (of itself xdist begins with the files of the most tests, and
    the longest have few), and the tests of some one by one.
    """
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler.loadfile import LoadFileScheduling

    class ByFile(LoadFileScheduling):  # type: ignore[misc,unused-ignore]
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if nodeid.startswith(_SHARED) else super()._split_scope(nodeid)

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a process of several left out; each of them collects the same."""
    node.config.stash[_LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """End by naming the tests that could not run."""
    left_out = config.stash.get(_LEFT_OUT, [])
    if left_out:
        missing = " and ".join(_WHAT[mark] for mark, is_there in _NEEDS.items() if not is_there())
        terminalreporter.section(f"{missing} not found: these tests did not run", yellow=True)
        for name in left_out:
            terminalreporter.line(name)


def _browser() -> str | None:
    told = os.environ.get("BIHUAN_CHROMIUM")
    names = (told,) if told is not None else ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def _archive() -> bool:
    parts = ("deltalake", "duckdb", "pyarrow", "daft", "ray")
    return all(importlib.util.find_spec(part) for part in parts)


_NEEDS: dict[str, Callable[[], object]] = {"page": _browser, "archive": _archive}
_WHAT = {"page": "Chromium", "archive": "the part archive (make install-archive)"}


@contextlib.contextmanager
def _server(database: str = "postgres") -> Iterator[psycopg.Connection]:
    parameters: dict[str, Any] = {
        **postgres.connection(SERVER_HOME, superuser=True),
        "dbname": database,
    }
    with psycopg.connect(**parameters, autocommit=True) as server:
        yield server


def _copy_database(source: str, target: str) -> bool:
    """Copy a database; False when there is no such source, or another process was first."""
    with _server() as server:
        # Two sessions may copy the same template: PostgreSQL refuses that at the same time.
        server.execute("SELECT pg_advisory_lock(hashtext('bihuan.tests'))")
        names = {name for (name,) in server.execute("SELECT datname FROM pg_database").fetchall()}
        if source not in names or target in names:
            return False
        server.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}" OWNER {postgres.OWNER}')
        return True


def _sweep_databases() -> None:
    """Drop the databases of processes that have died, and the oldest templates."""
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(hashtext('bihuan.tests'))")
        names = [
            name
            for (name,) in server.execute("SELECT datname FROM pg_database ORDER BY oid").fetchall()
        ]
        templates = [name for name in names if name.startswith("schema_")]
        doomed = templates[:-_TEMPLATES_KEPT]
        for name in names:
            found = re.match(r"test_(\d+)(_|$)", name)
            if found and not _is_alive(int(found[1])):
                doomed.append(name)
        for name in doomed:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
