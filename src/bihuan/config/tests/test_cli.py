from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bihuan.config.tests.support import CLEAN


def run(
    *words: str, home: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bihuan.config.cli", *words],
        env={
            **CLEAN,
            "BIHUAN_HOME": str(home or "/nonexistent"),
            "LANG": "zh_CN.UTF-8",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_three_working_days_over_the_national_holiday() -> None:
    done = run("due", "--from", "2026-09-30T10:00+08:00", "--within", "3wd")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "2026-10-10 17:30"


def test_due_speaks_both_languages_and_json() -> None:
    words = ("due", "--from", "2026-09-30T10:00+08:00", "--within", "3wd", "--explain")
    assert "国庆节" in run(*words).stdout
    assert "National Day" in run("--lang", "en", *words).stdout
    assert "National Day" in run(*words, "--lang", "en").stdout
    data = json.loads(run(*words, "--json").stdout)
    assert data["due"] == "2026-10-10T17:30:00+08:00"
    assert data["slices"]


def test_due_on_other_calendars(tmp_path: Path) -> None:
    around = run("due", "--from", "2026-10-01T23:00+08:00", "--within", "4h", "--calendar", "24x7")
    assert around.stdout.splitlines()[0] == "2026-10-02 03:00"
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"name": "own", "parent": "cn", "exceptions": []}), encoding="utf-8")
    done = run("due", "--from", "2026-09-30T10:00", "--within", "3wd", "--calendar", str(own))
    assert done.stdout.startswith("2026-10-10 17:30"), done.stderr


def test_due_does_not_load_django() -> None:
    program = (
        "import sys; sys.argv = ['bihuan', 'due', '--from', '2026-09-30T10:00', '--within', '3wd']\n"
        "from bihuan.config.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('django', 'psycopg', 'granian') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=CLEAN, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("due", "--from", "yesterday", "--within", "3wd"), "看不懂时刻"),
        (("due", "--from", "2026-09-30", "--within", "3 blocks"), "单位"),
        (("due", "--from", "2026-09-30", "--within", "3wd", "--calendar", "mars"), "没有日历"),
        (("pack", "check", "/nonexistent"), "pack.yaml"),
        (("bench", "nothing"), "没有名为 nothing"),
    ],
)
def test_bad_input_is_one_plain_sentence(words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_packs_that_ship_are_ready() -> None:
    for words in (("check",), ("cases",), ("coverage",)):
        done = run("pack", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads(run("pack", "coverage", "--json").stdout)
    assert data["centrifuge"]["complete"] is True
    assert sum(data["centrifuge"]["counts"].values()) >= 74


def test_a_pack_with_a_missing_row_is_not_covered(tmp_path: Path) -> None:
    import shutil

    from bihuan.config.commands.packs import PACKS

    folder = tmp_path / "centrifuge"
    shutil.copytree(PACKS / "centrifuge", folder)
    (folder / "source.txt").write_text("S0-1.a\nS0-99.z\n")
    done = run("pack", "coverage", str(folder))
    assert done.returncode == 1
    assert "S0-99.z" in done.stdout


def test_the_difference_of_two_packs_is_told_in_words_and_by_the_cases_it_breaks(
    tmp_path: Path,
) -> None:
    import shutil

    from bihuan.config.commands.packs import PACKS

    folder = tmp_path / "next"
    shutil.copytree(PACKS / "centrifuge", folder)
    text = (folder / "pack.yaml").read_text("utf-8")
    (folder / "pack.yaml").write_text(
        text.replace("fault.phone: {value: 4h", "fault.phone: {value: 2h")
    )
    done = run("pack", "diff", "centrifuge", str(folder))
    assert done.returncode == 0, done.stderr
    assert (
        "参数 fault.phone 紧急故障电话响应 [S0-5.3a] 改了\n  取值: 4 小时 → 2 小时" in done.stdout
    )
    assert "cases/channels.yaml:" in done.stdout.partition("不再成立的用例")[2]
    told = json.loads(run("pack", "diff", "centrifuge", "centrifuge", "--json").stdout)
    assert told == {"changes": [], "cases_no_longer_true": []}
    away = run("pack", "diff", "centrifuge", str(tmp_path / "none"))
    assert away.returncode == 1
    assert "pack.yaml" in away.stderr


def test_doctor_without_an_installation_changes_nothing(tmp_path: Path) -> None:
    done = run("doctor", "--json", home=tmp_path / "none")
    assert done.returncode == 0, done.stderr
    levels = {line["name"]: line["level"] for line in json.loads(done.stdout)}
    assert levels["packs"] == "GOOD"
    assert levels["database"] == "WARN"
    assert not (tmp_path / "none").exists()


def test_doctor_reads_past_a_state_that_a_power_failure_cut_off(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "77.json").write_text('{"pid": 7', encoding="utf-8")
    done = run("doctor", "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    levels = {line["name"]: line["level"] for line in json.loads(done.stdout)}
    assert levels["supervisor"] == "WARN"
    assert (tmp_path / "run" / "77.json").exists()


def test_doctor_is_red_when_another_server_is_away(tmp_path: Path) -> None:
    (tmp_path / "h").mkdir()
    away = f"postgresql://app@/x?host={tmp_path}"
    done = run("doctor", "--json", home=tmp_path / "h", DATABASE_URL=away)
    assert done.returncode == 1, done.stderr
    levels = {line["name"]: line["level"] for line in json.loads(done.stdout)}
    assert levels["database"] == "BAD"
