"""Texts with a few marks, as safe HTML: headings, lists, steps, bold, code, quotes and links.

Everything is escaped first; only tags written here leave this module, and links lead to http(s),
mail or into the house. What is no mark is shown as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_HEADING = re.compile(r"(#{1,3})\s+(.+)")
_BULLET = re.compile(r"\s*[-*+·•]\s+(.+)")
_NUMBER = re.compile(r"\s*\d{1,3}[.、)]\s*(.+)")
_QUOTE = re.compile(r">\s?(.*)")
_FENCE = "```"
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`|\*\*(?P<bold>[^*\n]+)\*\*|\[(?P<words>[^\]\n]+)\]\((?P<link>[^()\s]+)\)"
)
_SAFE = re.compile(r"(?:https?://[^/\\\s]|mailto:|/(?![/\\])|#)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def html(text: str) -> str:
    """The text as HTML; headings begin at h3, for they stand below the page's own."""
    lines = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(_blocks(lines))


def plain(text: str, longest: int = 120) -> str:
    """The beginning of the text without its marks, on one line."""
    said = re.sub(r"^\s*(?:#{1,3}\s+|>\s?|[-*+·•]\s+)|\*\*|`", "", text, flags=re.MULTILINE)
    said = " ".join(re.sub(r"\[([^\]\n]+)\]\([^()\s]+\)", r"\1", said).split())
    return said if len(said) <= longest else f"{said[: longest - 1]}…"


def plain_lines(text: str) -> str:
    """The text without marks of headings, bold and code, its lines and numbers as they stand."""
    said = re.sub(r"^\s*(?:#{1,3}\s+|>\s?)|\*\*|`", "", text, flags=re.MULTILINE)
    return re.sub(r"\[([^\]\n]+)\]\([^()\s]+\)", r"\1", said).strip()


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.strip().startswith(_FENCE):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == _FENCE), None)
            if end is not None:
                code = "\n".join(lines[at + 1 : end])
                yield f"<pre><code>{escape(code)}</code></pre>"
                at = end + 1
                continue
        if heading := _HEADING.fullmatch(line.strip()):
            level = len(heading[1]) + 2
            yield f"<h{level}>{_inline(heading[2])}</h{level}>"
            at += 1
        elif _BULLET.fullmatch(line):
            items, at = _run(lines, at, _BULLET)
            yield f"<ul>{_items(items)}</ul>"
        elif _NUMBER.fullmatch(line):
            items, at = _run(lines, at, _NUMBER)
            yield f"<ol>{_items(items)}</ol>"
        elif _QUOTE.fullmatch(line):
            items, at = _run(lines, at, _QUOTE)
            yield f"<blockquote>{'<br>'.join(_inline(each) for each in items)}</blockquote>"
        elif not line.strip():
            at += 1
        else:
            said, at = _paragraph(lines, at)
            yield f"<p>{'<br>'.join(_inline(each) for each in said)}</p>"


def _run(lines: list[str], at: int, mark: re.Pattern[str]) -> tuple[list[str], int]:
    """The lines from here on that have the same mark."""
    items = []
    while at < len(lines) and (found := mark.fullmatch(lines[at])):
        items.append(found[1])
        at += 1
    return items, at


def _paragraph(lines: list[str], at: int) -> tuple[list[str], int]:
    said = [lines[at].strip()]
    at += 1
    while at < len(lines) and lines[at].strip() and not _begins(lines[at]):
        said.append(lines[at].strip())
        at += 1
    return said, at


def _begins(line: str) -> bool:
    """Whether a line begins a block of another kind."""
    return bool(
        _HEADING.fullmatch(line.strip()) or _BULLET.fullmatch(line) or _NUMBER.fullmatch(line)
        or _QUOTE.fullmatch(line) or line.strip().startswith(_FENCE)
    )  # fmt: skip


def _items(items: list[str]) -> str:
    return "".join(f"<li>{_inline(each)}</li>" for each in items)


def _inline(text: str) -> str:
    """Marks within a line; what stands between them is escaped."""
    out, last = [], 0
    for found in _INLINE.finditer(text):
        out.append(escape(text[last : found.start()]))
        last = found.end()
        if found["code"] is not None:
            out.append(f"<code>{escape(found['code'])}</code>")
        elif found["bold"] is not None:
            out.append(f"<strong>{escape(found['bold'])}</strong>")
        else:
            out.append(_link(found["words"], found["link"], found[0]))
    out.append(escape(text[last:]))
    return "".join(out)


def _link(words: str, address: str, as_written: str) -> str:
    if not _SAFE.match(address):
        return escape(as_written)
    outside = "" if address[0] in "/#" else ' rel="noopener noreferrer nofollow" target="_blank"'
    return f'<a href="{escape(address)}"{outside}>{escape(words)}</a>'
