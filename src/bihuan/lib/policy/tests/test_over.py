"""A company's pack over a general one: only what it says is replaced."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bihuan.lib.policy import (
    PackErrors,
    Replaced,
    Vocabulary,
    check,
    read,
    respond,
    run_cases,
    with_general,
)
from bihuan.lib.policy.cases import telling_of
from bihuan.lib.policy.writing.examples import Plain

WORDS = Path(__file__).resolve().parents[3] / "packs" / "vocabulary"
CALENDARS = Plain()

GENERAL = {
    "pack.yaml": """
pack: general
title: 通用制度
version: "1"
from: 2026-01-01
calendar: cn
parameters:
  phone: {value: 4h, clause: G-1, title: 电话响应}
  visit: {value: month, clause: G-2, title: 拜访周期}
choices:
  - {id: reading, about: [G-1], question: 怎样读, options: {a: {title: 甲}, b: {title: 乙}}, chosen: a}
clauses:
  - {id: G-1, number: 一·1, title: 响应, text: 四小时内电话响应。, carried: rule}
  - {id: G-2, number: 一·2, title: 拜访, text: 每月拜访一次。, carried: rule}
  - {id: G-3, number: 一·3, title: 宗旨, text: 客户第一。, carried: principle}
benefits:
  - {id: b, clause: G-2, title: 电话, kind: service, rule: phone}
targets:
  - {id: t, clause: G-2, title: 拜访率, measure: visit.rate, at_least: 90%}
""",
    "rules/rules.yaml": """
rules:
  - {id: phone, clause: G-1, title: 电话, when: fault.reported, must: response.phone, within: $phone, by: remote_specialist}
  - {id: visit, clause: G-2, title: 拜访, every: $visit, of: customer, must: visit.regular, by: account_manager}
""",
    "cases/cases.yaml": """
cases:
  - name: 上午报修下午前响应
    clause: G-1
    given: {fact: fault.reported, at: 2026-03-03T09:00+08:00, with: {ticket: T1, severity: URGENT}}
    expect: [{rule: phone, due: 2026-03-03T13:00+08:00}]
  - name: 三月拜访
    clause: G-2
    given: {period: 2026-03, of: customer}
    expect: [{rule: visit}]
""",
    "regulation.md": "# 通用制度\n",
}
HEAD = 'pack: own\nover: general\ntitle: 本公司制度\nversion: "1"\nfrom: 2026-01-01\n'
CLAUSE = "clauses:\n  - {id: C-1, number: 一·1, title: 响应, text: 两小时内。, carried: rule%s}\n"
RULE = (
    "rules:\n  - {id: own.phone, clause: C-1, title: 电话, when: fault.reported, must: response.phone,"
    " within: 2h, by: remote_specialist%s}\n"
)
CASE = """
cases:
  - name: 上午报修十一点前响应
    clause: C-1
    given: {fact: fault.reported, at: 2026-03-03T09:00+08:00, with: {ticket: T1, severity: URGENT}}
    expect: [{rule: own.phone, due: 2026-03-03T11:00+08:00}]
    only: true
"""


@cache
def vocabulary():
    return Vocabulary.read({path.name: path.read_text("utf-8") for path in WORDS.glob("*.yaml")})


def over(head=HEAD, **files):
    own = {"pack.yaml": head} | {
        name.replace("__", "/") + ".yaml": text for name, text in files.items()
    }
    return with_general(own, lambda code: GENERAL if code == "general" else None)


def pack(*parts, **files):
    return read(over("".join((HEAD, *parts)), **files), vocabulary())


def codes(problems):
    return [problem.code for problem in problems]


def owed(found):
    at = datetime(2026, 3, 3, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    given = {
        "fact": "fault.reported",
        "at": at.isoformat(),
        "with": {"ticket": "T1", "severity": "URGENT"},
    }
    duties = respond(found, telling_of(found, given, "x"), CALENDARS).duties
    return [(duty.rule, duty.due_at - at) for duty in duties]


def test_everything_general_holds_where_the_company_says_nothing():
    found = pack()
    assert (found.code, found.over, found.calendar) == ("own", "general", "cn")
    assert set(found.rules) == {"phone", "visit"}
    assert list(found.clauses) == ["G-1", "G-2", "G-3"]
    assert found.replaced == ()
    assert check(found) == []
    assert all(each.ok for each in run_cases(found, CALENDARS))


def test_a_clause_that_says_instead_takes_the_others_place_with_its_rules_and_cases():
    found = pack(CLAUSE % ", instead: [G-1]", RULE % "", cases__own=CASE)
    assert set(found.rules) == {"own.phone", "visit"}
    assert list(found.clauses) == ["C-1", "G-2", "G-3"]
    assert [(each.kind, each.id, each.by) for each in found.replaced] == [
        ("clause", "G-1", "C-1"), ("rule", "phone", "C-1"), ("case", "上午报修下午前响应", "G-1"),
    ]  # fmt: skip
    assert check(found) == []
    assert all(each.ok for each in run_cases(found, CALENDARS))
    assert [rule for rule, _span in owed(found)] == ["own.phone"]


def test_a_rule_that_says_instead_takes_the_place_of_that_rule_only():
    found = pack(CLAUSE % "", RULE % ", instead: [phone]", cases__own=CASE)
    assert set(found.rules) == {"own.phone", "visit"}
    assert "G-1" in found.clauses
    assert found.benefits[0].rule == "own.phone"
    assert ("rule", "phone", "own.phone") in [(e.kind, e.id, e.by) for e in found.replaced]


def test_the_same_duty_without_instead_is_a_conflict_that_names_both_ways_out():
    found = pack(CLAUSE % "", RULE % "", cases__own=CASE.replace("    only: true\n", ""))
    assert set(found.rules) == {"own.phone", "phone", "visit"}
    (problem,) = check(found)
    assert problem.code == "rule.conflict"
    assert "instead: [phone] (own.phone)" in problem.suggestion
    assert "settles:" in problem.suggestion
    choice = "choices:\n  - {id: both, about: [C-1], question: 谁先, prefer: stricter, settles: [phone, own.phone]}\n"
    settled = pack(choice, CLAUSE % "", RULE % "", cases__own=CASE)
    assert check(settled) == []
    assert [rule for rule, _span in owed(settled)] == ["own.phone"]


def test_a_parameter_of_the_same_name_gives_another_figure_and_its_clause_wants_a_case():
    figure = "parameters:\n  phone: {value: 1h, clause: G-1, title: 电话响应}\n"
    found = pack(figure)
    assert str(found.rules["phone"].limit.duration) == "1h"
    assert Replaced("parameter", "phone", "1h") in found.replaced
    assert codes(check(found)) == ["clause.no_case"]


def test_a_choice_and_a_section_of_the_company_stand_for_the_general_ones():
    choice = "choices:\n  - {id: reading, about: [G-1], question: 怎样读, options: {a: {title: 甲}, b: {title: 乙}}, chosen: b}\n"
    assert pack(choice).choices[0].chosen == "b"
    assert pack("calendar: 24x7\n").calendar == "24x7"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (over(HEAD.replace("general", "generel")), "over.missing"),
        (over(HEAD + CLAUSE % ", instead: [G-9]" + RULE % ""), "clause.unknown"),
        (over(HEAD + CLAUSE % "" + RULE % ", instead: [phon]"), "rule.unknown"),
        (over(HEAD + (CLAUSE % "").replace("C-1", "G-1")), "clause.twice"),
        (over() | {"pack.yaml": HEAD.replace("over: general\n", "")}, "over.unsaid"),
        (over() | {"under/pack.yaml": GENERAL["pack.yaml"].replace("pack: general", "pack: other")}, "over.other"),
        (over() | {"under/pack.yaml": GENERAL["pack.yaml"].replace("version", "over: x\nversion")}, "over.deep"),
        ({"pack.yaml": GENERAL["pack.yaml"].replace("carried: principle", "carried: principle, instead: [G-1]")}, "instead.alone"),
    ],
)  # fmt: skip
def test_what_over_and_instead_say_wrongly_is_refused_with_its_place(files, code):
    with pytest.raises(PackErrors) as caught:
        read(files, vocabulary())
    problem = next(each for each in caught.value.problems if each.code == code)
    assert problem.line
    assert problem.zh
    assert problem.en
