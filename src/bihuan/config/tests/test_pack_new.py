"""`bihuan pack new`: a folder that reads, checks and holds its cases."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bihuan.config.commands.packs import pack_command, vocabulary
from bihuan.config.words import Halt
from bihuan.lib.policy import from_folder, read

DUTIES = ["response.phone", "callback.routine", "tier.review", "meeting.hold"]
ROLES = ["account_manager", "after_sales_head", "general_manager"]


def run(*words):
    return CliRunner().invoke(pack_command, list(words))


def test_the_command_writes_a_folder_that_passes_the_check(tmp_path):
    into = tmp_path / "neu"
    done = run(
        "new", "neu", "--from", "instruments", "--company", "新锐仪器有限公司", "--into", str(into),
        "--duties", ",".join(DUTIES), "--roles", ",".join(ROLES), "--starts", "2026-04-01",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "l1.response" in done.output
    assert run("check", str(into)).exit_code == 0
    assert "l1.response" in run("check", "--open", str(into)).output
    assert run("cases", str(into)).exit_code == 0
    assert read(from_folder(into), vocabulary()).from_.isoformat() == "2026-04-01"


@pytest.mark.parametrize(
    "wrong", [["--duties", "response.phne"], ["--roles", "boss"], ["--tiers", "GOLD"]]
)
def test_an_unknown_word_is_refused_and_no_folder_is_made(tmp_path, wrong):
    into = tmp_path / "neu"
    done = run(
        "new", "neu", "--from", "instruments", "--company", "新", "--into", str(into), *wrong
    )
    assert isinstance(done.exception, Halt)
    assert not into.exists()


def test_a_folder_with_files_is_left_alone(tmp_path):
    (tmp_path / "pack.yaml").write_text("mine", encoding="utf-8")
    done = run("new", "neu", "--from", "instruments", "--company", "新", "--into", str(tmp_path))
    assert isinstance(done.exception, Halt)
    assert [each.name for each in tmp_path.iterdir()] == ["pack.yaml"]
