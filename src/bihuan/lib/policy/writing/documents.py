"""A file that somebody hands in, as blocks: the kind is told by its content, not by its name."""

from __future__ import annotations

from bihuan.lib.policy.writing.blocks import (
    MOST_BYTES,
    Block,
    Unreadable,
    decoded,
    from_text,
    guarded,
)  # fmt: skip

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM")


def blocks_of(raw: bytes) -> list[Block]:
    """The blocks of a Word file, a PDF, a plain text or Markdown; raises ``Unreadable``."""
    if not raw.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise Unreadable("empty")
    if len(raw) > MOST_BYTES:
        raise Unreadable("large")
    return guarded(_read(raw))


def _read(raw: bytes) -> list[Block]:
    if raw.startswith(_OLE):  # old Office files, and new ones behind a password
        locked = "EncryptedPackage".encode("utf-16-le") in raw
        raise Unreadable("encrypted" if locked else "old_word")
    if raw.startswith(b"PK"):
        from bihuan.lib.policy.writing.word import from_docx

        return from_docx(raw)
    if b"%PDF-" in raw[:1024]:
        from bihuan.lib.policy.writing.pdf import from_pdf

        return from_pdf(raw)
    if raw.startswith(_PICTURES):
        raise Unreadable("scan")
    return from_text(decoded(raw))
