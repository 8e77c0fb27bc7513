"""Word files (.docx) as blocks: paragraphs with their automatic numbers, tables as rows."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from bihuan.lib.policy.writing.blocks import MOST_CHARACTERS, Block, Unreadable, clean
from bihuan.lib.policy.writing.numerals import chinese

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DROPPED = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", _FALLBACK})
_MOST_PARTS, _MOST_UNPACKED, _MOST_XML = 3000, 120 * 1024 * 1024, 30 * 1024 * 1024
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
_CHINESE = frozenset(
    ["chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting",
     "chineseLegalSimplified", "taiwaneseCounting", "taiwaneseCountingThousand"]
)  # fmt: skip


def from_docx(raw: bytes) -> list[Block]:
    """The blocks of a Word file; raises ``Unreadable``. Nothing in it is run or fetched."""
    _measured(raw)
    from docx import Document
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    try:
        document = Document(io.BytesIO(raw))
        blocks = list(_blocks(document))
    except Unreadable:
        raise
    except ValueError as error:  # another kind of Office file, or one with macros
        raise Unreadable("kind") from error
    except (
        OpcError,
        LxmlError,
        KeyError,
        AttributeError,
        IndexError,
        zipfile.BadZipFile,
        OSError,
    ) as error:
        raise Unreadable("damaged") from error
    if all(block.picture for block in blocks):
        raise Unreadable("scan" if document.part.package.image_parts else "empty")
    return blocks


def _measured(raw: bytes) -> None:
    """Look at the sizes that the archive states before anything is unpacked.

    The reader gives no more than the stated size of a part, so a false one only cuts it off.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable("damaged") from error
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("encrypted")
    names = {part.filename for part in parts}
    if "word/document.xml" not in names and not any(name.startswith("word/") for name in names):
        raise Unreadable("kind")
    unpacked = sum(part.file_size for part in parts)
    largest = max(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if len(parts) > _MOST_PARTS or unpacked > _MOST_UNPACKED or largest > _MOST_XML:
        raise Unreadable("bomb")


def _blocks(document: Any) -> Iterator[Block]:
    from docx.table import Table

    numbers = _Numbers(document)
    size = 0
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            yield from _rows(item)
            continue
        for text in _texts(item._p):  # noqa: SLF001 - the element is the only way to what was inserted
            number = numbers.of(item) if text else ""
            size += len(text)
            if size > MOST_CHARACTERS:
                raise Unreadable("bomb")
            if text:
                yield Block(f"{number}{text}", level=_level(item))
        if _pictured(item._p):  # noqa: SLF001
            yield Block("", picture=True)


def _pictured(element: Any) -> bool:
    """Whether a picture stands in a paragraph or a cell (a drawing, or VML of older files)."""
    return any(str(inner.tag).endswith(("}blip", "}imagedata")) for inner in element.iter())


def _level(paragraph: Any) -> int:
    """1 to 9 for a paragraph with an outline level or a heading style, else 0."""
    style = paragraph.style
    while style is not None:
        name = str(style.name or "").lower()
        if name.startswith("heading ") and name[8:].isdigit():
            return min(int(name[8:]), 9)
        style = style.base_style
    return 0


def _texts(paragraph: Any) -> list[str]:
    """The lines of a paragraph as it reads with every change accepted."""
    lines = [""]
    pending = [paragraph]
    while pending:
        element = pending.pop()
        if element.tag in _DROPPED:
            continue
        if element.tag == f"{_W}t":
            lines[-1] += element.text or ""
        elif element.tag == f"{_W}tab":
            lines[-1] += " "
        elif element.tag in (f"{_W}br", f"{_W}cr"):
            lines.append("")
        elif element.tag == f"{_W}noBreakHyphen":
            lines[-1] += "-"
        pending.extend(reversed(element))
    return [line for line in map(clean, lines) if line] or [""]


def _rows(table: Any) -> Iterator[Block]:
    """The rows of a table; a cell that spans several rows or columns is told once a row."""
    for place, row in enumerate(table.rows):
        cells: list[str] = []
        last = None
        for cell in row.cells:
            if cell._tc is last:  # noqa: SLF001 - the same cell, spanning columns
                continue
            last = cell._tc  # noqa: SLF001
            cells.append(clean(" ".join(line for p in last.iter(f"{_W}p") for line in _texts(p))))
        if any(cells):
            yield Block("", cells=tuple(cells), head=place == 0 and len(table.rows) > 1)
        if _pictured(row._tr):  # noqa: SLF001
            yield Block("", picture=True)


class _Numbers:
    """Counts Word's automatic numbers, which stand in no text: 第%1章, （%1）, %1.%2."""

    def __init__(self, document: Any) -> None:
        self.levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self.counts: dict[tuple[str, int], int] = {}
        self.abstract: dict[str, str] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        for made in root.iter(f"{_W}abstractNum"):
            code = made.get(f"{_W}abstractNumId")
            for level in made.iter(f"{_W}lvl"):
                self.levels[code, int(level.get(f"{_W}ilvl"))] = (
                    _value(level, "numFmt", "decimal"), _value(level, "lvlText", ""),
                    int(_value(level, "start", "1")),
                )  # fmt: skip
        for num in root.iter(f"{_W}num"):
            self.abstract[num.get(f"{_W}numId")] = _value(num, "abstractNumId", "")

    def of(self, paragraph: Any) -> str:
        """The number that Word shows before this paragraph, with a blank behind it."""
        found = self.place(paragraph)
        if found is None:
            return ""
        code, level = found
        kind, pattern, start = self.levels.get((code, level), ("none", "", 1))
        self.counts[code, level] = self.counts.get((code, level), start - 1) + 1
        for deeper in range(level + 1, 9):
            self.counts.pop((code, deeper), None)
        if kind == "none":
            return ""
        if kind == "bullet":
            return "• "
        for place in range(9):
            if f"%{place + 1}" in pattern:
                form, _text, first = self.levels.get((code, place), ("decimal", "", 1))
                value = self.counts.get((code, place), first)
                pattern = pattern.replace(f"%{place + 1}", _written(value, form))
        return f"{pattern} " if pattern.strip() else ""

    def place(self, paragraph: Any) -> tuple[str, int] | None:
        """The list and level of a paragraph, its own or its style's."""
        holders = [paragraph._p.pPr]  # noqa: SLF001 - numbering has no public door
        style = paragraph.style
        while style is not None:
            holders.append(style.element.pPr)
            style = style.base_style
        level = 0
        for holder in holders:
            numbered = holder.find(f"{_W}numPr") if holder is not None else None
            if numbered is None:
                continue
            level = int(_value(numbered, "ilvl", str(level)))
            num = _value(numbered, "numId", "")
            if num:
                return (self.abstract[num], level) if num != "0" and num in self.abstract else None
        return None


def _value(element: Any, name: str, default: str) -> str:
    found = element.find(f"{_W}{name}")
    return default if found is None else str(found.get(f"{_W}val", default))


def _written(value: int, form: str) -> str:
    if form in _CHINESE:
        return chinese(value)
    if form.startswith("decimalEnclosedCircle") and value <= len(_CIRCLED):
        return _CIRCLED[value - 1]
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (value - 1) % 26)
        return letter if form == "lowerLetter" else letter.upper()
    return str(value)
