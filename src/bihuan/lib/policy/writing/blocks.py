"""A document as plain pieces: paragraphs, headings, table rows. Nothing of it is markup any more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bihuan.lib.policy.errors import PolicyError

MOST_BYTES = 20 * 1024 * 1024
MOST_CHARACTERS = 1_000_000  # a long regulation has a twentieth of it
MOST_BLOCKS = 20_000
_HEADING = re.compile(r"(#{1,6})\s+(.*?)(?:\s+#+)?$")
_ROW = re.compile(r"\s*\|(.*)\|\s*$")
_RULE = re.compile(r"[\s|:=_*-]{3,}$")
_ATTRIBUTES = re.compile(r"\s*\{(?:#([A-Za-z0-9][A-Za-z0-9_.-]*)|en=[^}]*)\}")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")


class Unreadable(PolicyError):
    """A document that yields no text; ``code`` names the reason, the words say what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(*SENTENCES[code])
        self.code = code


SENTENCES = {
    "empty": ("文件是空的。请选有内容的文件。", "The file is empty. Choose one with content."),
    "kind": (
        "只能读 Word（.docx）、PDF、纯文本和 Markdown。请另存为其中一种再传。",
        "Only Word (.docx), PDF, plain text and Markdown are read. Save it as one of these.",
    ),
    "old_word": (
        "这是旧版 Word（.doc）。请在 Word 里另存为 .docx 再传。",
        "This is an old Word file (.doc). Save it as .docx in Word.",
    ),
    "encrypted": (
        "文件加了密码，读不了。请去掉密码再传。",
        "The file is locked by a password. Remove it and upload again.",
    ),
    "scan": (
        "文件里没有文字，是扫描件或图片。请先做文字识别，或者上传 Word 原件。",
        ("The file holds no text: it is a scan. Have its text recognised first, or upload the "
        "Word file it came from."),
    ),
    "large": ("文件超过 20 MB。请删去图片再传。", "The file is over 20 MB. Remove its pictures."),
    "bomb": (
        "文件展开后太大，没有读。制度最多 100 万字、600 页。",
        ("Unpacked, the file is too large and was not read. A regulation has at most a million "
        "characters and 600 pages."),
    ),
    "damaged": (
        "文件打不开，可能没有传完整。请在电脑上打开看看，另存一份再传。",
        ("The file cannot be opened; it may be incomplete. Open it on your computer, save a copy "
        "and upload that."),
    ),
    "encoding": (
        "文本不是 UTF-8 或 GB18030 编码。请另存为 UTF-8 再传。",
        "The text is neither UTF-8 nor GB18030. Save it as UTF-8.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Block:
    """One paragraph.

    ``level`` 1 to 9: a heading by its style; 0: none. ``cells``: a row of a table, ``head`` its
    first. ``anchor``: an id that the author gave (``{#S0-5.3a}`` in Markdown). ``picture``: no
    text but a picture stands here, whose words were not read; ``text`` names its page in a PDF.
    """

    text: str
    level: int = 0
    cells: tuple[str, ...] = ()
    head: bool = False
    anchor: str = ""
    picture: bool = False


def unread(blocks: list[Block]) -> list[str]:
    """Where pictures stand whose words were not read: a page, or the words above the picture."""
    found: list[str] = []
    above = ""
    for block in blocks:
        if block.picture:
            found.append(block.text or above)
        else:
            above = (block.text or " ".join(block.cells))[:40]
    return found


def clean(text: str) -> str:
    """One line without control and invisible characters; runs of blanks are one."""
    kept = "".join(
        sign if unicodedata.category(sign)[0] != "C" else " " if sign in "\t\n\r\v\f" else ""
        for sign in text
    )
    return re.sub(r"[ \u00a0\u3000]+", " ", kept).strip()


def decoded(raw: bytes) -> str:
    """The text of a file; raises ``Unreadable``."""
    if b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("kind")
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        if encoding == "utf-16" and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("encoding")


def from_text(text: str) -> list[Block]:
    """The blocks of a plain text or Markdown: a line each, tables as rows."""
    return list(_lines(text))


def _lines(text: str) -> Iterator[Block]:
    in_table = False
    for raw in text.splitlines():
        row = _ROW.match(raw)
        if row and _RULE.match(raw.strip()):
            continue  # the line under a table's head
        if row:
            cells = tuple(clean(cell) for cell in row[1].split("|"))
            yield Block("", cells=cells, head=not in_table)
            in_table = True
            continue
        in_table = False
        line = clean(raw)
        if not line or _RULE.fullmatch(line):
            continue
        heading = _HEADING.match(line)
        body = heading[2] if heading else line
        anchor = next((found[1] for found in _ATTRIBUTES.finditer(body) if found[1]), "")
        body = _EMPHASIS.sub(r"\2", _ATTRIBUTES.sub("", body) if heading else body)
        yield Block(body, level=len(heading[1]) if heading else 0, anchor=anchor)


def guarded(blocks: list[Block]) -> list[Block]:
    """The blocks, if there is text and not too much of it; raises ``Unreadable``."""
    size = sum(len(block.text) + sum(map(len, block.cells)) for block in blocks)
    if size > MOST_CHARACTERS or len(blocks) > MOST_BLOCKS:
        raise Unreadable("bomb")
    if not any(
        sign.isalnum() for block in blocks for sign in (block.text, *block.cells) for sign in sign
    ):
        raise Unreadable("empty")
    return blocks
