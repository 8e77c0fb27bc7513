"""Checking and bringing in: the same work, the check is rolled back.

All rows are saved in one transaction. When a row is wrong and nobody chose to leave wrong rows
out, nothing of the file stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from bihuan.base.access.models import User
from bihuan.base.facts.arriving import arrivals
from bihuan.base.ledgers.declare import Done, Ledger, Result, Wrong
from bihuan.base.ledgers.reading import Sheet
from bihuan.base.texts import in_language
from bihuan.base.together import together

BATCH = 100
MOST_REASONS = 5000


@dataclass
class Report:
    """What became of each row; `errors` hold row number, column name and sentence."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    wrong: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def count(self, number: int, result: Result) -> None:
        if isinstance(result, Done):
            name = result.lower()
            setattr(self, name, getattr(self, name) + 1)
            return
        self.wrong += 1
        for each in result if len(self.errors) < MOST_REASONS else ():
            self.errors.append({"row": number, "column": each.column, "text": each.text})


class _Back(Exception):
    """Rolls the work back."""


def run(
    ledger: Ledger,
    sheet: Sheet,
    mapping: Mapping[str, str],
    *,
    keep: bool,
    only_good: bool,
    by: User | None,
    now: datetime,
    note: str = "",
) -> Report:
    """Save the rows; they stay when `keep` and (no row is wrong or `only_good`).

    `note` names this run to who asks how far it is (`progress`).
    """
    report = Report(rows=len(sheet.rows))
    parsed, wrong = _parse_all(ledger, sheet, mapping)
    for number, reasons in wrong:
        report.count(number, reasons)
    try:
        with transaction.atomic(), arrivals(now):
            for start in range(0, len(parsed), BATCH):
                batch = parsed[start : start + BATCH]
                with together():
                    results = ledger.save([row for _number, row in batch], by=by, now=now)
                for (number, _row), result in zip(batch, results, strict=True):
                    report.count(number, result)
                _say(note, min(start + BATCH, len(parsed)), len(sheet.rows))
            if not keep or (report.wrong and not only_good):
                raise _Back
    except _Back:
        pass
    report.errors.sort(key=lambda error: error["row"])
    return report


def _parse_all(
    ledger: Ledger, sheet: Sheet, mapping: Mapping[str, str]
) -> tuple[list[tuple[int, dict[str, Any]]], list[tuple[int, list[Wrong]]]]:
    places = {
        name: sheet.headings.index(heading)
        for name, heading in mapping.items()
        if heading in sheet.headings
    }
    good: list[tuple[int, dict[str, Any]]] = []
    bad: list[tuple[int, list[Wrong]]] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in sheet.rows:
        row, reasons = _parse(ledger, cells, places)
        if not reasons and ledger.key:
            key = tuple(row.get(name) for name in ledger.key)
            first = seen.setdefault(key, number)
            if first != number:
                reasons = [Wrong(ledger.key[0], _("与第 %(n)d 行重复") % {"n": first})]
        if reasons:
            bad.append((number, reasons))
        else:
            good.append((number, row))
    return good, bad


def _parse(
    ledger: Ledger, cells: Sequence[Any], places: Mapping[str, int]
) -> tuple[dict[str, Any], list[Wrong]]:
    row: dict[str, Any] = {}
    reasons: list[Wrong] = []
    for column in ledger.columns:
        place = places.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else None
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            if column.required:
                reasons.append(
                    Wrong(column.name, _("缺少%(title)s") % {"title": in_language(column.title)})
                )
            continue
        try:
            row[column.name] = column.parse(cell)
        except ValueError as error:
            title = in_language(column.title)
            said = in_language({"zh": f"{title}：{error}", "en": f"{title}: {error}"})
            reasons.append(Wrong(column.name, said))
    return row, reasons


def _say(note: str, done: int, total: int) -> None:
    """Work in one transaction shows nothing to others, but the name of its connection does."""
    if note:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('application_name', %s, false)", [f"{note} {done}/{total}"]
            )


def progress(note: str) -> tuple[int, int] | None:
    """(rows done, rows) of a run that is at work now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE %s",
            [f"{note} %"],
        )
        found = cursor.fetchone()
    if found is None:
        return None
    done, _slash, total = found[0].rpartition(" ")[2].partition("/")
    return int(done), int(total)
