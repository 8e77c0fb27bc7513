"""Changes one rule at a time and looks whether a test notices: `make mutants`.

    python tools/mutants.py                    # every target of TARGETS
    python tools/mutants.py tickets scope      # some of them
    python tools/mutants.py --lines 60-80 due  # part of one

A mutant is one small change inside a function (another comparison, a limit moved by one, a
condition turned round, a statement left out) or of a constant of the module. All tests of a
target are collected once; for each mutant a forked process puts the changed code in place and
runs them, the quick ones first, until one fails. Survivors are printed as they would be written.
`mutants_kept.txt` lists those that mean the same as the original, with the reason; they count
for nothing. Exit status 1 when others survive.

No library is used for this: those that are kept up write mutants into files (in place, or into a
copy of the source tree) and start pytest anew for each, which costs eight seconds here with
Django and a database; a fork costs none.
"""

from __future__ import annotations

import argparse
import ast
import gc
import hashlib
import importlib
import os
import resource
import signal
import sys
import tempfile
import time
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from mutations import Mutant, mutants

ROOT = Path(__file__).resolve().parent.parent
KEPT = Path(__file__).with_name("mutants_kept.txt")
WORKCAL, POLICY = "src/bihuan/lib/workcal/tests", "src/bihuan/lib/policy/tests"
OBLIGATIONS, TICKETS = "src/bihuan/apps/obligations/tests", "src/bihuan/apps/tickets/tests"
PORTAL = "src/bihuan/apps/portal/tests"
CLOCKS = [f"{WORKCAL}/{name}" for name in (
    "test_pauses.py", "test_vectors.py", "test_zones.py", "test_explain.py", "test_properties.py",
)]  # fmt: skip
DUTIES = [f"{OBLIGATIONS}/{name}" for name in (
    "test_timing_exact.py", "test_acts_exact.py", "test_clock.py", "test_peers_faults.py", "test_clocks_kept.py",
    "test_actions.py",
)]  # fmt: skip
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
# name: (module, tests, whether they need the database)
TARGETS: dict[str, tuple[str, list[str], bool]] = {
    "pauses": ("bihuan.lib.workcal.pauses", CLOCKS, False),
    "due": ("bihuan.lib.workcal.due", CLOCKS, False),
    "periods": ("bihuan.lib.workcal.periods", CLOCKS, False),
    "limits": ("bihuan.lib.policy.limits", [POLICY, WORKCAL], False),
    "fold": (
        "bihuan.apps.obligations.rules",
        [f"{OBLIGATIONS}/{name}" for name in ("test_rules.py", "test_rules_exact.py")],
        False,
    ),
    "timing": ("bihuan.apps.obligations.timing", DUTIES, True),
    "acts": ("bihuan.apps.obligations.acts", DUTIES, True),
    "tickets": (
        "bihuan.apps.tickets.rules",
        [f"{TICKETS}/{name}" for name in ("test_rules.py", "test_rules_exact.py")],
        False,
    ),
    "portal": ("bihuan.apps.portal.rules", [f"{PORTAL}/test_rules.py"], False),
    "scope": (
        "bihuan.base.access.scope",
        [f"tests/architecture/{name}" for name in ("test_scope.py", "test_scope_exact.py")],
        True,
    ),
}


class Runner:
    """A plugin: instead of the usual run, one fork for each mutant."""

    def __init__(self, module: str, *, database: bool, lines: range, kept: dict[str, str]) -> None:
        self.module, self.database, self.lines, self.kept = module, database, lines, kept
        self.failed = False
        self.spent: dict[str, float] = {}
        self.survivors: list[Mutant] = []
        self.told: dict[str, int] = {"killed": 0, "endless": 0, "kept": 0, "survived": 0}

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)  # which test fails is enough
        settings.register_profile(
            "mutants", deadline=None, derandomize=True, database=None, phases=phases
        )
        settings.load_profile("mutants")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.spent[report.nodeid] = self.spent.get(report.nodeid, 0.0) + report.duration
        self.failed = self.failed or report.failed
        if report.failed:  # goes nowhere but in the run without a change
            print(f"\n{report.nodeid}\n{report.longreprtext}", flush=True)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.database:
            from bihuan.config import postgres_server
            from bihuan.config.pytest_plugin import SERVER_HOME

            hold = postgres_server.use(SERVER_HOME, HASTY)
            assert hold
        items = list(session.items)
        source = importlib.import_module(self.module).__file__
        assert source
        if self._run(session, items, None, report=True):
            print("\nthe tests fail already without a change")
            os._exit(2)
        items.sort(key=lambda item: self.spent.get(item.nodeid, 0.0))
        whole = sum(self.spent.values())
        print(f"\n{self.module}: {len(items)} tests, {whole:.0f} s", flush=True)
        gc.freeze()
        for mutant in mutants(Path(source).read_text(encoding="utf-8")):
            if mutant.line not in self.lines:
                continue
            if mutant.key in self.kept:
                self.told["kept"] += 1
                continue
            status = self._run(session, items, mutant, seconds=int(4 * whole) + 20)
            self._tell(mutant, status)
        return True

    def _tell(self, mutant: Mutant, status: int) -> None:
        word = "survived" if status == 0 else "killed" if status == 1 else "endless"
        self.told[word] += 1
        if word == "survived":
            self.survivors.append(mutant)
            print(f"  {mutant.line}: {mutant.key}", flush=True)

    def _run(
        self, session: pytest.Session, items: Sequence[pytest.Item], mutant: Mutant | None, *,
        report: bool = False, seconds: int = 600,
    ) -> int:  # fmt: skip
        """0 when every test passes with this mutant, 1 when one fails, else it did not end."""
        sys.stdout.flush()
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            signal.alarm(seconds * 6)
            status = 3
            try:
                status = self._inside(session, items, mutant)
            except BaseException as problem:  # noqa: BLE001 - of this tool, not of a test
                os.write(
                    write, f"{type(problem).__name__}: {problem}".encode() if mutant else b"{}"
                )
            finally:
                if report:
                    os.write(write, repr(self.spent).encode())
                os._exit(status)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            told = pipe.read()
        _, ended = os.waitpid(child, 0)
        if report and told:
            self.spent = ast.literal_eval(told.decode())
        elif told and mutant is not None:
            print(f"  {mutant.line}: {mutant.key}: could not be put in place: {told.decode()}")
        return os.waitstatus_to_exitcode(ended)

    def _inside(
        self, session: pytest.Session, items: Sequence[pytest.Item], mutant: Mutant | None
    ) -> int:
        if mutant is not None:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            put(sys.modules[self.module], mutant)
        for place, item in enumerate(items):
            following = items[place + 1] if place + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                session._setupstate.teardown_exact(None)  # noqa: SLF001 - drops the database of this process
                return 1
        return 0


def put(module: types.ModuleType, mutant: Mutant) -> None:
    """Put the changed code in place of that in a loaded module, wherever it is known already."""
    code = compile(ast.fix_missing_locations(mutant.tree), str(module.__file__), "exec")
    if mutant.constant:
        fresh = types.ModuleType(module.__name__)
        fresh.__file__ = module.__file__
        exec(code, vars(fresh))
        old, new = vars(module)[mutant.where], vars(fresh)[mutant.where]
        for each in list(sys.modules.values()):
            for name, value in list(getattr(each, "__dict__", {}).items()):
                if value is old and str(getattr(each, "__name__", "")).startswith(
                    ("bihuan", "test_")
                ):
                    setattr(each, name, new)
        return
    place: Any = module
    for part in mutant.where.split("."):
        place = vars(place)[part]
    function = _function(place)
    function.__code__ = _code(code, mutant.where)
    for each in gc.get_objects():
        if callable(clear := getattr(each, "cache_clear", None)) and str(
            getattr(each, "__module__", "")
        ).startswith("bihuan"):
            clear()


def _function(place: Any) -> types.FunctionType:
    """The plain function behind a property, a class method or a cache."""
    while not isinstance(place, types.FunctionType) or hasattr(place, "__wrapped__"):
        names = ("__wrapped__", "fget", "func", "__func__")
        place = next(getattr(place, name) for name in names if hasattr(place, name))
    return place


def _code(code: types.CodeType, where: str) -> types.CodeType:
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            if const.co_qualname == where:
                return const
            if where.startswith(const.co_qualname + "."):
                return _code(const, where)
    raise KeyError(where)


def kept() -> dict[str, dict[str, str]]:
    """By module: the mutants that mean the same, and why. `module`, then `  mutant  # reason`."""
    found: dict[str, dict[str, str]] = {}
    of = ""
    for line in KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []:
        if line.startswith("  "):
            key, _, why = line.strip().rpartition("  # ")
            found[of][key] = why
        elif line.strip():
            of = line.strip()
            found[of] = {}
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("names", nargs="*", choices=[*TARGETS, []], metavar="target")
    asked.add_argument("--lines", default="1-9999")
    given = asked.parse_args()
    first, _, last = given.lines.partition("-")
    names = given.names or list(TARGETS)
    if len(names) > 1:  # one process for each, so that none sees what another has loaded
        sys.exit(
            max(
                os.spawnv(
                    os.P_WAIT,
                    sys.executable,
                    [sys.executable, __file__, "--lines", given.lines, name],
                )
                for name in names
            )
        )
    module, tests, database = TARGETS[names[0]]
    # a server of its own: an open transaction of other tests holds back what listeners hear,
    # and a mutant would seem caught
    mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    own = Path(tempfile.gettempdir()) / f"bihuan-mutants-{os.geteuid()}-{mark}"
    os.environ.setdefault("BIHUAN_TEST_HOME", str(own))
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "src"))
    runner = Runner(
        module,
        database=database,
        lines=range(int(first), int(last or first) + 1),
        kept=kept().get(module, {}),
    )
    began = time.process_time()
    pytest.main(["-q", "-p", "no:cacheprovider", "-s", *tests], plugins=[runner])
    print(f"{module}: {runner.told}, {time.process_time() - began:.0f} s of this process")
    sys.exit(bool(runner.survivors))


if __name__ == "__main__":
    main()
