from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bihuan.config import postgres, postgres_guard, postgres_server
from bihuan.config.tests.support import ending, kill, processes_of, start_python, wait_until
from bihuan.config.words import Halt

AS_ROOT = os.geteuid() == 0
WRITER = """
    import os, sys
    from pathlib import Path
    import psycopg
    from bihuan.config import postgres, postgres_server
    home = Path(os.environ["BIHUAN_HOME"])
    server = postgres_server.use(home)
    with psycopg.connect(postgres.dsn(home, owner=True), autocommit=True) as rows:
        rows.execute("CREATE TABLE IF NOT EXISTS kept (n bigint PRIMARY KEY)")
        first = rows.execute("SELECT coalesce(max(n), 0) FROM kept").fetchone()[0]
        for n in range(first + 1, 10_000_000):
            rows.execute("INSERT INTO kept VALUES (%s)", [n])
            print(n)
"""
HOLDER = """
    import os, sys
    from pathlib import Path
    from bihuan.config import postgres_server
    server = postgres_server.use(Path(os.environ["BIHUAN_HOME"]))
    print("ready")
    sys.stdin.readline()
    server.close()
    print("left")
"""


@contextmanager
def new_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bh-"))
    folder.chmod(0o711)
    yield folder / "home"
    kill(processes_of(folder))
    shutil.rmtree(folder)


@pytest.fixture
def home() -> Iterator[Path]:
    with new_home() as folder:
        yield folder


@pytest.fixture(scope="module")
def running() -> Iterator[Path]:
    """Give a data folder whose server runs during all tests of this module."""
    with new_home() as folder:
        server = postgres_server.use(folder)
        yield folder
        server.close()


def ask(home: Path, query: str, **role: bool) -> object:
    with psycopg.connect(postgres.dsn(home, **role)) as rows:
        found = rows.execute(query).fetchone()
        return found[0] if found else None


def test_the_first_user_starts_it_and_the_last_stops_it(home: Path) -> None:
    first = postgres_server.use(home)
    second = postgres_server.use(home)
    assert ask(home, "SELECT current_user") == postgres.APP
    first.close()
    assert second.is_running()
    assert ask(home, "SELECT 1") == 1
    second.close()
    assert not processes_of(home)


def test_what_the_owner_makes_the_application_may_use_and_no_more(running: Path) -> None:
    with psycopg.connect(postgres.dsn(running, owner=True)) as owner:
        owner.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, name text)")
    with psycopg.connect(postgres.dsn(running), autocommit=True) as app:
        app.execute("INSERT INTO thing (name) VALUES ('轴承')")
        app.execute("UPDATE thing SET name = '机封'")
        assert app.execute("SELECT name FROM thing").fetchall() == [("机封",)]
        for forbidden in ("DROP TABLE thing", "TRUNCATE thing", "CREATE TABLE other (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(forbidden)
        assert app.execute("SELECT name FROM thing").fetchall() == [("机封",)]


def test_chinese_text_has_trigrams(running: Path) -> None:
    with psycopg.connect(postgres.dsn(running, owner=True)) as owner:
        owner.execute("CREATE EXTENSION pg_trgm")
        alike = "SELECT similarity('离心机轴承振动过大', '离心机轴承振动')"
        assert owner.execute(alike).fetchall()[0][0] > 0.5


def test_a_password_is_needed_even_on_the_socket(running: Path) -> None:
    wrong: dict[str, Any] = postgres.connection(running, superuser=True) | {"password": "guess"}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**wrong)


@pytest.mark.parametrize("whom", ["postmaster", "everything"])
def test_kill_loses_nothing_that_was_acknowledged(home: Path, whom: str) -> None:
    acknowledged = 0
    for _ in range(2):
        with ending(start_python(WRITER, home)) as writer:
            assert writer.stdout is not None
            for _ in range(300):
                acknowledged = int(writer.stdout.readline())
            if whom == "postmaster":
                place = postgres.recorded(home)
                assert place is not None
                os.kill(postgres_guard.running(str(place.data)) or 0, signal.SIGKILL)
            else:
                kill(processes_of(home))
            acknowledged = max([acknowledged, *_numbers(writer.stdout.read())])
        server = postgres_server.use(home)
        assert ask(home, "SELECT count(*) FROM kept", owner=True) in {
            acknowledged,
            acknowledged + 1,
        }
        assert ask(home, "SELECT max(n) FROM kept", owner=True) in {acknowledged, acknowledged + 1}
        server.close()


def _numbers(text: str) -> list[int]:
    return [int(line) for line in text.splitlines() if line.isdigit()]


def test_the_guard_stops_the_server_of_a_killed_user(home: Path) -> None:
    with ending(start_python(HOLDER, home)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        assert processes_of(home)
        holder.kill()
        wait_until(lambda: not processes_of(home))
    server = postgres_server.use(home)
    # Stopped in order, so there was nothing to recover.
    assert "was interrupted" not in postgres_server.log_file(home).read_text()
    server.close()


def test_a_killed_server_is_started_by_another_than_its_starter(home: Path) -> None:
    with ending(start_python(HOLDER, home)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        kill(processes_of(home))
        server = postgres_server.use(home)  # while the starter looks elsewhere
        assert ask(home, "SELECT 1") == 1
        server.close()


def test_two_starts_at_once_end_with_one_server(home: Path) -> None:
    with ending(start_python(HOLDER, home)) as one, ending(start_python(HOLDER, home)) as two:
        for each in (one, two):
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        masters = [p for p in processes_of(home) if "-D" in p.cmdline()]
        assert len(masters) == 1
        assert one.communicate("go\n", timeout=60)[0] == "left\n"
        assert ask(home, "SELECT 1") == 1
        assert two.communicate("go\n", timeout=60)[0] == "left\n"
    assert not processes_of(home)


def test_a_long_path_gets_a_short_socket(home: Path) -> None:
    deep = home / ("长" * 40) / ("d" * 90)
    server = postgres_server.use(deep)
    place = postgres.recorded(deep)
    assert place is not None
    assert place.data.is_relative_to(deep)
    assert not place.socket.is_relative_to(deep)
    assert ask(deep, "SELECT 1") == 1
    server.close()
    shutil.rmtree(place.socket)  # as a sweeper of /tmp does
    again = postgres_server.use(deep)
    assert ask(deep, "SELECT 1") == 1
    again.close()
    swept = postgres.recorded(deep)
    assert swept is not None
    shutil.rmtree(swept.socket)


def test_a_moved_data_folder_is_found(home: Path) -> None:
    postgres_server.use(home).close()
    moved = home.with_name("moved")
    home.rename(moved)
    server = postgres_server.use(moved)
    assert ask(moved, "SELECT 1") == 1
    assert not home.exists()
    server.close()


def test_vanished_data_is_a_refusal_not_an_empty_database(home: Path) -> None:
    postgres_server.use(home).close()
    place = postgres.recorded(home)
    assert place is not None
    away = place.data.with_name("away")
    place.data.rename(away)
    with pytest.raises(Halt) as refused:
        postgres_server.use(home)
    assert refused.value.code == "postgres_data_missing"
    assert not place.data.exists()
    away.rename(place.data)
    postgres_server.use(home).close()


def test_an_interrupted_initdb_is_begun_anew(home: Path) -> None:
    draft = postgres.folder(home) / "data.unfinished"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18")
    postgres_server.use(home).close()
    assert not draft.exists()


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with pytest.raises(Halt) as refused:
        monkeypatched_retry(home)
    assert refused.value.code == "postgres_not_started"
    assert "no_such_setting" in refused.value.zh
    assert not processes_of(home)
    postgres_server.use(home).close()


def monkeypatched_retry(home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres_server, "_RETRY_FOR", 0.0)
        postgres_server.use(home, ["no_such_setting=1"])


@pytest.mark.skipif(not AS_ROOT, reason="only root has to hand over to another user")
def test_root_runs_it_as_nobody(running: Path) -> None:
    assert {process.uids().real for process in processes_of(running)} != {0}


@pytest.mark.skipif(not AS_ROOT, reason="only root can own a folder that nobody can enter")
def test_root_below_a_closed_folder(home: Path) -> None:
    home.parent.chmod(0o700)
    server = postgres_server.use(home)
    place = postgres.recorded(home)
    assert place is not None
    try:
        assert ask(home, "SELECT 1") == 1
        assert place.data.is_relative_to("/var/lib/bihuan")
        server.close()
        again = postgres_server.use(home)
        assert postgres.recorded(home) == place
        again.close()
    finally:
        server.close()
        shutil.rmtree(place.data.parent)


@pytest.mark.skipif(not AS_ROOT, reason="only root can start a program as somebody else")
def test_an_ordinary_user_runs_it_as_itself(home: Path) -> None:
    home.parent.chmod(0o777)
    with ending(start_python(HOLDER, home, user=65534)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        assert {process.uids().real for process in processes_of(home)} == {65534}
        assert holder.communicate("go\n", timeout=60)[0] == "left\n"
    assert not processes_of(home)


@pytest.mark.skipif(not AS_ROOT, reason="only root can start a program as somebody else")
def test_a_user_without_a_name_gets_a_plain_sentence(home: Path) -> None:
    home.parent.chmod(0o777)
    with ending(start_python(HOLDER, home, user=54_321)) as holder:
        told = holder.communicate("go\n", timeout=60)[0]
    assert "could not look up effective user" in told
    assert not (postgres.folder(home) / "data").exists()


def test_a_server_that_is_started_again_and_again_has_one_guard(home: Path) -> None:
    server = postgres_server.use(home)
    place = postgres.recorded(home)
    assert place is not None
    first = guards(home)
    for _ in range(2):
        os.kill(postgres_guard.running(str(place.data)) or 0, signal.SIGKILL)
        wait_until(lambda: postgres_guard.running(str(place.data)) is None)
        again = postgres_server.use(home)
        again.close()
        wait_until(lambda: guards(home) == first)
    server.close()
    wait_until(lambda: not guards(home))
    after = postgres_server.use(home)
    wait_until(lambda: len(guards(home)) == 1)
    after.close()


def guards(home: Path) -> list[str]:
    found = subprocess.run(
        ["pgrep", "-f", f"postgres_guard.py {home}"], capture_output=True, text=True
    )
    return found.stdout.split()


def test_the_guard_is_small(running: Path) -> None:
    found = subprocess.run(
        ["pgrep", "-f", f"postgres_guard.py {running}"], capture_output=True, text=True
    )
    assert len(found.stdout.split()) == 1
