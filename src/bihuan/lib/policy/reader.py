"""Reading a pack: from texts by path to a ``Pack``, or to every problem with its place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from bihuan.lib.policy import keys
from bihuan.lib.policy.errors import PackErrors, Problem
from bihuan.lib.policy.model import Choice, Clause, Pack, Parameter, Rule
from bihuan.lib.policy.over import UNDER, Layers, layered
from bihuan.lib.policy.read_cases import read_cases
from bihuan.lib.policy.read_parts import (
    read_benefit,
    read_complaints,
    read_features,
    read_points,
    read_target,
    read_threshold,
    read_tiers,
)  # fmt: skip
from bihuan.lib.policy.read_rules import RuleReader
from bihuan.lib.policy.read_sugar import expand
from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node, load
from bihuan.lib.policy.vocabulary import Vocabulary

_SECTIONS = ("rules", "meetings", "reports", "drills")
DEFAULT_ZONE = "Asia/Shanghai"


def read(texts: Mapping[str, str], vocabulary: Vocabulary) -> Pack:
    """Read a pack from its files.

    ``pack.yaml`` holds the head; other YAML files outside ``cases/`` hold more sections, those
    in ``cases/`` the cases. Raises ``PackErrors`` with every problem found, never anything else.
    """
    return _PackReader(texts, vocabulary).pack()


def hash_of(texts: Mapping[str, str]) -> str:
    """SHA-256 over paths and texts, the same for the same content in any order."""
    digest = hashlib.sha256()
    for path in sorted(texts):
        for part in (path, texts[path]):
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big"))
            digest.update(raw)
    return digest.hexdigest()


class _PackReader:
    def __init__(self, texts: Mapping[str, str], vocabulary: Vocabulary) -> None:
        self.texts, self.vocabulary = dict(texts), vocabulary
        self.r = Reading()
        self.head = Node({}, "pack.yaml", 0)
        self.parts: list[Node] = []
        self.case_files: list[Node] = []

    def pack(self) -> Pack:
        r = self.r
        self.load_files()
        if r.problems:
            raise PackErrors(r.problems)
        head = self.head
        parameters, choices = self.parameters(), self.choices()
        clauses = self.clauses()
        tiers = head.map.get("tiers")
        order = r.texts(tiers.map.get("order")) if tiers else ()
        names = {c: r.words(n) for c, n in _entries(tiers, "names")}
        calendar = r.text(r.need(head, "calendar", "pack.yaml"))
        reader = RuleReader(r, self.vocabulary, calendar, order, clauses, names)
        self.rules(reader)
        pack = self.assemble(reader, parameters, choices, clauses, calendar)
        self.cross(pack)
        if r.problems:
            raise PackErrors(r.problems)
        return pack

    def load_files(self) -> None:
        own, general = Layers(self.head, [], []), Layers(Node({}, f"{UNDER}pack.yaml", 0), [], [])
        for path in sorted(self.texts):
            if not path.endswith((".yaml", ".yml")):
                continue
            node = load(path, self.texts[path], self.r.problems)
            if node is None:
                continue
            layer = general if path.startswith(UNDER) else own
            if path == "pack.yaml" or path.endswith("/pack.yaml"):
                layer.head = node
            elif "cases/" in path:
                layer.cases.append(node)
            else:
                layer.parts.append(node)
        there = any(
            path == "pack.yaml" or (path.endswith("/pack.yaml") and not path.startswith(UNDER))
            for path in self.texts
        )
        if not there:
            self.r.problems.append(
                Problem("pack.yaml", 0, "pack.missing", "没有 pack.yaml", "there is no pack.yaml")
            )
        if self.r.problems:
            return
        self.r.keys(own.head, keys.PACK, "pack.yaml")
        self.r.keys(general.head, keys.PACK, f"{UNDER}pack.yaml")
        for part in (*own.parts, *general.parts):
            self.r.keys(part, keys.PART, part.file)
        self.layers = layered(self.r, own, general)
        self.head, self.parts, self.case_files = (
            self.layers.head, self.layers.parts, self.layers.cases,
        )  # fmt: skip

    # -- head

    def parameters(self) -> dict[str, Parameter]:
        r = self.r
        node = self.head.map.get("parameters")
        entries = dict(node.map) if node else {}
        for name, item in entries.items():
            r.keys(item, keys.PARAMETER, f"parameters.{name}")
            if "value" in item.map:
                r.parameters[name] = item.map["value"]
            else:
                r.need(item, "value", f"parameters.{name}")
        self.chosen_values()
        return {
            name: Parameter(
                name, r.parameters[name].plain() if name in r.parameters else None,
                r.words(item.map.get("title")), r.text(item.map.get("clause")),
                r.flag(item.map.get("open")), item.file, item.line,
                r.flag(item.map.get("inferred")),
            )
            for name, item in entries.items()
        }  # fmt: skip

    def chosen_values(self) -> None:
        """Let the chosen option of each choice set its parameters."""
        r = self.r
        for node in r.items(self.head.map.get("choices")):
            chosen = r.text(node.map.get("chosen"))
            option = (node.map.get("options") or Node({}, "", 0)).map.get(chosen)
            values = option.map.get("set") if option else None
            for name, value in (values.map if values else {}).items():
                if name not in r.parameters:
                    r.unknown(value, "parameter.unknown", "参数", "parameter", name, r.parameters)
                else:
                    r.parameters[name] = value

    def choices(self) -> tuple[Choice, ...]:
        return tuple(self.choice(node) for node in self.r.items(self.head.map.get("choices")))

    def choice(self, node: Node) -> Choice:
        r = self.r
        where = f"choice {r.text(node.map.get('id'))}"
        r.keys(node, keys.CHOICE, where)
        options = dict(_entries(node, "options"))
        for code, item in options.items():
            r.keys(item, keys.OPTION, f"{where}.{code}")
        chosen = r.one_of(r.get(node, "chosen"), options, "选项", "option", "option.unknown")
        return Choice(
            r.code(r.need(node, "id", where), "id"), r.texts(node.map.get("about")),
            r.words(r.need(node, "question", where)),
            {code: r.words(item.map.get("title")) for code, item in options.items()},
            chosen, r.words(node.map.get("why")), r.texts(node.map.get("settles")),
            r.text(node.map.get("prefer")), node.file, node.line,
            tuple(name for name, _value in _entries(options.get(chosen), "set")),
        )  # fmt: skip

    def clauses(self) -> dict[str, Clause]:
        r = self.r
        found: dict[str, Clause] = {}
        for source in (self.head, *self.parts):
            for node in r.items(source.map.get("clauses")):
                clause = self.clause(node)
                if clause.id in found:
                    first = found[clause.id]
                    r.note(
                        node, "clause.twice", f"条款 {clause.id} 已在 {first.file}:{first.line}",
                        f"clause {clause.id} is already at {first.file}:{first.line}",
                    )  # fmt: skip
                elif clause.id:
                    found[clause.id] = clause
        return found

    def clause(self, node: Node) -> Clause:
        r = self.r
        where = f"clause {r.text(node.map.get('id'))}"
        r.keys(node, keys.CLAUSE, where)
        carried = r.one_of(
            r.need(node, "carried", where), keys.CARRIED, "落实方式", "way", "carried.unknown"
        )
        return Clause(
            r.code(r.need(node, "id", where), "id"), r.text(node.map.get("number")),
            r.words(r.need(node, "title", where)), r.words(node.map.get("text")),
            carried, r.text(node.map.get("by")), r.day(node.map.get("from")),
            node.file, node.line, r.flag(node.map.get("inferred")),
        )  # fmt: skip

    # -- rules

    def rules(self, reader: RuleReader) -> None:
        for source in (self.head, *self.parts):
            for section in _SECTIONS:
                for node in self.r.items(source.map.get(section)):
                    if section == "rules":
                        reader.add(node)
                    else:
                        expand(reader, section, node)

    def assemble(
        self,
        reader: RuleReader,
        parameters: dict[str, Parameter],
        choices: tuple[Choice, ...],
        clauses: dict[str, Clause],
        calendar: str,
    ) -> Pack:
        r, head = self.r, self.head
        tiers = head.map.get("tiers")
        complaints, points = head.map.get("complaints"), head.map.get("points")
        customer = reader.subject_terms("customer")
        starts = r.day(r.need(head, "from", "pack.yaml"))
        ends = r.day(head.map.get("to"))
        if starts and ends and ends < starts:
            r.note(
                head, "pack.dates", "to 早于 from", "to lies before from", f"to: {starts}",
                head.line_of("to"),
            )  # fmt: skip
        return Pack(
            code=r.code(r.need(head, "pack", "pack.yaml"), "pack"),
            version=r.text(r.need(head, "version", "pack.yaml")),
            title=r.words(r.need(head, "title", "pack.yaml")),
            from_=starts or date.min, to=ends, zone_name=self.zone(), calendar=calendar,
            parameters=parameters, choices=choices, clauses=clauses,
            rules=_dated(reader.rules, clauses),
            tiers=read_tiers(r, tiers, customer, self.vocabulary.roles) if tiers else None,
            features=read_features(reader, self.section("features")),
            benefits=tuple(read_benefit(reader, n) for n in self.section("benefits")),
            thresholds=tuple(read_threshold(reader, n) for n in self.section("thresholds")),
            targets=tuple(read_target(reader, n) for n in self.section("targets")),
            complaints=read_complaints(reader, complaints) if complaints else None,
            points=read_points(reader, points) if points else None,
            cases=read_cases(reader, self.case_files),
            files=self.texts, hash=hash_of(self.texts), vocabulary=self.vocabulary,
            terms=reader.terms, over=self.layers.over, replaced=tuple(self.layers.replaced),
        )  # fmt: skip

    def section(self, name: str) -> list[Node]:
        return [
            node
            for source in (self.head, *self.parts)
            for node in self.r.items(source.map.get(name))
        ]

    def zone(self) -> str:
        node = self.head.map.get("zone")
        name = self.r.text(node, DEFAULT_ZONE)
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            self.r.note(
                node or self.head, "zone.unknown", f"没有时区 {name}", f"unknown zone: {name}",
                DEFAULT_ZONE,
            )  # fmt: skip
            return DEFAULT_ZONE
        return name

    def cross(self, pack: Pack) -> None:
        """Names that point from one part to another."""
        r = self.r
        for node in r.items(self.head.map.get("choices")):
            for item in r.items(node.map.get("settles")):
                r.one_of(item, pack.rules, "规则", "rule", "rule.unknown")
            known = (*keys.PREFER, *pack.rules)
            r.one_of(r.get(node, "prefer"), known, "取舍", "preference", "rule.unknown")
            for item in r.items(node.map.get("about")):
                r.one_of(item, pack.clauses, "条款", "clause", "clause.unknown")
        for name, item in _entries(self.head, "parameters"):
            clause = item.map.get("clause")
            if clause is not None and pack.parameters[name].clause:
                r.one_of(clause, pack.clauses, "条款", "clause", "clause.unknown")
        for node in self.section("benefits"):
            r.one_of(r.get(node, "rule"), pack.rules, "规则", "rule", "rule.unknown")


def _entries(node: Node | None, key: str) -> list[tuple[str, Node]]:
    found = node.map.get(key) if node else None
    return list(found.map.items()) if found else []


def _dated(rules: Mapping[str, Rule], clauses: Mapping[str, Clause]) -> dict[str, Rule]:
    """Each rule with the day from which its clause holds."""
    return {
        code: replace(rule, from_=clauses[rule.clause].from_) if rule.clause in clauses else rule
        for code, rule in rules.items()
    }


__all__ = ["hash_of", "read"]
