"""Loaded by pytest before the settings are: tests never touch a real data folder or database.

Each session has a data folder of its own. The server of the tests is kept between sessions, in a
folder of this checkout's own below /tmp (or in `BIHUAN_TEST_HOME`), so that a session starts at
once. Each process of a session that runs side by side has a server of its own: listeners hear facts
up to the oldest open transaction of the server, and another test's would hold them back.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

_PROCESS = os.getpid()
_ROOT = Path(__file__).resolve().parents[3]


def _server_home() -> Path:
    told = os.environ.get("BIHUAN_TEST_HOME")
    own = os.environ.get("PYTEST_XDIST_WORKER", "")
    if told:
        folder = Path(told).absolute() / own
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    mark = hashlib.sha256(str(_ROOT).encode()).hexdigest()[:8]
    folder = Path(tempfile.gettempdir()) / f"bihuan-tests-{os.geteuid()}-{mark}{own}"
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise RuntimeError(f"{folder} belongs to somebody else; name another in BIHUAN_TEST_HOME")
    return folder


SERVER_HOME = _server_home()
HOME = Path(tempfile.mkdtemp(prefix="bihuan-test-"))
for _name in ("DATABASE_URL", "BIHUAN_OWNER_DATABASE_URL", "BIHUAN_PROCESS", "BIHUAN_PORT"):
    os.environ.pop(_name, None)
os.environ["BIHUAN_HOME"] = str(HOME)
os.environ["BIHUAN_DATABASE_ROLE"] = "owner"  # makes databases, and may act as the application


def _sweep() -> None:
    if os.getpid() == _PROCESS:  # a forked child ends through here as well
        shutil.rmtree(HOME, ignore_errors=True)


atexit.register(_sweep)
