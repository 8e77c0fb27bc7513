"""Where one installation keeps its things."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """Return the data folder: `BIHUAN_HOME`, by default `var` in the current folder."""
    return Path(os.environ.get("BIHUAN_HOME") or "var").absolute()


def make_home(folder: Path) -> Path:
    """Make the data folder.

    Started by root it may be entered by others (the database runs as another user), but its
    names cannot be listed; what is in it guards itself.
    """
    folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    return folder
