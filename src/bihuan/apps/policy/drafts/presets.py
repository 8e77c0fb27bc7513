"""Sets of service limits that come with the product, to be put into a draft.

A preset is a file of rules in the pack language without their clauses: whoever puts it in says
which clause of the regulation promises it. Rules of the draft that ask for the same act on the
same fact make way. See `packs/presets/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ruamel.yaml import YAML

from bihuan.base.vocabulary import PACKS
from bihuan.lib.policy import Pack, Rule
from bihuan.lib.policy.edit import remove

FOLDER = PACKS / "presets"
RULES = "\nrules:\n"
ID = re.compile(r"^(  - id: \S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Preset:
    """One file; `text` are its rules as written, `acts` what they ask for: (fact, duty kind)."""

    code: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    text: str
    acts: frozenset[tuple[str, str]]

    @property
    def file(self) -> str:
        """Where it lies in a draft."""
        return f"rules/preset-{self.code}.yaml"


@cache
def presets() -> dict[str, Preset]:
    """All presets by their code."""
    found = [_read(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    return {each.code: each for each in found}


def _read(text: str) -> Preset:
    data = YAML(typ="safe", pure=True).load(text)
    acts = frozenset((rule["when"], rule["must"]) for rule in data["rules"])
    rules = text[text.index(RULES) + 1 :]
    return Preset(data["preset"], data["title"], data["about"], rules, acts)


def makes_way(preset: Preset, pack: Pack) -> list[Rule]:
    """The rules of a pack whose place a preset takes."""
    return [
        rule
        for rule in pack.rules.values()
        if rule.section == "rules"
        and rule.file != preset.file
        and any((fact, rule.must) in preset.acts for fact in rule.when)
    ]


def with_preset(
    preset: Preset, clause: str, pack: Pack, files: Mapping[str, str]
) -> dict[str, str]:
    """The files of a draft with a preset under a clause; an earlier one of the same name goes.

    Raises BadEdit.
    """
    found = dict(files)
    for rule in makes_way(preset, pack):
        found[rule.file] = remove(found[rule.file], ["rules", rule.id])
    found[preset.file] = ID.sub(rf"\1\n    clause: {clause}", preset.text)
    return found


def clauses_for(pack: Pack) -> list[str]:
    """The clauses that may promise it: those that rules carry."""
    return [clause.id for clause in pack.clauses.values() if clause.carried == "rule"]
