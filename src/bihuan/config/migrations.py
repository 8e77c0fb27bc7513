"""Bringing the tables up to date, quickly when nothing changed.

Asking Django takes seconds. For the private server a fingerprint of everything that can bring a
migration is kept beside the data, so a start with nothing to do does not ask.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from bihuan.config import postgres
from bihuan.config.words import Halt, say


def bring_up_to_date(home: Path) -> None:
    """Run the migrations that are missing. Raises Halt when one fails."""
    mark = postgres.folder(home) / "migrated"
    current = fingerprint()
    if not postgres.is_external() and mark.exists():
        if mark.read_text(encoding="ascii") == current:
            return
        mark.unlink()
    print(say("正在准备数据表……", "Preparing the tables..."), flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "bihuan.config.children", "migrate"],
        env={**os.environ, "BIHUAN_DATABASE_ROLE": "owner", "BIHUAN_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise Halt(
            "migration_failed",
            "数据表没有更新成功，数据没有改变。原因见上面的文字。",
            "The tables could not be brought up to date; no data was changed. The reason is above.",
        )
    if not postgres.is_external():
        mark.write_text(current, encoding="ascii")


def fingerprint() -> str:
    """Return what changes whenever a migration may have come."""
    root = Path(__file__).resolve().parent.parent
    found = hashlib.sha256()
    for path in sorted(root.glob("**/migrations/*.py")):
        found.update(str(path.relative_to(root)).encode())
        found.update(path.read_bytes())
    found.update((root / "config" / "settings.py").read_bytes())
    for name in sorted(f"{each.name} {each.version}" for each in distributions()):
        found.update(name.encode())
    return found.hexdigest()
