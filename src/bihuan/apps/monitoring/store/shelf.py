"""Where the archive lies, and whether there is one; imports nothing of what writes it."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from django.conf import settings

PARTS = ("deltalake", "duckdb", "pyarrow")


def installed() -> bool:
    return all(importlib.util.find_spec(part) for part in PARTS)


def wanted() -> bool:
    """Whether there is an archive that data must be in before it may be dropped."""
    return bool(os.environ.get("BIHUAN_ARCHIVE")) or installed()


def place() -> str:
    """The table: a folder, or the URL of an object store."""
    return os.environ.get("BIHUAN_ARCHIVE") or str(Path(settings.HOME) / "archive" / "samples")
