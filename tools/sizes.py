"""Refuses files and functions too large to hold in mind: 400 and 60 lines."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 400
FUNCTION_LINES = 60


def main() -> None:
    found = [
        problem
        for folder in ("src", "tests", "tools", "clients")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
        for problem in problems(path)
    ]
    print("\n".join(found) or "sizes: fine")
    sys.exit(bool(found))


def problems(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT)
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines, at most {FILE_LINES}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            long = (node.end_lineno or node.lineno) - node.lineno + 1
            if long > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {long} lines, at most {FUNCTION_LINES}"


if __name__ == "__main__":
    main()
