"""What a regulation cannot mean is refused with its place and what to write, in both languages."""

from __future__ import annotations

import pytest

from bihuan.lib.policy import PackErrors, Problem, check, read, run_cases
from bihuan.lib.policy.tests.packs import DAYS
from bihuan.lib.policy.tests.test_lint import HEAD, RULES, found, vocabulary

CALL = """\
  - {id: call, clause: G-2, title: 回访, every: quarter, of: customer, must: callback.routine,
     by: account_manager, in: last week of month, channel: [PHONE, ONSITE, ONLINE],
     mix: {ONSITE: ">=60%", min: 2}, prepare: {lead: 3wd, must: callback.brief, by: analyst}}
meetings:
  - {id: sit, clause: G-2, title: 例会, every: month, by: quality_head, chair: quality_head, quorum: 60%}
"""
MORE = (
    "  hold: {down_after: 2, down_margin: 5}\n  approve: {A: general_manager, default: care_lead}\n"
)
HEARS = "  - {id: again, clause: G-2, title: 再办, when: WHEN, must: manual.proof, within: 1d, by: analyst}\n"
CASES = """\
cases:
  - {name: 报修, clause: G-1, given: {fact: fault.reported, at: 2026-03-09T09:00+08:00, with: {ticket: T, severity: LOW}}, expect: [{rule: phone, due: 2026-03-09T13:00+08:00}]}
  - {name: 一季, clause: G-2, given: {period: 2026-Q4, of: customer}, expect: [{rule: call, opens: 2026-12-25, due: 2026-12-31}]}
"""


def faults(head: str = HEAD + MORE, rules: str = RULES + CALL) -> list[Problem]:
    files = {"pack.yaml": head, "rules/rules.yaml": rules, "cases/all.yaml": CASES}
    try:
        return check(read(files, vocabulary()))
    except PackErrors as errors:
        return list(errors.problems)


def test_the_regulation_is_sound_before_it_is_spoilt():
    assert faults() == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('ONSITE: ">=60%"', 'ONSITE: ">=160%"', "mix.share"),
        ('ONSITE: ">=60%"', 'ONSITE: ">=60%", PHONE: ">=50%"', "mix.over"),
        ('ONSITE: ">=60%"', 'ONSTIE: ">=60%"', "channel.unknown"),
        ('ONSITE: ">=60%"', 'EMAIL: ">=60%"', "channel.unknown"),
        ("ONSITE, ONLINE]", "ONSTIE, ONLINE]", "channel.unknown"),
        ("lead: 3wd", "lead: end of month", "prepare.lead"),
        ("lead: 3wd", "lead: 3wd before fact.end_on", "prepare.lead"),
        ("quorum: 60%", "quorum: 150%", "quorum.share"),
        ("quorum: 60%", "quorum: 0", "quorum.share"),
        ("down_after: 2", "down_after: 0", "hold.reviews"),
        ("down_margin: 5", "down_margin: -5", "hold.points"),
        ("{A: general_manager", "{AA: general_manager", "tier.unknown"),
        ("order: [A, B, C]", "order: [A, B, C, A]", "tier.twice"),
        ("{tier: B, if: customer.purchase_12m > 10.0}",
         "{tier: B, if: customer.purchase_12m > 10.0 && customer.purchase_12m < 5.0}", "tiers.nobody"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(old, new, code):
    head, rules = HEAD + MORE, RULES + CALL
    assert old in head + rules
    said = faults(head.replace(old, new), rules.replace(old, new))
    assert code in [each.code for each in said]
    for each in said:
        assert each.file and each.line
        assert each.sentence("zh") != each.sentence("en")


@pytest.mark.parametrize(
    ("when", "codes"),
    [
        ("obligation.discharged", ["rule.cycle"]),
        ("obligation.discharged, if: 'fact.rule == \"again\"'", ["rule.cycle"]),
        ("obligation.discharged, if: 'fact.rule == \"phone\"'", []),
        ("obligation.verified", []),  # it asks nobody to verify
        ("obligation.verified, verified: independent", ["rule.cycle"]),
        ("obligation.fell_due", ["rule.silent"]),
    ],
)
def test_a_rule_that_calls_for_itself_by_its_own_deed(when, codes):
    rules = RULES + HEARS.replace("WHEN", when) + CALL
    assert [each.code for each in faults(rules=rules)] == codes


def test_a_day_names_the_day_on_which_something_begins():
    files = {"pack.yaml": HEAD + MORE, "rules/rules.yaml": RULES + CALL, "cases/all.yaml": CASES}
    assert [case.ok for case in run_cases(read(files, vocabulary()), DAYS)] == [True, True]
    files["cases/all.yaml"] = CASES.replace("opens: 2026-12-25", "opens: 2026-12-24")
    wrong = run_cases(read(files, vocabulary()), DAYS)[1]
    assert "2026-12-25 00:00" in wrong.sentence("zh")


def test_a_limit_to_midnight_is_said_as_the_end_of_its_day():
    own = RULES.replace("within: $phone", "within: 7d")
    case = CASES.replace("due: 2026-03-09T13:00+08:00", "due: 2026-03-17")
    files = {"pack.yaml": HEAD + MORE, "rules/rules.yaml": own + CALL, "cases/all.yaml": case}
    wrong = run_cases(read(files, vocabulary()), DAYS)[0]
    assert "2026-03-16 24:00" in wrong.sentence("zh")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("table: [{tier: A, if: customer.purchase_12m > 100.0}",
         "table: [{tier: A, if: '\"INDUSTRY_LAEDER\" in customer.flags'}", "tier.word"),
        ("must: response.phone,", "if: '!(\"STRATEGC\" in customer.flags)', must: response.phone,", "rule.word"),
        ("when: fault.reported, must: response.phone, within: $phone",
         "when: contract.signed, if: fact.has_end_on, must: response.phone, opens: 30d before fact.end_on, within: 60d before fact.end_on", "limit.opens"),
    ],
)  # fmt: skip
def test_what_is_probably_a_slip_is_pointed_at(old, new, code):
    assert old in HEAD + RULES
    assert code in [each[0] for each in found(HEAD.replace(old, new), RULES.replace(old, new))[0]]


def test_what_opens_before_it_is_due_is_no_slip():
    new = (
        "when: contract.signed, if: fact.has_end_on, must: response.phone, opens: 90d before fact.end_on, "
        "within: 60d before fact.end_on"
    )
    rules = RULES.replace("when: fault.reported, must: response.phone, within: $phone", new)
    assert "limit.opens" not in [each[0] for each in found(HEAD, rules)[0]]
