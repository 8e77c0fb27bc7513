"""Rules that ask the same act of the same people within different limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from bihuan.lib.policy.conditions import Condition
from bihuan.lib.policy.model import Pack, Rule
from bihuan.lib.policy.tables import split_top, unwrap

_EQUAL = re.compile(r'^([a-z]+\.[a-z0-9_]+)\s*==\s*("[^"]*"|-?[\d.]+|true|false)$')
_DIFFER = re.compile(r'^([a-z]+\.[a-z0-9_]+)\s*!=\s*("[^"]*"|-?[\d.]+|true|false)$')
_AMONG = re.compile(r"^([a-z]+\.[a-z0-9_]+)\s+in\s+\[([^\]]*)\]$")
_ORDER = re.compile(r"^([a-z]+\.[a-z0-9_]+)\s*(>=|<=|>|<)\s*(-?[\d.]+)$")
_CLOCK = re.compile(r'^(fact\.clock)\s*(>=|<=|>|<)\s*"(\d\d):(\d\d)"$')
_COMPARED = re.compile(r"^([a-z]+\.[a-z0-9_]+)\s*(==|!=|>=|<=|>|<)\s*([^\s].*)$")
_OPPOSITE = {"==": "!=", "!=": "==", ">=": "<", "<": ">=", "<=": ">", ">": "<="}
_HOLDS = re.compile(r'^("[^"]*")\s+in\s+([a-z]+\.[a-z0-9_]+)$')
_FLAG = re.compile(r"^([a-z]+\.[a-z0-9_]+)$")

_STRING = re.compile(r'"[^"]*"')
_WAYS = 64


@dataclass(frozen=True)
class Conflict:
    """Two rules that can bind one subject to the same act with different limits.

    ``settled_by`` is the id of the choice that decides between them, empty while open.
    """

    one: Rule
    two: Rule
    settled_by: str

    @property
    def rules(self) -> tuple[str, str]:
        return self.one.id, self.two.id


@dataclass
class _Range:
    """What conjuncts leave of one name: the allowed words, the denied ones, an interval."""

    among: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()
    low: tuple[float, bool] = (float("-inf"), True)
    high: tuple[float, bool] = (float("inf"), True)

    def meet(self, other: _Range) -> bool:
        """Whether a value can satisfy both."""
        among = self.among
        if other.among is not None:
            among = other.among if among is None else among & other.among
        if among is not None and not among - self.denied - other.denied:
            return False
        low, low_in = max(self.low, other.low, key=lambda end: (end[0], not end[1]))
        high, high_in = min(self.high, other.high, key=lambda end: (end[0], end[1]))
        return low < high or (low == high and low_in and high_in)


def conflicts(pack: Pack) -> list[Conflict]:
    """Every pair in conflict, in the order of the rules, the settled ones included."""
    groups: dict[tuple[str, str], list[Rule]] = {}
    for rule in pack.rules.values():
        kind = pack.vocabulary.duties.get(rule.must)
        if rule.prepares or not rule.must or rule.section != "rules" or (kind and kind.distinct):
            continue
        for turn in rule.when or (f"every:{rule.of}",):
            groups.setdefault((rule.must, turn), []).append(rule)
    found: dict[tuple[str, str], Conflict] = {}
    for rules in groups.values():
        for one, two in combinations(rules, 2):
            if _limits(one) != _limits(two) and can_overlap(one, two):
                found[one.id, two.id] = Conflict(one, two, _settled(pack, one.id, two.id))
    return list(found.values())


def _settled(pack: Pack, one: str, two: str) -> str:
    for choice in pack.choices:
        if choice.settled and one in choice.settles and two in choice.settles:
            return choice.id
    return ""


def _limits(rule: Rule) -> tuple[object, ...]:
    limit = str(rule.limit.duration) + rule.limit.field if rule.limit else ""
    limit += " ".join(f"{test.text if test else ''}: {use}" for test, use in rule.within.options)
    calendar = tuple(sorted(rule.calendar.values))
    return rule.turn, limit, rule.anchor, str(rule.window), calendar


def can_overlap(one: Rule, two: Rule) -> bool:
    """Whether one subject and one fact can fall under both; in doubt they can."""
    if one.tiers and two.tiers and not set(one.tiers) & set(two.tiers):
        return False
    if one.channel and two.channel and not set(one.channel) & set(two.channel):
        return False
    return compatible(one.conditions, two.conditions)


def compatible(one: Iterable[Condition], two: Iterable[Condition]) -> bool:
    """Whether both sets of conditions can hold at once, as far as plain comparisons tell."""
    others = ways(two)
    return any(_meet(first, second) for first in ways(one) for second in others)


def may_hold(conditions: Iterable[Condition], said: Mapping[str, str]) -> bool:
    """Whether conditions can hold where these names have these words."""
    known = {name: _Range(among=frozenset([f'"{word}"'])) for name, word in said.items()}
    return any(_meet(way, known) for way in ways(conditions))


def _meet(first: Mapping[str, _Range], second: Mapping[str, _Range]) -> bool:
    return all(first[name].meet(second[name]) for name in first.keys() & second.keys())


def ways(conditions: Iterable[Condition]) -> list[dict[str, _Range]]:
    """The ways in which the conditions can hold: what plain comparisons say of each name."""
    text = " && ".join(f"({condition.text})" for condition in conditions)
    found: list[dict[str, _Range]] = []
    for parts in _alternatives(text) if text else [[]]:
        way: dict[str, _Range] = {}
        for part in parts:
            _note(way, part)
        found.append(way)
    return found


def _alternatives(text: str) -> list[list[str]]:
    """``(A || B) && C`` as ``[[A, C], [B, C]]``; where they grow too many, `||` says nothing."""
    body = unwrap(text)
    if "?" in _STRING.sub("", body):
        return [[]]  # `A ? B : C` is not taken apart
    either = split_top(body, "||")
    if len(either) > 1:
        return [way for part in either for way in _alternatives(part)]
    both = split_top(body, "&&")
    if len(both) == 1:
        turned = _turned(body)
        return [[body]] if turned is None else _alternatives(turned)
    found: list[list[str]] = [[]]
    for part in both:
        more = _alternatives(part)
        if len(found) * len(more) <= _WAYS:
            found = [[*way, *each] for way in found for each in more]
    return found


def _turned(body: str) -> str | None:
    """``!(A || B)`` as ``!(A) && !(B)``, ``!(x == y)`` as ``x != y``; None when nothing is denied
    in brackets.
    """
    denied = body[1:].strip()
    inner = unwrap(denied)
    if not body.startswith("!") or inner == denied:
        return None
    for split, join in (("||", " && "), ("&&", " || ")):
        parts = split_top(inner, split)
        if len(parts) > 1:
            return join.join(f"!({part})" for part in parts)
    if inner.startswith("!"):
        return inner[1:]
    match = _COMPARED.match(inner)
    return f"{match[1]} {_OPPOSITE[match[2]]} {match[3]}" if match else None


def _note(found: dict[str, _Range], text: str) -> None:
    no = text.startswith("!")
    body = unwrap(text[1:]) if no else text
    if match := _HOLDS.match(body):
        _only(found, f"{match[1]} in {match[2]}", frozenset(["false" if no else "true"]))
    elif match := _FLAG.match(body):
        _only(found, match[1], frozenset(["false" if no else "true"]))
    elif no:
        return
    elif match := _EQUAL.match(text):
        _only(found, match[1], frozenset([match[2]]))
        if match[2][0] not in '"tf':
            found[match[1]].low = found[match[1]].high = (float(match[2]), True)
    elif match := _DIFFER.match(text):
        spot = found.setdefault(match[1], _Range())
        spot.denied |= {match[2]}
    elif match := _AMONG.match(text):
        _only(found, match[1], frozenset(value.strip() for value in match[2].split(",")))
    elif match := _ORDER.match(text):
        _bound(found.setdefault(match[1], _Range()), match[2], float(match[3]))
    elif match := _CLOCK.match(text):
        minutes = float(match[3]) * 60 + float(match[4])
        _bound(found.setdefault(match[1], _Range()), match[2], minutes)


def _only(found: dict[str, _Range], name: str, words: frozenset[str]) -> None:
    spot = found.setdefault(name, _Range())
    spot.among = words if spot.among is None else spot.among & words


def _bound(spot: _Range, operator: str, value: float) -> None:
    end = (value, "=" in operator)
    if operator.startswith(">"):
        spot.low = max(spot.low, end, key=lambda e: (e[0], not e[1]))
    else:
        spot.high = min(spot.high, end, key=lambda e: (e[0], e[1]))
