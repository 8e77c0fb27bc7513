"""Cases: given a fact, a period, a tier question or answers, expect exactly this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bihuan.lib.policy import keys
from bihuan.lib.policy.limits import span_by_key
from bihuan.lib.policy.read_rules import RuleReader
from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node


@dataclass(frozen=True)
class Case:
    """One sentence of the regulation with its numbers; values are plain, checked when read."""

    name: str
    clause: str
    given: Mapping[str, Any]
    expect: Any
    only: bool
    then: tuple[Mapping[str, Any], ...]
    expect_after: tuple[Mapping[str, Any], ...]
    file: str
    line: int


def read_cases(reader: RuleReader, files: list[Node]) -> tuple[Case, ...]:
    r = reader.r
    cases: list[Case] = []
    for root in files:
        r.keys(root, ("cases",), root.file)
        cases += [_case(reader, node) for node in r.items(root.map.get("cases"))]
    return tuple(cases)


def _case(reader: RuleReader, node: Node) -> Case:
    r = reader.r
    where = f"case {r.text(node.map.get('name'))[:40]}"
    r.keys(node, keys.CASE, where)
    given = r.need(node, "given", where)
    if given is not None:
        _given(reader, given)
    expect = node.map.get("expect")
    if expect is None and "expect_after" not in node.map:
        r.need(node, "expect", where)
    for item in r.items(expect):
        r.keys(item, keys.EXPECT, "expect")
        r.one_of(r.get(item, "rule"), reader.rules, "规则", "rule", "rule.unknown")
        r.one_of(r.get(item, "by"), reader.vocabulary.roles, "角色", "role", "role.unknown")
        _instants(r, item)
    for item in r.items(node.map.get("then")):
        r.keys(item, keys.TOLD, "then")
        r.need(item, "fact", "then")
        _told(reader, item)
    for item in r.items(node.map.get("expect_after")):
        r.keys(item, keys.EXPECT_AFTER, "expect_after")
        r.one_of(r.need(item, "rule", "expect_after"), reader.rules, "规则", "rule", "rule.unknown")
        state = r.need(item, "state", "expect_after")
        r.one_of(state, keys.STATES, "状态", "state", "state.unknown")
    return Case(
        r.text(r.need(node, "name", where)), reader.clause(r.need(node, "clause", where)),
        _present(r, given), r.plain(expect), r.flag(node.map.get("only")),
        tuple(_present(r, item) for item in r.items(node.map.get("then"))),
        tuple(_present(r, item) for item in r.items(node.map.get("expect_after"))),
        node.file, node.line,
    )  # fmt: skip


def _present(r: Reading, node: Node | None) -> dict[str, Any]:
    """The values that are there; an empty one says nothing."""
    plain = r.plain(node)
    return {k: v for k, v in plain.items() if v is not None} if isinstance(plain, dict) else {}


def _given(reader: RuleReader, node: Node) -> None:
    r = reader.r
    r.keys(node, keys.GIVEN, "given")
    asked = ("fact", "period", "tier_of", "grade_of", "points_of")
    if not any(r.get(node, key) for key in asked):
        r.note(
            node, "case.given", "given 要有 fact、period、tier_of、grade_of 之一",
            "given needs one of fact, period, tier_of, grade_of", "fact: ...",
        )  # fmt: skip
    _told(reader, node)
    _state(reader, node.map.get("tier_of"), "customer")
    for item in r.items(node.map.get("history")):
        if isinstance(item.value, dict):
            _state(reader, item, "customer")
        else:
            r.one_of(item, reader.tiers, "级别", "tier", "tier.unknown")
    r.one_of(r.get(node, "tier"), reader.tiers, "级别", "tier", "tier.unknown")
    for item in _entries(r, node.map.get("grade_of"), "grade_of").values():
        r.flag(item)
    period = r.get(node, "period")
    if period is not None:
        try:
            span_by_key(r.text(period))
        except ValueError:
            r.note(
                period, "case.period", f"“{period.raw}”不是周期", f'"{period.raw}" is no period',
                "2026-Q3",
            )  # fmt: skip
    if "of" in node.map:
        r.one_of(r.get(node, "of"), keys.OF, "对象", "subject", "subject.unknown")


def _told(reader: RuleReader, node: Node) -> None:
    """A telling inside a case: kind, moment and values must fit the vocabulary."""
    r = reader.r
    fact = node.map.get("fact") or node.map.get("points_of")
    kind = reader.kind(fact) if fact is not None else None
    if kind is not None and "fact" in node.map:
        r.moment(r.need(node, "at", "given"))
    given = node.map.get("with")
    if kind is not None and given is not None:
        for name, value in r.keys(given, kind.fields, f"with ({kind.code})").items():
            if name in kind.fields:
                _value(r, value, kind.fields[name])
    for item in _entries(r, node.map.get("subjects"), "subjects").values():
        r.text(item)
    for subject in keys.SUBJECTS:
        _state(reader, node.map.get(subject), subject)


def _state(reader: RuleReader, node: Node | None, subject: str) -> None:
    """A subject's state must fit the vocabulary."""
    if node is None or node.absent:
        return
    known = reader.vocabulary.subjects.get(subject, {})
    for name, value in reader.r.keys(node, known, subject).items():
        if name in known:
            _value(reader.r, value, known[name])


def _entries(r: Reading, node: Node | None, where: str) -> dict[str, Node]:
    """A mapping whose keys are free."""
    found = r.resolve(node)
    return {} if found is None else r.keys(found, found.map, where)


def _value(r: Reading, node: Node, spec: Any) -> None:
    value = r.plain(node)
    if isinstance(value, int) and not isinstance(value, bool) and spec.type == "string":
        value = node.raw
    if value is None:
        return
    try:
        spec.read(value)
    except (ValueError, TypeError):
        zh, en = spec.expected
        r.note(node, "fact.value", f"{spec.name}：{zh}", f"{spec.name}: {en}")


def _instants(r: Reading, node: Node) -> None:
    for key in ("due", "opens"):
        found = r.get(node, key)
        if found is None or found.raw == "none":
            continue
        if len(found.raw.strip()) <= 10:
            r.day(found)
        else:
            r.moment(found)
