"""Times as people and programs write them in tables."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

_FORM = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T\s]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:[.,](\d{1,9}))?秒?)?分?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")
_NUMBER = re.compile(r"\d{9,13}(?:\.\d+)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(cell: Any, zone: tzinfo) -> float | None:
    """Epoch seconds to the millisecond; None for what is no time. `zone` holds for what names none.

    Whole numbers are epoch seconds or milliseconds; the order of day and month is never guessed.
    """
    if isinstance(cell, datetime):
        return _of(cell, zone)
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return _epoch(float(cell))
    text = str(cell).strip() if cell is not None else ""
    if len(text) > 40:
        return None
    if found := _DIGITS.fullmatch(text):
        return _written([int(part) for part in found.groups()], 0, zone)
    if _NUMBER.fullmatch(text):
        return _epoch(float(text))
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    parts = [int(part or 0) for part in found.groups()[:6]]
    micros = int((found[7] or "").ljust(6, "0")[:6] or 0)
    return _written(parts, micros, _offset(found[8]) if found[8] else zone)


def _epoch(number: float) -> float | None:
    if not math.isfinite(number):
        return None
    if 10**11 <= number < 10**13:
        number /= 1000
    return round(number, 3) if 10**8 <= number < 10**10 else None


def _written(parts: list[int], micros: int, zone: tzinfo) -> float | None:
    try:
        return _of(datetime(*parts[:3], *parts[3:6], micros), zone)  # type: ignore[arg-type,call-arg]  # noqa: DTZ001
    except ValueError:
        return None


def _of(when: datetime, zone: tzinfo) -> float | None:
    if when.tzinfo is None:
        when = when.replace(tzinfo=zone)
        if when.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != when.replace(tzinfo=None):
            return None  # an hour that was leapt over in spring
    try:
        return round((when - _EPOCH) / timedelta(milliseconds=1)) / 1000
    except OverflowError:
        return None


def _offset(text: str) -> tzinfo:
    if text.upper() == "Z":
        return UTC
    sign, digits = (-1 if text[0] == "-" else 1), text[1:].replace(":", "")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    from datetime import timezone

    return timezone(sign * min(span, timedelta(hours=23, minutes=59)))
