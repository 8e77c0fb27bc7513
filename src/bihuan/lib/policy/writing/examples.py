"""An example of a rule: a fact or a period, and what the engine answers to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from bihuan.lib.policy.cases import telling_of
from bihuan.lib.policy.evaluate import respond
from bihuan.lib.policy.model import Pack, Rule
from bihuan.lib.policy.telling import Duty
from bihuan.lib.policy.vocabulary import Field
from bihuan.lib.workcal import Calendar, WorkcalError, china

_AMOUNT = re.compile(r"customer\.(\w+) >=? (\d+)$")


class Plain:
    """The calendars that need no company."""

    def __init__(self) -> None:
        self._cn, self._always = china(), Calendar.always()

    def for_(self, name: str, _sections: Mapping[str, Mapping[str, Any]]) -> Calendar:
        return self._always if name == "24x7" else self._cn


def example_of(pack: Pack, rule: Rule) -> dict[str, Any] | None:
    """A case of the rule, or None where it is not whole or nothing would arise."""
    if rule.unfilled or rule.prepares or not (rule.when or rule.every):
        return None
    given = _period(pack, rule) if rule.every else _fact(pack, rule)
    told = telling_of(pack, given, "example")
    try:
        duties = respond(pack, told, Plain()).duties
    except (WorkcalError, ValueError):
        return None
    duty = next((each for each in duties if each.rule == rule.id), None)
    if duty is None:
        return None
    expected = {"rule": rule.id} | (
        {"due": duty.due_at.astimezone(pack.zone).isoformat()} if duty.due_at else {}
    )
    return {
        "name": _name(pack, rule, told.at, duty),
        "clause": rule.clause,
        "given": given,
        "expect": [expected],
    }


def _name(pack: Pack, rule: Rule, at: datetime, duty: Duty) -> str:
    due = f"，{duty.due_at.astimezone(pack.zone):%Y-%m-%d %H:%M} 前" if duty.due_at else "，"
    if rule.every:
        return f"{_day(pack, at):%Y-%m-%d} 开始的{rule.turn.words().zh}{due}须办：{rule.title.zh}"
    fact = pack.vocabulary.facts[rule.when[0]].title.zh
    return f"{at.astimezone(pack.zone):%Y-%m-%d %H:%M} {fact}{due}须办：{rule.title.zh}"


def _day(pack: Pack, at: datetime) -> date:
    return at.astimezone(pack.zone).date()


def _state(rule: Rule) -> dict[str, Any]:
    """A customer for whom the rule holds."""
    found: dict[str, Any] = {"tier": rule.tiers[0]} if rule.tiers else {}
    for condition in rule.conditions:
        if match := _AMOUNT.match(condition.text):
            found[match[1]] = int(match[2]) + 1
    return {"customer": found} if found else {}


def _period(pack: Pack, rule: Rule) -> dict[str, Any]:
    span = rule.turn.span(rule.turn.span(pack.from_).last + timedelta(days=1))
    return {"period": span.key, "of": rule.of, **_state(rule)}


def _fact(pack: Pack, rule: Rule) -> dict[str, Any]:
    kind = pack.vocabulary.facts[rule.when[0]]
    first = pack.from_ + timedelta(days=8)
    day = first + timedelta(days=(1 - first.weekday()) % 7)  # a Tuesday
    at = datetime.combine(day, time(9, 0), tzinfo=pack.zone)
    data = {name: _sample(spec, at) for name, spec in kind.fields.items() if spec.required}
    for name in {rule.anchor, rule.limit.field if rule.limit else ""} & set(kind.fields):
        data.setdefault(name, _sample(kind.fields[name], at))
    return {
        "fact": kind.code,
        "at": at.isoformat(),
        **({"with": data} if data else {}),
        **_state(rule),
    }


def _sample(spec: Field, at: datetime) -> Any:
    match spec.type:
        case "enum":
            return spec.values[0]
        case "int" | "number" | "money":
            return 1
        case "bool":
            return True
        case "date":
            return (at + timedelta(days=30)).date().isoformat()
        case "datetime":
            return (at + timedelta(days=30)).isoformat()
        case "strings":
            return []
        case _:
            return "1"
