"""Where the database is: pure reading, nothing is started here.

Order: `DATABASE_URL` (any PostgreSQL 15+), else the private server of this data folder, whose
socket `postgres_server` has recorded. There are two roles: the owner owns the tables and migrates,
the application reads and writes rows and can do no more than it was granted.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bihuan.config.secrets import secret
from bihuan.config.words import Halt

DATABASE = "bihuan"
OWNER = "bihuan_owner"
APP = "bihuan_app"
SUPERUSER = "postgres"
PORT = 5432
WAITS_S = 30  # for one of the pool's connections, when everybody comes at once; then 503
TOGETHER = 12  # connections of all web workers; each weighs 8 to 12 MiB once it has been used
LEAST = 3  # of one worker: who asks for something slow leaves others a way
UNUSED_S = 60.0  # before one that a busy hour has opened is closed again
PREPARED_AFTER = 5  # psycopg's own default; Django's is never
RECORD = "server.json"
# A web worker answers within these or gives up; background work may take its time.
_WEB_LIMITS = "-c statement_timeout=15000 -c lock_timeout=5000"
# A page's plan for any values serves none, unless a statement says so (`base.sql.alike`): a customer of thousands of duties and one of ten, a word
# that is in every ticket and one in three (40 ms where 2 do). What the engine asks is always alike.
PLANS = "plan_cache_mode=force_custom_plan"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the private server of a data folder keeps its files."""

    data: Path
    socket: Path
    programs: Path


def folder(home: Path) -> Path:
    """Return the folder of everything about the private server."""
    return home / "postgres"


def recorded(home: Path) -> Place | None:
    """Return where the private server of this data folder lives, None before its first start."""
    base = folder(home)
    path = base / RECORD
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        # Paths inside the data folder are kept relative, so that it can be moved.
        return Place(*(base / found[name] for name in ("data", "socket", "programs")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise Halt(
            "postgres_record_broken",
            f"文件 {path} 已损坏，无法得知数据库的位置。请从备份恢复它。",
            f"The file {path} is damaged, so the place of the database is unknown. "
            "Restore it from a backup.",
        ) from error


def is_external() -> bool:
    """Say whether the database is somebody else's server."""
    return bool(os.environ.get("DATABASE_URL"))


def connection(home: Path, *, owner: bool = False, superuser: bool = False) -> dict[str, str]:
    """Return the libpq parameters of a connection to this installation's database.

    A superuser exists for the private server only.
    """
    if is_external():
        return _external(owner=owner)
    role, name = (OWNER, "postgres_owner") if owner else (APP, "postgres_app")
    if superuser:
        role, name = SUPERUSER, "postgres_superuser"
    place = recorded(home)
    return {
        # Before the first start this names a folder without a server: connecting says so.
        "host": str(place.socket if place else folder(home) / "socket"),
        "port": str(PORT),
        "dbname": DATABASE,
        "user": role,
        "password": secret(home, name),
    }


def dsn(home: Path, *, owner: bool = False, superuser: bool = False) -> str:
    """Return the connection string of this installation's database."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo("", **connection(home, owner=owner, superuser=superuser))


def database_settings(home: Path) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES.

    `BIHUAN_DATABASE_ROLE=owner` (set for migrations) connects as the owner; `BIHUAN_PROCESS=web`
    (set for the web workers) adds a pool and time limits.
    """
    parameters = connection(home, owner=os.environ.get("BIHUAN_DATABASE_ROLE") == "owner")
    options: dict[str, Any] = {
        key: value
        for key, value in parameters.items()
        if key not in {"host", "port", "dbname", "user", "password"}
    }
    options["server_side_binding"] = True  # pages ask the same statements again and again
    if not is_external():  # somebody else's may stand behind a pool that forgets what was prepared
        options["prepare_threshold"] = PREPARED_AFTER
    web = os.environ.get("BIHUAN_PROCESS") == "web"
    if web:
        workers = int(os.environ.get("BIHUAN_WEB_WORKERS", "2"))
        most = max(TOGETHER // workers, LEAST)
        options["pool"] = {"min_size": 1, "max_size": most, "timeout": WAITS_S, "max_idle": UNUSED_S}  # fmt: skip
        options["options"] = f"{options.get('options', '')} {_WEB_LIMITS} -c {PLANS}".strip()
    return {
        "default": {
            "ENGINE": "bihuan.config.database",
            "NAME": parameters.get("dbname", ""),
            "USER": parameters.get("user", ""),
            "PASSWORD": parameters.get("password", ""),
            "HOST": parameters.get("host", ""),
            "PORT": parameters.get("port", ""),
            "OPTIONS": options,
            "CONN_HEALTH_CHECKS": True,
            "CONN_MAX_AGE": 0 if web else None,  # the pool keeps those of the web
        }
    }


def _external(*, owner: bool) -> dict[str, str]:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    name = "DATABASE_URL"
    if owner and os.environ.get("BIHUAN_OWNER_DATABASE_URL"):
        name = "BIHUAN_OWNER_DATABASE_URL"
    try:
        found = conninfo_to_dict(os.environ[name])
    except ProgrammingError as error:
        # The value is not repeated: it holds a password.
        raise Halt(
            "database_url_malformed",
            f"环境变量 {name} 不是有效的数据库地址。形如：postgresql://用户:口令@主机/数据库",
            f"{name} is not a database address. It looks like postgresql://user:password@host/name",
        ) from error
    return {key: str(value) for key, value in found.items() if value is not None}
