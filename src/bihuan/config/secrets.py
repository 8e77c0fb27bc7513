"""Secrets of one installation: made once, kept in `$BIHUAN_HOME/secrets/`, readable by us alone."""

from __future__ import annotations

import os
import re
import secrets as random_source
from contextlib import suppress
from pathlib import Path

from bihuan.config.words import Halt

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_BYTES = 48


def secret(home: Path, name: str) -> str:
    """Return the secret of this name, making it at the first call.

    Two processes that ask at once get the same value: the file appears whole, by a link that
    fails when another was first.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name of a secret: {name!r}")
    folder = home / "secrets"
    path = folder / name
    known = _read(path)
    if known is not None:
        return known
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _place(path, random_source.token_urlsafe(_BYTES))
    made = _read(path)
    if made is None:
        raise Halt(
            "secret_unreadable",
            f"无法读取密钥文件 {path}。请检查该文件的属主和权限。",
            f"The secret file {path} cannot be read. Check its owner and permissions.",
        )
    return made


def _read(path: Path) -> str | None:
    try:
        value = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise Halt(
            "secret_unreadable",
            f"无法读取密钥文件 {path}：没有权限。请用创建它的用户运行。",
            f"The secret file {path} cannot be read: permission denied. Run as its owner.",
        ) from error
    if not value:
        raise Halt(
            "secret_empty",
            f"密钥文件 {path} 是空的。请从备份恢复它。",
            f"The secret file {path} is empty. Restore it from a backup.",
        )
    return value


def _place(path: Path, value: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{random_source.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(value + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first; its value counts
            os.link(draft, path)
    finally:
        draft.unlink()
