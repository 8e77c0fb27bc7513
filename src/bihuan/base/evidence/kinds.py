"""What a file is, by its content; the name and the header of an upload prove nothing."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path

import filetype

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Kind:
    """`limit` in bytes."""

    mime: str
    ending: str
    limit: int

    @property
    def is_image(self) -> bool:
        return self.mime.startswith("image/")


def _table(limit: int, **pairs: str) -> dict[str, Kind]:
    return {mime: Kind(mime, ending, limit * MEGABYTE) for ending, mime in pairs.items()}


_OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS: dict[str, Kind] = {
    **_table(
        30, jpg="image/jpeg", png="image/png", gif="image/gif", webp="image/webp", bmp="image/bmp"
    ),
    **_table(50, pdf="application/pdf"),
    **_table(
        50,
        docx=f"{_OFFICE}wordprocessingml.document",
        xlsx=f"{_OFFICE}spreadsheetml.sheet",
        pptx=f"{_OFFICE}presentationml.presentation",
        doc="application/msword",
        xls="application/vnd.ms-excel",
        ppt="application/vnd.ms-powerpoint",
    ),
    **_table(
        100,
        mp3="audio/mpeg",
        m4a="audio/mp4",
        ogg="audio/ogg",
        wav="audio/x-wav",
        amr="audio/amr",
        aac="audio/aac",
        flac="audio/x-flac",
    ),
    **_table(500, mp4="video/mp4", mov="video/quicktime", webm="video/webm"),
    **_table(5, txt="text/plain"),
}
LARGEST = max(kind.limit for kind in KINDS.values())
_MARKUP = re.compile(rb"<\s*(!doctype|html|script|svg|\?xml|body|iframe|math)", re.IGNORECASE)
_PARTS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}


def sniff(path: Path) -> Kind | None:
    """The kind of the file at `path`; None = not taken."""
    with path.open("rb") as file:
        head = file.read(8192)
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    found = filetype.guess(head)
    if found is not None:
        return KINDS.get(found.mime)
    return KINDS["text/plain"] if _is_text(path, head) else None


def _office(path: Path) -> Kind | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return None
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return None
    for start, ending in _PARTS.items():
        if any(name.startswith(start) for name in names):
            return next(kind for kind in KINDS.values() if kind.ending == ending)
    return None


def _is_text(path: Path, head: bytes) -> bool:
    if b"\0" in head or _MARKUP.search(head) or path.stat().st_size > KINDS["text/plain"].limit:
        return False
    content = path.read_bytes()
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


# Of a disk that a file is saved to, which knows 255 bytes, with room for " (2)" and an ending.
LONGEST_NAME = 200
_BREAKS = ("Zl", "Zp")


def plain_name(name: str) -> str:
    """A name as it was given, in one line, without folders, control and direction marks."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(
        each
        for each in unicodedata.normalize("NFC", last)
        if (sort := unicodedata.category(each))[0] != "C" and sort not in _BREAKS
    )


def tidy_name(name: str, kind: Kind) -> str:
    """The plain name with the ending of its content, short enough for a disk."""
    plain = plain_name(name)
    stem = plain.rsplit(".", 1)[0] if "." in plain else plain
    stem = stem.strip(" .")[:120].encode()[:LONGEST_NAME].decode(errors="ignore")
    return f"{stem.strip(' .') or 'file'}.{kind.ending}"
