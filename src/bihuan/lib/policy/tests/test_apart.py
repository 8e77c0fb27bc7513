"""Which rules a change of the regulation may touch."""

from __future__ import annotations

from dataclasses import replace

from bihuan.lib.policy.apart import apart, narrowed
from bihuan.lib.policy.model import Pack
from bihuan.lib.policy.tests.packs import PACK, pack

SMALL = pack()


def with_rules(**acts: str) -> Pack:
    """A pack whose rules call for these acts."""
    one = next(iter(SMALL.rules.values()))
    rules = {name: replace(one, id=name, must=act) for name, act in acts.items()}
    found: Pack = replace(SMALL, rules=rules)
    return found


def test_versions_that_say_the_same_have_no_rule_apart():
    assert apart(SMALL, pack()) == frozenset()


def test_a_shorter_limit_sets_its_rule_apart_and_leaves_the_others():
    new = pack(pack=PACK.replace("value: 4h", "value: 2h"))
    assert apart(SMALL, new) == {"fault.phone"} < SMALL.rules.keys()
    assert narrowed(new, apart(SMALL, new)).rules == {"fault.phone": new.rules["fault.phone"]}


def test_rules_of_one_act_are_touched_together_also_by_one_that_is_new_or_gone():
    before = with_rules(a="report.issue", b="report.issue", c="drill.run")
    after = with_rules(b="report.issue", c="drill.run")
    assert apart(before, after) == apart(after, before) == {"a", "b"}


def test_a_preparation_goes_with_what_it_prepares():
    before = with_rules(a="report.issue", b="drill.run", c="meeting.hold")
    rules = dict(before.rules)
    rules["b"] = replace(rules["b"], prepares="a")
    before = replace(before, rules=rules)
    after = replace(before, rules=rules | {"a": replace(rules["a"], severity="HIGH")})
    assert apart(before, after) == {"a", "b"}


def test_another_zone_calendar_or_vocabulary_sets_everything_apart():
    for other in (
        replace(SMALL, zone_name="Asia/Tokyo"), replace(SMALL, calendar="office"),
        replace(SMALL, vocabulary=replace(SMALL.vocabulary, roles={})),
    ):  # fmt: skip
        assert apart(SMALL, other) == SMALL.rules.keys()


def test_another_number_of_a_clause_is_told_with_its_duties():
    new = pack(pack=PACK.replace('number: "二"', 'number: "三之二"'))
    assert apart(SMALL, new) == {rule.id for rule in new.rules.values() if rule.clause == "C2"}


def test_what_is_named_besides_is_in_it_with_all_that_it_touches():
    both = with_rules(a="report.issue", b="report.issue", c="drill.run")
    assert apart(both, both, also={"a"}) == {"a", "b"}
