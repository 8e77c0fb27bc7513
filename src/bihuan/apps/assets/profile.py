"""The numbers and families of machines: the pack in force first, else `data/assets.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bihuan.apps.assets.enums import WarrantyStart
from bihuan.apps.assets.rules.warranty import Terms
from bihuan.base.texts import both, in_language
from bihuan.lib.policy import Pack

FILE = Path(__file__).resolve().parent / "data" / "assets.yaml"
OTHER = "OTHER"
HOURS, CYCLES = "HOURS", "CYCLES"


@cache
def data() -> Mapping[str, Any]:
    """The file as read once."""
    found: Mapping[str, Any] = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    return found


def number(name: str, pack: Pack | None) -> int:
    """A number by its name; the pack's parameter goes before the file. Raises KeyError."""
    row = data()["numbers"][name]
    parameter = pack.parameters.get(row["parameter"]) if pack is not None else None
    return int(str(parameter.value if parameter is not None else row["value"]).removesuffix("d"))


def family(code: str) -> Mapping[str, Any]:
    """What is assumed of a family; one that the file does not know is like OTHER."""
    families: Mapping[str, Mapping[str, Any]] = data()["families"]
    return families.get(code, families[OTHER])


def family_titles() -> dict[str, str]:
    """Code -> title in the language of the page."""
    return {code: in_language(row["title"]) for code, row in data()["families"].items()}


def family_title(code: str) -> str:
    return family_titles().get(code, code)


def family_terms(
    code: str, *, months: int | None = None, latest_months: int | None = None
) -> Terms:
    """The warranty of a family, with what the model says instead."""
    row = family(code)["warranty"]
    return Terms(
        months=row["months"] if months is None else months,
        start=WarrantyStart(row["start"]),
        latest_months=row["latest_months"] if latest_months is None else latest_months,
        transfers=row["transfers"],
    )


@dataclass(frozen=True)
class Point:
    """A measuring point: unit and upper limits (None without one)."""

    code: str
    title: str
    unit: str
    counter: bool
    warn: float | None
    alarm: float | None


def point(code: str) -> Point:
    """A measuring point in the language of the page. Raises KeyError."""
    row = data()["points"][code]
    unit = in_language(both(row["unit"]))
    return Point(
        code,
        in_language(row["title"]),
        unit,
        row.get("counter", False),
        row.get("warn"),
        row.get("alarm"),
    )


def points_of(family_code: str) -> list[Point]:
    return [point(code) for code in family(family_code)["points"]]


def all_points() -> list[Point]:
    return [point(code) for code in data()["points"]]
