"""Reading a mailbox by IMAP, in order and without marking or deleting anything in it."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bihuan.apps.tickets.doors.models import Mailbox
from bihuan.apps.tickets.doors.reading import LARGEST, RAW_KEPT
from bihuan.apps.tickets.doors.seal import Unreadable, opened

SECONDS = 20
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UID = re.compile(rb"UID (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')


class Unreachable(Exception):
    """It could not be read; `code` says why: connect, tls, login, folder, secret, broken."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Found:
    """A message in the mailbox; `size` in bytes, `arrived_at` by the server's clock."""

    uid: int
    size: int
    arrived_at: datetime | None


@contextmanager
def entered(box: Mailbox) -> Iterator[imaplib.IMAP4]:
    """A session in which the folder is open for reading. Raises Unreachable."""
    try:
        password = opened(box.password)
    except Unreadable as error:
        raise Unreachable("secret") from error
    session = _session(box)
    try:
        _login(session, box, password)
        yield session
    except imaplib.IMAP4.error as error:
        raise Unreachable("broken") from error
    except OSError as error:
        raise Unreachable("connect") from error
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            session.logout()


def _session(box: Mailbox) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    try:
        if box.security == "SSL":
            return imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=SECONDS)
        plain = imaplib.IMAP4(box.host, box.port, timeout=SECONDS)
        if box.security == "STARTTLS":
            plain.starttls(context)
    except ssl.SSLError as error:
        raise Unreachable("tls") from error
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        raise Unreachable("connect") from error
    return plain


def _login(session: imaplib.IMAP4, box: Mailbox, password: str) -> None:
    try:
        session.login(box.login, password)
    except (imaplib.IMAP4.error, UnicodeError) as error:
        raise Unreachable("login") from error
    # Some providers (163, 126) want to know who is there before they open a folder (RFC 2971).
    if "ID" in session.capabilities:
        with suppress(imaplib.IMAP4.error):
            session.xatom("ID", '("name" "bihuan")')
    folder = box.folder.replace("\\", "\\\\").replace('"', '\\"')
    try:
        state, _data = session.select(f'"{folder}"', readonly=True)
    except (imaplib.IMAP4.error, UnicodeError) as error:
        raise Unreachable("folder") from error
    if state != "OK":
        raise Unreachable("folder")


def uidvalidity(session: imaplib.IMAP4) -> int:
    """The number under which the UIDs of this folder hold."""
    _name, data = session.response("UIDVALIDITY")
    return int(data[0]) if data and isinstance(data[0], bytes) and data[0].isdigit() else 1


def after(session: imaplib.IMAP4, last: int, most: int) -> list[Found]:
    """What came after a UID, oldest first, at most so many. Raises Unreachable."""
    data = _granted(session.uid("SEARCH", f"UID {last + 1}:*"))
    text = data[0] if data and isinstance(data[0], bytes) else b""
    # "n:*" always names the last message, also when it is older than n
    uids = sorted({int(each) for each in text.split() if each.isdigit() and int(each) > last})[
        :most
    ]
    if not uids:
        return []
    rows = _granted(
        session.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE INTERNALDATE)")
    )
    found: dict[int, Found] = {}
    for row in rows:
        line = row[0] if isinstance(row, tuple) else row
        if not isinstance(line, bytes) or not (uid := _UID.search(line)):
            continue
        size = _SIZE.search(line)
        found[int(uid[1])] = Found(int(uid[1]), int(size[1]) if size else 0, _moment(line))
    return [found.get(uid, Found(uid, 0, None)) for uid in uids]


def _moment(line: bytes) -> datetime | None:
    date = _DATE.search(line)
    if not date:
        return None
    try:
        return parsedate_to_datetime(date[1].decode().strip().replace("-", " ", 2)).astimezone(UTC)
    except (ValueError, TypeError, UnicodeDecodeError):
        return None


def fetch(session: imaplib.IMAP4, found: Found) -> bytes:
    """The message; of one that is too big only its beginning. Raises Unreachable."""
    part = "BODY.PEEK[]" if found.size <= LARGEST else f"BODY.PEEK[]<0.{RAW_KEPT}>"
    rows = _granted(session.uid("FETCH", str(found.uid), f"({part})"))
    for row in rows:
        if isinstance(row, tuple) and isinstance(row[1], bytes):
            return row[1]
    return b""  # deleted meanwhile


def _granted(answer: tuple[str, Any]) -> Any:
    """What was asked for: a server that is too busy says NO, and then nothing was deleted."""
    state, data = answer
    if state != "OK":
        raise Unreachable("broken")
    return data
