"""PDF files as blocks: lines joined to paragraphs, tables as rows, page heads and feet left out."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bihuan.lib.policy.writing.blocks import MOST_CHARACTERS, Block, Unreadable, clean
from bihuan.lib.policy.writing.markers import marker

MOST_PAGES = 600
_PAGE = re.compile(
    r"[-—–\s]*(?:第\s*)?\d{1,4}\s*(?:页|/\s*\d{1,4})?[-—–\s]*(?:共\s*\d{1,4}\s*页)?|page \d+( of \d+)?",
    re.IGNORECASE,
)
_ENDS = tuple("。；;：:！？!?…”)）》")


@dataclass(frozen=True)
class _Line:
    """A line or a table row with its place on the page: shares of its width and height."""

    text: str
    left: float
    right: float
    top: float
    page: int
    cells: tuple[str, ...] = ()
    head: bool = False


def from_pdf(raw: bytes) -> list[Block]:
    """The blocks of a PDF; raises ``Unreadable``. Nothing in it is run, drawn or fetched."""
    import pdfplumber
    from pdfminer.pdfexceptions import PDFException
    from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

    try:
        with pdfplumber.open(io.BytesIO(raw)) as document:
            if len(document.pages) > MOST_PAGES:
                raise Unreadable("bomb")
            pictured: list[int] = []
            lines = list(_lines(document, pictured))
    except Unreadable:
        raise
    except (PdfminerException, MalformedPDFException, PDFException) as error:
        if "MemoryError" in repr(error):  # the process has a limit of its own
            raise Unreadable("bomb") from error
        locked = "Password" in repr(error) or "Encryption" in repr(error)
        raise Unreadable("encrypted" if locked else "damaged") from error
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        OSError,
        RecursionError,
    ) as error:
        raise Unreadable("damaged") from error
    if not lines:
        raise Unreadable("scan")
    scans = [Block(f"第 {page} 页 (p. {page})", picture=True) for page in pictured]
    return [*_paragraphs(_without_edges(lines)), *scans]


def _lines(document: Any, pictured: list[int]) -> Iterator[_Line]:
    """The lines page by page; the numbers of pages that are a picture go to ``pictured``."""
    size = 0
    for place, page in enumerate(document.pages):
        width, height = float(page.width) or 1.0, float(page.height) or 1.0
        found: list[_Line] = []
        body = page
        for table in page.find_tables():
            rows = [tuple(clean(cell or "") for cell in row) for row in table.extract()]
            if len(rows) < 2 or max(map(len, rows)) < 2:
                continue
            left, top, right, bottom = table.bbox
            for at, row in enumerate(rows):
                found.append(
                    _Line("", left / width, right / width, (top + at * (bottom - top) / len(rows)) / height,
                          place, row, at == 0)
                )  # fmt: skip
            box = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
            body = body.outside_bbox(box) if _inside(box, body.bbox) else body
        for line in body.extract_text_lines(return_chars=False):
            text = clean(line["text"])
            size += len(text)
            if size > MOST_CHARACTERS:
                raise Unreadable("bomb")
            if text:
                found.append(
                    _Line(text, line["x0"] / width, line["x1"] / width, line["top"] / height, place)
                )
        if _pictured(page, found):
            pictured.append(place + 1)
        page.close()
        yield from sorted(found, key=lambda line: line.top)


def _pictured(page: Any, found: list[_Line]) -> bool:
    """Whether a page is a scan: no text but at its edges, or a picture over a fifth of it."""
    bare = all(not line.cells and not 0.09 <= line.top <= 0.9 for line in found)
    area = (float(page.width) or 1.0) * (float(page.height) or 1.0)
    sizes = (float(each["width"]) * float(each["height"]) for each in page.images)
    return bare or any(size > area / 5 for size in sizes)


def _inside(
    box: tuple[float, float, float, float], outer: tuple[float, float, float, float]
) -> bool:
    return box[0] >= outer[0] and box[1] >= outer[1] and box[2] <= outer[2] and box[3] <= outer[3]


def _without_edges(lines: list[_Line]) -> list[_Line]:
    """Without what repeats at the head or foot of pages, and without page numbers there."""
    edge = [line for line in lines if not line.cells and (line.top < 0.09 or line.top > 0.9)]
    pages = len({line.page for line in lines})
    said = Counter(re.sub(r"\d+", "#", line.text) for line in edge)
    often = {text for text, count in said.items() if pages > 1 and count > max(1, pages // 2)}
    # a clause at the top of a page may look like the one on the page before: marks stay
    dropped = {
        id(line) for line in edge
        if _PAGE.fullmatch(line.text) or (re.sub(r"\d+", "#", line.text) in often and marker(line.text) is None)
    }  # fmt: skip
    return [line for line in lines if id(line) not in dropped]


def _paragraphs(lines: list[_Line]) -> Iterator[Block]:
    """Lines that run to the right edge go on in the next one, unless that begins with a mark."""
    edge = max((line.right for line in lines if not line.cells), default=1.0)
    pending = ""
    before: _Line | None = None
    for line in lines:
        if line.cells:
            if pending:
                yield Block(pending)
            pending, before = "", None
            yield Block("", cells=line.cells, head=line.head)
            continue
        goes_on = (
            before is not None
            and before.right > edge - 0.06
            and marker(line.text) is None
            and not (before.text.endswith(_ENDS[:4]) and line.left > 0.02 + before.left)
        )
        if goes_on and pending:
            joint = " " if pending[-1:].isascii() and line.text[:1].isascii() else ""
            pending += joint + line.text
        else:
            if pending:
                yield Block(pending)
            pending = line.text
        before = line
    if pending:
        yield Block(pending)
