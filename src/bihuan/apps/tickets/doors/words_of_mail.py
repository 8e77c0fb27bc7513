"""A mail's words: HTML as plain text, and without what was quoted. Pure."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SILENT = frozenset({"script", "style", "head", "title", "template", "object", "svg", "math"})
BREAKS = frozenset(
    {"p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "hr", "blockquote", "pre"}
)  # fmt: skip
LONGEST = 20_000
DEEPEST = 400


class _Text(HTMLParser):
    """Collects what a reader would see; tags and their attributes never come through. The address
    of a link is written out when it is not what the link says.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0
        self.link = ""
        self.said = 0
        self.quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent = min(self.silent + 1, DEEPEST)
        elif tag == "body":
            self.silent = 0  # heads are often left open
        elif tag in BREAKS:
            self.parts.append("\n")
            self.quoted += tag == "blockquote"
        elif tag == "td":
            self.parts.append(" ")
        elif tag == "a":
            href = dict(attrs).get("href") or ""
            self.link = href if href.startswith(("http://", "https://")) else ""
            self.said = len(self.parts)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in BREAKS:
            self.quoted = max(0, self.quoted - (tag == "blockquote"))
            self.parts.append("\n")
        elif tag == "a" and self.link:
            if self.link not in "".join(self.parts[self.said :]):
                self.parts.append(f" <{self.link}>")
            self.link = ""

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        text = re.sub(r"\s+", " ", data)
        self.parts.append(f"\n> {text}" if self.quoted and text.strip() else text)


def text_of(html: str) -> str:
    """What a page says, without markup, scripts and hidden heads."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return tidy("".join(reader.parts))


def tidy(text: str) -> str:
    """Control and direction marks gone, at most one empty line, ends trimmed, length bounded."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    plain = re.sub(
        r"[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", plain
    )
    lines = [line.rstrip() for line in plain.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST]


# Where the answer ends and what it answers begins, as the usual programs write it.
_BEGINS = re.compile(
    r"""^\s*(
        -{2,}\s*(original\ message|原始邮件|原邮件|forwarded\ message|转发邮件|回复的原邮件)\s*-*
      | on\ .{6,200}\ wrote:
      | (在|于)?\s*\d{4}\s*[-/年.].{4,160}(写道|写到)\s*[:：]
      | .{1,80}(写道|写到)\s*[:：]
      | _{10,}
      | (from|发件人|寄件者)\s*[:：]\s*.{3,200}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADER = re.compile(
    r"^\s*(sent|date|to|subject|发送时间|发送日期|日期|时间|收件人|主题)\s*[:：]", re.IGNORECASE
)
_SIGNED = re.compile(r"^\s*(发自我的|从我的.{1,12}发送|sent from my |-- ?$)", re.IGNORECASE)


def without_quotes(text: str) -> str:
    """What is new in an answer; the whole when nothing else is left."""
    lines = text.split("\n")
    end = len(lines)
    for place, line in enumerate(lines):
        if _SIGNED.match(line) or (_BEGINS.match(line) and _sure(lines, place)):
            end = place
            break
    kept = [line for line in lines[:end] if not line.lstrip().startswith(">")]
    return tidy("\n".join(kept)) or text


def _sure(lines: list[str], place: int) -> bool:
    """A line "发件人：" begins a quotation only when other headers follow it."""
    if not re.match(r"^\s*(from|发件人|寄件者)", lines[place], re.IGNORECASE):
        return True
    return any(_HEADER.match(line) for line in lines[place + 1 : place + 5])
