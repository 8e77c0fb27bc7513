"""What a measure costs in processor time: the wall clock of a busy machine says little."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bihuan.config import postgres

_TICK = os.sysconf("SC_CLK_TCK")
_ADDITIONS = 10_000_000


@dataclass
class Spent:
    """Seconds by the clock, and of the processor: of this program and of the database server."""

    wall: float = 0.0
    program: float = 0.0
    server: float = 0.0

    @property
    def cpu(self) -> float:
        return self.program + self.server

    def to_data(self, name: str) -> dict[str, float]:
        """As the lines of a result."""
        return {
            f"{name}_s": round(self.wall, 2), f"{name}_cpu_s": round(self.cpu, 2),
            f"{name}_server_cpu_s": round(self.server, 2),
        }  # fmt: skip


@contextmanager
def spending(home: Path, into: Spent) -> Iterator[None]:
    """Add what the block costs."""
    wall, program, server = time.perf_counter(), _program(), _server(home)
    yield
    into.wall += time.perf_counter() - wall
    into.program += _program() - program
    into.server += _server(home) - server


class Backend:
    """Processor milliseconds of this program and of one database session (ours, or that of `pid`),
    to the microsecond; blocks add up.
    """

    def __init__(self, pid: int | None = None) -> None:
        self._pid = pid or _session()
        self.server_ms = self.program_ms = 0.0

    def __enter__(self) -> None:
        self._begun = time.process_time(), _on_cpu(self._pid)

    def __exit__(self, *_: object) -> None:
        self.program_ms += 1000 * (time.process_time() - self._begun[0])
        self.server_ms += 1000 * (_on_cpu(self._pid) - self._begun[1])

    @property
    def cpu_ms(self) -> float:
        return self.program_ms + self.server_ms


def _session() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _on_cpu(pid: int) -> float:
    """Seconds that a process has been on a processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def loop() -> float:
    """Processor seconds for ten million additions: how quick this machine is just now."""
    begun, total = time.process_time(), 0
    for number in range(_ADDITIONS):
        total += number
    return round(time.process_time() - begun, 2)


def peak_mib() -> int:
    """The most memory that this process or one of its children held."""
    held = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    return round(max(held) / 1024)


def _program() -> float:
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)


def _server(home: Path) -> float:
    """Of the server with all that it has started, those that have ended included."""
    place = postgres.recorded(home)
    if place is None:
        return 0.0
    first = int((place.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    total = sum(_times(first))
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if _fields(int(path.name))[1] == str(first):
                total += sum(_times(int(path.name)))
        except OSError:
            continue  # it has ended since
    return total / _TICK


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def _times(pid: int) -> list[int]:
    """User and system time in ticks, of a process and of its children that have ended."""
    return [int(each) for each in _fields(pid)[11:15]]
