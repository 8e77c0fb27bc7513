"""What the parameters of a regulation may say that an app reads: what cannot be read keeps a pack from
taking force, with its place and what to write instead.

An app's `shapes.py` holds `SHAPES`: name of a parameter -> what it is. It needs no Django, so that
a pack is checked without a database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ruamel.yaml import YAML

from bihuan.base.registry import app_names
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Pack, Problem
from bihuan.lib.policy.lint import NAMED
from bihuan.lib.policy.values import Fault, Number, Read, Shape, Words, text_of

LONG = 80
ALIKE = 0.9
"""So alike a name must be to be taken for the one that was meant."""


@dataclass(frozen=True)
class Roles:
    """Roles of the house, in their order."""

    most: int = 0

    def fault(self, text: str, calendars: Collection[str] | None) -> Fault | None:
        found = Words(vocabulary().roles, self.most).fault(text, calendars)
        if found is not None and len(found.instead) > LONG:
            return Fault(found.zh, found.en)
        return found


def numbers(file: Path, prefix: str = "") -> dict[str, Shape]:
    """The shapes of all values of a profile that are numbers there."""
    own = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))["values"]
    return {
        f"{prefix}{name}": Number(str(value))
        for name, value in own.items()
        if type(value) in (int, float)
    }


def days(file: Path) -> dict[str, Shape]:
    """The shapes of the numbers of a profile that each name their parameter: `30`, or `30d`."""
    own = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))["numbers"]
    return {
        row["parameter"]: Read(lambda text: int(text.removesuffix("d")), str(row["value"]))
        for row in own.values()
    }


@cache
def shapes() -> dict[str, Shape]:
    """Of every app that reads parameters."""
    found: dict[str, Shape] = {}
    for app in app_names():
        if find_spec(f"{app}.shapes") is not None:
            found |= import_module(f"{app}.shapes").SHAPES
    return found


def unreadable(pack: Pack, calendars: Iterable[str] | None = None) -> Iterator[Problem]:
    """The parameters that say what no app can read, or bear a name as its own and are none;
    one without a value is named elsewhere.
    """
    yield from _unread(pack)
    known = list(calendars) if calendars is not None else None
    for name, shape in shapes().items():
        given = pack.parameters.get(name)
        if given is None or given.value is None:
            continue
        fault = shape.fault(text_of(given.value), known)
        if fault is not None:
            yield Problem(
                given.file, given.line, "parameter.unreadable", f"参数 {name}：{fault.zh}", f"parameter {name}: {fault.en}",
                f"value: {fault.instead}" if fault.instead else "",
            )  # fmt: skip


def _unread(pack: Pack) -> Iterator[Problem]:
    """What the company thinks is in force while the app's own value is."""
    heads = {name.partition(".")[0] for name in shapes()}
    texts = "\n".join(text for path, text in pack.files.items() if path.endswith(".yaml"))
    named = set(NAMED.findall(texts))
    for name, given in pack.parameters.items():
        if name.partition(".")[0] in heads and name not in shapes() and name not in named:
            near = get_close_matches(name, shapes(), n=1, cutoff=ALIKE)
            yield Problem(
                given.file, given.line, "parameter.unread", f"参数 {name} 没有程序读取，也没有规则用到",
                f"parameter {name} is read by no app and used by no rule", near[0] if near else f"# {name}: ...",
            )  # fmt: skip
