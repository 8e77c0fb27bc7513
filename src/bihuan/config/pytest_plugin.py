"""Loaded by pytest before the settings are: tests never touch a real data folder or database.

The server of the tests is private and temporary. `BIHUAN_TEST_HOME` names a folder to keep it in
and share it: it is joined when it runs (`make test-server`), so a run starts at once.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_KEPT = os.environ.get("BIHUAN_TEST_HOME")
HOME = Path(_KEPT or tempfile.mkdtemp(prefix="bihuan-test-"))
_PROCESS = os.getpid()

for _name in ("DATABASE_URL", "BIHUAN_OWNER_DATABASE_URL", "BIHUAN_PROCESS", "BIHUAN_PORT"):
    os.environ.pop(_name, None)
os.environ["BIHUAN_HOME"] = str(HOME)
os.environ["BIHUAN_DATABASE_ROLE"] = "owner"  # makes databases, and may act as the application


def _sweep() -> None:
    # Only what this process made: a forked child ends through here as well.
    if not _KEPT and os.getpid() == _PROCESS:
        shutil.rmtree(HOME, ignore_errors=True)


atexit.register(_sweep)
HOME.chmod(0o711)  # the database's user enters it when we are root
