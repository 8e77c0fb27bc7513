from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from bihuan.config import supervisor
from bihuan.config.supervisor import Child, Supervisor
from bihuan.config.tests.support import ending, parts_of, start_python, wait_until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""
TELLER = """
import signal, sys, time
def end(*_):
    print(time.monotonic(), flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(600)
"""


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def watch(tmp_path: Path, lines: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path, server=None, say_line=lines.append)
    yield made
    made.stop()


def bring_back(watch: Supervisor, child: Child, times: int) -> None:
    """Let the supervisor look until it has brought the child back so many times."""

    def is_back() -> bool:
        watch.beat()
        return child.is_alive() and child.restarts == times

    wait_until(is_back)


def test_a_dead_child_is_started_again_a_little_later_each_time(
    watch: Supervisor, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.05)
    child = watch.start(Child("sleeper", SLEEPER))
    pauses = []
    for restarts in range(1, 4):
        assert child.process is not None
        child.process.kill()
        child.process.wait()
        bring_back(watch, child, restarts)
        pauses.append(child.pause)
    assert pauses == [0.05, 0.1, 0.2]
    assert len(lines) == 3
    assert "sleeper" in lines[0]


def test_a_child_that_was_steady_starts_with_the_first_pause(
    watch: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_STEADY_AFTER", 0.0)
    child = watch.start(Child("sleeper", SLEEPER))
    child.pause = 16.0
    assert child.process is not None
    child.process.kill()
    child.process.wait()
    watch.beat()
    assert child.pause == supervisor._FIRST_PAUSE


def test_stop_ends_the_children_last_started_first(tmp_path: Path) -> None:
    watch = Supervisor(tmp_path, server=None)
    for name in ("first", "second"):
        watch.start(Child(name, [sys.executable, "-c", TELLER]))
    logs = [tmp_path / "logs" / f"{name}.log" for name in ("first", "second")]
    wait_until(lambda: all(log.read_text() == "up\n" for log in logs))
    watch.stop()
    first, second = (float(log.read_text().split()[1]) for log in logs)
    assert second < first
    assert not list((tmp_path / "run").iterdir())


def test_a_deaf_child_is_killed(
    watch: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_GRACE", 0.2)
    child = watch.start(Child("deaf", [sys.executable, "-c", STUBBORN]))
    wait_until(lambda: (tmp_path / "logs" / "deaf.log").read_text() == "deaf\n")
    watch.stop()
    assert not child.is_alive()


def test_run_in_terminal_gives_the_exit_code_and_ends_with_a_stop(watch: Supervisor) -> None:
    assert watch.run_in_terminal(Child("three", [sys.executable, "-c", "raise SystemExit(3)"])) == 3
    watch._on_signal(signal.SIGTERM, None)
    begun = time.monotonic()
    assert watch.run_in_terminal(Child("sleeper", SLEEPER)) != 0
    assert time.monotonic() - begun < 60


def test_the_state_file_names_who_should_live(watch: Supervisor, tmp_path: Path) -> None:
    import json

    child = watch.start(Child("sleeper", SLEEPER))
    (path,) = (tmp_path / "run").glob("*.json")
    assert child.process is not None
    assert json.loads(path.read_text())["children"] == [
        {"name": "sleeper", "pid": child.process.pid, "restarts": 0}
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's tie between processes is Linux's")
def test_a_child_dies_with_a_killed_supervisor(tmp_path: Path) -> None:
    program = f"""
        import os, sys
        from pathlib import Path
        from bihuan.config.supervisor import Child, Supervisor
        watch = Supervisor(Path(os.environ["BIHUAN_HOME"]), server=None)
        child = watch.start(Child("sleeper", {SLEEPER!r}))
        print(child.process.pid)
        watch.run()
    """
    with ending(start_python(program, tmp_path)) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
        wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")


def test_a_large_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_LOG_BYTES", 10)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "talker.log").write_text("x" * 20)
    watch = Supervisor(tmp_path, server=None)
    watch.start(Child("talker", SLEEPER))
    assert (tmp_path / "logs" / "talker.log.1").read_text() == "x" * 20
    assert (tmp_path / "logs" / "talker.log").read_text() == ""
    watch.stop()


FORKING = """
import os, sys, time
from pathlib import Path
from bihuan.config.supervisor import Child, Supervisor
def part():
    print("said by", os.environ["PART"], flush=True)
    if os.environ["PART"] == "failing":
        raise SystemExit("it cannot go on")
    time.sleep(600)
watch = Supervisor(Path(os.environ["BIHUAN_HOME"]), server=None, say_line=lambda line: None)
watch.listen_to_signals()
for name in ("sleeping", "failing"):
    watch.start(Child(name, part, {"PART": name}))
print("ready", flush=True)
watch.run()
watch.stop()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks are kept on Linux only")
def test_a_function_is_kept_alive_in_a_fork_with_its_own_log_and_name(tmp_path: Path) -> None:
    def log(name: str) -> str:
        return (tmp_path / "logs" / f"{name}.log").read_text()

    with ending(start_python(FORKING, tmp_path)) as up:
        assert up.stdout is not None
        assert up.stdout.readline() == "ready\n"
        wait_until(lambda: log("failing").count("it cannot go on") >= 2)  # and started again
        first = parts_of(tmp_path, up.pid)["sleeping"]
        wait_until(lambda: first.name() == "bihuan-sleeping")
        first.kill()
        wait_until(lambda: log("sleeping").count("said by sleeping") == 2)
        wait_until(lambda: parts_of(tmp_path, up.pid)["sleeping"].pid != first.pid)
        second = parts_of(tmp_path, up.pid)["sleeping"]
        up.terminate()
        assert up.wait(60) == 0
        wait_until(lambda: not second.is_running())
    with ending(start_python(FORKING, tmp_path)) as up:
        assert up.stdout is not None
        assert up.stdout.readline() == "ready\n"
        orphan = parts_of(tmp_path, up.pid)["sleeping"]
        up.kill()
        up.wait()
        wait_until(lambda: not orphan.is_running())  # it does not outlive who keeps it


def test_what_another_takes_away_meanwhile_stops_no_start(tmp_path: Path) -> None:
    states = tmp_path / "run"
    states.mkdir()
    (states / "7125.json").symlink_to(states / "gone")  # listed, and not there when it is read
    (states / "7126.json").write_text("{")
    supervisor.outlive_the_killed(tmp_path)
    assert [each.name for each in states.iterdir()] == ["7125.json"]


def _is_deaf(log: Path) -> bool:
    return log.exists() and "deaf" in log.read_text()


def test_those_that_are_told_together_have_one_grace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Supervisor(tmp_path, server=None, grace=600.0)
    deaf = [watch.start(Child(f"deaf{n}", [sys.executable, "-c", STUBBORN])) for n in range(2)]
    for child in deaf:
        wait_until(partial(_is_deaf, tmp_path / "logs" / f"{child.name}.log"))
    watch.tell_all_to_stop()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 600.0)
    watch.stop()  # and does not wait for each of them anew
    assert not any(child.is_alive() for child in deaf)
