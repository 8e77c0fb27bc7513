"""A pack's rules by the kind of fact they listen to, made once for each pack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bihuan.lib.policy.conditions import Condition, Terms
from bihuan.lib.policy.limits import Turn
from bihuan.lib.policy.model import PERIOD_FACT, Done, Pack, Rule
from bihuan.lib.policy.vocabulary import FactKind


@dataclass(frozen=True)
class KindIndex:
    """What the pack does with one kind of fact.

    ``names`` are the values that its conditions ask for. ``turns`` is true when the kind turns
    cadences: a period began, or a subject entered.
    """

    kind: FactKind
    terms: Terms | None
    names: tuple[str, ...]
    rules: tuple[Rule, ...]
    done: tuple[tuple[Rule, Done], ...]
    turns: bool


@dataclass(frozen=True)
class CadenceIndex:
    """The cadences of one type of subject, with the values their conditions ask for."""

    terms: Terms | None
    names: tuple[str, ...]
    rules: tuple[Rule, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class PackIndex:
    """All of it; the maps are read only."""

    kinds: dict[str, KindIndex]
    cadences: dict[str, CadenceIndex]


def index_of(pack: Pack) -> PackIndex:
    """The pack's index; kept with the pack itself."""
    found = pack.__dict__.get("_index")
    if isinstance(found, PackIndex):
        return found
    index = _build(pack)
    pack.__dict__["_index"] = index
    return index


def _build(pack: Pack) -> PackIndex:
    events: dict[str, list[Rule]] = {}
    done: dict[str, list[tuple[Rule, Done]]] = {}
    cadences: dict[str, list[Rule]] = {}
    for rule in pack.rules.values():
        for either in rule.done:
            done.setdefault(either.fact, []).append((rule, either))
        if rule.prepares:
            continue
        if rule.every:
            cadences.setdefault(rule.of, []).append(rule)
        for kind in rule.when:
            events.setdefault(kind, []).append(rule)
    turning = {
        kind.code
        for kind in pack.vocabulary.facts.values()
        if kind.code == PERIOD_FACT or (kind.enters and kind.subject in cadences)
    }
    kinds = {
        code: _kind(pack, kind, events.get(code, []), done.get(code, []), turns=code in turning)
        for code, kind in pack.vocabulary.facts.items()
        if code in events or code in done or code in turning
    }
    return PackIndex(kinds, {of: _cadence(pack, of, rules) for of, rules in cadences.items()})


def _kind(
    pack: Pack,
    kind: FactKind,
    rules: list[Rule],
    done: list[tuple[Rule, Done]],
    *,
    turns: bool,
) -> KindIndex:
    asked = [name for rule in rules for name in _names(rule)]
    asked += [n for _, either in done if either.condition for n in either.condition.names]
    terms = pack.terms.get(kind.code)
    return KindIndex(kind, terms, tuple(sorted(set(asked))), tuple(rules), tuple(done), turns)


def _cadence(pack: Pack, of: str, rules: list[Rule]) -> CadenceIndex:
    asked = {name for rule in rules for name in _names(rule)}
    return CadenceIndex(
        pack.terms.get(f"of:{of}"),
        tuple(sorted(asked)),
        tuple(rules),
        tuple({r.turn: 1 for r in rules}),
    )


def _names(rule: Rule) -> Iterable[str]:
    tests: tuple[Condition, ...] = rule.conditions
    for test in tests:
        yield from test.names
    yield from rule.calendar.names
    yield from rule.by.names
    yield from rule.within.names
