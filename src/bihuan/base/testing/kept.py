"""What many tests begin with is built once for those that follow each other, not for each of them.

A fixture marked `kept` fills the database and returns what it made; it may ask for `db`, and for no
other fixture. Its rows stay in an open transaction, each test works in a savepoint on top of them
and is rolled back to them, and gets a copy of what was made. A test that begins with something else
begins without them. Tests of real transactions build for themselves.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

Build = Callable[..., Any]


def kept(build: Build) -> Build:
    """Mark the function of a fixture (below `@pytest.fixture`)."""

    @functools.wraps(build)
    def given(*arguments: Any, **named: Any) -> Any:
        if ground.build is given:
            return copy.deepcopy(ground.made)
        return build(*arguments, **named)

    given.keeps = build  # type: ignore[attr-defined]
    assert set(inspect.signature(build).parameters) <= {"db"}
    return given


class Ground:
    """What the database of this process holds below the tests."""

    def __init__(self) -> None:
        self.build: Build | None = None
        self.made: Any = None
        self._whole: Any = None

    def stand_on(self, build: Build | None) -> None:
        """Make it what this fixture builds; None: nothing."""
        if build is self.build and (build is None or self._holds()):
            return
        self.leave()
        if build is None:
            return
        self._whole = transaction.atomic()
        self._whole._from_testcase = True  # noqa: SLF001 - what is durable may begin within
        self._whole.__enter__()
        with connection.cursor() as cursor:  # tests without the database may take long meanwhile
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        try:
            keeps: Build = build.keeps  # type: ignore[attr-defined]
            self.made = keeps(*[None for _each in inspect.signature(keeps).parameters])
        except BaseException:
            self.leave()
            raise
        self.build = build

    def leave(self) -> None:
        """Take it back."""
        whole, self._whole, self.build, self.made = self._whole, None, None, None
        if whole is None:
            return
        if connection.in_atomic_block:
            transaction.set_rollback(True)
        try:
            whole.__exit__(None, None, None)
        except (DatabaseError, IndexError):  # somebody ended it: its rows are gone with it
            connection.in_atomic_block = False
        connection.close_if_unusable_or_obsolete()

    def _holds(self) -> bool:
        return (
            connection.is_usable() and connection.in_atomic_block and not connection.needs_rollback
        )


ground = Ground()


def begun_with(request: pytest.FixtureRequest) -> Build | None:
    """The kept fixture of this test, when it has exactly one and is rolled back."""
    mark = request.node.get_closest_marker("django_db")
    real = {"transactional_db", "live_server"} & set(request.fixturenames)
    if real or (mark and (mark.args or mark.kwargs)):
        return None
    known = request.node._fixtureinfo.name2fixturedefs  # noqa: SLF001 - pytest has no public list
    functions = [known[name][-1].func for name in request.fixturenames if name in known]
    found = [each for each in functions if hasattr(each, "keeps")]
    return found[0] if len(found) == 1 else None
