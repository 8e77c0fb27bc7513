"""Typed reading of nodes; what does not fit is noted with its place, and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any

from bihuan.lib.policy.errors import Problem, nearest
from bihuan.lib.policy.source import Node
from bihuan.lib.workcal.words import NO_WORDS, Words

_PARAMETER = re.compile(r"\$([a-z][a-z0-9_.]*)$")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]*$")


FEW = 8  # so many words of a closed list are named where none comes near


_PLACES = {
    "rule": "规则", "case": "案例", "clause": "条款", "choice": "歧义", "parameter": "参数", "benefit": "权益",
    "threshold": "预警线", "target": "目标", "grade": "等级", "meetings": "会议", "reports": "报告",
    "drills": "演练",
}  # fmt: skip


def _zh(where: str) -> str:
    """``规则 fault.phone`` for ``rule fault.phone``."""
    kind, space, name = where.partition(" ")
    return f"{_PLACES.get(kind, kind)}{space}{name}"


class Reading:
    """Where problems gather, and the values of the parameters that nodes may name."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.parameters: dict[str, Node] = {}
        self.used: set[str] = set()
        self.unfilled: set[str] = set()

    def note(
        self, node: Node, code: str, zh: str, en: str, suggestion: str = "", line: int = 0
    ) -> None:
        at = line or node.line
        if (held := self.parameters.get(node.parameter)) is not None:
            place = f"{held.file}:{held.line}"
            zh = f"{zh}（参数 {node.parameter}，写在 {place}）"
            en = f"{en} (parameter {node.parameter}, written at {place})"
        self.problems.append(Problem(node.file, at, code, zh, en, suggestion))

    def resolve(self, node: Node | None) -> Node | None:
        """The node, or what the parameter holds that it names; None when there is no value."""
        if node is None or node.absent:
            return None
        if not isinstance(node.value, str):
            return node
        found = _PARAMETER.match(node.value.strip())
        if found is None:
            return node
        name = found[1]
        if name not in self.parameters:
            near = nearest(name, self.parameters) or f"parameters: {{{name}: {{value: ...}}}}"
            self.note(
                node,
                "parameter.unknown",
                f"没有这个参数：{name}",
                f"unknown parameter: {name}",
                near,
            )
            return None
        self.used.add(name)
        value = self.parameters[name]
        if value.absent:
            self.unfilled.add(name)
            return None
        return value.moved(node, name)

    def unknown(
        self, node: Node, code: str, zh: str, en: str, word: str, known: Iterable[str]
    ) -> None:
        words = list(known)
        remedy = nearest(word, words) or (" | ".join(words) if len(words) <= FEW else "")
        self.note(node, code, f"没有这个{zh}：{word}", f"unknown {en}: {word}", remedy)

    def keys(self, node: Node, known: Iterable[str], where: str) -> dict[str, Node]:
        """The mapping's entries with unknown keys refused; ``{}`` when it is no mapping."""
        if not isinstance(node.value, dict):
            self.note(
                node, "type.mapping", f"{_zh(where)} 应是一组键值", f"{where} must be a mapping"
            )
            return {}
        allowed = set(known)
        for key in node.value:
            if key not in allowed:
                self.note(
                    node, "key.unknown",
                    f"{_zh(where)} 里没有“{key}”这个键", f'"{key}" is not a key of {where}',
                    nearest(key, allowed), node.line_of(key),
                )  # fmt: skip
        return node.value

    def get(self, node: Node, key: str) -> Node | None:
        return self.resolve(node.map.get(key))

    def need(self, node: Node, key: str, where: str) -> Node | None:
        """The entry; its absence is a problem."""
        found = node.map.get(key)
        if found is None or found.absent or found.value == "":
            self.note(
                node,
                "key.missing",
                f"{_zh(where)} 缺少“{key}”",
                f'{where} lacks "{key}"',
                f"{key}: ...",
            )
            return None
        return self.get(node, key)

    def items(self, node: Node | None) -> list[Node]:
        """A list's entries; a single value counts as a list of one."""
        found = self.resolve(node)
        if found is None:
            return []
        if isinstance(found.value, list):
            return [item for item in (self.resolve(n) for n in found.value) if item is not None]
        return [found]

    def text(self, node: Node | None, default: str = "") -> str:
        found = self.resolve(node)
        if found is None:
            return default
        if isinstance(found.value, dict | list):
            self.note(found, "type.text", "这里应是一段文字", "a plain text is expected here")
            return default
        return found.raw

    def code(self, node: Node | None, what: str) -> str:
        """A name made of letters, digits, dots, dashes, slashes, colons and underscores."""
        text = self.text(node)
        if node is not None and text and not _CODE.match(text):
            self.note(
                node, "type.code",
                f"{what}“{text}”只能用字母、数字和 . - _ : /",
                f'{what} "{text}" may hold letters, digits and . - _ : / only',
            )  # fmt: skip
        return text

    def texts(self, node: Node | None) -> tuple[str, ...]:
        return tuple(text for text in (self.text(item) for item in self.items(node)) if text)

    def words(self, node: Node | None, where: str = "") -> Words:
        """A text ``{zh, en}``; both languages are asked for."""
        found = self.resolve(node)
        if found is None:
            return NO_WORDS
        if not isinstance(found.value, dict):
            return Words(found.raw, found.raw)
        if not self._cut_at_a_comma(found):
            self.keys(found, ("zh", "en"), where or "{zh, en}")
        zh, en = (self.text(found.map.get(key)) for key in ("zh", "en"))
        if not zh or not en:
            self.note(
                found, "words.both", "文字要有中英两种：{zh, en}", "a text needs both: {zh, en}",
                "{zh: ..., en: ...}",
            )  # fmt: skip
        return Words(zh or en, en or zh)

    def _cut_at_a_comma(self, node: Node) -> bool:
        """Whether the text went on behind a comma, which ends it between braces; noted if so."""
        owner = ""
        for key, value in node.map.items():
            if key in ("zh", "en"):
                owner = key
            elif owner and value.absent and value.raw == "":
                text = f"{node.map[owner].raw}, {key}"
                self.note(
                    node, "words.comma",
                    f"花括号里的文字到逗号为止，“{key}”成了另一个键；含英文逗号的文字要加引号",
                    f'between braces a text ends at its comma and "{key}" became a key; '
                    "quote a text with a comma",
                    f"{owner}: '{text}'" if '"' in text else f'{owner}: "{text}"',
                    node.line_of(key),
                )  # fmt: skip
                return True
        return False

    def number(self, node: Node | None, default: float = 0.0) -> float:
        """A number; ``60%`` reads as 0.6."""
        found = self.resolve(node)
        if found is None:
            return default
        value = found.value
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            return float(value)
        if isinstance(value, str):
            percent = re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*%", value.strip())
            if percent:
                return float(percent[1]) / 100
        self.note(found, "type.number", f"“{found.raw}”不是数", f'"{found.raw}" is not a number')
        return default

    def whole(self, node: Node | None, default: int = 0) -> int:
        value = self.number(node, float(default))
        if value != int(value) and node is not None:
            self.note(node, "type.whole", f"“{node.raw}”不是整数", f'"{node.raw}" is not whole')
        return int(value)

    def flag(self, node: Node | None, *, default: bool = False) -> bool:
        found = self.resolve(node)
        if found is None:
            return default
        if isinstance(found.value, bool):
            return found.value
        self.note(
            found, "type.bool", f"“{found.raw}”应是 true 或 false",
            f'"{found.raw}" must be true or false', "true",
        )  # fmt: skip
        return default

    def day(self, node: Node | None) -> date | None:
        found = self.resolve(node)
        if found is None:
            return None
        try:
            return date.fromisoformat(found.raw.strip())
        except ValueError:
            self.note(
                found, "type.date", f"“{found.raw}”不是日期", f'"{found.raw}" is not a date',
                "2026-01-31",
            )  # fmt: skip
            return None

    def moment(self, node: Node | None) -> datetime | None:
        """A moment with its offset from UTC."""
        found = self.resolve(node)
        if found is None:
            return None
        try:
            moment = datetime.fromisoformat(found.raw.strip())
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.note(
                found, "type.moment", f"“{found.raw}”不是带时区的时刻",
                f'"{found.raw}" is not a moment with its offset', "2026-03-07T23:10+08:00",
            )  # fmt: skip
            return None
        return moment

    def one_of(self, node: Node | None, known: Iterable[str], zh: str, en: str, code: str) -> str:
        """A word of a closed list; another one is refused with the nearest."""
        found = self.resolve(node)
        if found is None:
            return ""
        word = self.text(found)
        allowed = list(known)
        if word not in allowed and not isinstance(found.value, dict | list):
            self.unknown(found, code, zh, en, word, allowed)
            return ""
        return word

    def plain(self, node: Node | None) -> Any:
        """The value with parameters put in."""
        found = self.resolve(node)
        if found is None:
            return None
        if isinstance(found.value, Mapping):
            return {key: self.plain(value) for key, value in found.value.items()}
        if isinstance(found.value, list):
            return [self.plain(value) for value in found.value]
        return found.value
