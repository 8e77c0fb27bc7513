"""A whole installation of its own for the tests of faults: `bihuan up` with all its processes."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from bihuan.base.testing.ports import own_port
from bihuan.config import postgres
from bihuan.config.tests.support import CLEAN, kill, parts_of, processes_of, wait_until

BIHUAN = [sys.executable, "-m", "bihuan.config.cli"]
PATIENCE_S = 240

FOUND = """
import json
from datetime import timedelta
from bihuan.config.django_setup import ready
with ready():
    from bihuan.apps.customers.actions import add_customer
    from bihuan.base import clock
    from bihuan.base.access.models import User
    from bihuan.base.access.tokens import make_token
    chief, now = User.objects.get(username="chief"), clock.now()
    customer = add_customer(name="金陵泵业股份有限公司", tier="GOLD", by=None, now=now)
    _, text = make_token(
        chief, title="faults", scopes=["facts.tell", "facts.see"],
        expires_at=now + timedelta(days=1), by=None, now=now,
    )
    print(json.dumps({"customer": customer.pk, "token": text}))
"""
REPLAY = """
import json
from bihuan.config.django_setup import ready
with ready():
    from bihuan.apps.obligations import replay
    from bihuan.base import clock
    found = replay.again(clock.now())
    print(json.dumps({"same": found.same, "differing": found.differing}))
"""
WAITING = """
    SELECT count(*) FROM facts_fact f LEFT JOIN facts_cursor c ON c.name = 'obligations'
    WHERE (f.tx, f.id) > (coalesce(c.tx, 0), coalesce(c.fact_id, 0))
"""


class Installation:
    """The data folder of a company, its address, and the process that supervises it."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, own_port()
        self.up: subprocess.Popen[bytes] | None = None
        self.parts: list[subprocess.Popen[bytes]] = []
        self.customer, self.token = 0, ""

    def make(self) -> None:
        """`bihuan init`, a customer, and a token for the API."""
        password = self.home.parent / "password"
        password.write_text("correct horse battery 9\n")
        self.command("init", "--company", "华力离心机", "--pack", "centrifuge", "--admin", "chief",
                     "--admin-name", "张伟", "--password-file", str(password))  # fmt: skip
        found = self.program(FOUND)
        self.customer, self.token = found["customer"], found["token"]

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [*BIHUAN, *words], env=self.environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def program(self, text: str) -> Any:
        """Run a short program on the data folder; its last line is JSON."""
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(text)], env=self.environment(),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def environment(self) -> dict[str, str]:
        return {**CLEAN, "BIHUAN_HOME": str(self.home), "BIHUAN_LANG": "en"}

    def start(self) -> None:
        """`bihuan up`, until its pages answer."""
        self.up = up = self._popen("up", "--port", str(self.port))
        wait_until(lambda: self.answers() or up.poll() is not None, PATIENCE_S)
        assert up.poll() is None, self._log().read_text(encoding="utf-8")

    def also(self, part: str) -> None:
        """A second process of a part, as on another machine."""
        self.parts.append(self._popen("up", "--only", part))

    def _popen(self, *words: str) -> subprocess.Popen[bytes]:
        with self._log().open("ab") as log:
            return subprocess.Popen(
                [*BIHUAN, *words], env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
            )  # fmt: skip

    def _log(self) -> Path:
        return self.home.parent / "up.log"

    def answers(self) -> bool:
        return self.ask("GET", "/accounts/login/")[0] == 200

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, key: str = ""
    ) -> tuple[int, Any]:
        """One request with the token; (0, None) when nobody answered."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Host": "localhost", "Authorization": f"Bearer {self.token}",
                   "Content-Type": "application/json"}  # fmt: skip
        if key:
            headers["Idempotency-Key"] = key
        try:
            asking.request(method, path, json.dumps(body) if body else None, headers)
            answer = asking.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            asking.close()
        with suppress(ValueError):
            return answer.status, json.loads(text)
        return answer.status, None

    def victims(self, name: str) -> list[psutil.Process]:
        """The processes of a part now: a web worker, work, clock, a PostgreSQL, the supervisor."""
        assert self.up is not None
        if name == "postgres":
            return processes_of(self.home)
        if name == "supervisor":
            return [psutil.Process(self.up.pid)]
        part = parts_of(self.home, self.up.pid).get(name.removesuffix(" worker"))
        if part is None:
            return []
        return part.children() if name.endswith("worker") else [part]

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(postgres.dsn(self.home)) as connection:
            return connection.execute(sql, values).fetchall()  # type: ignore[call-overload,no-any-return]

    def hears_the_same_again(self) -> bool:
        """`bihuan`'s own check: the log heard anew gives the obligations that are there."""
        return bool(self.program(REPLAY) == {"same": True, "differing": []})

    def is_quiet(self) -> bool:
        """Whether the listener of obligations has heard everything."""
        try:
            return self.rows(WAITING) == [(0,)]
        except psycopg.Error:
            return False

    def is_gone(self) -> bool:
        return not processes_of(self.home)

    def stop(self) -> None:
        """End everything that this installation has started, whatever state it is in."""
        for process in (*self.parts, self.up):
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        kill(processes_of(self.home.parent))


@pytest.fixture(scope="module")
def house() -> Iterator[Installation]:
    """A made installation; it is stopped and gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="bh-"))
    folder.chmod(0o711)
    made = Installation(folder / "home")
    try:
        made.make()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
