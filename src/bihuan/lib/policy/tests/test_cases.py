from __future__ import annotations

import pytest

from bihuan.lib.policy import run_cases
from bihuan.lib.policy.tests.packs import CASES, DAYS, PACK, pack


def results(cases=CASES, **files):
    return run_cases(pack(cases_a=cases, **files), DAYS)


def fault_of(case):
    (result,) = results("cases:\n" + case)
    return result


def test_the_small_cases_hold():
    assert [r.ok for r in results()] == [True, True, True]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("due: 2026-03-08T03:10", "due: 2026-03-08T03:11", "limit"),
        ("by: assistant}", "by: lead}", "by"),
        ("severity: URGENT", "severity: NORMAL", "did not arise"),
        ("severity: NORMAL", "severity: URGENT", "must not arise"),
        ("tier: SILVER", "tier: GOLD", "did not arise"),
    ],
)
def test_a_case_that_does_not_hold_says_so(old, new, word):
    assert old in CASES
    bad = [r for r in results(CASES.replace(old, new, 1)) if not r.ok]
    assert len(bad) == 1
    assert word in bad[0].sentence("en")
    assert bad[0].sentence("zh")


LATER = """\
  - name: 打过电话就算完成
    clause: C1
    given: {fact: fault.reported, at: 2026-03-09T09:00+08:00, with: {severity: URGENT, ticket: 7}}
    then:
      - {fact: ticket.contacted, at: WHEN, with: {ticket: 7, human: true}}
    expect_after: [{rule: fault.phone, state: STATE}]
"""


@pytest.mark.parametrize(
    ("when", "state"),
    [("2026-03-09T12:59+08:00", "discharged"), ("2026-03-09T13:01+08:00", "late")],
)
def test_later_facts_discharge(when, state):
    assert fault_of(LATER.replace("WHEN", when).replace("STATE", state)).ok
    assert not fault_of(LATER.replace("WHEN", when).replace("STATE", "open")).ok


def test_another_ticket_discharges_nothing():
    text = LATER.replace("WHEN", "2026-03-09T10:00+08:00").replace(
        "ticket: 7, human", "ticket: 8, human"
    )
    assert fault_of(text.replace("STATE", "open")).ok


def test_tiers_in_cases():
    text = "  - {name: 金牌, clause: C3, given: {tier_of: {purchase_12m: 1000000, usage: 60}}, expect: {tier: GOLD, score: 80}}\n"
    assert fault_of(text).ok
    assert not fault_of(text.replace("score: 80", "score: 81")).ok
    held = (
        "  - {name: 保级, clause: C3, given: {tier: GOLD, tier_of: {purchase_12m: 1000000, usage: 55}},"
        " expect: {tier: GOLD, held: false}}\n"
    )
    assert fault_of(held).ok


def test_what_was_judged_otherwise_is_said_in_words():
    """Elsewhere a reader of the regulation gets names of fields and codes."""
    text = (
        "  - {name: 金牌, clause: C3, given: {tier_of: {purchase_12m: 1000000, usage: 60}},"
        " expect: {tier: SILVER, score: 81, held: true, approve: lead}}\n"
    )
    result = fault_of(text)
    assert [fault.zh for fault in result.faults] == [
        "级别应为 银牌，实为 金牌", "得分应为 81，实为 80", "保级应为 是，实为 否",
        "审批岗位应为 组长，实为 总经理",
    ]  # fmt: skip
    assert [fault.en for fault in result.faults][:2] == [
        "the tier should be Silver, it is Gold", "the score should be 81, it is 80",
    ]  # fmt: skip
    assert "金牌：级别应为 银牌，实为 金牌；得分" in result.sentence("zh")
    assert ": the tier should be Silver, it is Gold; the score" in result.sentence("en")


GRADES = """\
complaints:
  clause: C3
  grades:
    - {grade: GENERAL, owner: lead, reply: 24h, close: 5wd, progress: end}
    - {grade: MAJOR, owner: manager, reply: 2h, close: 20wd, progress: 1d}
  questions:
    - {id: injury, ask: {zh: 有人受伤吗, en: Was anybody hurt}, yes: MAJOR}
points:
  clause: C3
  earn: [{on: callback.done, points: 20, if: fact.channel == "ONSITE", title: {zh: 回访, en: Call}}]
  spend: [{id: mug, title: {zh: 杯子, en: Mug}, cost: 100, kind: GIFT}]
  expire: 2y
"""


@pytest.mark.parametrize(
    ("case", "ok"),
    [
        ("given: {grade_of: {injury: true}}, expect: {grade: MAJOR}", True),
        ("given: {grade_of: {injury: false}}, expect: {grade: GENERAL}", True),
        ("given: {grade_of: {}}, expect: {grade: MAJOR}", False),
        ("given: {points_of: callback.done, with: {channel: ONSITE}}, expect: {points: 20}", True),
        ("given: {points_of: callback.done, with: {channel: PHONE}}, expect: {points: 0}", True),
    ],
)
def test_grades_and_points_in_cases(case, ok):
    (result,) = results(f"cases:\n  - {{name: x, clause: C3, {case}}}\n", pack=PACK + GRADES)
    assert result.ok is ok


@pytest.mark.parametrize(
    ("at", "points"),
    [
        ("2026-03-07T10:00+08:00", 20),  # a Saturday
        ("2026-02-28T10:00+08:00", 0),  # a Saturday of work by the notice of that year
        ("2026-03-09T10:00+08:00", 0),
    ],
)
def test_points_may_depend_on_the_day_of_work(at, points):
    weekend = GRADES.replace('fact.channel == "ONSITE"', 'fact.day != "WORKDAY"')
    case = f"given: {{points_of: callback.done, at: {at}, with: {{channel: PHONE}}}}"
    (result,) = results(
        f"cases:\n  - {{name: x, clause: C3, {case}, expect: {{points: {points}}}}}\n",
        pack=PACK + weekend,
    )
    assert result.ok, result.faults
