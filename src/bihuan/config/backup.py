"""Backups: one file that holds the rows, the evidence and the keys of an installation.

    bihuan-20261125-041500.tar
      manifest.json   what is in it: rows of each table, SHA-256 of each file
      database.dump   pg_dump of the same instant as the counts
      files/...       evidence, media and secrets (not the passwords of this server)

Evidence is copied after the dump: a file is stored before its row is committed and never removed,
so every row finds its file. A restore goes into a new data folder, is compared with the manifest,
and appears under its name only when everything agrees.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets as random_source
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bihuan.config import history_servers, postgres, postgres_programs, postgres_server
from bihuan.config.words import Halt

FORMAT = 1
_KEPT = ("evidence", "media", "secrets")
# Passwords of the private server: the restored one makes its own.
_LEFT_OUT = ("secrets/postgres_",)
_TABLES = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `rows` counts by table, `files` are SHA-256 by relative path."""

    format: int
    made_at: str
    server: str
    dump: str
    rows: dict[str, int]
    files: dict[str, str]


def write(home: Path, target: Path, *, at: datetime) -> Manifest:
    """Write a backup of a running installation into a new file, readable by us alone.

    Raises Halt when the file exists or the dump fails; then nothing is left behind.
    """
    if target.exists():
        raise Halt(
            "backup_exists",
            f"文件 {target} 已存在，不会覆盖它。请换一个名字。",
            f"The file {target} exists and is not overwritten. Choose another name.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{random_source.token_hex(4)}")
    try:
        with tempfile.TemporaryDirectory(prefix="bihuan-backup-") as folder:
            dump = Path(folder) / "database.dump"
            rows, server = _dump(home, dump)
            with draft.open("xb") as stream:
                os.fchmod(stream.fileno(), 0o600)
                files = dict(_hashed(home))
                manifest = Manifest(FORMAT, at.isoformat(), server, _hash(dump), rows, files)
                _pack(stream, home, dump, manifest)
                stream.flush()
                os.fsync(stream.fileno())
        os.link(draft, target)  # unlike a rename, never over a file that appeared meanwhile
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """Return what a backup says it holds. Raises Halt when it is no backup of ours."""
    try:
        with tarfile.open(source) as archive:
            stream = archive.extractfile("manifest.json")
            found = json.loads(stream.read()) if stream else {}
        manifest = Manifest(**found)
    except (OSError, tarfile.TarError, KeyError, ValueError, TypeError) as error:
        raise Halt(
            "backup_unreadable",
            f"{source} 不是完整的闭环备份。",
            f"{source} is not a whole backup of Bihuan.",
        ) from error
    if manifest.format != FORMAT:
        raise Halt(
            "backup_newer",
            f"{source} 由另一个版本写成（格式 {manifest.format}），这个版本读不了。",
            f"{source} was written by another version (format {manifest.format}).",
        )
    return manifest


def restore(source: Path, home: Path) -> Manifest:
    """Restore a backup into a data folder that does not exist yet, or is empty.

    Everything is compared with the manifest first: rows of each table and the hash of each file.
    Raises Halt, and leaves the data folder as it was, when anything differs.
    """
    if home.exists() and any(home.iterdir()):
        raise _not_empty(home)
    manifest = read_manifest(source)
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = home.with_name(f"{home.name}.restoring-{random_source.token_hex(4)}")
    draft.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700)
    try:
        _unpack(source, draft, manifest)
        server = postgres_server.use(draft)
        try:
            _load(draft, manifest)
        finally:
            server.close()
        (draft / "database.dump").unlink()
        _appear(draft, home)
    except BaseException:
        _discard(draft)
        raise
    return manifest


def _appear(draft: Path, home: Path) -> None:
    try:
        draft.rename(home)  # over an empty folder at most
    except OSError as error:
        raise _not_empty(home) from error


def _not_empty(home: Path) -> Halt:
    return Halt(
        "restore_not_empty",
        f"数据目录 {home} 不是空的，不会覆盖它。请用 BIHUAN_HOME 指定一个新目录。",
        f"The data folder {home} is not empty and is not overwritten. "
        "Name a new folder in BIHUAN_HOME.",
    )


def _dump(home: Path, target: Path) -> tuple[dict[str, int], str]:
    """Dump the database and count its rows in one and the same instant."""
    import psycopg

    parameters = postgres.connection(home, owner=True)
    with psycopg.connect(postgres.dsn(home, owner=True)) as connection:
        history_servers.refuse_backup(connection)
        connection.rollback()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        snapshot = _one(connection, "SELECT pg_export_snapshot()")
        server = str(_one(connection, "SHOW server_version"))
        command = ["pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}"]
        _run([*command, f"--file={target}"], parameters)
        tables = [name for (name,) in connection.execute(_TABLES).fetchall()]
        return {
            name: int(_one(connection, f"SELECT count(*) FROM {name}")) for name in tables
        }, server


def _load(home: Path, manifest: Manifest) -> None:
    import psycopg

    parameters = postgres.connection(home, owner=True)
    command = ["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={postgres.DATABASE}"]
    _run([*command, str(home / "database.dump")], parameters)
    with psycopg.connect(postgres.dsn(home, owner=True)) as connection:
        tables = [name for (name,) in connection.execute(_TABLES).fetchall()]
        rows = {name: int(_one(connection, f"SELECT count(*) FROM {name}")) for name in tables}
    if rows != manifest.rows:
        wrong = sorted(
            name for name in rows | manifest.rows if rows.get(name) != manifest.rows.get(name)
        )
        raise Halt(
            "restore_differs",
            f"恢复的数据与备份清单不一致：{'、'.join(wrong)}。没有恢复任何东西。",
            f"The restored rows differ from the manifest: {', '.join(wrong)}. Nothing was restored.",
        )
    done = subprocess.run(
        [sys.executable, "-m", "bihuan.config.children", "pass-highest"],
        env={**os.environ, "BIHUAN_HOME": str(home), "DATABASE_URL": ""},
        check=False,
    )
    if done.returncode != 0:
        raise Halt(
            "restore_not_finished",
            "恢复的最后一步没有完成，原因见上。没有恢复任何东西。",
            "The last step of the restore failed, see above. Nothing was restored.",
        )


def _one(connection: Any, query: str) -> Any:
    return connection.execute(query).fetchone()[0]


def _run(command: list[str], parameters: dict[str, str]) -> None:
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    names |= {"dbname": "PGDATABASE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    given = {names[key]: value for key, value in parameters.items() if key in names}
    done = subprocess.run(
        [postgres_programs.own_programs() / command[0], *command[1:]],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        why = done.stderr.strip()[-1500:]
        raise Halt(
            f"{command[0]}_failed",
            f"{command[0]} 没有成功：\n{why}",
            f"{command[0]} has failed:\n{why}",
        )


def _hashed(home: Path) -> Iterator[tuple[str, str]]:
    for folder in _KEPT:
        for path in sorted((home / folder).rglob("*")):
            name = path.relative_to(home).as_posix()
            hidden = any(part.startswith(".") for part in path.relative_to(home).parts)
            if path.is_file() and not hidden and not name.startswith(_LEFT_OUT):
                yield name, _hash(path)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(stream: Any, home: Path, dump: Path, manifest: Manifest) -> None:
    with tarfile.open(fileobj=stream, mode="w") as archive:
        text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
        entry = tarfile.TarInfo("manifest.json")
        entry.size, entry.mode = len(text), 0o600
        archive.addfile(entry, io.BytesIO(text))
        archive.add(dump, "database.dump")
        for name in manifest.files:
            archive.add(home / name, f"files/{name}")


def _unpack(source: Path, home: Path, manifest: Manifest) -> None:
    """Take out exactly what the manifest names, and compare every hash."""
    with tarfile.open(source) as archive:
        wanted = {"database.dump": manifest.dump}
        wanted |= {f"files/{name}": value for name, value in manifest.files.items()}
        for name, value in wanted.items():
            target = home / name.removeprefix("files/")
            if not target.resolve().is_relative_to(home.resolve()):
                raise _damaged(source, name)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                stream = archive.extractfile(name)
            except KeyError:
                stream = None
            if stream is None:
                raise _damaged(source, name)
            with stream, target.open("xb") as file:
                os.fchmod(file.fileno(), 0o600)
                shutil.copyfileobj(stream, file)
            if _hash(target) != value:
                raise _damaged(source, name)


def _damaged(source: Path, name: str) -> Halt:
    return Halt(
        "backup_damaged",
        f"备份 {source} 已损坏：{name} 与清单不一致。没有恢复任何东西。",
        f"The backup {source} is damaged: {name} differs from its manifest. Nothing was restored.",
    )


def _discard(draft: Path) -> None:
    """Remove a restore that failed; its rows are still in the backup."""
    place = postgres.recorded(draft)
    if place is not None and not place.data.is_relative_to(draft):
        shutil.rmtree(place.data.parent, ignore_errors=True)
    shutil.rmtree(draft, ignore_errors=True)
