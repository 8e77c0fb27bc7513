"""A table of history as it comes out of a recorder: read row by row, never whole in memory."""

from __future__ import annotations

import codecs
import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from bihuan.apps.monitoring.refusals import BrokenTable, NoHeadRow, TableTooLarge

MEGABYTE = 1024 * 1024
MOST_BYTES = 100 * MEGABYTE
MOST_ROWS = 2_000_000
MOST_COLUMNS = 200
_UNPACKED = 800 * MEGABYTE
_TEXTS = 20 * MEGABYTE
"""Of a table of numbers, the file of all texts is small; it is the one that is read whole."""
_LINE = 64 * 1024
_HEAD_WITHIN = 10
_SAMPLE = 5

Row = tuple[int, tuple[Any, ...]]
"""The number of the row in the file, from 1, and its cells."""


@dataclass(frozen=True)
class Head:
    """`at` is the number of the row of headings; `sheets` the names of all (empty for CSV)."""

    headings: tuple[str, ...]
    at: int
    sample: tuple[tuple[Any, ...], ...]
    sheets: tuple[str, ...]
    sheet: str


def head(path: Path, sheet: str = "") -> Head:
    """What the first rows say. Raises BrokenTable, TableTooLarge, NoHeadRow."""
    sheets = _sheets(path)
    chosen = sheet if sheet in sheets else (sheets[0] if sheets else "")
    first: list[Row] = []
    for row in rows(path, chosen):
        first.append(row)
        if len(first) >= _HEAD_WITHIN + _SAMPLE:
            break
    for place, (number, cells) in enumerate(first[:_HEAD_WITHIN]):
        names = [str(cell).strip() for cell in cells if cell not in (None, "")]
        if len(names) >= 2 and all(_is_word(name) for name in names):
            headings = [str(cell or "").strip()[:120] for cell in cells]
            while headings and not headings[-1]:
                headings.pop()
            sample = tuple(row for _number, row in first[place + 1 : place + 1 + _SAMPLE])
            return Head(tuple(headings), number, sample, sheets, chosen)
    raise NoHeadRow


def rows(path: Path, sheet: str = "") -> Iterator[Row]:
    """All rows that hold anything. Raises BrokenTable, TableTooLarge, also when half read."""
    if path.stat().st_size > MOST_BYTES:
        raise TableTooLarge(rows=MOST_ROWS, mb=MOST_BYTES // MEGABYTE)
    found = _xlsx(path, sheet) if is_xlsx(path) else _csv(path)
    for place, (number, cells) in enumerate(found):
        if place > MOST_ROWS + _HEAD_WITHIN:
            raise TableTooLarge(rows=MOST_ROWS, mb=MOST_BYTES // MEGABYTE)
        if any(cell not in (None, "") for cell in cells):
            yield number, cells


def is_xlsx(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _is_word(name: str) -> bool:
    return not name[0].isdigit() and name[0] not in "-+.=" and any(each.isalpha() for each in name)


def _sheets(path: Path) -> tuple[str, ...]:
    if not is_xlsx(path):
        return ()
    book = _book(path)
    try:
        return tuple(each.title for each in book.worksheets if each.sheet_state == "visible")
    finally:
        book.close()


def _book(path: Path) -> Any:
    """Only cached values of formulas are read, no links are followed."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
        texts = sum(each.file_size for each in parts if "worksheets/" not in each.filename)
        if len(parts) > 2000 or texts > _TEXTS or sum(each.file_size for each in parts) > _UNPACKED:
            raise TableTooLarge(rows=MOST_ROWS, mb=MOST_BYTES // MEGABYTE)
        return load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except TableTooLarge:
        raise
    except Exception as error:  # whatever a broken or hostile file leads the reader to
        raise BrokenTable(row=0) from error


def _xlsx(path: Path, sheet: str) -> Iterator[Row]:
    book = _book(path)
    number = 0
    try:
        visible = [each for each in book.worksheets if each.sheet_state == "visible"]
        found = next((each for each in visible if each.title == sheet), None) or visible[0]
        for number, cells in enumerate(found.iter_rows(values_only=True, max_col=MOST_COLUMNS), 1):
            yield number, cells
    except GeneratorExit:
        raise
    except Exception as error:  # as above
        raise BrokenTable(row=number) from error
    finally:
        book.close()


def _csv(path: Path) -> Iterator[Row]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(_LINE)
        delimiter = max(",;\t", key=first.count)
        file.seek(0)
        reader = csv.reader(_lines(file), delimiter=delimiter)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise BrokenTable(row=number) from error
            yield number, tuple(cells[:MOST_COLUMNS])


def _lines(file: TextIO) -> Iterator[str]:
    number = 0
    while line := file.readline(_LINE):
        number += 1
        if len(line) >= _LINE:
            raise BrokenTable(row=number)
        yield line


def _encoding(path: Path) -> str:
    """UTF-8, UTF-16 with its mark, or the Chinese GB 18030 (of which GBK is a part)."""
    with path.open("rb") as file:
        mark = file.read(4)
    if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        if _reads(path, encoding):
            return encoding
    raise BrokenTable(row=0)


def _reads(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(MEGABYTE):
                if "\0" in decoder.decode(piece):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
