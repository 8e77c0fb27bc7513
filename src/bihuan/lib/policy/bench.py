"""How fast a real pack reads and answers, against the bare cost of one condition."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.lib.policy.evaluate import respond
from bihuan.lib.policy.limits import local_moment
from bihuan.lib.policy.model import PERIOD_FACT, Pack
from bihuan.lib.policy.reader import read
from bihuan.lib.policy.source import from_folder
from bihuan.lib.policy.telling import Telling
from bihuan.lib.policy.vocabulary import Field, Vocabulary
from bihuan.lib.workcal import Calendar, china

_PACKS = Path(__file__).resolve().parents[2] / "packs"
_YEAR = 2026
_FILL: dict[str, Any] = {
    "string": "X1", "int": 3, "number": 55.0, "money": 250_000.0, "bool": True,
    "date": "2026-11-30", "datetime": "2026-11-30T09:00+08:00", "strings": ["GREEN_CHANNEL"],
}  # fmt: skip


class _Calendars:
    def __init__(self) -> None:
        self.known = {"24x7": Calendar.always()}
        self.usual = china()

    def for_(self, name: str, _sections: Mapping[str, Mapping[str, Any]]) -> Calendar:
        return self.known.get(name, self.usual)


def run(code: str = "centrifuge", tellings: int = 20_000) -> dict[str, Any]:
    """Read the shipped pack and answer a year's mix of tellings on one core.

    The mix: of every twenty facts twelve are beginnings of a month (a third of which begin a
    quarter), the others go round all kinds that the pack listens to. ``ratio`` compares with
    the floor: one CEL condition with its values handed over, per telling.
    """
    vocabulary = Vocabulary.read(from_folder(_PACKS / "vocabulary"))
    texts = from_folder(_PACKS / code)
    start = time.process_time()
    pack = read(texts, vocabulary)
    read_s = time.process_time() - start
    facts = _facts(pack, tellings)
    calendars = _Calendars()
    for fact in facts[:200]:
        respond(pack, fact, calendars)
    start = time.process_time()
    duties = failures = 0
    for fact in facts:
        answer = respond(pack, fact, calendars)
        duties += len(answer.duties)
        failures += len(answer.failures)
    spent = time.process_time() - start
    floor = _floor(pack, len(facts))
    return {
        "pack": code, "rules": len(pack.rules), "read_s": round(read_s, 3),
        "responses": len(facts), "duties": duties, "failures": failures,
        "responses_per_s": round(len(facts) / spent), "us_per_response": round(spent / len(facts) * 1e6, 1),
        "us_per_duty": round(spent / max(duties, 1) * 1e6, 1),
        "baseline": "one CEL condition per telling", "baseline_us": round(floor * 1e6, 2),
        "ratio": round(spent / len(facts) / floor, 1),
    }  # fmt: skip


def _facts(pack: Pack, count: int) -> list[Telling]:
    wanted = {kind for rule in pack.rules.values() for kind in rule.when}
    kinds = sorted(wanted | {done.fact for rule in pack.rules.values() for done in rule.done})
    tiers = pack.tiers.order if pack.tiers else ("",)
    first = local_moment(f"{_YEAR}-01-01", ZoneInfo(pack.zone_name))
    found: list[Telling] = []
    for number in range(count):
        tier = tiers[number % len(tiers)]
        if number % 20 < 12:
            found.append(_month(pack, number, tier))
        else:
            kind = kinds[(number // 20 * 8 + number % 20) % len(kinds)]
            found.append(_event(pack, kind, number, tier, first))
    return found


def _states(pack: Pack, tier: str) -> dict[str, dict[str, Any]]:
    states = {
        subject: {name: _value(spec) for name, spec in fields.items()}
        for subject, fields in pack.vocabulary.subjects.items()
    }
    states["customer"]["tier"] = tier
    return states


def _month(pack: Pack, number: int, tier: str) -> Telling:
    month = number % 12 + 1
    at = local_moment(f"{_YEAR}-{month:02}-01", ZoneInfo(pack.zone_name))
    data = {"fact": {"of": "customer"}, "customer": _states(pack, tier)["customer"]}
    return Telling(f"b{number}", PERIOD_FACT, at, data, {"customer": str(number)})


def _event(pack: Pack, kind: str, number: int, tier: str, first: datetime) -> Telling:
    fields = pack.vocabulary.facts[kind].fields
    data = {"fact": {name: _value(spec) for name, spec in fields.items()}, **_states(pack, tier)}
    subjects = {name: str(number) for name in pack.vocabulary.subjects}
    return Telling(f"b{number}", kind, first + timedelta(minutes=number * 20), data, subjects)


def _value(spec: Field) -> Any:
    return spec.values[0] if spec.type == "enum" else _FILL[spec.type]


def _floor(pack: Pack, count: int) -> float:
    """Seconds for one condition of the pack with its values, over and over."""
    kind, test = next(
        (kind, rule.condition)
        for rule in pack.rules.values()
        for kind in rule.when
        if rule.condition is not None
    )
    terms = pack.terms[kind]
    fact = _event(pack, kind, 1, "", local_moment(f"{_YEAR}-01-01", pack.zone))
    start = time.process_time()
    for _ in range(count):
        values = terms.values(test.names, fact.sections, fact.at)
        test.ask(kind, terms.env.Activation(values))
    return (time.process_time() - start) / count
