"""The whole: `bihuan up`, its deaths, and a backup of what it made."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest

from bihuan.base.testing.ports import own_port
from bihuan.config import postgres, postgres_server
from bihuan.config.commands.packs import PACKS
from bihuan.config.commands.run import _last_port
from bihuan.config.tests.support import CLEAN, ending, kill, parts_of, processes_of, wait_until

BIHUAN = [sys.executable, "-m", "bihuan.config.cli"]
STORE = """
from bihuan.config.django_setup import ready
with ready():
    from bihuan.base import clock
    from bihuan.base.evidence.actions import store
    from bihuan.base.audit.actions import log
    log("test.done", by=None, now=clock.now())
    for n in range(3):
        store(f"现场记录 {n}".encode(), by=None, now=clock.now(), name=f"{n}.txt")
"""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Give a data folder in which `bihuan init` has made a company."""
    folder = Path(tempfile.mkdtemp(prefix="bh-"))
    folder.chmod(0o711)
    password = folder / "password"
    password.write_text("correct horse battery 9\n")
    made = command(
        folder / "home",
        *("init", "--company", "华力离心机", "--pack", "centrifuge"),
        *("--admin", "chief", "--admin-name", "张伟", "--password-file", str(password)),
    )
    assert made.returncode == 0, made.stderr
    yield folder / "home"
    kill(processes_of(folder))
    shutil.rmtree(folder)


def command(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BIHUAN, *words],
        env={**CLEAN, "BIHUAN_HOME": str(home), "BIHUAN_LANG": "en"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def answer(port: int) -> int:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        asking.request("GET", "/readyz", headers={"Host": "localhost"})
        return asking.getresponse().status
    except OSError:
        return 0
    finally:
        asking.close()


def rows(home: Path) -> dict[str, int]:
    with psycopg.connect(postgres.dsn(home, owner=True)) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return {
            name: (connection.execute(f'SELECT count(*) FROM "{name}"').fetchone() or (0,))[0]
            for (name,) in tables
        }


def test_init_twice_changes_nothing(home: Path) -> None:
    server = postgres_server.use(home)
    before = rows(home)
    again = command(home, "init", "--pack", "centrifuge")
    assert again.returncode == 0, again.stderr
    assert rows(home) == before
    assert before["system_company"] == 1
    assert before["access_user"] == 1
    server.close()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Give the folder of a pack that somebody wrote: the words of the house, a code of its own."""
    folder = tmp_path / "shuofang"
    shutil.copytree(PACKS / "centrifuge", folder)
    head = folder / "pack.yaml"
    head.write_text(head.read_text("utf-8").replace("pack: centrifuge", "pack: shuofang", 1))
    return folder


def test_a_pack_of_ones_own_is_put_in_force_from_its_folder(own: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bh-"))
    folder.chmod(0o711)
    (folder / "password").write_text("correct horse battery 9\n")
    said = (
        *("init", "--company", "朔方制冷", "--pack", str(own), "--admin", "chief"),
        *("--admin-name", "张伟", "--password-file", str(folder / "password")),
    )
    try:
        made = command(folder / "home", *said)
        assert made.returncode == 0, made.stderr
        assert "shuofang" in made.stdout
        assert "in force" in made.stdout
    finally:
        kill(processes_of(folder))
        shutil.rmtree(folder)


@pytest.mark.parametrize("fault", ["missing", "unreadable", "without a case"])
def test_a_pack_that_cannot_take_force_is_refused_before_anything_is_made(
    home: Path, own: Path, fault: str
) -> None:
    match fault:
        case "missing":
            shutil.rmtree(own)
        case "unreadable":
            (own / "rules" / "more.yaml").write_text("rulez: []\n")
        case _:
            shutil.rmtree(own / "cases")
    server = postgres_server.use(home)
    before = rows(home)
    refused = command(home, "init", "--company", "朔方制冷", "--pack", str(own))
    assert refused.returncode != 0
    assert "Nothing was made" in refused.stderr
    assert ("rulez" in refused.stderr) is (fault == "unreadable")
    assert ("has no case" in refused.stderr) is (fault == "without a case")
    assert rows(home) == before
    server.close()


def start_up(home: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*BIHUAN, "up", "--port", str(port)],
        env={**CLEAN, "BIHUAN_HOME": str(home), "BIHUAN_LANG": "en", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def processes_about(home: Path) -> list[psutil.Process]:
    """Return every process that was told this data folder, and its server."""
    told = [
        process
        for process in psutil.process_iter(["environ"])
        if (process.info["environ"] or {}).get("BIHUAN_HOME") == str(home)
    ]
    return told + processes_of(home)


def test_a_killed_supervisor_leaves_nothing_behind(home: Path) -> None:
    port = own_port()
    with ending(start_up(home, port)) as up:
        wait_until(lambda: answer(port) == 200, 120)
        up.kill()
        up.wait()
        wait_until(lambda: not processes_about(home))
    with ending(start_up(home, port)) as again:
        wait_until(lambda: answer(port) == 200, 120)
        again.kill()
        again.wait()
    (home / "run" / "999999.json").write_text("")  # a power failure cut it off
    # at once, on the same port, while the killed one's children are still ending
    with ending(start_up(home, port)) as again:
        begun = home / "run" / f"{again.pid}.json"  # the killed one's children may answer still
        wait_until(lambda: begun.exists() or again.poll() is not None, 120)
        wait_until(lambda: answer(port) == 200 or again.poll() is not None, 120)
        again.send_signal(signal.SIGTERM)
        assert again.wait(60) == 0, said(again)


def said(process: subprocess.Popen[str]) -> str:
    """Return what an ended program printed last, without waiting for who else holds its output."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    return os.read(process.stdout.fileno(), 65536).decode(errors="replace")


def are_anew(home: Path, up: int, names: set[str], before: dict[str, psutil.Process]) -> bool:
    parts = parts_of(home, up)
    return all(name in parts and parts[name].pid != before[name].pid for name in names)


def test_up_survives_the_death_of_each_of_its_processes(home: Path) -> None:
    port = own_port()
    up = start_up(home, port)
    with ending(up):
        wait_until(lambda: answer(port) == 200, 120)
        wait_until(
            lambda: (
                set(parts_of(home, up.pid)) >= {"web", "product", "work", "clock", "ingest", "nats"}
            )
        )

        second = command(home, "up")
        assert second.returncode == 1
        assert f"http://localhost:{port}" in second.stderr

        for killed, anew in (
            ({"web", "work", "clock", "ingest"}, {"web", "work", "clock", "ingest"}),
            ({"product"}, {"product", "web", "work", "clock", "ingest"}),
        ):
            before = parts_of(home, up.pid)
            kill([before[name] for name in killed])
            wait_until(partial(are_anew, home, up.pid, anew, before), 120)
            wait_until(lambda: answer(port) == 200, 120)
        kill(processes_of(home))
        wait_until(lambda: answer(port) == 200, 120)
        assert _last_port(home) == port  # where it will be found again

        up.send_signal(signal.SIGINT)
        assert up.wait(60) == 0
        wait_until(lambda: not processes_about(home))


def test_a_backup_restores_every_row_and_file(home: Path, tmp_path: Path) -> None:
    grow_old(home)
    stored = subprocess.run(
        [sys.executable, "-c", STORE],
        env={**CLEAN, "BIHUAN_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert stored.returncode == 0, stored.stderr
    target = tmp_path / "all.tar"
    made = command(home, "backup", str(target))
    assert made.returncode == 0, made.stderr
    assert target.stat().st_mode & 0o777 == 0o600
    assert "exists" in command(home, "backup", str(target)).stderr

    restored = home.with_name("restored")
    done = command(restored, "restore", str(target))
    assert done.returncode == 0, done.stderr
    one, two = postgres_server.use(home), postgres_server.use(restored)
    # The mark of the backup itself was written after it.
    expected = rows(home) | {"system_mark": rows(restored)["system_mark"]}
    assert rows(restored) == expected
    assert expected["evidence_file"] == 3
    assert new_facts_come_last(restored)
    one.close()
    two.close()
    kept = {
        path.relative_to(home): sha256(path)
        for path in (home / "evidence").rglob("*")
        if path.is_file()
    }
    assert len(kept) >= 3
    assert kept == {name: sha256(restored / name) for name in kept}
    assert sha256(home / "secrets" / "django") == sha256(restored / "secrets" / "django")

    again = command(restored, "restore", str(target))
    assert again.returncode == 1
    assert "not empty" in again.stderr
    assert "Traceback" not in again.stderr
    shutil.rmtree(restored)


def grow_old(home: Path) -> None:
    """Use up transaction numbers: a new server has far smaller ones."""
    rounds = (
        "DO $$ BEGIN FOR i IN 1..9000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
    )
    server = postgres_server.use(home)
    with psycopg.connect(postgres.dsn(home, owner=True), autocommit=True) as connection:
        connection.execute(rounds)
    server.close()


def new_facts_come_last(home: Path) -> bool:
    with psycopg.connect(postgres.dsn(home)) as connection:
        asked = "SELECT pg_current_xact_id()::text::bigint > max(tx) FROM audit_entry"
        found = connection.execute(asked).fetchone()
        return bool(found and found[0])


def test_a_damaged_backup_restores_nothing(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "whole.tar"
    assert command(home, "backup", str(target)).returncode == 0
    damaged = tmp_path / "damaged.tar"
    content = bytearray(target.read_bytes())
    with tarfile.open(target) as archive:
        entry = archive.getmember("database.dump")
    content[entry.offset_data + entry.size // 2] ^= 1
    damaged.write_bytes(content)
    cut = tmp_path / "cut.tar"
    cut.write_bytes(target.read_bytes()[:600])
    for source in (damaged, cut, Path(__file__)):
        nowhere = tmp_path / "nowhere"
        done = command(nowhere, "restore", str(source))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert not nowhere.exists()
        assert not list(tmp_path.glob("nowhere.restoring*"))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_process_whose_parent_has_gone_already_does_not_begin() -> None:
    words = "from bihuan.config.supervisor import die_with_parent as d; d(); print('begun')"
    for parent, said in ((str(os.getpid()), "begun\n"), ("1", "")):
        done = subprocess.run(
            [sys.executable, "-c", words],
            env={**CLEAN, "BIHUAN_PARENT": parent},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.returncode) == (said, 0 if said else 1)
