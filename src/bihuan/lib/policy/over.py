"""A company's pack over a general one: what stands, what is replaced, in plain precedence.

The general pack lies in the folder ``under/``. Everything of it holds, except where the company
says otherwise: a clause or rule with ``instead`` takes the place of those it names, a parameter or
choice of the same name gives another value, a section such as ``tiers`` stands for the whole
section. Nothing else is replaced: what both ask within different limits is a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node

UNDER = "under/"
RULES = ("rules", "meetings", "reports", "drills")
_OF_CLAUSES = ("benefits", "thresholds", "targets", "features")
_WHOLE = ("tiers", "complaints", "points", "calendar", "zone")


@dataclass(frozen=True)
class Replaced:
    """One thing of the general pack that the company's took the place of.

    ``kind``: clause, rule, parameter, choice, section or case; ``by``: what stands there now.
    """

    kind: str
    id: str
    by: str


@dataclass
class Layers:
    """The nodes of both packs as one: ``head``, ``parts`` and ``cases`` as a reader takes them."""

    head: Node
    parts: list[Node]
    cases: list[Node]
    over: str = ""
    replaced: list[Replaced] = field(default_factory=list)


def with_general(
    texts: Mapping[str, str], find: Callable[[str], Mapping[str, str] | None]
) -> dict[str, str]:
    """The files with those of the general pack that ``over`` names, if they are not there yet.

    ``find`` gives the files of a pack by its code. What is wrong is left for the reader to say.
    """
    from bihuan.lib.policy.source import load

    head = load("pack.yaml", texts.get("pack.yaml", ""), [])
    named = head.map.get("over") if head is not None else None
    if named is None or named.absent or any(path.startswith(UNDER) for path in texts):
        return dict(texts)
    return {**texts, **{f"{UNDER}{path}": text for path, text in (find(named.raw) or {}).items()}}


def layered(r: Reading, own: Layers, general: Layers) -> Layers:
    """One pack of two; what ``over`` or ``instead`` say wrongly is noted."""
    named = own.head.map.get("over")
    if named is None or named.absent:
        if general.head.line:
            r.note(
                own.head, "over.unsaid", "有 under/ 里的通用制度，却没有写 over",
                "there is a general pack in under/, but over is not said", "over: ...",
            )  # fmt: skip
        _alone(r, own)
        return own
    if not general.head.line:
        r.note(
            named, "over.missing", f"找不到通用制度 {named.raw}（应在 under/ 里，或随产品提供）",
            f"the general pack {named.raw} is not there (in under/, or among those that ship)",
        )  # fmt: skip
        return own
    code = general.head.map.get("pack")
    if code is not None and code.raw != named.raw:
        r.note(
            named, "over.other", f"under/ 里是 {code.raw}，不是 {named.raw}",
            f"under/ holds {code.raw}, not {named.raw}", f"over: {code.raw}",
        )  # fmt: skip
    if "over" in general.head.map:
        r.note(
            named, "over.deep", "通用制度自己又叠在另一份上；只能叠一层",
            "the general pack lies over another one itself; one layer is the most",
        )  # fmt: skip
    return _Merge(r, own, general).layers()


def _alone(r: Reading, own: Layers) -> None:
    """``instead`` means nothing where there is no general pack."""
    for source in (own.head, *own.parts):
        for section in ("clauses", *RULES):
            for node in r.items(source.map.get(section)):
                if "instead" in node.map:
                    r.note(
                        node, "instead.alone", "写了 instead，却没有叠在通用制度上（over）",
                        "instead is said, but the pack lies over no general one", "over: ...",
                        node.line_of("instead"),
                    )  # fmt: skip


class _Merge:
    def __init__(self, r: Reading, own: Layers, general: Layers) -> None:
        self.r, self.own, self.general = r, own, general
        self.replaced: list[Replaced] = []

    def layers(self) -> Layers:
        clauses = self.instead("clauses", "clause", ("clauses",))
        rules = self.instead("rules", "rule", RULES)
        general = [self.general.head, *self.general.parts]
        gone_rules = set(rules)
        for section in RULES:
            for source in general:
                for node in self.entries(source, section):
                    code, clause = _text(node, "id"), _text(node, "clause")
                    if clause in clauses and code not in rules:
                        gone_rules.add(code)
                        self.note("rule", code, clauses[clause])
        gone_rules |= {f"{code}.prepare" for code in gone_rules}
        keep = _Keep(frozenset(clauses), frozenset(gone_rules), rules)
        figures = self.figures()
        parts = [keep.part(node) for node in general]
        head = self.head(keep)
        changed = frozenset(clauses) | {_text(each, "clause") for each in figures}
        cases = [self.cases(node, changed, frozenset(gone_rules)) for node in self.general.cases]
        over = self.own.head.map["over"].raw
        return Layers(
            head, [*self.own.parts, *parts], [*self.own.cases, *cases], over, self.replaced
        )

    def note(self, kind: str, code: str, by: str) -> None:
        self.replaced.append(Replaced(kind, code, by))

    def entries(self, source: Node, section: str) -> list[Node]:
        return self.r.items(source.map.get(section))

    def instead(self, what: str, kind: str, sections: Iterable[str]) -> dict[str, str]:
        """What the company's entries name under ``instead``: general id → own id."""
        known = {
            _text(node, "id")
            for source in (self.general.head, *self.general.parts)
            for section in sections
            for node in self.entries(source, section)
        }
        found: dict[str, str] = {}
        for source in (self.own.head, *self.own.parts):
            for section in sections:
                for node in self.entries(source, section):
                    for item in self.r.items(node.map.get("instead")):
                        named = {"clause": ("条款", "clause"), "rule": ("规则", "rule")}[kind]
                        code = self.r.one_of(item, known, *named, f"{kind}.unknown")
                        if code:
                            found[code] = _text(node, "id")
                            self.note(kind, code, found[code])
        return found

    def figures(self) -> list[Node]:
        """The general parameters to which the company gives another value."""
        own, general = (_map(each.head, "parameters") for each in (self.own, self.general))
        found = []
        for name in own.keys() & general.keys():
            found.append(general[name])
            value = own[name].map.get("value")
            self.note("parameter", name, value.raw if value is not None else "")
        return found

    def head(self, keep: _Keep) -> Node:
        own, general = self.own.head, self.general.head
        values = dict(own.map)
        for name in _WHOLE:
            theirs = general.map.get(name)
            if theirs is None:
                continue
            if name not in values:
                values[name] = theirs
            elif name not in ("calendar", "zone"):
                self.note("section", name, name)
        parameters = {**_map(general, "parameters"), **_map(own, "parameters")}
        values["parameters"] = Node(
            {name: keep.parameter(node) for name, node in parameters.items()}, own.file, own.line
        )
        values["choices"] = Node(self.choices(keep), own.file, own.line)
        return replace(own, value=values)

    def choices(self, keep: _Keep) -> list[Node]:
        mine = self.entries(self.own.head, "choices")
        codes = {_text(node, "id") for node in mine}
        kept = list(mine)
        for node in self.entries(self.general.head, "choices"):
            code = _text(node, "id")
            if code in codes:
                self.note("choice", code, code)
            elif (made := keep.choice(node)) is not None:
                kept.append(made)
        return kept

    def cases(self, root: Node, clauses: frozenset[str], rules: frozenset[str]) -> Node:
        """The general cases without those of a clause that is replaced or has another figure."""
        kept = []
        for node in self.entries(root, "cases"):
            asked = {
                _text(each, "rule")
                for key in ("expect", "expect_after")
                for each in self.r.items(node.map.get(key))
            }
            if _text(node, "clause") in clauses or asked & rules:
                self.note("case", _text(node, "name"), _text(node, "clause"))
            else:
                kept.append(node)
        return replace(root, value={"cases": Node(kept, root.file, root.line)})


@dataclass(frozen=True)
class _Keep:
    """Nodes of the general pack without what is replaced."""

    clauses: frozenset[str]
    rules: frozenset[str]
    by: Mapping[str, str]

    def part(self, root: Node) -> Node:
        """The sections that may stand in several files, filtered."""
        values = {
            name: self.section(name, node) for name, node in root.map.items() if name in _PARTS
        }
        return replace(root, value=values)

    def section(self, name: str, node: Node) -> Node:
        kept = [self.delivered(each) for each in node.list if self.stays(name, each)]
        return replace(node, value=kept)

    def delivered(self, node: Node) -> Node:
        """A benefit that a replaced rule delivers is delivered by the rule in its place, if any."""
        rule = node.map.get("rule")
        if rule is None or rule.raw not in self.rules:
            return node
        values = {name: value for name, value in node.map.items() if name != "rule"}
        if own := self.by.get(rule.raw):
            values["rule"] = replace(rule, value=own, raw=own)
        return replace(node, value=values)

    def stays(self, section: str, node: Node) -> bool:
        code, clause = _text(node, "id"), _text(node, "clause")
        if section == "clauses":
            return code not in self.clauses
        return clause not in self.clauses and (section not in RULES or code not in self.rules)

    def parameter(self, node: Node) -> Node:
        """A parameter of a replaced clause may still be asked for; it only loses its clause."""
        if _text(node, "clause") not in self.clauses or not node.file.startswith(UNDER):
            return node
        return replace(node, value={k: v for k, v in node.map.items() if k != "clause"})

    def choice(self, node: Node) -> Node | None:
        """A choice about what is left; None when nothing is."""
        values = dict(node.map)
        for name, gone in (("about", self.clauses), ("settles", self.rules)):
            if name not in values:
                continue
            left = [each for each in _items(values[name]) if each.raw not in gone]
            if not left or (name == "settles" and len(left) < 2):
                return None
            values[name] = replace(values[name], value=left)
        if _text(node, "prefer") in self.rules:
            del values["prefer"]  # the company decides anew
        return replace(node, value=values)


_PARTS = (*RULES, *_OF_CLAUSES, "clauses")


def _items(node: Node) -> Iterator[Node]:
    yield from node.list if isinstance(node.value, list) else [node]


def _map(node: Node, key: str) -> dict[str, Node]:
    found = node.map.get(key)
    return found.map if found is not None else {}


def _text(node: Node, key: str) -> str:
    found = node.map.get(key)
    return found.raw if found is not None else ""


__all__ = ["UNDER", "Layers", "Replaced", "layered", "with_general"]
