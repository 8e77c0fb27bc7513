"""Changing one value in a pack's text; comments, order and quotes stay."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from bihuan.lib.policy.errors import BadEdit

Path = Sequence[str | int]


def set_value(text: str, path: Path, value: Any) -> str:
    """The text with the value at ``path`` replaced.

    A path goes through mappings by key and through lists by number, or by the ``id`` of an
    entry (``["rules", "fault.phone", "within"]``). The last key may be new; what lies before it
    must exist. Raises ``BadEdit`` when the path leads nowhere or the text is no YAML.
    """
    return _edited(text, path, lambda holder, key: _put(holder, key, value))


def remove(text: str, path: Path) -> str:
    """The text without the entry at ``path``; raises ``BadEdit`` when there is none."""

    def cut(holder: CommentedMap | CommentedSeq, key: str | int) -> None:
        try:
            del holder[key]
        except (KeyError, IndexError):
            raise _nowhere(path) from None

    return _edited(text, path, cut)


def append(text: str, path: Path, value: Any) -> str:
    """The text with the value added to the list at ``path``."""

    def add(holder: CommentedMap | CommentedSeq, key: str | int) -> None:
        listed = _step(holder, key, path)
        if not isinstance(listed, CommentedSeq):
            raise _nowhere(path)
        listed.append(value)

    return _edited(text, path, add)


def get_value(text: str, path: Path) -> Any:
    """The plain value at ``path``; raises ``BadEdit`` when there is none."""
    node: Any = _load(_yaml(text), text)
    for key in path:
        node = _step(node, key, path)
    return node


def _yaml(text: str) -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10_000
    mapping, sequence, offset = _indents(text)
    yaml.indent(mapping=mapping, sequence=sequence, offset=offset)
    yaml.representer.add_representer(type(None), _null)
    return yaml


def _null(representer: Any, _value: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _indents(text: str) -> tuple[int, int, int]:
    """How the author indents lists: ``- `` under its key or two spaces in."""
    last_key = 0
    for line in text.splitlines():
        body = line.lstrip(" ")
        indent = len(line) - len(body)
        if body.startswith("- "):
            return (2, 2, 0) if indent == last_key else (2, 4, 2)
        if body.rstrip().endswith(":") and not body.startswith("#"):
            last_key = indent
    return 2, 4, 2


def _load(yaml: YAML, text: str) -> Any:
    try:
        return yaml.load(text)
    except (YAMLError, ValueError, RecursionError, TypeError, AttributeError, IndexError) as error:
        raise BadEdit("原文不是有效的 YAML", "the text is not valid YAML") from error


def _edited(text: str, path: Path, change: Any) -> str:
    if not path:
        raise BadEdit("没有说明要改哪里", "the place to change is not given")
    yaml = _yaml(text)
    root = node = _load(yaml, text)
    for key in path[:-1]:
        node = _step(node, key, path)
    last = path[-1]
    if isinstance(node, CommentedSeq):
        last = _position(node, last, path)
    elif not isinstance(node, CommentedMap):
        raise _nowhere(path)
    change(node, last)
    out = io.StringIO()
    yaml.dump(root, out)
    return out.getvalue()


def _put(holder: CommentedMap | CommentedSeq, key: str | int, value: Any) -> None:
    holder[key] = value


def _step(node: Any, key: str | int, path: Path) -> Any:
    if isinstance(node, CommentedMap) and key in node:
        return node[key]
    if isinstance(node, CommentedSeq):
        return node[_position(node, key, path)]
    raise _nowhere(path)


def _position(node: CommentedSeq, key: str | int, path: Path) -> int:
    if isinstance(key, int) and 0 <= key < len(node):
        return key
    for place, item in enumerate(node):
        if isinstance(item, CommentedMap) and str(item.get("id")) == str(key):
            return place
    raise _nowhere(path)


def _nowhere(path: Path) -> BadEdit:
    way = " / ".join(str(key) for key in path)
    return BadEdit(f"文中没有“{way}”", f'the text has no "{way}"')
