"""Short programs that the tests of the supervisor run as processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

# What this test run was told must not leak into the programs under test.
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("BIHUAN_", "DATABASE_", "DJANGO_"))
}


def start_python(program: str, home: Path, *, user: int | None = None) -> subprocess.Popen[str]:
    """Start a program that finds the data folder in BIHUAN_HOME; as somebody else if we are root."""
    interpreter = sys.executable
    somebody: dict[str, Any] = {}
    environment = {
        **CLEAN,
        "BIHUAN_HOME": str(home),
        "PYTHONUNBUFFERED": "1",
        "LANG": "en_US.UTF-8",
    }
    if user is not None:
        interpreter = open_interpreter()
        somebody = {"user": user, "group": user, "extra_groups": []}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    process: subprocess.Popen[str] = subprocess.Popen(
        [interpreter, "-c", textwrap.dedent(program)],
        env=environment,
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **somebody,
    )
    return process


def open_interpreter() -> str:
    """Return a Python of our version that other users can start, too; skip the test without one."""
    name = f"python3.{sys.version_info.minor}"
    for path in (sys.executable, shutil.which(name, path="/usr/local/bin:/usr/bin")):
        if path is None:
            continue
        probe = [path, "-c", "import sys"]
        try:
            done = subprocess.run(
                probe, user=65534, extra_groups=[], check=False, capture_output=True
            )
        except PermissionError:
            continue
        if done.returncode == 0 and os.access(path, os.X_OK):
            return path
    pytest.skip("no Python that another user can start")


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something that must come true; fail when it does not."""
    until = time.monotonic() + seconds
    while True:
        asked = time.process_time()
        if true():
            return
        assert time.monotonic() < until, "it did not come true"
        # Some questions look at all processes: what is waited for needs the processor more.
        time.sleep(max(0.02, 4 * (time.process_time() - asked)))


def parts_of(home: Path, supervisor: int) -> dict[str, psutil.Process]:
    """The living processes that a supervisor keeps, by name, with those that one of them keeps."""
    found: dict[str, psutil.Process] = {}
    try:
        state = json.loads((home / "run" / f"{supervisor}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return found
    for child in state["children"]:
        with suppress(psutil.Error, TypeError):
            process = psutil.Process(child["pid"])
            if process.status() != psutil.STATUS_ZOMBIE:
                found |= {child["name"]: process} | parts_of(home, child["pid"])
    return found


def processes_of(home: Path) -> list[psutil.Process]:
    """Return every live process of the private server of this data folder, children too."""
    found: set[psutil.Process] = set()
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words and words[0].endswith("postgres") and any(str(home) in word for word in words):
            with suppress(psutil.NoSuchProcess):
                found |= {process, *process.children(recursive=True)}
    return [each for each in found if _lives(each)]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(processes: list[psutil.Process]) -> None:
    """Kill them all, whoever of them is still there."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


@contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """Kill a program at the end of the block if it still runs."""
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
