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


OVER = """
pack: own
over: instruments
title: 本公司制度
version: "1"
from: 2026-04-01
clauses:
  - {id: C-1, number: 九·1, title: 二级四小时, text: 二级客户四小时内有人联系。, carried: rule}
rules:
  - {id: own.l2, clause: C-1, title: 二级响应, when: fault.reported, for: {tiers: [L2]}, must: response.phone, within: 4h, by: remote_specialist%s}
"""
CASE = """
cases:
  - name: 二级客户上午九点报修，下午一点前有人联系
    clause: C-1
    given: {fact: fault.reported, at: 2026-05-12T09:00+08:00, with: {ticket: T1, severity: URGENT}, customer: {tier: L2}}
    expect: [{rule: own.l2, due: 2026-05-12T13:00+08:00}]
"""


def own(folder, more):
    (folder / "cases").mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(OVER % more, encoding="utf-8")
    (folder / "cases" / "own.yaml").write_text(CASE, encoding="utf-8")
    return str(folder)


def test_the_check_refuses_the_same_duty_twice_and_shows_what_was_replaced(tmp_path):
    refused = run("check", own(tmp_path / "own", ""))
    assert refused.exit_code == 1
    assert "instead: [l2.response] (own.l2)" in refused.output
    fine = run("check", own(tmp_path / "own", ", instead: [l2.response]"))
    assert fine.exit_code == 0, fine.output
    assert "l2.response" in fine.output
    assert run("cases", str(tmp_path / "own")).exit_code == 0


def test_a_pack_whose_case_does_not_hold_is_not_ready(tmp_path):
    folder = own(tmp_path / "own", ", instead: [l2.response]")
    case = tmp_path / "own" / "cases" / "own.yaml"
    case.write_text(CASE.replace("T13:00", "T12:00"), encoding="utf-8")
    refused = run("check", folder)
    assert refused.exit_code == 1
    assert "二级客户上午九点报修" in refused.output
    assert "不能生效" in refused.output or "not ready" in refused.output


def test_lint_names_what_is_odd_and_fails_only_for_what_must_be_settled(tmp_path):
    odd = run("lint", "instruments")
    assert odd.exit_code == 0
    assert "L3" in odd.output
    assert run("lint", own(tmp_path / "own", "")).exit_code == 1
