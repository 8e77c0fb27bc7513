"""What holds on the customer's pages, without database and clock."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TAIL = 4


class Shown(StrEnum):
    """How far the engineer is named."""

    NONE = "NONE"
    SURNAME = "SURNAME"
    NAME = "NAME"


class Say(StrEnum):
    """What a customer answers: solved, not solved, cannot tell yet, it came back."""

    YES = "yes"
    NO = "no"
    LATER = "later"
    AGAIN = "again"


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def content(parts: Sequence[str]) -> str:
    """The mark of what was sent: the same form sent again has the same."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def tail(serial: str) -> str:
    """Enough of a serial number to see that it is this machine; never all of it."""
    kept = min(TAIL, len(serial) // 2)
    return serial[len(serial) - kept :]


DOUBLE_SURNAMES = (
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯", "宇文", "长孙", "端木",
)  # fmt: skip


def surname(name: str) -> str:
    """The family name: two signs for the known double ones, the last word of a Latin name."""
    plain = name.strip()
    if plain.isascii():
        return plain.split()[-1] if plain else ""
    return plain[:2] if plain.startswith(DOUBLE_SURNAMES) and len(plain) > 2 else plain[:1]


def network(address: str) -> str:
    """The address as it is counted: IPv6 by its /64, since one phone has all of that."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


def ended(end: datetime | None, days: int, now: datetime) -> bool:
    """Whether the page of something that ended then opens no more."""
    return end is not None and now >= end + timedelta(days=days)
