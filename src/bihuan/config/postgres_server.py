"""The private PostgreSQL server of a data folder: started by its first user, left by the last.

    with postgres_server.using(home):
        ...

Whoever needs the server holds the file `users.lock` shared while using it. The first user starts
the server and a guard beside it (`postgres_guard`), which stops the server once nobody holds the
lock, however the last user ended. Starting is serialised by `start.lock`. Nothing here ever
removes data: an interrupted `initdb` worked in a folder of its own, which is thrown away.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from bihuan.config import postgres, postgres_guard, postgres_roles
from bihuan.config import postgres_programs as programs
from bihuan.config.home import make_home
from bihuan.config.postgres import Place
from bihuan.config.secrets import secret
from bihuan.config.words import Halt

# How long a start is tried again while orphans of a killed server still hold its memory.
_RETRY_FOR = 60.0
_POLL = 0.03
_SERVER_OPTIONS = (
    # Small enough for a laptop; a large installation has its own server (DATABASE_URL).
    "shared_buffers=128MB",
    "max_connections=80",
    "max_wal_size=2GB",
    "checkpoint_timeout=15min",
    "timezone=UTC",
    "log_timezone=UTC",
    "password_encryption=scram-sha-256",
    "idle_in_transaction_session_timeout=10min",
    # Questions of a page are short: to launch workers for one costs more (9 ms) than its answer.
    "max_parallel_workers_per_gather=0",
    "jit=off",
    "wal_compression=on",
    "random_page_cost=1.1",
    "autovacuum_naptime=20s",
)


class Server:
    """A hold on the running server of a data folder. Close it when done."""

    def __init__(self, home: Path, place: Place, hold: IO[bytes]) -> None:
        self.home = home
        self.place = place
        self._hold = hold

    def is_running(self) -> bool:
        """Say whether the server still runs (it may have been killed)."""
        return postgres_guard.running(str(self.place.data)) is not None

    def close(self) -> None:
        """Stop using the server; the last user stops it and waits until it has stopped."""
        if self._hold.closed:
            return
        fcntl.flock(self._hold, fcntl.LOCK_UN)
        if _try_lock(self._hold, fcntl.LOCK_EX):
            postgres_guard.stop(str(self.place.data))
        elif not _try_lock(self._hold, fcntl.LOCK_SH):
            # The guard was quicker and holds it alone: it lets go when the server has stopped.
            fcntl.flock(self._hold, fcntl.LOCK_SH)
        self._hold.close()


def use(home: Path, options: Sequence[str] = ()) -> Server:
    """Join the running server of this data folder, or start it.

    `options` are settings of PostgreSQL (`name=value`) for a server started by this call; tests
    use them. Raises Halt with the end of the server's log when it does not start. There is no
    time limit on recovery after a crash.
    """
    make_home(home)
    folder = postgres.folder(home)
    folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    hold = _lock_file(folder / "users.lock")
    try:
        fcntl.flock(hold, fcntl.LOCK_SH)
        with _lock_file(folder / "start.lock") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            place = _ensure_running(home, hold.name, options)
    except BaseException:
        hold.close()
        raise
    return Server(home, place, hold)


@contextmanager
def using(home: Path) -> Iterator[None]:
    """Have a database while in the block: the external one, or the private server."""
    if postgres.is_external():
        postgres_roles.prepare_external(home)
        yield
        return
    server = use(home)
    try:
        yield
    finally:
        server.close()


def log_file(home: Path) -> Path:
    """Return the file of the server's log."""
    return postgres.folder(home) / "postgres.log"


def _ensure_running(home: Path, users_lock: str, options: Sequence[str]) -> Place:
    place = postgres.recorded(home)
    if place is None:
        place = programs.choose_place(home)
        _record(home, place)
    # One that runs may be dying of a kill just now; then it is started, too.
    if postgres_guard.running(str(place.data)) is None or not _becomes_ready(home, place):
        place = programs.renew(place)
        _record(home, place)
        _make_data(home, place)
        _start(home, place, options)
        _guard(users_lock, place)
        if not _becomes_ready(home, place):
            _raise_not_started(home)
    postgres_roles.prepare(home)
    return place


def _record(home: Path, place: Place) -> None:
    path = postgres.folder(home) / postgres.RECORD
    base = path.parent
    paths = {name: getattr(place, name) for name in ("data", "socket", "programs")}
    text = json.dumps(
        {
            name: str(path.relative_to(base) if path.is_relative_to(base) else path)
            for name, path in paths.items()
        }
    )
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _make_data(home: Path, place: Place) -> None:
    """Run `initdb` once; the data folder appears whole or not at all."""
    made = postgres.folder(home) / "made"
    if place.data.exists():
        made.touch()
        return
    if made.exists():
        # An empty database in its stead would look as if everything had been lost.
        raise Halt(
            "postgres_data_missing",
            f"数据库目录 {place.data} 不见了。请把它放回原处，或从备份恢复到一个新的数据目录。",
            f"The database folder {place.data} has gone. Put it back, "
            "or restore a backup into a new data folder.",
        )
    user = programs.system_user()
    draft = place.data.with_name("data.unfinished")
    if draft.exists():
        shutil.rmtree(draft)  # of an initdb that was interrupted: it never held a row
    draft.mkdir(mode=0o700)
    user.give(draft, 0o700)
    password = place.socket / f".password.{os.getpid()}"
    password.touch(mode=0o600)
    password.write_text(secret(home, "postgres_superuser"), encoding="ascii")
    user.give(password, 0o600)
    try:
        done = subprocess.run(
            [
                *(programs.programs(place) / "initdb", "-D", draft, "-U", postgres.SUPERUSER),
                *("-E", "UTF8", "--auth=scram-sha-256", f"--pwfile={password}"),
                # With --locale=C, pg_trgm finds no trigrams in Chinese text.
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
                *("--data-checksums", "--no-instructions"),
            ],
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            **user.popen_options(),
        )
    finally:
        password.unlink()
    if done.returncode != 0:
        why = (done.stderr.strip() or done.stdout.strip())[-1500:]
        raise Halt(
            "postgres_initdb_failed",
            f"无法建立数据库目录 {place.data}：\n{why}",
            f"The database folder {place.data} could not be made:\n{why}",
        )
    draft.rename(place.data)
    made.touch()


def _start(home: Path, place: Place, options: Sequence[str]) -> None:
    """Start the server and see it live; wait for orphans of a killed one to let go."""
    until = time.monotonic() + _RETRY_FOR
    while True:
        process = _launch(home, place, options)
        while postgres_guard.running(str(place.data)) is None and process.poll() is None:
            time.sleep(_POLL)
        # It lives once its pid file is there and the shared memory is its own.
        while process.poll() is None and not _has_memory(place):
            time.sleep(_POLL)
        if process.poll() is None:
            # Seen off when it dies: a number that nobody has taken note of keeps every other user
            # from starting a new server.
            threading.Thread(target=process.wait, daemon=True).start()
            return
        if time.monotonic() > until:
            _raise_not_started(home)
        time.sleep(0.3)


def _launch(home: Path, place: Place, options: Sequence[str]) -> subprocess.Popen[bytes]:
    user = programs.system_user(place.data)
    words: list[str | Path] = [programs.programs(place) / "postgres", "-D", place.data]
    words += ["-k", place.socket, "-p", str(postgres.PORT), "-h", ""]
    for setting in (*_SERVER_OPTIONS, *options):
        words += ["-c", setting]
    with log_file(home).open("ab") as log:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C stops the users first, the server after them
            **user.popen_options(),
        )


def _has_memory(place: Place) -> bool:
    """Say whether the pid file is complete: it gets its status line after the memory is taken."""
    try:
        lines = (place.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return False
    return len(lines) >= 8


def _becomes_ready(home: Path, place: Place) -> bool:
    """Wait for a connection as long as the server lives: a recovery takes its time."""
    import psycopg

    parameters: dict[str, Any] = {
        **postgres.connection(home, superuser=True),
        "dbname": "postgres",
    }
    while True:
        try:
            psycopg.connect(**parameters, connect_timeout=10).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise Halt(
                    "postgres_wrong_secret",
                    f"数据库不接受 {home / 'secrets'} 中的口令。请恢复与这份数据配套的密钥文件。",
                    f"The database refuses the password in {home / 'secrets'}. "
                    "Restore the secret files that belong to this data.",
                ) from error
            if postgres_guard.running(str(place.data)) is None:
                return False
            time.sleep(_POLL)
        else:
            return True


def _raise_not_started(home: Path) -> None:
    log = log_file(home)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
    tail = "\n".join(f"  {line}" for line in lines)
    raise Halt(
        "postgres_not_started",
        f"数据库没有启动。日志 {log} 的结尾：\n{tail}",
        f"The database did not start. The end of its log {log}:\n{tail}",
    )


def _guard(users_lock: str, place: Place) -> None:
    subprocess.Popen(
        [sys.executable, "-I", "-S", postgres_guard.__file__, users_lock, str(place.data)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def _lock_file(path: Path) -> IO[bytes]:
    return path.open("ab")


def _try_lock(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
