"""Rows of a table as samples, and what is wrong with the others: with their numbers in the file."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.apps.monitoring.enums import RowFault
from bihuan.apps.monitoring.history.columns import Plan, Taking
from bihuan.apps.monitoring.history.sheet import rows
from bihuan.lib.machines import Cause, Point, Template
from bihuan.lib.machines.moments import moment

AT_ONCE = 20_000
SHOWN = 50
_BLANK = {"", "-", "--", "—", "/", "nan", "null", "none", "n/a", "#n/a", "na"}


@dataclass(frozen=True)
class Sample:
    """`ts` are epoch seconds, `values` in the order of the takings (NaN: none)."""

    row: int
    ts: float
    values: tuple[float, ...]


@dataclass
class Report:
    """`wrong` are (row, cause, heading, what stood there), the first of them; `causes` counts all."""

    rows: int = 0
    good: int = 0
    left_out: int = 0
    first: float = math.inf
    last: float = -math.inf
    causes: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[int, str, str, str]] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return self.rows - self.good

    def note(self, row: int, cause: str, heading: str = "", said: Any = "") -> None:
        self.causes[str(cause)] += 1
        if len(self.wrong) < SHOWN:
            self.wrong.append((row, str(cause), heading, _shown(said)))


@dataclass(frozen=True)
class Numbers:
    """Seconds that a time may lie ahead, and back; samples a second that are no flood."""

    ahead: float
    back: float
    flood: float


def samples(
    path: Path, sheet: str, head_at: int, plan: Plan, takings: Sequence[Taking], report: Report
) -> Iterator[Sample]:
    """Rows that have a time and at least one number. Raises BrokenTable, TableTooLarge."""
    zone = ZoneInfo(plan.zone)
    for number, cells in rows(path, sheet):
        if number <= head_at:
            continue
        report.rows += 1
        told = cells[plan.time] if plan.time < len(cells) else None
        ts = moment(told, zone)
        if ts is None:
            report.note(number, RowFault.NO_TIME, plan.columns[plan.time].heading, told)
            continue
        values = tuple(_value(number, cells, taking, report) for taking in takings)
        if all(math.isnan(value) for value in values):
            report.note(number, RowFault.EMPTY)
            continue
        yield Sample(number, ts, values)


def _value(row: int, cells: tuple[Any, ...], taking: Taking, report: Report) -> float:
    cell = cells[taking.place] if taking.place < len(cells) else None
    if isinstance(cell, bool):
        cell = float(cell)
    if isinstance(cell, str):
        text = cell.strip()
        if text.casefold() in _BLANK:
            return math.nan
        try:
            if "_" in text or len(text) > 40:
                raise ValueError
            cell = float(text)
        except ValueError:
            report.left_out += 1
            report.note(row, Cause.NO_NUMBER, taking.heading, cell)
            return math.nan
    if cell is None:
        return math.nan
    if not isinstance(cell, int | float) or not math.isfinite(cell):
        report.left_out += 1
        report.note(row, Cause.NO_NUMBER, taking.heading, cell)
        return math.nan
    return round(float(cell) * taking.a + taking.b, 9)


def judged(
    found: Iterator[Sample],
    takings: Sequence[Taking],
    template: Template,
    numbers: Numbers,
    now: float,
    report: Report,
) -> Iterator[list[Sample]]:
    """Lots of samples that can be true, by the rules of the pipe; the same instant once."""
    seen, lot = _Seen(), list[Sample]()
    points = [(taking, template.point(taking.point)) for taking in takings]
    for sample in found:
        fine = _fine(sample, points, numbers, now, report, seen)
        if fine is None:
            continue
        report.good += 1
        report.first, report.last = min(report.first, fine.ts), max(report.last, fine.ts)
        lot.append(fine)
        if len(lot) >= AT_ONCE:
            yield lot
            lot = []
    if lot:
        yield lot


def _fine(
    sample: Sample, points: Sequence[tuple[Taking, Point]], numbers: Numbers, now: float, report: Report, seen: _Seen
) -> Sample | None:  # fmt: skip
    if sample.ts > now + numbers.ahead:
        report.note(sample.row, Cause.FUTURE)
        return None
    if sample.ts < now - numbers.back:
        report.note(sample.row, RowFault.TOO_OLD)
        return None
    values = []
    for (taking, point), value in zip(points, sample.values, strict=True):
        if not math.isnan(value) and not point.low <= value <= point.high:
            report.left_out += 1
            report.note(sample.row, Cause.RANGE, taking.heading, f"{value:g} {point.unit}")
            value = math.nan  # noqa: PLW2901 - what cannot be true is no value
        values.append(value)
    if all(math.isnan(value) for value in values):
        return None
    if not seen.add(sample.ts):
        report.note(sample.row, RowFault.TWICE)
        return None
    if seen.in_second(sample.ts) > numbers.flood:
        report.note(sample.row, Cause.FLOOD)
        return None
    return Sample(sample.row, sample.ts, tuple(values))


class _Seen:
    """Instants that were there already: eight bytes each. Tables mostly run forward, or backward."""

    def __init__(self) -> None:
        self._forward = array("q")
        self._others: set[int] = set()
        self._second, self._count = 0, 0

    def add(self, ts: float) -> bool:
        millis = round(ts * 1000)
        if not self._forward or millis > self._forward[-1]:
            if millis in self._others:
                return False
            self._forward.append(millis)
            return True
        place = bisect_left(self._forward, millis)
        if self._forward[place] == millis or millis in self._others:
            return False
        self._others.add(millis)
        return True

    def in_second(self, ts: float) -> int:
        second = int(ts)
        self._count = self._count + 1 if second == self._second else 1
        self._second = second
        return self._count


def _shown(said: Any) -> str:
    text = "" if said is None else str(said)
    return "".join(each if each.isprintable() else " " for each in text)[:40]
