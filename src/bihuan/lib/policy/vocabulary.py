"""The shared vocabulary: kinds of facts with their fields, subjects, roles, duties, evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from bihuan.lib.policy.errors import BadFact, FieldError, PackErrors, nearest
from bihuan.lib.policy.keys import (
    DUTY,
    EVIDENCE,
    FACT,
    FIELD,
    FIELD_TYPES,
    ROLE,
    SAYS,
    SUBJECTS,
)  # fmt: skip
from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node, load
from bihuan.lib.workcal.words import Words

# What a fact about one subject knows of others, unless its kind says so itself.
CARRIES = {
    "asset": ("asset", "customer", "company"),
    "contract": ("contract", "customer", "company"),
    "contact": ("contact", "customer", "company"),
    "customer": ("customer", "company"),
    "person": ("person", "company"),
    "company": ("company",),
    "any": SUBJECTS,
}


@dataclass(frozen=True)
class Field:
    """One typed value of a fact or of a subject's state."""

    name: str
    type: str
    title: Words
    required: bool = False
    values: tuple[str, ...] = ()
    value_titles: Mapping[str, Words] = field(default_factory=dict)
    unit: str = ""

    def read(self, value: Any) -> Any:
        """The value in its type, JSON-ready; raises ``ValueError`` with nothing to say."""
        match self.type:
            case "bool":
                return _flag(value)
            case "int":
                number = _number(value)
                if number != int(number):
                    raise ValueError
                return int(number)
            case "number" | "money":
                return _number(value)
            case "date":
                return _day(value).isoformat()
            case "datetime":
                moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
                if moment.tzinfo is None:
                    raise ValueError
                return moment.isoformat()
            case "strings":
                if not isinstance(value, list | tuple) or not all(
                    isinstance(item, str) for item in value
                ):
                    raise ValueError
                return list(value)
            case "enum":
                if value not in self.values:
                    raise ValueError
                return value
            case _:
                if not isinstance(value, str) or len(value) > 4000:
                    raise ValueError
                return value

    @property
    def expected(self) -> Words:
        """What this field takes, for a refusal."""
        if self.type == "enum":
            listed = " / ".join(self.values)
            return Words(f"只能是 {listed}", f"must be one of {listed}")
        return _EXPECTED[self.type]


_EXPECTED = {
    "string": Words("应是不超过 4000 字的文字", "must be a text of at most 4000 characters"),
    "bool": Words("应是 true 或 false", "must be true or false"),
    "int": Words("应是整数", "must be a whole number"),
    "number": Words("应是数", "must be a number"),
    "money": Words("应是金额（元）", "must be an amount in CNY"),
    "date": Words("应是日期，例如 2026-01-31", "must be a date such as 2026-01-31"),
    "datetime": Words(
        "应是带时区的时刻，例如 2026-01-31T08:30+08:00",
        "must be a moment with its offset, such as 2026-01-31T08:30+08:00",
    ),
    "strings": Words("应是文字的列表", "must be a list of texts"),
}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError  # noqa: TRY004 - one refusal for every bad value
    number = float(value)
    if number != number or abs(number) > 1e15:  # noqa: PLR0124 - NaN
        raise ValueError
    return number


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one refusal for every bad value
    return value


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        raise ValueError  # noqa: TRY004 - one refusal for every bad value
    return value if isinstance(value, date) else date.fromisoformat(value)


@dataclass(frozen=True)
class Says:
    """What the customer says by a fact of the matter that the field ``same`` names: a yes
    (``satisfied``) verifies what was done and waits for it, a no opens it again, and the duties
    of the kinds ``again`` also where nobody's word is waited for.
    """

    same: str
    satisfied: bool
    again: tuple[str, ...]


@dataclass(frozen=True)
class FactKind:
    """A kind of fact: what happened, about whom, with which values.

    ``occasion`` names the field whose value makes two tellings one occasion, or several of which
    the first that the fact has counts; empty when each fact is its own. ``carries`` lists the subjects whose state the fact brings with it.
    ``enters`` marks a fact by which a subject enters a population in mid-period. ``loose``: it may
    be told without its subject, and no rule about that subject is meant then. ``says``: the
    customer's yes or no by it.
    """

    code: str
    title: Words
    app: str
    subject: str
    occasion: tuple[str, ...]
    fields: Mapping[str, Field]
    carries: tuple[str, ...]
    enters: bool = False
    loose: bool = False
    says: Says | None = None

    def check(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The fact's own values in their types; empty ones are left out.

        Raises ``BadFact`` with one error for each field that is unknown, missing or wrong.
        """
        errors: list[FieldError] = []
        clean: dict[str, Any] = {}
        for name, value in data.items():
            spec = self.fields.get(name)
            if spec is None:
                errors.append(self._unknown(name))
            elif value is not None and value != "":
                try:
                    clean[name] = spec.read(value)
                except (ValueError, TypeError):
                    zh, en = spec.expected
                    title = spec.title
                    errors.append(
                        FieldError(name, "fact.value", f"{title.zh}：{zh}", f"{title.en}: {en}")
                    )
        wrong = {error.field for error in errors}
        errors += [
            FieldError(name, "fact.missing", f"缺少{spec.title.zh}", f"{spec.title.en} is missing")
            for name, spec in self.fields.items()
            if spec.required and name not in clean and name not in wrong
        ]
        if errors:
            raise BadFact(errors)
        return clean

    def _unknown(self, name: str) -> FieldError:
        near = nearest(name, self.fields)
        zh, en = f"“{self.title.zh}”没有字段 {name}", f'"{self.title.en}" has no field {name}'
        if near:
            zh, en = f"{zh}；应写 {near}", f"{en}; write {near}"
        return FieldError(name, "fact.field", zh, en)


@dataclass(frozen=True)
class Role:
    """A role; ``of`` says whose holder it is, ``up`` the next role of the ladder."""

    code: str
    title: Words
    of: str
    up: str


@dataclass(frozen=True)
class DutyKind:
    """A kind of act that a rule can ask for.

    ``distinct``: every rule asks for an act of its own (another meeting, another report), so
    two rules with this kind never conflict.
    """

    code: str
    title: Words
    app: str
    proved: tuple[str, ...]
    care: bool
    contact: bool
    guards: tuple[str, ...]
    distinct: bool = False


@dataclass(frozen=True)
class EvidenceKind:
    """A kind of proof; ``strength`` from 1 (a word) to 5 (the customer's signature)."""

    code: str
    title: Words
    strength: int


@dataclass(frozen=True)
class Vocabulary:
    """Everything that a pack may name. ``subjects``: the fields of each subject's state."""

    facts: Mapping[str, FactKind]
    subjects: Mapping[str, Mapping[str, Field]]
    roles: Mapping[str, Role]
    duties: Mapping[str, DutyKind]
    evidence: Mapping[str, EvidenceKind]

    @classmethod
    def read(cls, texts: Mapping[str, str]) -> Vocabulary:
        """Read facts, roles, duties and evidence files; raises ``PackErrors``."""
        return _VocabularyReader(texts).vocabulary()

    @cached_property
    def saying(self) -> Mapping[str, Says]:
        """The kinds of facts by which the customer says yes or no, and what they say."""
        return {code: kind.says for code, kind in self.facts.items() if kind.says is not None}

    @cached_property
    def guards(self) -> frozenset[str]:
        """Every guard that some kind of duty knows."""
        return frozenset(guard for kind in self.duties.values() for guard in kind.guards)


class _VocabularyReader:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.r = Reading()
        self.nodes: dict[str, Node] = {}
        for path in sorted(texts):
            name = path.rsplit("/", 1)[-1].removesuffix(".yaml")
            node = load(path, texts[path], self.r.problems) if path.endswith(".yaml") else None
            if node is not None:
                self.nodes[name] = node

    def vocabulary(self) -> Vocabulary:
        facts = self.nodes.get("facts", Node({}, "facts.yaml", 1))
        kinds = {code: n for code, n in facts.map.items() if code not in ("subjects", "types")}
        subjects = {
            name: self.fields(node, f"subjects.{name}")
            for name, node in self.subject_nodes(facts).items()
        }
        found = Vocabulary(
            facts={code: self.fact(code, node) for code, node in kinds.items()},
            subjects=subjects,
            roles={c: self.role(c, n) for c, n in self.entries("roles")},
            evidence={c: self.proof(c, n) for c, n in self.entries("evidence")},
            duties={c: self.duty(c, n) for c, n in self.entries("duties")},
        )
        self.cross(found)
        if self.r.problems:
            raise PackErrors(self.r.problems)
        return found

    def subject_nodes(self, facts: Node) -> dict[str, Node]:
        node = facts.map.get("subjects")
        return self.r.keys(node, SUBJECTS, "subjects") if node else {}

    def entries(self, name: str) -> list[tuple[str, Node]]:
        node = self.nodes.get(name)
        return list(node.map.items()) if node else []

    def fact(self, code: str, node: Node) -> FactKind:
        r = self.r
        r.keys(node, FACT, code)
        subject = r.one_of(
            r.need(node, "subject", code), (*SUBJECTS, "any"), "对象", "subject", "subject.unknown"
        )
        fields = self.fields(node.get("fields") or Node({}, node.file, node.line), code)
        carries = r.texts(node.get("carries")) or CARRIES.get(subject, ())
        named = r.text(node.get("occasion"))
        occasion = tuple(
            each.strip().removeprefix("fact.") for each in named.split(",") if each.strip()
        )
        for name in occasion:
            if name not in fields:
                r.unknown(node, "field.unknown", "字段", "field", name, fields)
        return FactKind(
            code, r.words(r.need(node, "title", code)), r.text(node.get("app")), subject,
            occasion, fields, carries, r.flag(node.get("enters")),
            r.flag(node.get("loose")), self.says(node.get("says"), code, fields),
        )  # fmt: skip

    def says(self, node: Node | None, code: str, fields: Mapping[str, Field]) -> Says | None:
        r = self.r
        if node is None:
            return None
        r.keys(node, SAYS, f"{code}.says")
        same = r.text(r.need(node, "same", f"{code}.says"))
        if same not in fields:
            r.unknown(node, "field.unknown", "字段", "field", same, fields)
        return Says(same, r.flag(node.get("satisfied")), r.texts(node.get("again")))

    def fields(self, node: Node, where: str) -> dict[str, Field]:
        return {name: self.field(name, spec, where) for name, spec in node.map.items()}

    def field(self, name: str, node: Node, where: str) -> Field:
        r = self.r
        r.keys(node, FIELD, f"{where}.{name}")
        kind = r.one_of(
            r.need(node, "type", f"{where}.{name}"), FIELD_TYPES, "类型", "type", "type.unknown"
        )
        titles: dict[str, Words] = {}
        values = node.get("values")
        if values is not None and isinstance(values.value, dict):
            titles = {code: r.words(title) for code, title in values.value.items()}
        listed = tuple(titles) or r.texts(values)
        if kind == "enum" and not listed:
            r.note(node, "field.values", f"{name} 缺少 values", f"{name} lacks its values")
        title = r.words(node.get("title"))
        return Field(
            name, kind or "string", title if title.zh else Words(name, name),
            r.flag(node.get("required")), listed, titles, r.text(node.get("unit")),
        )  # fmt: skip

    def role(self, code: str, node: Node) -> Role:
        r = self.r
        r.keys(node, ROLE, code)
        of = r.text(node.get("of"), "company")
        return Role(code, r.words(r.need(node, "title", code)), of, r.text(node.get("up")))

    def duty(self, code: str, node: Node) -> DutyKind:
        r = self.r
        r.keys(node, DUTY, code)
        return DutyKind(
            code, r.words(r.need(node, "title", code)), r.text(node.get("app"), "obligations"),
            r.texts(node.get("evidence")), r.flag(node.get("care")), r.flag(node.get("contact")),
            r.texts(node.get("guards")), r.flag(node.get("distinct")),
        )  # fmt: skip

    def proof(self, code: str, node: Node) -> EvidenceKind:
        r = self.r
        r.keys(node, EVIDENCE, code)
        strength = r.whole(node.get("strength"), 1)
        if not 1 <= strength <= 5:
            r.note(node, "evidence.strength", "strength 应在 1 到 5", "strength is 1 to 5")
        return EvidenceKind(code, r.words(r.need(node, "title", code)), strength)

    def cross(self, found: Vocabulary) -> None:
        r = self.r
        for code, node in self.entries("roles"):
            if (up := found.roles[code].up) and up not in found.roles:
                r.unknown(node, "role.unknown", "角色", "role", up, found.roles)
        for code, says in found.saying.items():
            for kind in says.again:
                if kind not in found.duties:
                    node = self.nodes["facts"].map[code]
                    r.unknown(node, "duty.unknown", "义务", "duty", kind, found.duties)
        for code, node in self.entries("duties"):
            for kind in found.duties[code].proved:
                if kind not in found.evidence:
                    r.unknown(node, "evidence.unknown", "凭证", "evidence", kind, found.evidence)
