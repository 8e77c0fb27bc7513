"""Excel and CSV files as rows of cells."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from typing import Any

from bihuan.base.ledgers.errors import NoHeading, NotAList, TooMuch

MOST_BYTES = 30 * 1024 * 1024
MOST_UNPACKED = 400 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200
HEADING_WITHIN = 10


@dataclass(frozen=True)
class Sheet:
    """`rows` from the one under the heading on, with their numbers in the file (from 1)."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Any, ...]], ...]


def sheet_names(content: bytes, file_name: str) -> list[str]:
    """Names of the sheets; a CSV has one without a name. Raises NotAList, TooMuch."""
    _check_size(content, file_name)
    if not _is_xlsx(content):
        _decoded(content, file_name)
        return [""]
    book = _book(content, file_name)
    names = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    book.close()
    return names


def read(content: bytes, file_name: str, sheet: str = "") -> Sheet:
    """One sheet. Raises NotAList, TooMuch, NoHeading."""
    _check_size(content, file_name)
    name, cells = (
        _from_xlsx(content, file_name, sheet)
        if _is_xlsx(content)
        else ("", _from_csv(content, file_name))
    )
    start = _heading_at(cells)
    headings = [("" if cell is None else str(cell).strip()) for cell in cells[start]]
    while headings and not headings[-1]:
        headings.pop()
    rows = tuple(
        (number, row[: len(headings)])
        for number, row in enumerate(cells[start + 1 :], start + 2)
        if any(cell not in (None, "") for cell in row)
    )
    return Sheet(name, tuple(headings), rows)


def _check_size(content: bytes, file_name: str) -> None:
    if len(content) > MOST_BYTES:
        raise TooMuch(name=file_name, rows=MOST_ROWS, mb=MOST_BYTES // 1024 // 1024)


def _is_xlsx(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04")


def _book(content: bytes, file_name: str) -> Any:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise TooMuch(name=file_name, rows=MOST_ROWS, mb=MOST_BYTES // 1024 // 1024)
        return load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except TooMuch:
        raise
    except Exception as error:  # whatever a broken or hostile file leads the reader to
        raise NotAList(name=file_name) from error


def _from_xlsx(content: bytes, file_name: str, wanted: str) -> tuple[str, list[tuple[Any, ...]]]:
    book = _book(content, file_name)
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        found = next((sheet for sheet in sheets if sheet.title == wanted), sheets[0])
        cells: list[tuple[Any, ...]] = []
        for row in found.iter_rows(values_only=True, max_col=MOST_COLUMNS):
            cells.append(row)
            if len(cells) > MOST_ROWS + HEADING_WITHIN:
                raise TooMuch(name=file_name, rows=MOST_ROWS, mb=MOST_BYTES // 1024 // 1024)
    except TooMuch:
        raise
    except Exception as error:  # as above
        raise NotAList(name=file_name) from error
    finally:
        book.close()
    return found.title, cells


def _decoded(content: bytes, file_name: str) -> str:
    if b"\0" in content:
        raise NotAList(name=file_name)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotAList(name=file_name)


def _from_csv(content: bytes, file_name: str) -> list[tuple[Any, ...]]:
    plain = _decoded(content, file_name)
    first = plain.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows: list[tuple[Any, ...]] = []
        for row in csv.reader(io.StringIO(plain), delimiter=delimiter):
            rows.append(tuple(row[:MOST_COLUMNS]))
            if len(rows) > MOST_ROWS + HEADING_WITHIN:
                raise TooMuch(name=file_name, rows=MOST_ROWS, mb=MOST_BYTES // 1024 // 1024)
    except csv.Error as error:
        raise NotAList(name=file_name) from error
    return rows


def _heading_at(cells: list[tuple[Any, ...]]) -> int:
    """The first row, among the first ten, with the most texts: titles above it are passed over."""
    best, most = -1, 0
    for index, row in enumerate(cells[:HEADING_WITHIN]):
        count = sum(isinstance(cell, str) and bool(cell.strip()) for cell in row)
        if count > most:
            best, most = index, count
            if count == len([cell for cell in row if cell not in (None, "")]) > 1:
                break
    if best < 0:
        raise NoHeading
    return best
