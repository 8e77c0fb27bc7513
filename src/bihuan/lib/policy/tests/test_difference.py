"""What changed between two versions, in words."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from bihuan.lib.policy import Pack, difference, no_longer
from bihuan.lib.policy.conditions import Switch
from bihuan.lib.policy.model import Done, Proof, Rule, Step
from bihuan.lib.policy.tests.packs import DAYS, PACK, pack
from bihuan.lib.workcal.duration import Duration, Period, Unit
from bihuan.lib.workcal.words import Words

SMALL = pack()
# Where a rule stands, what the reader makes of it for itself, and what stands in another item.
NOT_SAID = {
    "id", "clause", "file", "line", "unfilled", "details", "inferred", "prepares", "section",
    "tier_names", "vocabulary", "prepare", "limits",
}  # fmt: skip


def test_a_version_that_says_the_same_has_no_changes():
    assert difference(SMALL, pack()) == []
    assert no_longer(SMALL, pack(), DAYS) == []


def test_a_shorter_limit_is_told_in_the_parameter_and_in_the_rule_and_by_the_cases():
    new = pack(pack=PACK.replace("value: 4h", "value: 2h"))
    changes = {(each.part, each.id): each for each in difference(SMALL, new)}
    assert set(changes) == {("parameter", "fault.phone"), ("rule", "fault.phone")}
    (line,) = changes["parameter", "fault.phone"].lines
    assert (line.label, line.before, line.after) == ("取值", "4 小时", "2 小时")
    (line,) = changes["rule", "fault.phone"].lines
    assert line.label == "限"
    assert line.before.startswith("4 小时")
    assert line.after.startswith("2 小时")
    english = {each.id: each.lines for each in difference(SMALL, new, "en") if each.part == "rule"}
    assert english["fault.phone"][0].before.startswith("4 hours")
    broken = no_longer(SMALL, new, DAYS)
    assert broken
    assert all(result.faults for result in broken)


def test_what_is_gone_and_what_is_new_are_told_as_such():
    less = replace(SMALL, rules={k: v for k, v in SMALL.rules.items() if k != "fault.phone"})
    (gone,) = difference(SMALL, less)
    assert (gone.part, gone.id, gone.kind, gone.clause) == ("rule", "fault.phone", "removed", "C1")
    assert all(line.before and not line.after for line in gone.lines)
    (new,) = difference(less, SMALL)
    assert (new.kind, new.id) == ("added", "fault.phone")
    assert all(line.after and not line.before for line in new.lines)


OTHER: dict[str, Any] = {
    "title": Words("别的", "Other"), "when": ("contract.signed",), "every": "month", "of": "company",
    "condition": None, "tiers": ("GOLD",), "must": "plan.propose", "limit": None, "anchor": "ticket",
    "calendar": Switch(((None, "24x7"),)), "by": Switch(((None, "manager"),)),
    "done": (Done("callback.done", (), None),), "proof": Proof(all=("record",)), "verified": "customer",
    "needs": ("signature",), "ladder": (Step(50, "manager"),), "severity": "high", "channel": ("VIDEO",),
    "within": Switch(((None, "2h"),)),
    "mid_period": "next", "run": (2, date(2026, 1, 5)), "from_": date(2026, 7, 1), "window": Duration(1, Unit.LAST_WEEK, Period.MONTH),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted({each.name for each in fields(Rule)} - NOT_SAID))
def test_no_part_of_a_rule_changes_unseen(name: str):
    """Whatever a rule says, a change of it is a line."""
    seen = [_with(rule, name) for rule in ("fault.phone", "silver.callback")]
    assert any(difference(SMALL, other) for other in seen if other is not None), name


def _with(rule: str, name: str) -> Pack | None:
    was = SMALL.rules[rule]
    other: Any
    if name in ("population", "opens"):
        other = {
            "population": SMALL.rules["fault.phone"].condition,
            "opens": SMALL.rules["fault.phone"].limit,
        }[name]
    elif name == "mix":
        other = {"PHONE": (">=", 0.5)}
    elif name in ("mix_min", "mix_tolerance"):
        other = 7
    else:
        other = OTHER[name]
    beside = (name.startswith("mix_") and not was.mix) or (name == "every" and not was.every)
    if beside or getattr(was, name) == other:
        return None
    changed: Pack = replace(SMALL, rules={**SMALL.rules, rule: replace(was, **{name: other})})
    return changed


def test_other_sections_are_told():
    text = PACK.replace("weight: 0.6", "weight: 0.5").replace("weight: 0.4", "weight: 0.5")
    text = text.replace("cuts: {GOLD: 80", "cuts: {GOLD: 85").replace("以客户为先。", "客户优先。")
    changes = {(each.part, each.id): each for each in difference(SMALL, pack(pack=text))}
    assert set(changes) == {
        ("criterion", "volume"), ("criterion", "usage"), ("tier", "GOLD"), ("clause", "C3"),
    }  # fmt: skip
    assert changes["tier", "GOLD"].title == "金牌"
    assert [(e.label, e.before, e.after) for e in changes["tier", "GOLD"].lines] == [
        ("分数线", "80", "85")
    ]
