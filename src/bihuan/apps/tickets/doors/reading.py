"""One message read with care: headers, words, attachments, and what is wrong with it. Pure.

Limits here are of the machine (memory, time), not of the business.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import EmailMessage, Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from bihuan.apps.tickets.doors.words_of_mail import text_of, tidy, without_quotes
from bihuan.base.storable import storable

MEGABYTE = 1024 * 1024
LARGEST = 30 * MEGABYTE  # of a whole message
RAW_KEPT = 2 * MEGABYTE  # of what is kept beside it
MOST_PARTS = 100
DEEPEST = 12
MOST_HEADERS = 64 * 1024  # bytes
MOST_FILES = 20
_NUMBER = re.compile(r"\bWX-\d{8}-\d{4,9}\b", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]{1,240}>")
_WORD = r"=\?[^?\s]*\?[bq]\?[^?]*\?="
_ENCODED = re.compile(rf"{_WORD}(?:\s+{_WORD})*", re.IGNORECASE)
_PART = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)
AUTOMATIC = frozenset({"bulk", "junk", "list", "auto_reply"})


@dataclass(frozen=True)
class Attached:
    """A file of a mail, not opened."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """What a message says. `text` is without quotations, `whole` with them; `wrong` names why it
    is not taken (`too_big`, `too_deep`, `too_many_parts`, `unreadable`), empty when it is.
    """

    message_id: str = ""
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    text: str = ""
    whole: str = ""
    refers: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    date: datetime | None = None
    automatic: str = ""
    files: tuple[Attached, ...] = field(default_factory=tuple)
    fingerprint: str = ""
    wrong: str = ""


def read(raw: bytes, size: int) -> Mail:
    """Read a message of `size` bytes of which `raw` was fetched. What makes the library fail, in
    whatever way, is `unreadable`: nothing that a stranger sends stops those behind it.
    """
    known = Mail(fingerprint=_print(raw))
    try:
        head = raw[: MOST_HEADERS + 1]
        end = re.search(rb"\r?\n\r?\n", head)
        begin = raw[: end.start()] if end else head[:MOST_HEADERS]
        top = message_from_bytes(begin, policy=policy.compat32)
        known = replace(_headers(top), fingerprint=known.fingerprint)
        if wrong := _wrong(raw, size, whole_head=bool(end)):
            return replace(known, wrong=wrong)
        return _whole(raw, known, top)
    except RecursionError:
        return replace(known, wrong="too_deep")
    except Exception:  # noqa: BLE001 - the library raises what it likes on what is malformed
        return replace(known, wrong="unreadable")


def _whole(raw: bytes, known: Mail, top: Message) -> Mail:
    parts = list(_walk(message_from_bytes(raw, policy=policy.compat32), 0))
    if any(depth > DEEPEST for depth, _part in parts):
        return replace(known, wrong="too_deep")
    if len(parts) > MOST_PARTS:
        return replace(known, wrong="too_many_parts")
    whole, files = _content([part for _depth, part in parts])
    said = f"{known.message_id}\n{known.sender}\n{top.get('Date', '')}\n{known.subject}\n{whole}"
    return replace(
        known, text=without_quotes(whole), whole=whole, files=tuple(files),
        fingerprint=_print(said.encode("utf-8", "replace")),
    )  # fmt: skip


def _wrong(raw: bytes, size: int, *, whole_head: bool) -> str:
    if not whole_head and len(raw) > MOST_HEADERS:
        return "unreadable"
    if size > LARGEST:
        return "too_big"
    found = len(_PART.findall(raw))
    return "too_many_parts" if found > MOST_PARTS * 2 else ""


def _print(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _headers(top: Message) -> Mail:
    names = getaddresses([_plain(_raw(top, "from"))])
    name, address = names[0] if names else ("", "")
    subject = tidy(_plain(_raw(top, "subject"))).replace("\n", " ")
    ids = _ID.findall(storable(str(top.get("Message-ID", ""))))
    refers = _ID.findall(storable(f"{top.get('In-Reply-To', '')} {top.get('References', '')}"))
    return Mail(
        message_id=ids[0] if ids else "", sender=address.strip().lower()[:254],
        sender_name=tidy(name)[:60], subject=subject[:200],
        refers=tuple(dict.fromkeys(refers))[:50],
        numbers=tuple(each.upper() for each in dict.fromkeys(_NUMBER.findall(subject)))[:3],
        date=_date(str(top.get("Date", ""))), automatic=_automatic(top),
    )  # fmt: skip


def _raw(top: Message, wanted: str) -> str:
    """A header as it came, with bytes that are no ASCII; empty where there is none."""
    return next((str(value) for name, value in top.raw_items() if name.lower() == wanted), "")


def _plain(value: str) -> str:
    """A header as text: encoded words in any charset, raw bytes as the mailer left them."""
    if any("\udc80" <= each <= "\udcff" for each in value):
        value = _decoded(value.encode("utf-8", "surrogateescape"), "utf-8")
    return str(storable(_ENCODED.sub(_words, value)))


def _file_name(part: Message) -> str:
    """What the sender called an attachment: by the longer form of the name (RFC 2231) where a
    mailer gives two, in whatever charset; empty where it has none.
    """
    for header, wanted in (("content-disposition", "filename"), ("content-type", "name")):
        raw = _raw(part, header)
        if any("\udc80" <= each <= "\udcff" for each in raw):
            raw = _decoded(raw.encode("utf-8", "surrogateescape"), "utf-8")
        line = Message()
        line[header] = " ".join(raw.splitlines())
        # the longer form is three values: charset, language, text
        params: list[tuple[str, Any]] = line.get_params([], header)
        given = [each for name, each in params if name.lower() == wanted]
        for each in sorted(given, key=lambda each: isinstance(each, str)):
            if name := _plain(each if isinstance(each, str) else _extended(*each)):
                return name
    return ""


def _extended(charset: str | None, _language: str | None, text: str) -> str:
    try:
        return _decoded(text.encode("latin-1"), charset or "utf-8")
    except UnicodeEncodeError:  # it stands there as it is
        return text


def _words(found: re.Match[str]) -> str:
    """A run of encoded words (a sign may begin in one and end in the next); as it stands where it
    cannot be decoded.
    """
    try:
        parts = decode_header(found[0])
    except HeaderParseError:
        return found[0]
    return "".join(
        _decoded(each, charset or "utf-8") if isinstance(each, bytes) else each
        for each, charset in parts
    )


def _decoded(content: bytes, charset: str) -> str:
    wanted = "gb18030" if charset.lower().replace("-", "").startswith("gb") else charset
    for each in (wanted, "utf-8", "gb18030"):
        try:
            return str(storable(content.decode(each)))
        except (LookupError, ValueError):  # unknown, or a name that is none
            continue
    return str(storable(content.decode("utf-8", "replace")))


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _automatic(top: Message) -> str:
    """Which sign says that no person wrote it; empty when none does."""
    if str(top.get("Auto-Submitted", "no")).split(";")[0].strip().lower() != "no":
        return "auto_submitted"
    if str(top.get("Precedence", "")).strip().lower() in AUTOMATIC:
        return "precedence"
    if top.get("List-Id") or top.get("List-Unsubscribe"):
        return "list"
    if top.get("X-Autoreply") or top.get("X-Autorespond"):
        return "auto_submitted"
    if str(top.get("Return-Path", "x")).strip() == "<>":
        return "bounce"
    return ""


def _walk(part: Message, depth: int) -> Iterator[tuple[int, Message]]:
    """Every part with its depth; stops looking once there are too many. A mail inside a mail is an
    attachment and stays shut.
    """
    waiting, seen = [(depth, part)], 0
    while waiting and seen <= MOST_PARTS:
        level, each = waiting.pop()
        seen += 1
        yield level, each
        inner = each.get_payload()
        if isinstance(inner, list) and each.get_content_maintype() == "multipart":
            waiting += [(level + 1, one) for one in reversed(inner) if isinstance(one, Message)]
        elif isinstance(inner, list):  # message/rfc822: counted for depth only
            waiting += [(level + 1, one) for one in inner if isinstance(one, EmailMessage)]


def _content(parts: list[Message]) -> tuple[str, list[Attached]]:
    plain: list[str] = []
    html: list[str] = []
    files: list[Attached] = []
    for part in parts:
        if part.get_content_maintype() == "multipart":
            continue
        name = _file_name(part)
        kind = part.get_content_type()
        shut = "attachment" in str(part.get("Content-Disposition", "")).lower() or bool(name)
        if kind == "message/rfc822":
            files.append(Attached(name or "mail.eml", _inner(part)))
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        if kind in ("text/plain", "text/html") and not shut:
            text = _decoded(content, str(part.get_content_charset() or "utf-8"))
            (plain if kind == "text/plain" else html).append(text)
        elif content and len(files) < MOST_FILES:
            files.append(Attached(name or f"file.{kind.rpartition('/')[2]}", content))
    said = tidy("\n\n".join(plain))
    return (said or text_of("\n".join(html))), files


def _inner(part: Message) -> bytes:
    inner = part.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else None
    return bytes(first) if isinstance(first, Message) else b""
