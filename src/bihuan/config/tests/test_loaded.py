"""What is read before the parts are forked: it leaves no connection, and keeps nobody from starting."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections

from bihuan.apps.people.actions import first_calendar
from bihuan.apps.policy import actions
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import _once, pack_for_opening
from bihuan.config import children, loaded
from bihuan.config.tests.support import wait_until
from bihuan.lib.policy.errors import PackErrors

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def kept_connection(transactional_db):
    """The connection of the test stands aside, as a process that loads has none."""
    own = connections[DEFAULT_DB_ALIAS]
    yield own
    connections[DEFAULT_DB_ALIAS] = own


@pytest.fixture
def version():
    first_calendar(now=LONG_AGO)
    made = actions.draft(files=actions.shipped("general"), by=None, now=LONG_AGO)
    actions.publish(version=made, from_at=LONG_AGO, by=None, now=LONG_AGO)
    return made


def sessions(own) -> int:
    with own.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_the_pack_is_read_and_no_connection_stays(kept_connection, version):
    before = sessions(kept_connection)
    _once.cache_clear()
    loaded._read_pack()
    assert _once.cache_info().currsize == 1
    assert connections[DEFAULT_DB_ALIAS] is not kept_connection
    assert connections[DEFAULT_DB_ALIAS].connection is None
    wait_until(lambda: sessions(kept_connection) == before)  # the server takes its time


def test_a_pack_that_cannot_be_read_keeps_nobody_from_starting(kept_connection, caplog):
    PackVersion.objects.create(
        code="broken", version="1", title={"zh": "坏的"}, files={"pack.yaml": "code: ["}, hash="broken",
        status=Status.PUBLISHED, in_force_from=LONG_AGO, made_at=LONG_AGO, published_at=LONG_AGO,
    )  # fmt: skip
    loaded._read_pack()
    assert "PackErrors" in caplog.text
    with pytest.raises(PackErrors):
        pack_for_opening(LONG_AGO)


def test_a_table_that_somebody_holds_keeps_nobody_from_starting(
    kept_connection, monkeypatch, caplog
):
    monkeypatch.setattr(loaded, "PATIENCE_S", 1)
    with kept_connection.cursor() as held:
        held.execute("BEGIN; LOCK TABLE policy_packversion IN ACCESS EXCLUSIVE MODE")
        loaded._read_pack()
        held.execute("ROLLBACK")
    assert "OperationalError" in caplog.text


def test_a_database_that_is_away_keeps_nobody_from_starting(kept_connection, tmp_path, monkeypatch, caplog):  # fmt: skip
    away = {**connections.settings[DEFAULT_DB_ALIAS], "HOST": str(tmp_path)}
    monkeypatch.setattr(connections, "settings", {DEFAULT_DB_ALIAS: away})
    loaded._read_pack()
    assert "OperationalError" in caplog.text
    assert str(tmp_path) not in caplog.text


def test_a_fork_for_the_web_has_the_limits_and_the_pool_of_the_web(monkeypatch):
    known = {DEFAULT_DB_ALIAS: {**connections.settings[DEFAULT_DB_ALIAS], "NAME": "other"}}
    monkeypatch.setattr(connections, "settings", known)
    monkeypatch.setenv("BIHUAN_PROCESS", "web")
    children._connect_as_web()
    options = known[DEFAULT_DB_ALIAS]["OPTIONS"]
    assert options["pool"]["max_size"] > 1
    assert "statement_timeout" in options["options"]
    assert known[DEFAULT_DB_ALIAS]["CONN_MAX_AGE"] == 0
    assert connection.settings_dict["OPTIONS"] is not options
