"""Which column of a table is which point, and in what unit: guessed, then said by a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bihuan.apps.monitoring.refusals import (
    ColumnTwice,
    NoColumns,
    NoSuchZone,
    NoTimeColumn,
    UnitRefused,
)
from bihuan.base.texts import in_language
from bihuan.lib.machines import Template
from bihuan.lib.machines.units import factor, unit

ZONES = ("Asia/Shanghai", "UTC", "Asia/Urumqi", "Asia/Tokyo", "Asia/Singapore", "Europe/Berlin", "America/New_York")  # fmt: skip
_TIMES = {"时间", "采集时间", "采样时间", "记录时间", "日期时间", "日期", "时间戳", "time", "timestamp", "datetime", "date", "date time", "ts"}  # fmt: skip
_UNIT = re.compile(r"^(.*?)\s*[\[(（【/]\s*([^\])）】]{1,16})\s*[\])）】]?$")


@dataclass(frozen=True)
class Column:
    """`point` is empty for a column that is not used; `unit` as the table has it."""

    heading: str
    point: str
    unit: str


@dataclass(frozen=True)
class Plan:
    """`time` is the place of the column of times; `columns` one for each heading."""

    time: int
    zone: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Taking:
    """How a column becomes a point: value * a + b."""

    place: int
    heading: str
    point: str
    a: float
    b: float


def guess(headings: Sequence[str], template: Template, zone: str) -> Plan:
    """By code, title and unit, in Chinese and English."""
    names: dict[str, str] = {}
    for point in template.points:
        for name in (point.code, point.title.get("zh", ""), point.title.get("en", "")):
            names.setdefault(_plain(name), point.code)
    split = [_split(heading) for heading in headings]
    time = next((place for place, (name, _u) in enumerate(split) if _plain(name) in _TIMES), 0)
    used: set[str] = set()
    columns = []
    for place, (name, said) in enumerate(split):
        code = "" if place == time else names.get(_plain(name)) or _alike(_plain(name), names)
        code = "" if code in used else code
        used.add(code)
        own = template.point(code).unit if code else ""
        columns.append(Column(headings[place], code, (said or own) if code else ""))
    return Plan(time, zone, tuple(columns))


def _alike(name: str, names: Mapping[str, str]) -> str:
    """The one point whose title holds this name, or is held by it; none where several do."""
    found = {
        code for title, code in names.items() if len(name) > 1 and (name in title or title in name)
    }
    return found.pop() if len(found) == 1 else ""


def _split(heading: str) -> tuple[str, str]:
    """A name and the unit behind it, where one stands there."""
    found = _UNIT.fullmatch(heading)
    if found is None:
        return heading, ""
    said = unit(found[2])
    if not said and "/" in heading and not heading.endswith((")", "]", "）", "】")):
        return heading, ""
    return found[1], said or found[2]


def _plain(name: str) -> str:
    return re.sub(r"[\s_.-]+", " ", unicodedata.normalize("NFKC", name)).strip().casefold()


def takings(plan: Plan, template: Template) -> list[Taking]:
    """Raises NoTimeColumn, NoColumns, ColumnTwice, UnitRefused, NoSuchZone."""
    if not 0 <= plan.time < len(plan.columns):
        raise NoTimeColumn
    try:
        ZoneInfo(plan.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise NoSuchZone(zone=plan.zone[:40]) from None
    found: dict[str, Taking] = {}
    for place, column in enumerate(plan.columns):
        if place == plan.time or column.point not in template.places:
            continue
        point = template.point(column.point)
        title = in_language(point.title)
        if column.point in found:
            raise ColumnTwice(point=title, one=found[column.point].heading, other=column.heading)
        ways = factor(unit(column.unit) or column.unit.strip(), unit(point.unit) or point.unit)
        if ways is None and column.unit.strip():
            raise UnitRefused(heading=column.heading, unit=column.unit, point=title, wanted=point.unit or "—")  # fmt: skip
        a, b = ways or (1.0, 0.0)
        found[column.point] = Taking(place, column.heading, column.point, a, b)
    if not found:
        raise NoColumns
    return list(found.values())


def as_data(plan: Plan) -> dict[str, object]:
    return {
        "time": plan.time, "zone": plan.zone,
        "columns": [[each.heading, each.point, each.unit] for each in plan.columns],
    }  # fmt: skip


def from_data(data: Mapping[str, object]) -> Plan:
    columns = data["columns"]
    assert isinstance(columns, list)
    return Plan(int(str(data["time"])), str(data["zone"]), tuple(Column(*each) for each in columns))
