"""Texts of conditions for CEL: numbers of two types side by side, and faults in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cel_expr_python import cel

from bihuan.lib.policy.errors import nearest
from bihuan.lib.workcal.words import Words

_OVERLOAD = re.compile(
    r":(\d+):(\d+): found no matching overload for '([^']+)' applied to '\(([^']*)\)'"
)
_UNDECLARED = re.compile(r":(\d+):(\d+): undeclared reference to '([^']+)'")
_PLACE = re.compile(r":(\d+):(\d+): ([^\n]*)")
_OPERATOR = re.compile(r">=|<=|==|!=|>|<|\+|-|\*|/|%|in\b")
_RIGHT = re.compile(r"[\s(]*(?:-\s*)?(?P<it>\d+(?![\w.])|[a-z]+\.[a-z0-9_]+(?![\w.(]))")
_LEFT = re.compile(r"(?<![\w.])(?P<it>\d+|[a-z]+\.[a-z0-9_]+)[\s)]*$")
_LIST = re.compile(r"\s*\[[^\[\]]*\]")
_WHOLE = re.compile(r"(?<![\w.])\d+(?![\w.])")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_MOST = 64  # numbers of one condition that are evened out; beyond it the first fault is told
_TYPES = {
    "string": Words("文字", "a text"), "int": Words("整数", "a whole number"),
    "double": Words("数", "a number"), "bool": Words("是否", "true or false"),
    "list(string)": Words("一组文字", "a list of texts"),
    "timestamp": Words("时刻", "a moment"), "google.protobuf.Timestamp": Words("时刻", "a moment"),
}  # fmt: skip
# What people write who know another notation, and what is meant.
_HABITS = (
    (re.compile(r"\band\b", re.IGNORECASE), "&&"), (re.compile(r"\bor\b", re.IGNORECASE), "||"),
    (re.compile(r"\bnot\b", re.IGNORECASE), "!"), (re.compile(r"[“”‘’]"), '"'),
    (re.compile(r"<>"), "!="), (re.compile(r"[≥]"), ">="), (re.compile(r"[≤]"), "<="),
    (re.compile(r"(?<![=!<>])=(?!=)"), "=="),
)  # fmt: skip


def compiled(env: Any, text: str, names: Mapping[str, Any]) -> tuple[Any, str]:
    """(program, why there is none). Whole numbers beside other numbers need no ``.0``:
    people write ``customer.purchase_12m >= 5000000``, also next to a count of orders.
    """
    program, fault = _try(env, text)
    first = fault
    for _ in range(_MOST):
        if program is not None:
            return program, ""
        evened = _evened(text, fault, names)
        if evened is None:
            break
        text = evened
        program, fault = _try(env, text)
    return program, "" if program is not None else first


def _try(env: Any, text: str) -> tuple[Any, str]:
    try:
        return env.compile(text), ""
    except (RuntimeError, ValueError, TypeError) as error:
        return None, str(error)


def _evened(text: str, fault: str, names: Mapping[str, Any]) -> str | None:
    """The text with the whole number of the first uneven comparison made a ``double``."""
    for match in _OVERLOAD.finditer(fault):
        start = _offset(text, int(match[1]), int(match[2]))
        operator = _OPERATOR.match(text, start)
        if operator is None:
            continue
        end = operator.end()
        if match[4] == "double, list(int)":
            found = _LIST.match(text, end)
            if found is not None:
                return text[:end] + _WHOLE.sub(r"\g<0>.0", found[0]) + text[found.end() :]
        side = {"double, int": _RIGHT.match(text, end), "int, double": _LEFT.search(text, 0, start)}
        found = side.get(match[4])
        if found is None:
            continue
        word = found["it"]
        if word.isdigit():
            even = f"{word}.0"
        elif names.get(word) == cel.Type.INT:
            even = f"double({word})"
        else:
            continue
        return text[: found.start("it")] + even + text[found.end("it") :]
    return None


def _offset(text: str, line: int, column: int) -> int:
    before = text.split("\n")[: line - 1]
    return sum(len(each) + 1 for each in before) + column - 1


def explained(text: str, fault: str, names: Mapping[str, Any]) -> tuple[str, str, str]:
    """A fault of CEL for people: (Chinese, English, what to write instead)."""
    bare = _STRING.sub('""', text)
    for habit, meant in _HABITS:
        if found := habit.search(bare):
            return _at(_column(text, found[0]), f"“{found[0]}”", f'"{found[0]}"', meant)
    if match := _UNDECLARED.search(fault):
        where, name = int(match[2]), match[3]
        near = nearest(name, names)
        if not near and re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
            near = f'"{name}"'
        return _at(where, f"没有“{name}”这个名称", f'"{name}" is not a name', near)
    if match := _OVERLOAD.search(fault):
        sides = [_TYPES.get(each.strip(), Words(each, each)) for each in match[4].split(", ")]
        operator = match[3].strip("_@")
        zh = f"“{operator}”不能用在{'和'.join(side.zh for side in sides)}之间"
        en = f'"{operator}" does not go between {" and ".join(side.en for side in sides)}'
        return _at(int(match[2]), zh, en, _remedy(match[4]))
    place = _PLACE.search(fault)
    if place is None:
        return _at(1, fault, fault, "")
    where = int(place[2])
    near = text.split("\n")[int(place[1]) - 1][max(0, where - 9) : where + 8].strip()
    return _at(
        where, f"“{near}”附近不成句", f'no sentence near "{near}"', 'customer.tier == "GOLD"'
    )


def _at(column: int, zh: str, en: str, remedy: str) -> tuple[str, str, str]:
    return (
        f"条件第 {column} 列读不懂：{zh}",
        f"the condition fails at column {column}: {en}",
        remedy,
    )


def _column(text: str, word: str) -> int:
    return text.find(word) + 1


def _remedy(types: str) -> str:
    known = [each.strip() for each in types.split(", ")]
    if "list(string)" in known:
        return '"GOLD" in customer.flags'
    if "string" in known and {"int", "double"} & set(known):
        return '== "1"'
    if "bool" in known:
        return "!fact.downtime"
    if any("imestamp" in each for each in known):
        return 'fact.clock >= "22:00"'
    return ""
