"""Keys of this installation: one file a use in `$BIHUAN_HOME/secrets/`, made at the first need."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from django.conf import settings

BYTES = 32


def key(name: str) -> bytes:
    """
    The 32 bytes of this key. Two processes that ask at once get the same: the file appears
    whole, by a link that fails when another was first.
    """
    path = Path(settings.HOME) / "secrets" / f"key_{name}"
    if not path.exists():
        _make(path)
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_bytes(BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first; its key counts
            os.link(draft, path)
    finally:
        draft.unlink()
