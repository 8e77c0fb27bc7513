"""Passwords and shared secrets of the doors: in the database only sealed with a key of this
installation (`base.keys`, a file beside the database), so that a dump alone opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken

from bihuan.base.keys import key


class Unreadable(Exception):
    """The key of this installation does not open it (restored without its secrets)."""


def sealed(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def opened(text: str) -> str:
    """Raises Unreadable."""
    try:
        return _box().decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key("doors")))


MARK = "bh.wx"


def thread_id(ticket_id: int, domain: str) -> str:
    """A Message-ID for a mail of this ticket, which nobody can guess: who refers to it has had it."""
    body = f"{MARK}.{ticket_id}.{secrets.token_hex(8)}"
    return f"<{body}.{_mark(body)}@{domain}>"


def ticket_of(message_id: str) -> int | None:
    """The ticket that a Message-ID of ours was written for; None when it is not ours."""
    left = message_id.strip().strip("<>").partition("@")[0]
    body, _dot, mark = left.rpartition(".")
    parts = body.rsplit(".", 2)
    if len(parts) != 3 or parts[0] != MARK or not parts[1].isdecimal() or len(parts[1]) > 18:
        return None
    return int(parts[1]) if hmac.compare_digest(mark, _mark(body)) else None


def _mark(body: str) -> str:
    return hmac.new(key("mail_thread"), body.encode(), hashlib.sha256).hexdigest()[:32]
