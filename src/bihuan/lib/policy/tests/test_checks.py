from __future__ import annotations

import pytest

from bihuan.lib.policy import check, conflicts, coverage
from bihuan.lib.policy.tests.packs import CASES, PACK, RULES, pack

TARGET = "targets:\n  - {{id: t, clause: C1, title: {{zh: 目标, en: Target}}, measure: csat, at_least: {}}}\n"


def codes(**files):
    return [(p.file, p.code) for p in check(pack(**files))]


def test_a_good_pack_may_take_force():
    assert check(pack()) == []
    assert pack().blockers() == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("value: 4h", "value: null", "parameter.empty"),
        ("weight: 0.6", "weight: 0.7", "tiers.weights"),
        ("GOLD: 80", "GOLD: 101", "tiers.nobody"),
        ("SILVER: 50", "SILVER: 0", "tiers.everybody"),
        ("SILVER: 50", "SILVER: 80", "tiers.nobody"),
        ("cuts: {GOLD: 80, ", "cuts: {", "tiers.nobody"),
        ("carried: principle", "carried: rule", "clause.no_rule"),
    ],
)
def test_what_blocks_the_head(old, new, code):
    assert old in PACK
    assert ("pack.yaml", code) in codes(pack=PACK.replace(old, new))


def test_targets_stay_under_100_percent():
    assert ("pack.yaml", "target.over") in codes(pack=PACK + TARGET.format("120%"))
    assert codes(pack=PACK + TARGET.format("90%")) == []
    assert codes(pack=PACK + TARGET.format("50, unit: points")) == []


def test_a_clause_needs_a_case():
    found = check(pack(cases_a=CASES[: CASES.index("  - name: 银牌")]))
    assert [(p.code, p.suggestion) for p in found] == [("clause.no_case", "clause: C2")]


def test_an_undecided_choice_blocks():
    choice = (
        "choices:\n  - id: anchor\n    about: [C1]\n    question: {zh: 从何时, en: From when}\n"
        "    options: {receipt: {title: {zh: 收到, en: Receipt}, set: {fault.phone: 2h}}}\n"
    )
    found = check(pack(pack=PACK + choice))
    assert [(p.code, p.suggestion) for p in found] == [("choice.undecided", "chosen: receipt")]
    decided = pack(pack=PACK + choice + "    chosen: receipt\n")
    assert check(decided) == []
    assert str(decided.rules["fault.phone"].limit.duration) == "2h"


SLOW = """\
  - id: fault.slow
    clause: C1
    title: {zh: 慢, en: Slow}
    when: fault.reported
    if: CONDITION
    for: {tiers: [TIERS]}
    must: response.phone
    within: LIMIT
    calendar: CALENDAR
    by: lead
"""


def slow(condition="'true'", tiers="GOLD", limit="3wd", calendar="cn"):
    text = SLOW.replace("CONDITION", condition).replace("TIERS", tiers).replace("LIMIT", limit)
    return RULES.replace("  - id: silver", text.replace("CALENDAR", calendar) + "  - id: silver")


def test_a_conflict_must_be_settled():
    rules = slow()
    (problem,) = check(pack(rules_a=rules))
    assert (problem.code, problem.file) == ("rule.conflict", "rules/a.yaml")
    assert problem.line == rules[: rules.index("- id: fault.slow")].count("\n") + 1
    assert problem.suggestion == "settles: [fault.phone, fault.slow]"
    choice = (
        "choices:\n  - {id: which, about: [C1], question: {zh: 哪个, en: Which}, "
        "settles: [fault.phone, fault.slow], prefer: stricter}\n"
    )
    settled = pack(pack=PACK + choice, rules_a=rules)
    assert check(settled) == []
    assert [c.settled_by for c in conflicts(settled)] == ["which"]


@pytest.mark.parametrize(
    ("rules", "clash"),
    [
        (slow('fact.severity == "NORMAL"'), False),
        (slow('fact.severity != "URGENT"'), False),
        (slow('fact.severity in ["NORMAL", "URGENT"]'), True),
        (slow('fact.severity in ["NORMAL"]'), False),
        (slow('fact.severity == "URGENT" && "STRATEGIC" in customer.flags'), True),
        (slow('customer.usage > 5.0 || fact.severity == "NORMAL"'), True),
        (slow("'!(fact.severity == \"URGENT\")'"), False),
        (slow("'!(fact.severity == \"URGENT\" || fact.has_downtime && fact.downtime)'"), False),
        (slow("'!(!(fact.severity != \"URGENT\"))'"), False),
        (slow("'!(fact.severity != \"URGENT\")'"), True),
        (slow("'!(fact.severity == \"URGENT\" && customer.usage > 5.0)'"), True),
    ],
)
def test_populations_that_exclude_each_other_do_not_conflict(rules, clash):
    assert bool(conflicts(pack(rules_a=rules))) is clash


def test_intervals_and_flags_exclude_too():
    def both(one, two):
        rules = slow(two).replace('fact.severity == "URGENT"', one)
        return bool(conflicts(pack(rules_a=rules)))

    assert not both("customer.usage >= 5.0", "customer.usage < 5.0")
    assert both("customer.usage >= 5.0", "customer.usage <= 5.0")
    assert not both("'\"A\" in customer.flags'", "'!(\"A\" in customer.flags)'")
    assert both("'\"A\" in customer.flags'", "'\"B\" in customer.flags'")


def test_tiers_and_equal_limits_do_not_conflict():
    gold = RULES.replace(
        "    must: response.phone", "    for: {tiers: [BRONZE]}\n    must: response.phone", 1
    )
    rules = slow().replace(
        "rules:\n" + RULES.split("rules:\n")[1][:20], "rules:\n" + RULES.split("rules:\n")[1][:20]
    )
    assert (
        conflicts(
            pack(
                rules_a=rules.replace(
                    RULES[: RULES.index("  - id: silver")], gold[: gold.index("  - id: silver")]
                )
            )
        )
        == []
    )
    same = slow(limit="$fault.phone", calendar="[{if: 'true', use: 24x7}, {use: cn}]")
    assert conflicts(pack(rules_a=same)) == []


def test_two_rhythms_of_one_act_conflict():
    half = (
        RULES[RULES.index("  - id: silver") :]
        .replace("silver.callback", "silver.half")
        .replace("quarter", "half")
    )
    found = conflicts(pack(rules_a=RULES + half))
    assert [c.rules for c in found] == [("silver.callback", "silver.half")]
    other = half.replace("[PHONE, VIDEO]", "[ONSITE]").replace("mix: {PHONE", "mix: {ONSITE")
    assert conflicts(pack(rules_a=RULES + other)) == []


def test_a_rule_that_calls_for_itself_is_a_ring():
    text = RULES.replace(
        "done: {fact: ticket.contacted, same: [ticket], if: fact.human}",
        "done: {fact: fault.reported}",
    )
    assert ("rules/a.yaml", "rule.cycle") in codes(rules_a=text)
    apart = text.replace(
        "done: {fact: fault.reported}",
        "done: {fact: fault.reported, if: 'fact.severity == \"NORMAL\"'}",
    )
    assert codes(rules_a=apart) == []


def test_no_limit_needs_a_reason():
    assert ("rules/a.yaml", "limit.none") in codes(
        rules_a=RULES.replace("within: $fault.phone", "within: none").replace(
            "verified: customer", "verified: none"
        )
    )


def test_coverage_counts_and_names_what_is_missing():
    found = coverage(pack(), ["C1", "C2", "C4"])
    assert (found.counts["rule"], found.counts["principle"]) == (2, 1)
    assert (found.missing, found.strange, found.complete) == (("C4",), ("C3",), False)
    assert coverage(pack()).complete
