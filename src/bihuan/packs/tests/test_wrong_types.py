"""One value of a shipped pack becomes another type: the pack still holds, or a sentence with file
and line says what is wrong. Seeded; `BIHUAN_FUZZ` sets how many values of each pack, and
`BIHUAN_SEED` which.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from functools import cache

import pytest

from bihuan.lib.policy import PackErrors, check, read, reader, run_cases
from bihuan.lib.policy.source import Node, load
from bihuan.packs.tests.test_packs import CODES, PACKS, Plain, vocabulary

MANY = int(os.environ.get("BIHUAN_FUZZ", "20"))
SEED = int(os.environ.get("BIHUAN_SEED", "20261127"))
OTHERS = (
    "true", "12", "-1", "1.5", "'text'", "''", "null", "[]", "[1, two]", "[[]]", "{}", "{a: 1}",
    "2026-02-30", "2026-01-31", "999999999999", "$nothing", "中文", "4h", "0wd", "[{if: 'true'}]",
    "101%", "'a && '", "none", "GOLD", '"\\""',
)  # fmt: skip


@cache
def trees(code):
    """(texts, path -> root) of a pack."""
    folder = PACKS / code
    texts = {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*.yaml"))
    }
    return texts, {path: load(path, text, []) for path, text in texts.items()}


def ways(node, way=()):
    """The way to every plain value below a node."""
    if isinstance(node.value, dict):
        for key, below in node.value.items():
            yield from ways(below, (*way, key))
    elif isinstance(node.value, list):
        for place, below in enumerate(node.value):
            yield from ways(below, (*way, place))
    else:
        yield way


def at(node, way):
    for step in way:
        node = node.value[step]
    return node


def put(node, way, new):
    """The tree with another value there."""
    if not way:
        return moved(new, node.file, node.line)
    first, *rest = way
    value = node.value.copy()
    value[first] = put(value[first], rest, new)
    return replace(node, value=value)


def moved(node, file, line):
    value = node.value
    if isinstance(value, dict):
        value = {key: moved(below, file, line) for key, below in value.items()}
    elif isinstance(value, list):
        value = [moved(below, file, line) for below in value]
    return replace(node, value=value, file=file, line=line, key_lines=None)


def other(text) -> Node:
    found = load("x.yaml", f"x: {text}\n", [])
    assert found is not None
    return found.map["x"]


@pytest.mark.parametrize("code", CODES)
def test_a_value_of_another_type_is_read_or_refused_with_its_place(code, monkeypatch):
    dice = random.Random(f"{SEED}{code}")
    texts, roots = trees(code)
    spots = [(path, way) for path, root in roots.items() for way in ways(root)]
    for path, way in dice.sample(spots, min(MANY, len(spots))):
        text = dice.choice(OTHERS)
        changed = {**roots, path: put(roots[path], way, other(text))}
        monkeypatch.setattr(reader, "load", lambda file, text, problems, c=changed: c[file])
        where = f"{code}/{path}:{at(roots[path], way).line} {'.'.join(map(str, way))} = {text}"
        try:
            found = read(texts, vocabulary())
        except PackErrors as error:
            problems = error.problems
        except Exception as error:
            raise AssertionError(where) from error
        else:
            try:
                problems = check(found)
                for result in run_cases(found, Plain()):
                    assert result.ok or result.sentence("zh")
                for rule in found.rules.values():
                    assert rule.card("zh") and rule.card("en")
            except Exception as error:
                raise AssertionError(where) from error
        for problem in problems:
            assert problem.file in texts and problem.line > 0, (where, problem)
            assert problem.zh and problem.en and "Error" not in problem.en, (where, problem)
