"""What is odd about a pack is found, with its place and what to do; what is meant is not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bihuan.lib.policy import Vocabulary, from_folder, lint, read

PACKS = Path(__file__).resolve().parents[3] / "packs"
HEAD = """
pack: small
title: 小制度
version: "1"
from: 2026-01-01
to: 2026-12-31
calendar: cn
parameters:
  phone: {value: 4h, clause: G-1, title: 电话响应}
clauses:
  - {id: G-1, number: 一·1, title: 响应, text: 四小时内电话响应。, carried: rule}
  - {id: G-2, number: 一·2, title: 拜访, text: 每月拜访一次。, carried: rule}
tiers:
  order: [A, B, C]
  names: {A: {zh: 甲, en: A}, B: {zh: 乙, en: B}, C: {zh: 丙, en: C}}
  by: table
  table: [{tier: A, if: customer.purchase_12m > 100.0}, {tier: B, if: customer.purchase_12m > 10.0}]
  otherwise: C
"""
RULES = """
rules:
  - {id: phone, clause: G-1, title: 电话, when: fault.reported, must: response.phone, within: $phone, by: remote_specialist}
  - {id: visit, clause: G-2, title: 拜访, every: month, of: customer, for: {tiers: [A, B, C]}, must: visit.regular, by: account_manager}
"""


@cache
def vocabulary():
    folder = PACKS / "vocabulary"
    return Vocabulary.read({path.name: path.read_text("utf-8") for path in folder.glob("*.yaml")})


def found(head=HEAD, rules=RULES, **others):
    files = {"pack.yaml": head, "rules/rules.yaml": rules}
    pack = read(files | dict(others.items()), vocabulary())
    return [(each.code, each.file, each.line) for each in lint(pack)], lint(pack)


def test_a_sound_pack_has_no_findings():
    assert found()[0] == []


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("tiers: [A, B, C]", "tiers: [A, B]", "gap.tier", 14),
        ("must: response.phone,", "if: 'fact.severity == \"URGENT\" && fact.severity == \"LOW\"', must: response.phone,", "rule.dead", 3),
        ("must: response.phone,", "if: 'fact.severity == \"URGNT\"', must: response.phone,", "rule.word", 3),
        ("must: response.phone,", "if: 'customer.tier in [\"A\", \"D\"]', must: response.phone,", "rule.word", 3),
        ("within: $phone,", "within: [{if: 'customer.city_class == \"TIER1\"', use: 1h}, {use: $phone}],", "rule.word", 3),
        ("by: remote_specialist", "by: [{if: 'fact.day == \"WORKINGDAY\"', use: remote_specialist}, {use: service_desk}]", "rule.word", 3),
        ("by: remote_specialist", "by: remote_specialist, done: {fact: callback.done, same: [ticket], if: 'fact.kind == \"COMPLETED\"'}", "rule.word", 3),
        ("within: $phone,", "within: [{if: 'fact.clock >= \"8:30\"', use: 1h}, {use: $phone}],", "rule.clock", 3),
        ("every: month, of: customer,", "every: month, of: customer, within: 60d,", "period.overlaps", 4),
        ("by: account_manager", "by: account_manager, prepare: {lead: 31d, must: callback.brief, by: service_desk}", "period.lead", 4),
        ("within: $phone,", "within: 4h, opens: 1d,", "limit.opens", 3),
        ("every: month, of: customer, for: {tiers: [A, B, C]}, must: visit.regular", "every: month, of: company, must: meeting.hold", "role.nobody", 4),
    ],
)  # fmt: skip
def test_an_odd_rule_is_named_with_its_place(old, new, code, line):
    assert old in RULES
    codes, problems = found(rules=RULES.replace(old, new))
    assert code in {each[0] for each in codes}
    problem = next(each for each in problems if each.code == code)
    assert problem.line == line
    assert problem.zh
    assert problem.en
    assert problem.suggestion


def test_what_is_owed_to_everybody_is_owed_to_each_tier():
    two = RULES.replace("tiers: [A, B, C]", "tiers: [A]")
    assert "tier.unused" not in {each[0] for each in found(rules=two)[0]}
    alone = two.replace("when: fault.reported,", "when: fault.reported, for: {tiers: [A]},")
    assert {each[0] for each in found(rules=alone)[0]} >= {"tier.unused"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  phone:", "  spare: {value: 1h, title: 备用}\n  phone:", "parameter.unused"),
        ("text: 每月拜访一次。, carried: rule", "text: 每月拜访一次。, carried: principle", "clause.ruled"),
        ("tiers:\n", "targets:\n  - {id: t, clause: G-1, title: 及时率, measure: $m, at_least: 90%}\ntiers:\n", "target.no_measure"),
        ("tiers:\n", "targets:\n  - {id: t, clause: G-1, title: 率, measure: x, at_least: 90%, at_most: 80%}\ntiers:\n", "target.empty"),
        ("tiers:\n", "targets:\n  - {id: t, clause: G-1, title: 率, measure: phone_on_time, at_least: 90%}\ntiers:\n", "target.uncounted"),
        ("calendar: cn", "calendar: plant", "calendar.own"),
        ("tiers:\n", "features:\n  - {id: LOUD, clause: G-1, title: 声大}\ntiers:\n  only_if: {A: '\"LOUT\" in customer.features'}\n", "tier.word"),
    ],
)  # fmt: skip
def test_an_odd_head_is_named(old, new, code):
    head = (
        HEAD.replace(old, new, 1).replace("  phone:", "  m: {value: null, title: 指标}\n  phone:")
        if "$m" in new
        else HEAD.replace(old, new, 1)
    )
    assert code in {each[0] for each in found(head=head)[0]}


def test_text_and_clauses_that_do_not_know_each_other():
    text = "# 小制度\n### 一·1 响应 {#G-1}\n四小时。\n### 一·3 多出 {#G-3}\n多出。\n"
    codes = [each[0] for each in found(**{"regulation.md": text})[0]]
    assert sorted(codes) == ["clause.no_text", "text.no_clause"]


@pytest.mark.parametrize("code", ["instruments", "centrifuge"])
def test_a_shipped_pack_has_nothing_but_levels_that_are_left_out_on_purpose(code):
    pack = read(from_folder(PACKS / code), vocabulary())
    assert {each.code for each in lint(pack)} <= {"gap.tier"}
