"""Conditions in CEL over flat typed names, compiled when a pack is read.

A condition answers true or false, or it fails: a missing or ill-typed value is never false.
Dates are texts (``"2026-01-31"``) and compare in their order; moments are timestamps; whole
numbers are ``int``, amounts and other numbers ``double``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from cel_expr_python import cel

from bihuan.lib.policy.absence import always_answers
from bihuan.lib.policy.errors import nearest
from bihuan.lib.policy.expressions import compiled, explained
from bihuan.lib.policy.keys import SUBJECTS
from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node
from bihuan.lib.policy.vocabulary import FactKind, Field, Vocabulary

_CEL_TYPES = {
    "string": cel.Type.STRING,
    "enum": cel.Type.STRING,
    "date": cel.Type.STRING,
    "int": cel.Type.INT,
    "number": cel.Type.DOUBLE,
    "money": cel.Type.DOUBLE,
    "bool": cel.Type.BOOL,
    "datetime": cel.Type.TIMESTAMP,
    "strings": cel.Type.List(cel.Type.STRING),
}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_NAME = re.compile(rf"\b(fact|{'|'.join(SUBJECTS)})\.([a-z_][a-z0-9_]*)")
_PARAMETER = re.compile(r"\$([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)")

_SHOWN = 6  # names that a refusal lists
# What the moment of a fact is for people: the time of day and the kind of day of the pack's calendar.
LOCAL = ("fact.clock", "fact.day")
DAYS = ("WORKDAY", "WEEKEND", "HOLIDAY")

Sections = Mapping[str, Mapping[str, Any]]
Local = Callable[[datetime], Mapping[str, str]]


@dataclass(frozen=True)
class Terms:
    """The names that conditions of one kind of fact may use, with their types."""

    key: str
    fields: Mapping[str, Field]  # by flat name, `fact.severity`
    optional: frozenset[str]  # flat names that may be absent
    timed: bool = False  # of a fact, whose moment is known: `fact.clock`, `fact.day`

    @cached_property
    def names(self) -> dict[str, Any]:
        """Every flat name with its CEL type, the ``has_`` ones included."""
        found = {name: _CEL_TYPES[spec.type] for name, spec in self.fields.items()}
        found["fact.at"] = cel.Type.TIMESTAMP
        if self.timed:
            found |= dict.fromkeys(LOCAL, cel.Type.STRING)
        for name in self.fields:
            section, _, short = name.partition(".")
            found.setdefault(f"{section}.has_{short}", cel.Type.BOOL)
        return found

    @cached_property
    def env(self) -> Any:
        return cel.NewEnv(variables=self.names)

    def values(
        self, names: Iterable[str], sections: Sections, at: datetime, local: Local | None = None
    ) -> dict[str, Any]:
        """The values of these names; an absent one is left out, an absent list is empty."""
        found: dict[str, Any] = {}
        if self.timed and local is not None and any(name in LOCAL for name in names):
            found.update(local(at))
        for name in names:
            section, _, short = name.partition(".")
            spec = self.fields.get(name)
            if spec is None:
                if name == "fact.at":
                    found[name] = at
                elif not (self.timed and name in LOCAL):
                    part = sections.get(section, {})
                    found[name] = part.get(short.removeprefix("has_")) is not None
                continue
            value = sections.get(section, {}).get(short)
            if value is None:
                if spec.type == "strings":
                    found[name] = []
            elif spec.type == "datetime" and isinstance(value, str):
                found[name] = datetime.fromisoformat(value)
            elif spec.type == "strings":
                found[name] = list(value)
            else:
                found[name] = value if isinstance(value, str | int | float) else str(value)
        return found


def terms_of_fact(vocabulary: Vocabulary, kind: FactKind) -> Terms:
    """What a condition on this kind of fact may ask."""
    fields = {f"fact.{name}": spec for name, spec in kind.fields.items()}
    optional = {name for name, spec in fields.items() if not spec.required}
    return _with_subjects(vocabulary, kind.code, fields, optional, kind.carries, timed=True)


def terms_of_subject(vocabulary: Vocabulary, of: str, carries: Iterable[str]) -> Terms:
    """What a condition of a cadence may ask: the state of its subject, whatever fact turns it."""
    return _with_subjects(vocabulary, f"of:{of}", {}, set(), carries)


def _with_subjects(
    vocabulary: Vocabulary,
    key: str,
    fields: dict[str, Field],
    optional: set[str],
    carries: Iterable[str],
    *,
    timed: bool = False,
) -> Terms:
    for subject in carries:
        for name, spec in vocabulary.subjects.get(subject, {}).items():
            fields[f"{subject}.{name}"] = spec
    # Lists are empty rather than absent.
    optional -= {name for name in optional if fields[name].type == "strings"}
    return Terms(key, fields, frozenset(optional), timed)


@dataclass(frozen=True)
class Condition:
    """A condition as it was written, compiled for each set of terms it is asked under."""

    text: str
    file: str
    line: int
    names: tuple[str, ...]
    programs: Mapping[str, Any] = field(compare=False, repr=False, default_factory=dict)
    terms: Mapping[str, Terms] = field(compare=False, repr=False, default_factory=dict)

    def ask(self, key: str, activation: Any) -> bool | str:
        """True or false; a text says why there is no answer."""
        try:
            value = self.programs[key].eval(activation).value()
        except (RuntimeError, TypeError, ValueError, KeyError) as error:
            return str(error)
        if value is True or value is False:
            return value
        return str(value)


def read_condition(r: Reading, node: Node | None, terms: Iterable[Terms]) -> Condition | None:
    """Compile a condition for every set of terms; each fault is noted with its place."""
    found = r.resolve(node)
    if found is None:
        return None
    text = str(found.value).lower() if isinstance(found.value, bool) else r.text(found)
    text = _with_parameters(r, found, text).strip()
    if not text:
        return None
    names = names_in(text)
    programs: dict[str, Any] = {}
    asked = {known.key: known for known in terms}
    for known in asked.values():
        program = _compile(r, found, text, names, known)
        if program is None:
            break
        programs[known.key] = program
    return Condition(text, found.file, found.line, names, programs, asked)


def names_in(text: str) -> tuple[str, ...]:
    """The flat names in a condition, in alphabetical order, texts in quotes left aside."""
    bare = _STRING.sub('""', text)
    return tuple(sorted({f"{a}.{b}" for a, b in _NAME.findall(bare)}))


def _with_parameters(r: Reading, node: Node, text: str) -> str:
    def literal(match: re.Match[str]) -> str:
        value = r.resolve(Node(match[0], node.file, node.line, match[0]))
        if value is None:
            return "false"
        if isinstance(value.value, bool):
            return "true" if value.value else "false"
        if isinstance(value.value, int | float):
            return str(value.value)
        quoted = value.raw.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'

    return _PARAMETER.sub(literal, text)


def _compile(r: Reading, node: Node, text: str, names: tuple[str, ...], terms: Terms) -> Any:
    known = terms.names
    for name in names:
        if name not in known:
            r.note(
                node, "condition.name",
                f"条件里没有“{name}”这个名称（第 {text.find(name) + 1} 列，{terms.key}）",
                f'"{name}" is not a name here (column {text.find(name) + 1}, {terms.key})',
                _like(name, known),
            )  # fmt: skip
            return None
    program = _compiled(r, node, text, terms)
    for name in names if program is not None else ():
        section, _, short = name.partition(".")
        guard = f"{section}.has_{short}"
        if name in terms.optional and not always_answers(text, name, guard):
            r.note(
                node, "condition.may_be_absent",
                f"“{name}”可能没有值", f'"{name}" may be absent',
                f"{guard} && {text if '||' not in text and '?' not in text else f'({text})'}",
            )  # fmt: skip
            return None
    return program


def _like(name: str, known: Iterable[str]) -> str:
    """What may have been meant: the name most like it of the same section, else what there is."""
    section, _dot, short = name.partition(".")
    here = {k.removeprefix(f"{section}.") for k in known if k.startswith(f"{section}.")}
    near = nearest(short, here)
    if near:
        return f"{section}.{near}"
    own = sorted(each for each in here - {"at", "clock", "day"} if not each.startswith("has_"))
    more = " | …" if len(own) > _SHOWN else ""
    return " | ".join(f"{section}.{each}" for each in own[:_SHOWN]) + more or nearest(name, known)


def _compiled(r: Reading, node: Node, text: str, terms: Terms) -> Any:
    program, fault = compiled(terms.env, text, terms.names)
    if program is None:
        r.note(node, "condition.syntax", *explained(text, fault, terms.names))
        return None
    if program.return_type() != cel.Type.BOOL:
        r.note(
            node, "condition.bool", "条件的结果应是真或假",
            "a condition must yield true or false", 'customer.tier == "GOLD"',
        )  # fmt: skip
        return None
    return program


@dataclass(frozen=True)
class Switch:
    """A value, or the first whose condition holds; none holds: the last without a condition."""

    options: tuple[tuple[Condition | None, str], ...]

    @property
    def plain(self) -> str:
        """The value when it depends on nothing, else ``""``."""
        if len(self.options) == 1 and self.options[0][0] is None:
            return self.options[0][1]
        return ""

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(value for _, value in self.options)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for test, _ in self.options if test for name in test.names)

    def choose(self, key: str, activation: Any) -> tuple[str, str]:
        """(value, why there is none)."""
        for test, value in self.options:
            answer = True if test is None else test.ask(key, activation)
            if answer is True:
                return value, ""
            if answer is not False:
                return "", answer
        return "", "no option holds"
