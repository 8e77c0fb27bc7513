"""The commands of the terminal on a company of their own, without a terminal to ask on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bihuan.config.tests.support import CLEAN, kill, processes_of

pytestmark = pytest.mark.journey
Run = Callable[..., "subprocess.CompletedProcess[str]"]
DUE = ("due", "--from", "2026-09-30T10:00+08:00", "--within", "3wd")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bh-"))
    folder.chmod(0o711)
    yield folder / "home"
    kill(processes_of(folder))
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def bihuan(home: Path) -> Run:
    def run(*words: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bihuan.config.cli", *words],
            env={**CLEAN, "BIHUAN_HOME": str(home), "BIHUAN_LANG": lang},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def company(bihuan: Run, home: Path) -> str:
    """What `init` says without being told anything; then a company is made."""
    said = bihuan("init")
    assert said.returncode == 1
    password = home.parent / "password"
    password.write_text("correct horse battery 9\n")
    words = ("--company", "华力离心机", "--pack", "centrifuge", "--admin", "chief",
             "--admin-name", "张伟", "--password-file", str(password))  # fmt: skip
    half = bihuan("init", *words[2:])
    assert half.returncode == 1
    assert "--company" in half.stderr
    assert "--admin" not in half.stderr
    made = bihuan("init", *words)
    assert made.returncode == 0, made.stderr
    assert bihuan("init").returncode == 0  # all is there: nothing is missing
    return said.stderr


def test_init_without_a_terminal_names_all_that_is_missing(company):
    last = company.strip().splitlines()[-1]
    for name in ("--company", "--pack", "--admin", "--admin-name", "--password-file"):
        assert name in last
    assert "Nothing was made" in last
    assert "Aborted" not in company
    assert "Traceback" not in company


def test_due_says_the_day_and_why(bihuan):
    assert bihuan(*DUE).stdout.splitlines()[0] == "2026-10-10 17:30"
    assert "国庆节" in bihuan(*DUE, "--explain", lang="zh").stdout
    assert json.loads(bihuan(*DUE, "--json").stdout)["due"] == "2026-10-10T17:30:00+08:00"


def test_pack_coverage_counts_every_row(bihuan):
    data = json.loads(bihuan("pack", "coverage", "--json").stdout)["centrifuge"]
    assert data["complete"] is True
    assert sum(data["counts"].values()) >= 74


def test_pack_coverage_names_the_carrier_of_each_of_the_309_rows(bihuan):
    told = bihuan("pack", "coverage", "--each", lang="zh").stdout
    rows = [line for line in told.splitlines() if line.startswith("  ")]
    assert len(rows) == 309
    assert all(line.partition(" | ")[2] for line in rows)
    assert "规则：紧急故障电话响应" in told
    assert "[customers:detail]" in told


def test_import_is_whole_or_nothing(bihuan, company, tmp_path):
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    head = "客户编号,客户名称,性质,客户城市\n"
    fine = "A-1,苏州精密机械有限公司,民营,苏州\n"
    bad.write_text(head + fine + "A-2,宁波制药有限公司,火星,\n", encoding="utf-8")
    good.write_text(
        head.replace("\n", ",客户星座\n") + fine.replace("\n", ",双鱼\n"), encoding="utf-8"
    )
    wrong = bihuan("import", "customers", str(bad), lang="zh")
    assert wrong.returncode == 1
    assert "第 3 行" in wrong.stderr
    assert "只能是" in wrong.stderr
    right = bihuan("import", "customers", str(good))
    assert right.returncode == 0, right.stderr
    assert "客户星座" in right.stderr  # a column that nothing takes is named
    assert "1 new" in right.stdout  # nothing of the wrong file had stayed
    again = bihuan("import", "customers", str(good))
    assert "1 new" not in again.stdout
    nobody = bihuan("import", "planets", str(good))
    assert nobody.returncode == 1
    assert "Traceback" not in nobody.stderr


def test_explain_names_clause_fact_and_slices(bihuan, company):
    listed = bihuan("manage", "shell", "-v", "0", "-c", PROGRAM)
    number = listed.stdout.strip().splitlines()[-1]
    said = bihuan("explain", number)
    assert said.returncode == 0, said.stderr
    written = f"YW-{int(number):06d}"
    for words in (written, "Clause:", "Pack: centrifuge", "Fact: "):
        assert words in said.stdout
    assert bihuan("explain", written).stdout == said.stdout  # the number as the screens write it
    missing = bihuan("explain", "999999")
    assert missing.returncode == 1
    assert missing.stderr.strip() == (
        "There is no obligation 999999. Give its number (such as YW-000123) or uid."
    )


PROGRAM = """
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.obligations.models import Obligation
from bihuan.base import clock
from bihuan.base.testing.draining import drain
now = clock.now()
add_customer(name='金陵泵业股份有限公司', tier='SILVER', by=None, now=now)
drain(now)
print(Obligation.objects.exclude(due_at=None).order_by('pk').first().pk)
"""
