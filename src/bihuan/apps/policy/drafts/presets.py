"""Sets of service limits that come with the product, to be put into a draft.

A preset is a file of rules in the pack language without their clauses (`packs/presets/`). Rules of
the draft that ask for the same act on the same fact get its limits in place, so that cases,
choices and chosen owners stay with them; what the draft does not ask for yet is added as rules of
its own, under the clause that somebody names for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from bihuan.apps.people.calendars import calendars
from bihuan.base.vocabulary import PACKS
from bihuan.lib.policy import Pack, Rule, Telling, respond
from bihuan.lib.policy.edit import get_value, set_value
from bihuan.lib.policy.errors import BadEdit

FOLDER = PACKS / "presets"
RULES = "\nrules:\n"
ENTRY = re.compile(r"^(?=  - id: )", re.MULTILINE)
ID = re.compile(r"^(  - id: \S+)$", re.MULTILINE)
SOME_DAY = datetime.fromisoformat("2026-06-10T10:00+08:00")
"""A working day on which faults are supposed, to see which rules of a pack answer them."""


@dataclass(frozen=True)
class Preset:
    """One file: its rules as data and, one by one, as written."""

    code: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    rules: tuple[Mapping[str, Any], ...]
    texts: tuple[str, ...]

    @property
    def file(self) -> str:
        """Where its own rules lie in a draft."""
        return f"rules/preset-{self.code}.yaml"


@cache
def presets() -> dict[str, Preset]:
    """All presets by their code."""
    found = [_read(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    return {each.code: each for each in found}


def _read(text: str) -> Preset:
    data = YAML(typ="safe", pure=True).load(text)
    texts = ENTRY.split(text[text.index(RULES) + len(RULES) :])
    return Preset(
        data["preset"], data["title"], data["about"], tuple(data["rules"]),
        tuple(each for each in texts if each.strip()),
    )  # fmt: skip


def with_preset(
    preset: Preset, clause: str, pack: Pack, files: Mapping[str, str]
) -> dict[str, str]:
    """The files of a draft with the limits of a preset. Raises BadEdit."""
    found = dict(files)
    added: list[str] = []
    for wanted, text in zip(preset.rules, preset.texts, strict=True):
        there = answering(pack, str(wanted["when"]), str(wanted["must"]))
        for rule in there:
            found[rule.file] = _limited(found[rule.file], rule, wanted, pack)
        open_ = _open(pack, wanted, there)
        if open_ is not None:
            added.append(_for_severities(ID.sub(rf"\1\n    clause: {clause}", text), wanted, open_))
    if added:
        found[preset.file] = "rules:\n" + "".join(added)
    return found


def answering(pack: Pack, fact: str, must: str) -> list[Rule]:
    """The rules of a pack that ask for an act on a fact, and on no other."""
    return [
        rule
        for rule in pack.rules.values()
        if rule.section == "rules" and rule.when == (fact,) and rule.must == must
    ]


def _limited(text: str, rule: Rule, wanted: Mapping[str, Any], pack: Pack) -> str:
    text = set_value(text, ["rules", rule.id, "within"], _switch(text, rule, wanted, "within", ""))
    calendar = _switch(text, rule, wanted, "calendar", pack.calendar)
    return set_value(text, ["rules", rule.id, "calendar"], calendar)


def _switch(
    text: str, rule: Rule, wanted: Mapping[str, Any], key: str, default: str
) -> str | list[dict[str, str]]:
    """A preset's value; where the preset speaks of some cases only, the old one for the rest."""
    value = wanted.get(key, default)
    if "if" not in wanted:
        return value if isinstance(value, str) else _plain(value)
    *first, last = _plain(value) if isinstance(value, list) else [{"use": str(value)}]
    try:
        old = get_value(text, ["rules", rule.id, key])
    except BadEdit:
        old = default
    rest = _plain(old) if isinstance(old, list) else [{"use": str(old)}]
    return [*first, {"if": str(wanted["if"]), "use": last["use"]}, *rest]


def _plain(items: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{str(key): str(value) for key, value in each.items()} for each in items]


def _open(pack: Pack, wanted: Mapping[str, Any], there: list[Rule]) -> list[str] | None:
    """The severities of a fault for which a pack does not ask for the act yet; an empty list for
    all of them, None for none.
    """
    if not there:
        return []
    field = pack.vocabulary.facts[str(wanted["when"])].fields["severity"]
    known = {rule.id for rule in there}
    missing = [code for code in field.values if not known & set(_answers(pack, wanted, code))]
    return missing or None


def _answers(pack: Pack, wanted: Mapping[str, Any], severity: str) -> Iterable[str]:
    """The rules that speak of a fault of this severity, of some tier; a rule that cannot be
    judged without more being known counts as one that does.
    """
    for tier in pack.tiers.order if pack.tiers is not None else ("",):
        customer = {"tier": tier, "rank": 1, "flags": []}
        sections = {
            "fact": {"ticket": "T", "severity": severity},
            "customer": customer,
            "asset": {},
        }
        fact = Telling(
            "fault", str(wanted["when"]), SOME_DAY, sections, {"asset": "1", "customer": "1"}
        )
        found = respond(pack, fact, calendars())
        yield from (duty.rule for duty in found.duties)
        yield from (failure.rule for failure in found.failures)


def _for_severities(text: str, wanted: Mapping[str, Any], codes: list[str]) -> str:
    """A preset's rule for these severities only; for all of them as it is written."""
    if not codes:
        return text
    some = " || ".join(f'fact.severity == "{code}"' for code in codes)
    if "if" in wanted:
        return text.replace(
            f"    if: {wanted['if']}\n", f"    if: ({wanted['if']}) && ({some})\n", 1
        )
    return text.replace("    must:", f"    if: {some}\n    must:", 1)


def clauses_for(pack: Pack) -> list[str]:
    """The clauses that may promise it: those that rules carry."""
    return [clause.id for clause in pack.clauses.values() if clause.carried == "rule"]
