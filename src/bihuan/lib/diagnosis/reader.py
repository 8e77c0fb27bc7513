"""Reads a knowledge file; every fault names its line and says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from bihuan.lib.diagnosis.knowledge import (
    ADVICE,
    FOLLOWS,
    OTHER,
    Advice,
    Alarm,
    Answer,
    Cause,
    Change,
    Drift,
    Event,
    Follows,
    Knowledge,
    Reading,
    Sign,
    Symptom,
)  # fmt: skip
from bihuan.lib.policy.errors import Problem
from bihuan.lib.policy.source import Node, load
from bihuan.lib.workcal.words import NO_WORDS, Words

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,39}$")
_TOP = frozenset(("template", "something_else", "symptoms", "causes"))
_SYMPTOM = frozenset(("code", "title", "check", "minutes", "observed", "otherwise"))
_CAUSE = frozenset(
    ("code", "title", "prior", "shows", "parts", "first", "customer", "advice", "class")
)
_SIGNS = {
    "point": frozenset(("point", "less", "above", "below")),
    "change": frozenset(("change", "hours", "above", "below")),
    "drift": frozenset(("drift", "to")),
    "alarm": frozenset(("alarm",)),
    "answer": frozenset(("answer",)),
    "event": frozenset(("event", "days")),
}


class KnowledgeErrors(Exception):
    """A knowledge file that cannot be read; `problems` in the order of lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(each.sentence("en") for each in self.problems))


@dataclass
class _Reader:
    file: str
    points: Collection[str]
    alarms: Collection[str]
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, at: Node | int, code: str, zh: str, en: str) -> None:
        line = at if isinstance(at, int) else at.line
        self.problems.append(Problem(self.file, line, f"causes.{code}", zh, en))

    def keys(self, node: Node, known: Collection[str], needed: Collection[str]) -> None:
        for key in node.map:
            if key not in known:
                self.refuse(node.line_of(key), "key", f"没有“{key}”这一项；可写：{'、'.join(sorted(known))}", f'there is no "{key}"; there are: {", ".join(sorted(known))}')  # fmt: skip
        for key in sorted(needed):
            if node.get(key) is None:
                self.refuse(node, "missing", f"缺少“{key}”", f'"{key}" is missing')

    def words(self, node: Node, key: str) -> Words:
        at = node.get(key)
        if at is None:
            return NO_WORDS
        zh, en = (at.map.get(name) for name in ("zh", "en"))
        if set(at.map) != {"zh", "en"} or not zh or not en or not zh.text.strip() or not en.text.strip():  # fmt: skip
            self.refuse(at, "words", f"“{key}”要写 zh 和 en 两种文字", f'"{key}" is written in zh and en')  # fmt: skip
            return NO_WORDS
        return Words(zh.text, en.text)

    def number(self, node: Node, key: str) -> float | None:
        at = node.get(key)
        if at is None:
            return None
        if isinstance(at.value, bool) or not isinstance(at.value, int | float):
            self.refuse(at, "number", f"“{key}”是一个数", f'"{key}" is a number')
            return None
        return float(at.value)

    def share(self, node: Node, key: str) -> float:
        """A probability: above 0 and below 1, for nothing is certain."""
        value = self.number(node, key)
        if value is None:
            return 0.5
        if not 0 < value < 1:
            at = node.map[key]
            self.refuse(at, "share", f"“{key}”是概率，要大于 0、小于 1", f'"{key}" is a probability, above 0 and below 1')  # fmt: skip
            return 0.5
        return value

    def code(self, node: Node, taken: Collection[str]) -> str:
        at = node.get("code")
        if at is None:
            return ""
        if not _CODE.match(at.text) or at.text == OTHER:
            self.refuse(at, "code", f"代码 {at.text} 只用大写字母、数字和下划线，且不是 {OTHER}", f"code {at.text} is of capitals, digits and underscores, and not {OTHER}")  # fmt: skip
        if at.text in taken:
            self.refuse(at, "twice", f"{at.text} 写了两次", f"{at.text} is written twice")
        return at.text

    def name(self, node: Node, key: str, known: Collection[str]) -> str:
        """A name out of a list."""
        at = node.get(key)
        if at is None:
            return ""
        if at.text not in known:
            self.refuse(at, "name", f"没有名为 {at.text} 的；可写：{'、'.join(sorted(known)) or '无'}", f"there is no {at.text}; there are: {', '.join(sorted(known)) or 'none'}")  # fmt: skip
        return at.text

    def several(self, node: Node, key: str) -> list[Node]:
        at = node.get(key)
        if at is None:
            return []
        if not isinstance(at.value, list):
            self.refuse(at, "list", f"“{key}”是一个清单", f'"{key}" is a list')
        return at.list


def read(file: str, text: str, points: Collection[str], alarms: Collection[str] = ()) -> Knowledge:
    """A knowledge file. `points` and `alarms` are the codes that its template has."""
    reader = _Reader(file, points, alarms)
    root = load(file, text, reader.problems)
    if root is None or reader.problems:
        raise KnowledgeErrors(reader.problems)
    reader.keys(root, _TOP, _TOP)
    template = root.map["template"].text if root.get("template") else ""
    other = root.get("something_else")
    if other is not None:
        reader.keys(other, {"prior", "shows"}, {"prior", "shows"})
    symptoms: dict[str, Symptom] = {}
    for node in reader.several(root, "symptoms"):
        found = _symptom(reader, node, symptoms)
        symptoms[found.code] = found
    causes: dict[str, Cause] = {}
    for node in reader.several(root, "causes"):
        cause = _cause(reader, node, causes, symptoms)
        causes[cause.code] = cause
    shares = (reader.share(other, "prior"), reader.share(other, "shows")) if other else (0.0, 0.0)
    if not reader.problems and not (symptoms and causes):
        reader.refuse(
            root,
            "empty",
            "至少要有一个症状和一个原因",
            "there is at least one symptom and one cause",
        )
    if reader.problems:
        raise KnowledgeErrors(reader.problems)
    return Knowledge(template, tuple(symptoms.values()), tuple(causes.values()), *shares)


def _symptom(reader: _Reader, node: Node, taken: Collection[str]) -> Symptom:
    reader.keys(node, _SYMPTOM, _SYMPTOM)
    minutes = reader.number(node, "minutes")
    if minutes is not None and minutes < 0:
        reader.refuse(
            node.map["minutes"], "number", "“minutes”不小于 0", '"minutes" is not below 0'
        )
    signs = [_sign(reader, each) for each in reader.several(node, "observed")]
    return Symptom(
        reader.code(node, taken), reader.words(node, "title"), reader.words(node, "check"), minutes or 0.0,
        tuple(sign for sign in signs if sign), reader.share(node, "otherwise"),
    )  # fmt: skip


def _sign(reader: _Reader, node: Node) -> Sign | None:
    kind = next((key for key in node.map if key in _SIGNS), "")
    if not kind:
        reader.refuse(node, "sign", f"写一种看法：{'、'.join(_SIGNS)}", f"write one of: {', '.join(_SIGNS)}")  # fmt: skip
        return None
    reader.keys(node, _SIGNS[kind], {kind} | ({"hours", "to", "days"} & _SIGNS[kind]))
    match kind:
        case "point" | "change":
            return _limits(reader, node, kind)
        case "drift":
            return Drift(reader.name(node, "drift", reader.points), reader.name(node, "to", ("up", "down")) == "up")  # fmt: skip
        case "alarm":
            return Alarm(reader.name(node, "alarm", reader.alarms))
        case "answer":
            return Answer()
        case _:
            event = node.map["event"]
            if not _CODE.match(event.text):
                reader.refuse(event, "code", f"代码 {event.text} 只用大写字母、数字和下划线", f"code {event.text} is of capitals, digits and underscores")  # fmt: skip
            return Event(event.text, _positive(reader, node, "days"))


def _limits(reader: _Reader, node: Node, kind: str) -> Reading | Change:
    above, below = reader.number(node, "above"), reader.number(node, "below")
    if above is None and below is None:
        reader.refuse(node, "limit", "写出 above 或 below", "write above or below")
    point = reader.name(node, kind, reader.points)
    if kind == "change":
        return Change(point, _positive(reader, node, "hours"), above, below)
    return Reading(point, reader.name(node, "less", reader.points), above, below)


def _positive(reader: _Reader, node: Node, key: str) -> float:
    value = reader.number(node, key)
    if value is not None and value <= 0:
        reader.refuse(node.map[key], "number", f"“{key}”要大于 0", f'"{key}" is above 0')
    return value or 0.0


def _cause(reader: _Reader, node: Node, taken: Collection[str], symptoms: Collection[str]) -> Cause:
    reader.keys(node, _CAUSE, _CAUSE)
    shows = node.get("shows")
    chances = {}
    for key in shows.map if shows else ():
        assert shows is not None
        if key not in symptoms:
            reader.refuse(shows.line_of(key), "name", f"没有名为 {key} 的症状", f"there is no symptom {key}")  # fmt: skip
        chances[key] = reader.share(shows, key)
    advice: dict[str, Advice] = {each: each for each in ADVICE}
    follows: dict[str, Follows] = {each: each for each in FOLLOWS}
    return Cause(
        reader.code(node, taken), reader.words(node, "title"), reader.share(node, "prior"), chances,
        tuple(each.text for each in reader.several(node, "parts")), reader.words(node, "first"),
        reader.words(node, "customer"), advice.get(reader.name(node, "advice", ADVICE), "FINISH"),
        follows.get(reader.name(node, "class", FOLLOWS), "REMOTE"),
    )  # fmt: skip
