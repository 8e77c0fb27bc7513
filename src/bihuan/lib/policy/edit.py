"""Changing one value in a pack's text; comments, order and quotes stay."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from bihuan.lib.policy.errors import BadEdit

Path = Sequence[str | int]


def set_value(text: str, path: Path, value: Any) -> str:
    """The text with the value at ``path`` replaced.

    A path goes through mappings by key and through lists by number, or by the ``id`` of an
    entry (``["rules", "fault.phone", "within"]``). The last key may be new; what lies before it
    must exist. Raises ``BadEdit`` when the path leads nowhere or the text is no YAML.
    """
    scalar = value is None or isinstance(value, str | int | float)
    span = _scalar_span(text, path) if scalar else None
    if span is None:
        return _edited(text, path, lambda holder, key: _put(holder, key, value))
    start, end = span
    return text[:start] + _written(value, quoted=text[start : start + 1] == '"') + text[end:]


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


def _scalar_span(text: str, path: Path) -> tuple[int, int] | None:
    """Where the scalar at ``path`` stands in the text; None when there is none yet."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        raise BadEdit("原文不是有效的 YAML", "the text is not valid YAML") from error
    for key in path:
        if isinstance(node, MappingNode):
            node = next((v for k, v in node.value if k.value == str(key)), None)
        elif isinstance(node, SequenceNode):
            node = _entry(node, key)
        else:
            return None
    if not isinstance(node, ScalarNode) or node.style in ("|", ">"):
        return None
    start, end = node.start_mark.index, node.end_mark.index
    return (start, end) if start < end else None


def _entry(node: Any, key: str | int) -> Any:
    if isinstance(key, int):
        return node.value[key] if 0 <= key < len(node.value) else None
    for item in node.value:
        pairs = item.value if isinstance(item, MappingNode) else ()
        if any(k.value == "id" and v.value == key for k, v in pairs):
            return item
    return None


def _written(value: str | float | None, *, quoted: bool) -> str:
    """A scalar as YAML writes it, in quotes where it would be read as something else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    return value if not quoted and _plain(value) else json.dumps(value, ensure_ascii=False)


def _plain(value: str) -> bool:
    if not value or value != value.strip() or "\n" in value:
        return False
    try:
        root = YAML(typ="safe", pure=True).compose(f"{{a: {value}, b: 1}}")
    except YAMLError:
        return False
    if not isinstance(root, MappingNode) or len(root.value) != 2:
        return False
    read: Any = root.value[0][1]
    if not isinstance(read, ScalarNode) or read.value != value:
        return False
    return str(read.tag).rsplit(":", 1)[-1] in ("str", "timestamp")


def _yaml(text: str) -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10_000
    yaml.brace_single_entry_mapping_in_flow_sequence = True
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
