"""Phone numbers: kept as digits, shown masked."""

from __future__ import annotations

import re
import unicodedata

MOBILE = re.compile(r"1[3-9]\d{9}$")
LINE = re.compile(r"(0\d{2,3})?\d{7,8}(-\d{1,6})?$")
SERVICE = re.compile(r"[48]00\d{7}$")
LONGEST_EXTENSION = 6
ABROAD = re.compile(r"\+\d{7,15}$")


def tidy(text: str) -> str:
    """Digits, a leading + for numbers abroad, a dash before an extension."""
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = re.sub(r"\s*(转|ext\.?|x)\s*(\d+)$", r"-\2", plain, flags=re.IGNORECASE)
    joined = _digits(plain)
    body, _dash, extension = plain.rpartition("-")
    # 025-8888-1234 is one number, 025-88881234-801 a number with an extension
    if (
        problem(joined)
        and extension.isdigit()
        and len(extension) <= LONGEST_EXTENSION
        and not problem(_digits(body))
    ):
        return f"{_digits(body)}-{extension}"
    return joined


def _digits(text: str) -> str:
    return re.sub(r"^(\+86|0086)", "", re.sub(r"[^\d+]", "", text))


def problem(phone: str) -> str | None:
    """What is wrong with a tidied number: `mobile` (not 11 digits), `shape`, or None."""
    if any(shape.match(phone) for shape in (MOBILE, LINE, SERVICE, ABROAD)):
        return None
    return "mobile" if phone.startswith("1") and phone.isdigit() else "shape"


def is_mobile(phone: str) -> bool:
    """Whether a text message reaches this tidied number."""
    return MOBILE.match(phone) is not None


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
