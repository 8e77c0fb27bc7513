"""Phone numbers: kept as digits, shown masked."""

from __future__ import annotations

import re
import unicodedata

MOBILE = re.compile(r"1[3-9]\d{9}$")
LINE = re.compile(r"(0\d{2,3})?\d{7,8}(-\d{1,6})?$")
SERVICE = re.compile(r"[48]00\d{7}$")
ABROAD = re.compile(r"\+\d{7,15}$")


def tidy(text: str) -> str:
    """Digits, a leading + for numbers abroad, a dash before an extension."""
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = re.sub(r"(转|ext\.?|x)\s*(\d+)$", r"-\2", plain, flags=re.IGNORECASE)
    extension = re.search(r"(?<=\d)-(\d{1,6})$", plain)
    body = plain[: extension.start()] if extension and _is_extension(plain, extension) else plain
    digits = re.sub(r"[^\d+]", "", body)
    digits = re.sub(r"^(\+86|0086)", "", digits)
    tail = extension.group(0) if extension and body != plain else ""
    return digits + tail


def _is_extension(plain: str, found: re.Match[str]) -> bool:
    before = re.sub(r"\D", "", plain[: found.start()])
    return len(before) >= 10 or (len(before) >= 7 and not before.startswith("0"))


def problem(phone: str) -> str | None:
    """What is wrong with a tidied number: `mobile` (not 11 digits), `shape`, or None."""
    if any(shape.match(phone) for shape in (MOBILE, LINE, SERVICE, ABROAD)):
        return None
    return "mobile" if phone.startswith("1") and phone.isdigit() else "shape"


def mask(phone: str) -> str:
    """138****1234: enough to recognise, not enough to dial."""
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return f"{'*' * max(0, len(phone) - 4)}{phone[-4:]}" if len(phone) > 4 else "****"


def tail(phone: str) -> str:
    """The last four digits, as people read them out."""
    return re.sub(r"\D", "", phone)[-4:]


def mask_mail(address: str) -> str:
    """w***@example.com."""
    user, at, host = address.partition("@")
    return f"{user[:1]}***{at}{host}" if at else "***"
