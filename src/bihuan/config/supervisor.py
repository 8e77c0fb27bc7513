"""Keeps the processes of one installation alive, and stops them in order.

The supervisor itself imports neither Django nor the product: it stays small and hard to kill. A
child that dies is started again, later each time; a child dies with the supervisor.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bihuan.config import postgres_server
from bihuan.config.forked import Forked
from bihuan.config.postgres_server import Server
from bihuan.config.words import Halt, say

PARENT = "BIHUAN_PARENT"
LOG_TO_TERMINAL = "BIHUAN_LOG_TO_TERMINAL"
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_STEADY_AFTER = 60.0
"""A child that lived this long has recovered: its next death is again the first."""
_GRACE = 20.0
"""Seconds between a child's SIGTERM and its SIGKILL."""
_BEAT = 0.3
_LOG_BYTES = 20_000_000


def die_with_parent(signal_number: int = signal.SIGTERM) -> None:
    """Have the kernel signal this process when the one that started it has gone (Linux only).

    One that had gone before, `BIHUAN_PARENT` being its number, is followed at once.
    """
    if sys.platform != "linux":
        return
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal_number)
    parent = os.environ.pop(PARENT, "")  # nothing that this process starts has that parent
    if parent and os.getppid() != int(parent):
        os._exit(1)


@dataclass
class Child:
    """One process to keep alive; `name` is also the name of its log file. `command` is a program, or
    a function for a fork of this process; `in_terminal` what it says goes to the terminal, not a log.
    """

    name: str
    command: Sequence[str] | Callable[[], object]
    environment: dict[str, str] = field(default_factory=dict)
    in_terminal: bool = False
    process: subprocess.Popen[bytes] | Forked | None = None
    started: float = 0.0
    pause: float = 0.0
    restarts: int = 0
    next_start: float = 0.0

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Runs children until told to stop.

    `say_line` gets what the terminal should show; a child has `grace` seconds to end. Logs go to `$BIHUAN_HOME/logs`, or to the
    terminal with `log_to_terminal` (for containers).
    """

    def __init__(
        self,
        home: Path,
        *,
        server: Server | None,
        log_to_terminal: bool = False,
        say_line: Callable[[str], None] = print,
        grace: float = _GRACE,
    ) -> None:
        self.home = home
        self._server = server
        self._server_pause = self._server_next = 0.0
        self._children: list[Child] = []
        self._stopping, self._told_at = False, 0.0
        self._log_to_terminal = log_to_terminal
        self._say, self._grace = say_line, grace

    def listen_to_signals(self) -> None:
        """Let Ctrl-C and SIGTERM end `run`."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def is_stopping(self) -> bool:
        return self._stopping

    def start(self, child: Child) -> Child:
        """Start a child now and keep it alive from now on."""
        self._children.append(child)
        self._spawn(child)
        self._write_state()
        return child

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything alive until a signal comes or `until` says so."""
        while not self._stopping and not until():
            self.beat()
            time.sleep(_BEAT)

    def beat(self) -> None:
        """Look once after everything that should live."""
        if self._server is not None and not self._server.is_running() and not self._stopping:
            self._revive_server(self._server)
        changed = False
        for child in self._children:
            if not child.is_alive() and not self._stopping:
                changed |= self._revive(child)
        if changed:
            self._write_state()

    def _revive_server(self, old: Server) -> None:
        """Start the database again; one that does not start is tried again, later each time."""
        now = time.monotonic()
        if now < self._server_next:
            return
        self._say(say("数据库停了，正在重新启动。", "The database has stopped; starting it again."))
        try:
            self._server = postgres_server.use(self.home)
        except Halt as halt:
            self._server_pause = min(max(self._server_pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
            self._server_next = time.monotonic() + self._server_pause
            self._say(halt.sentence())
        else:
            self._server_pause = self._server_next = 0.0
            old.close()

    def run_in_terminal(self, child: Child) -> int:
        """Run a child to its end on the terminal, keeping the others alive; return its exit code."""
        self._spawn(child, in_terminal=True)
        process = child.process
        if process is None:
            return 1
        while process.poll() is None:
            if self._stopping:
                self._end([child])
                break
            self.beat()
            time.sleep(_BEAT / 3)
        return process.wait()

    def tell_all_to_stop(self) -> None:
        """Where their order does not matter: none waits for another, and all have one grace."""
        self._stopping, self._told_at = True, time.monotonic()
        for child in self._children:
            if child.process is not None:
                child.process.terminate()

    def stop(self) -> None:
        """Stop the children, last started first, then leave the database."""
        self._stopping = True
        self._end(reversed(self._children))
        self._children.clear()
        self._state_file().unlink(missing_ok=True)
        if self._server is not None:
            self._server.close()

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _revive(self, child: Child) -> bool:
        now = time.monotonic()
        if child.next_start == 0.0:
            if now - child.started > _STEADY_AFTER:
                child.pause = 0.0
            child.pause = min(max(child.pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
            child.next_start = now + child.pause
            code = child.process.returncode if child.process else 0
            where = self.log_of(child)
            self._say(
                say(
                    f"进程 {child.name} 停了（{code}），{child.pause:g} 秒后重新启动。"
                    + (f"日志：{where}" if where else "原因见上文。"),
                    f"Process {child.name} has stopped ({code}); starting again in {child.pause:g} s. "
                    + (f"Its log: {where}" if where else "The reason is above."),
                )
            )
            return True
        if now < child.next_start:
            return False
        child.restarts += 1
        self._spawn(child)
        return True

    def _spawn(self, child: Child, *, in_terminal: bool = False) -> None:
        child.started, child.next_start = time.monotonic(), 0.0
        path = None if in_terminal else self.log_of(child)
        log = _open_log(path) if path is not None else None
        environment = {PARENT: str(os.getpid()), **child.environment}
        if self._log_to_terminal:
            environment[LOG_TO_TERMINAL] = "1"
        try:
            if callable(child.command):
                child.process = Forked(child.name, _tied(child.command), environment, log)
                return
            child.process = subprocess.Popen(
                child.command,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which keeps order
                preexec_fn=die_with_parent,  # noqa: PLW1509 - it only calls prctl
            )
        finally:
            if log is not None:
                log.close()

    def _end(self, children: Iterable[Child]) -> None:
        for child in children:
            process = child.process
            if process is None or process.poll() is not None:
                continue
            process.terminate()
            told = time.monotonic() - self._told_at if self._told_at else 0.0
            try:
                process.wait(max(self._grace - told, 0.0))
            except subprocess.TimeoutExpired:
                _kill_group(process)

    def log_of(self, child: Child) -> Path | None:
        """Where what it says goes; None = to the terminal."""
        shown = child.in_terminal or self._log_to_terminal
        return None if shown else self.home / "logs" / f"{child.name}.log"

    def _state_file(self) -> Path:
        return _states(self.home) / f"{os.getpid()}.json"

    def _write_state(self) -> None:
        """Tell `bihuan doctor` who should be alive."""
        path = self._state_file()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = {
            "pid": os.getpid(),
            "children": [
                {
                    "name": child.name,
                    "pid": child.process.pid if child.process else None,
                    "restarts": child.restarts,
                }
                for child in self._children
            ],
        }
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(state), encoding="utf-8")
        draft.replace(path)


def _open_log(path: Path) -> IO[bytes]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def restarts_below(home: Path, keeper: Child, name: str) -> int:
    """How often a child that is itself a supervisor has started one of its own again."""
    if keeper.process is None:
        return 0
    try:
        text = (_states(home) / f"{keeper.process.pid}.json").read_text(encoding="utf-8")
    except FileNotFoundError:  # it keeps nobody, or has not begun
        return 0
    children = json.loads(text)["children"]
    return sum(child["restarts"] for child in children if child["name"] == name)


def outlive_the_killed(home: Path) -> None:
    """Wait until the children of killed supervisors have gone: they may still hold the port.

    They end by themselves (`die_with_parent`), so the wait is as long as their grace and no more.
    """
    until = time.monotonic() + _GRACE
    for path in _states(home).glob("[0-9]*.json"):
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:  # who wrote it has taken it away meanwhile
            continue
        except ValueError:  # cut off by a power failure
            path.unlink(missing_ok=True)
            continue
        if state["pid"] == os.getpid() or not _is_there(os.kill, state["pid"]):
            children = [child["pid"] for child in state["children"] if child["pid"]]
            while time.monotonic() < until and any(_is_there(os.killpg, pid) for pid in children):
                time.sleep(_BEAT / 3)
            path.unlink(missing_ok=True)


def _tied(run: Callable[[], object]) -> Callable[[], object]:
    def body() -> object:
        die_with_parent()
        return run()

    return body


def _states(home: Path) -> Path:
    return home / "run"


def _is_there(send: Callable[[int, int], None], number: int) -> bool:
    """Say whether a process, or a group of processes, of ours is there."""
    try:
        send(number, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _kill_group(process: subprocess.Popen[bytes] | Forked) -> None:
    """Kill a child that does not stop, with what it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
