"""Files that go out: templates, rows with their errors, exports.

Texts that a spreadsheet would take for a formula are written as text with an apostrophe before
them; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import is_aware, make_naive
from django.utils.translation import gettext as _

from bihuan.base.ledgers.declare import Ledger
from bihuan.base.ledgers.reading import Sheet
from bihuan.base.texts import in_a_row, in_language

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def safe(value: Any) -> Any:
    """The value as a cell that cannot start a program."""
    if value is None or isinstance(value, bool | int | float | Decimal | date):
        return _naive(value)
    plain = in_language(value) if isinstance(value, Mapping) else str(value)
    looked_at = plain.lstrip(" \ufeff\"'")
    return f"'{plain}" if looked_at.startswith(RISKY) or plain.startswith(RISKY) else plain


def _naive(value: Any) -> Any:
    # Excel knows no time zones: the hour is that of the house, as on the screen
    if isinstance(value, datetime) and is_aware(value):
        return make_naive(value)
    return value


def xlsx(
    rows: Iterable[Sequence[Any]],
    *,
    title: str,
    extra: Mapping[str, Iterable[Sequence[Any]]] | None = None,
) -> bytes:
    """A workbook with one sheet, and further ones in `extra`."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    for name, lines in {title: rows, **(extra or {})}.items():
        sheet = book.create_sheet(_sheet_title(name))
        for line in lines:
            cells = []
            for value in line:
                found = safe(value)
                cell = WriteOnlyCell(sheet, value=found)
                if isinstance(found, str):
                    cell.data_type = "s"
                cells.append(cell)
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_title(name: str) -> str:
    return "".join(each for each in name if each not in "[]:*?/\\")[:31] or "Sheet"


def csv_bytes(rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with the mark by which Excel knows it."""
    out = io.StringIO()
    writer = csv.writer(out)
    for line in rows:
        writer.writerow(["" if (found := safe(value)) is None else found for value in line])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def headings(ledger: Ledger) -> list[str]:
    return [in_language(column.title) for column in ledger.columns]


def template(ledger: Ledger) -> bytes:
    """An empty sheet with the headings, and one that explains them."""
    lines = [
        [in_language(column.title), _("必填") if column.required else "", column.explained()]
        for column in ledger.columns
    ]
    explained = [[_("列"), _("是否必填"), _("说明")], *lines]
    return xlsx([headings(ledger)], title=in_language(ledger.title), extra={_("说明"): explained})


def error_rows(sheet: Sheet, errors: Sequence[Mapping[str, Any]]) -> bytes:
    """The wrong rows as they were, with the reason beside each; to be mended and sent again."""
    reasons: dict[int, list[str]] = {}
    for error in errors:
        reasons.setdefault(error["row"], []).append(error["text"])
    width = len(sheet.headings)
    lines: list[Sequence[Any]] = [[*sheet.headings, _("原因")]]
    for number, cells in sheet.rows:
        if number in reasons:
            padded = [*cells[:width], *[None] * (width - len(cells))]
            lines.append([*padded, in_a_row(reasons[number])])
    return xlsx(lines, title=_("要改的行"))


def export_rows(
    ledger: Ledger, rows: Iterable[Mapping[str, Any]], watermark: str
) -> Iterable[Sequence[Any]]:
    """Watermark, headings, rows."""
    yield [watermark]
    yield headings(ledger)
    for row in rows:
        yield [row.get(column.name) for column in ledger.columns]
