"""Start to first page, and the size of the idle stack.

Baselines of the same run: starting the bare database (for the first start also making it), and
one bare Python process that has set Django up.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.config import net, postgres_server

if TYPE_CHECKING:
    import psutil

_PAGE = "/accounts/login/"
_START_LIMIT_S = 20.0
_SIZE_LIMIT_MIB = 700.0
_IDLE_S = 8.0
_BARE = "import django, sys; django.setup(); print('ready', flush=True); sys.stdin.read()"


def run() -> dict[str, object]:
    """Start an empty installation twice and weigh it; JSON-ready."""
    with _folder() as bare:
        bare_first, bare_again = _database(bare), _database(bare)
    with _folder() as home:
        first, _ = _up(home)
        again, mib = _up(home)
        process = _bare_process(home)
    return {
        "first_start_s": round(first, 2),
        "first_start_of_bare_database_s": round(bare_first, 2),
        "first_start_ratio": round(first / bare_first, 1),
        "second_start_s": round(again, 2),
        "second_start_of_bare_database_s": round(bare_again, 2),
        "second_start_ratio": round(again / bare_again, 1),
        "idle_pss_mib": round(mib),
        "bare_django_process_pss_mib": round(process),
        "idle_pss_ratio": round(mib / process, 1),
        "limits": {"start_s": _START_LIMIT_S, "idle_pss_mib": _SIZE_LIMIT_MIB},
        "ok": max(first, again) < _START_LIMIT_S and mib < _SIZE_LIMIT_MIB,
    }


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bihuan-bench-"))
    folder.chmod(0o711)
    try:
        yield folder / "home"
    finally:
        shutil.rmtree(folder)


def _database(home: Path) -> float:
    begun = time.monotonic()
    server = postgres_server.use(home)
    took = time.monotonic() - begun
    server.close()
    return took


def _up(home: Path) -> tuple[float, float]:
    """Return the seconds to the first page, and the stack's PSS in MiB once it idles."""
    port = net.choose_port()
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "bihuan.config.cli", "up", "--port", str(port)],
        env={**os.environ, "BIHUAN_HOME": str(home), "DATABASE_URL": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not shows(port):
            if process.poll() is not None or time.monotonic() - begun > 10 * _START_LIMIT_S:
                raise RuntimeError("bihuan up did not show its first page")
            time.sleep(0.05)
        took = time.monotonic() - begun
        for _ in range(20):  # both web workers have shown a page
            shows(port)
        time.sleep(_IDLE_S)
        return took, weight(process.pid, home)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def shows(port: int) -> bool:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        asking.request("GET", _PAGE, headers={"Host": "localhost"})
        return asking.getresponse().status == 200
    except OSError:
        return False
    finally:
        asking.close()


def weight(pid: int, home: Path) -> float:
    """Sum what the processes of one installation really take: shared pages count once."""
    return sum(weights(pid, home).values())


def weights(pid: int, home: Path) -> dict[str, float]:
    """MiB of each part: the database, the part that a process was started for, the rest."""
    import psutil

    found = {psutil.Process(pid), *psutil.Process(pid).children(recursive=True)}
    for process in psutil.process_iter(["cmdline"]):
        if any(str(home) in word for word in process.info["cmdline"] or []):
            found |= {process, *process.children(recursive=True)}
    total: dict[str, float] = {}
    for process in found:
        try:
            memory, part = process.memory_full_info(), _part(process)
        except psutil.Error:
            continue
        total[part] = total.get(part, 0.0) + getattr(memory, "pss", memory.uss) / 2**20
    return total


def _part(process: psutil.Process) -> str:
    """What a process is there for; what a web server starts belongs to it."""
    for each in (process, *process.parents()):
        words = each.cmdline()
        if process.name().startswith("postgres"):
            return "database"
        if "bihuan.config.children" in words:
            if process.name().startswith("bihuan-"):  # a fork: its command line is that of all
                return process.name().removeprefix("bihuan-")
            return "product" if "product" in words else words[-1]
    return "others"


def _bare_process(home: Path) -> float:
    import psutil

    settings = {"DJANGO_SETTINGS_MODULE": "bihuan.config.settings", "BIHUAN_HOME": str(home)}
    with subprocess.Popen(
        [sys.executable, "-c", _BARE],
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        memory = psutil.Process(process.pid).memory_full_info()
        process.kill()
    return float(getattr(memory, "pss", memory.uss)) / 2**20
