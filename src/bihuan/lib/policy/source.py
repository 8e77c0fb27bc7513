"""YAML 1.2 texts as nodes that remember their file and line.

Only plain values are read: anchors, aliases, merge keys and tags are refused, so that a text
cannot grow out of bound and every value stands where it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bihuan.lib.policy.errors import Problem

Scalar = str | int | float | bool | None
_STUMBLES = (
    YAMLError, Warning, ValueError, RecursionError, AttributeError, TypeError, KeyError, IndexError,
    AssertionError, NotImplementedError, OverflowError,
)  # fmt: skip
_PLAIN = "tag:yaml.org,2002:"
_KINDS = frozenset(
    ["null", "bool", "int", "float", "timestamp", "str", "seq", "map", "merge", "value"]
)
_DEEPEST = 40
_DIGITS = 18
_INT = re.compile(r"[-+]?\d+$")
_FLOAT = re.compile(r"[-+]?(\d[\d_]*)?\.?\d+([eE][-+]?\d+)?$")
_LONGEST = 2_000_000  # characters of one file; the longest shipped is a tenth of it


@dataclass(frozen=True)
class Node:
    """A value with its place.

    ``value`` is a mapping of nodes, a list of nodes, or a scalar. ``raw`` is the scalar as it
    was written: dates and moments are read from it.
    """

    value: dict[str, Node] | list[Node] | Scalar
    file: str
    line: int
    raw: str = ""
    key_lines: Mapping[str, int] | None = None
    parameter: str = ""

    @property
    def map(self) -> dict[str, Node]:
        return self.value if isinstance(self.value, dict) else {}

    @property
    def list(self) -> list[Node]:
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str:
        """The scalar as written."""
        return self.raw

    @property
    def absent(self) -> bool:
        return self.value is None

    def line_of(self, key: str) -> int:
        return (self.key_lines or {}).get(key, self.line)

    def get(self, key: str) -> Node | None:
        found = self.map.get(key)
        return None if found is None or found.absent else found

    def moved(self, other: Node, parameter: str) -> Node:
        """The value as it is used at the place of ``other``."""
        return replace(self, file=other.file, line=other.line, parameter=parameter)

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def load(file: str, text: str, problems: list[Problem]) -> Node | None:
    """Read one file; what is wrong is added to ``problems``, and None is given back.

    The same text is parsed once: who changes one entry of a pack reads the other files again.
    """
    node, found = _parsed(file, text)
    problems += found
    return node


@lru_cache(maxsize=256)  # the shipped packs alone have 65 files
def _parsed(file: str, text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    problems: list[Problem] = []
    node = _parse(file, text, problems)
    return node, tuple(problems)


def _parse(file: str, text: str, problems: list[Problem]) -> Node | None:
    if len(text) > _LONGEST:
        problems.append(Problem(file, 0, "yaml.too_long", "文件过长", "the file is too long"))
        return None
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        what = str(error.problem or error.context or "")
        problems.append(
            Problem(
                file,
                line,
                "yaml.syntax",
                "不是有效的 YAML：看看这里和上一行的缩进、冒号后面的空格，括号和引号要成对",
                f"not valid YAML: {what}; look here and on the line above at the indentation, the space "
                "after colons, and that brackets and quotes come in pairs",
            )
        )
        return None
    except _STUMBLES as error:
        # The parser itself stumbles over some broken texts; to the author it is one refusal.
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 0
        problems.append(Problem(file, line, "yaml.syntax", "不是有效的 YAML", "not valid YAML"))
        return None
    if root is None:
        return Node({}, file, 1)
    return _Builder(file, problems).build(root, 0)


class _Builder:
    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file, self.problems = file, problems

    def build(self, node: Any, depth: int) -> Node:
        line = node.start_mark.line + 1
        if getattr(node, "anchor", None) or depth > _DEEPEST:
            self.refuse(
                line,
                "yaml.alias" if depth <= _DEEPEST else "yaml.too_deep",
                "不用锚点和别名，也不嵌套过深；请把内容写全",
                "no anchors, aliases or deep nesting; write the value out",
            )
            return Node(None, self.file, line)
        if str(node.tag or "").removeprefix(_PLAIN) not in _KINDS:
            return self.tagged(node, line)
        if isinstance(node, MappingNode):
            return self.mapping(node, line, depth)
        if isinstance(node, SequenceNode):
            return Node([self.build(item, depth + 1) for item in node.value], self.file, line)
        assert isinstance(node, ScalarNode)
        return self.scalar(node, line)

    def mapping(self, node: Any, line: int, depth: int) -> Node:
        values: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self.refuse(key_line, "yaml.key", "键只能是文字", "a key is a plain text")
                continue
            key = str(key_node.value)
            if key in values:
                self.refuse(key_line, "yaml.twice", f"“{key}”写了两次", f'"{key}" is written twice')
                continue
            values[key] = self.build(value_node, depth + 1)
            lines[key] = key_line
        return Node(values, self.file, line, key_lines=lines)

    def scalar(self, node: Any, line: int) -> Node:
        raw, kind = str(node.value), str(node.tag)[len(_PLAIN) :]
        return Node(_scalar(raw, kind), self.file, line, raw)

    def tagged(self, node: Any, line: int) -> Node:
        self.refuse(line, "yaml.tag", f"不用标签 {node.tag}", f"no tags such as {node.tag}")
        return Node(None, self.file, line)

    def refuse(self, line: int, code: str, zh: str, en: str) -> None:
        self.problems.append(Problem(self.file, line, code, zh, en))


def _scalar(raw: str, kind: str) -> Scalar:
    if kind == "null":
        return None
    if kind == "bool":
        return raw.lower() == "true"
    if kind == "int" and len(raw) <= _DIGITS and _INT.match(raw):
        return int(raw)
    if kind == "float" and _FLOAT.match(raw):
        return float(raw.replace("_", ""))
    return raw  # dates, and numbers in forms that no pack needs, stay as written


def from_folder(path: Path) -> dict[str, str]:
    """The texts of a pack's folder by their path inside it, in order of path."""
    return {
        str(file.relative_to(path).as_posix()): file.read_text(encoding="utf-8")
        for file in sorted(_files(path))
    }


def _files(path: Path) -> Iterator[Path]:
    for pattern in ("*.yaml", "*.md", "rules/**/*.yaml", "cases/**/*.yaml"):
        yield from path.glob(pattern)
        yield from path.glob(f"under/{pattern}")
