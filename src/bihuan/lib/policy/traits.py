"""What a regulation asks of a subject: two that agree in it owe the same when a period begins.

Known before any subject is looked at, from the conditions of the cadences alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bihuan.lib.policy.conditions import Condition
from bihuan.lib.policy.index import index_of
from bihuan.lib.policy.model import PERIOD_FACT, Pack, Rule

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_NUMBERS = frozenset({"int", "number", "money"})


@dataclass(frozen=True, order=True)
class Trait:
    """One value of a subject's state that some cadence asks for.

    With ``bounds`` it is a number that is only ever compared with these: where it lies among them
    is all that matters. None: the value itself matters.
    """

    section: str
    field: str
    bounds: tuple[float, ...] | None = None


def traits(pack: Pack, of: str) -> tuple[Trait, ...]:
    """Everything that the cadences of this type of subject ask of its state."""
    found = index_of(pack).cadences.get(of)
    if found is None:
        return ()
    tests = [test for rule in found.rules for test in _tests(rule)]
    fields = found.terms.fields if found.terms is not None else {}
    traits_: dict[tuple[str, str], Trait] = {("customer", "tier"): Trait("customer", "tier")}
    for name in sorted(found.names):
        section, _, field = name.partition(".")
        bare = field.removeprefix("has_") if name not in fields else field
        if section != "fact" and (section, bare) not in traits_:
            number = (spec := fields.get(f"{section}.{bare}")) is not None and spec.type in _NUMBERS
            bounds = _bounds(f"{section}.{bare}", tests) if number else None
            traits_[section, bare] = Trait(section, bare, bounds)
    return tuple(traits_.values())


def only_turns(pack: Pack) -> bool:
    """Whether the beginning of a period does nothing but turn cadences: no rule answers to it as to
    an event, and it fulfils nothing.
    """
    found = index_of(pack).kinds.get(PERIOD_FACT)
    return found is None or not (found.rules or found.done)


def musts(pack: Pack, of: str) -> frozenset[str]:
    """The kinds of duties that come round with this type of subject."""
    found = index_of(pack).cadences.get(of)
    rules = found.rules if found is not None else ()
    ready = (pack.rules.get(f"{rule.id}.prepare") for rule in rules)
    return frozenset(rule.must for rule in (*rules, *ready) if rule is not None)


def _tests(rule: Rule) -> Iterable[Condition]:
    yield from rule.conditions
    for switch in (rule.calendar, rule.by, rule.within):
        yield from (test for test, _ in switch.options if test is not None)


def _bounds(name: str, tests: Iterable[Condition]) -> tuple[float, ...] | None:
    """The numbers that a name is compared with; None when something else is done with it."""
    said = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w.])")
    compared = re.compile(
        rf"(?:^|[(&|])\s*{re.escape(name)}\s*(?:<=|>=|==|!=|<|>)\s*(-?\d+(?:\.\d+)?)\s*(?=$|[)&|])"
    )
    found: set[float] = set()
    for test in tests:
        text = _TEXT.sub('""', test.text)
        numbers = compared.findall(text)
        if len(numbers) != len(said.findall(text)):
            return None
        found |= {float(number) for number in numbers}
    return tuple(sorted(found))
