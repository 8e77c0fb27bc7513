"""Which rules of two versions may answer otherwise; all others answer every fact alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bihuan.lib.policy.model import Pack, Rule


def apart(old: Pack, new: Pack, also: Iterable[str] = ()) -> frozenset[str]:
    """The ids of the rules that may end otherwise under one of two versions than under the other:
    those that are written otherwise, these `also`, and all that one of them touches.

    A duty of one rule may replace, settle or prepare one of another only where they mean the same
    act, where the regulation says which of them is preferred, or where one prepares the other.
    """
    every = {*old.rules, *new.rules}
    if not _alike_around(old, new):
        return frozenset(every)
    found = {each for each in every if old.rules.get(each) != new.rules.get(each)} | {*also}
    found |= {
        rule.id
        for pack in (old, new)
        for rule in pack.rules.values()
        if _number(old, rule) != _number(new, rule)
    }
    groups = [set(ids) & every for pack in (old, new) for ids in _bound(pack)]
    if set(old.settlements) != set(new.settlements):
        found |= {
            each for pack in (old, new) for ids, _ in pack.settlements for each in ids
        } & every
    return frozenset(_grown(found, groups))


def narrowed(pack: Pack, rules: frozenset[str]) -> Pack:
    """The pack with these of its rules alone."""
    return replace(pack, rules={key: rule for key, rule in pack.rules.items() if key in rules})


def _alike_around(old: Pack, new: Pack) -> bool:
    """Whether a rule that is written alike also means the same."""
    return (old.zone_name, old.calendar, old.vocabulary) == (new.zone_name, new.calendar, new.vocabulary)  # fmt: skip


def _number(pack: Pack, rule: Rule) -> str:
    clause = pack.clauses.get(rule.clause)
    return clause.number if clause is not None else ""


def _bound(pack: Pack) -> Iterable[Iterable[str]]:
    """The rules that may touch each other."""
    of_act: dict[str, list[str]] = {}
    for rule in pack.rules.values():
        of_act.setdefault(rule.must, []).append(rule.id)
        if rule.prepares:
            yield rule.id, rule.prepares
    yield from of_act.values()
    yield from (ids for ids, _ in pack.settlements)


def _grown(found: set[str], groups: list[set[str]]) -> set[str]:
    """With every group of which one is in it."""
    before = -1
    while before < len(found):
        before = len(found)
        for group in groups:
            if group & found:
                found |= group
    return found
