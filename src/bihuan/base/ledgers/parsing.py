"""Cells as values. Each parser takes what the file held and raises ValueError with a sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from bihuan.base.texts import in_language, listed

LONGEST = 2000
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]0?0:00(?::00)?)?$"
)
_YES = {"是", "yes", "y", "true", "1", "√", "✓", "有"}
_NO = {"否", "no", "n", "false", "0", "×", "无"}


def text(cell: Any) -> str:
    """The cell as people read it: 12.0 -> 12, spaces at the ends gone."""
    if isinstance(cell, bool):
        return _("是") if cell else _("否")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    plain = unicodedata.normalize("NFC", str(cell)).strip()
    if plain.startswith("'") and plain[1:2] in tuple("=+-@"):
        plain = plain[1:]  # our own exports guard formulas with it
    if len(plain) > LONGEST:
        raise ValueError(_("超过 %(n)d 字") % {"n": LONGEST})
    return plain


def code(cell: Any) -> str:
    """A code: one width, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text(cell)).split())


def number(cell: Any) -> Decimal:
    plain = unicodedata.normalize("NFKC", text(cell)).replace(",", "").replace("¥", "").strip()
    try:
        found = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(_("应是数字")) from error
    if not found.is_finite() or abs(found) > Decimal("1e13"):
        raise ValueError(_("应是数字"))
    return found


def money(cell: Any) -> Decimal:
    """An amount in CNY with at most two decimals; 万 and 元 are understood."""
    plain = unicodedata.normalize("NFKC", text(cell)).removesuffix("元")
    times = Decimal(10_000) if plain.endswith("万") else Decimal(1)
    return (number(plain.removesuffix("万")) * times).quantize(Decimal("0.01"))


def whole(cell: Any) -> int:
    found = number(cell)
    if found != found.to_integral_value():
        raise ValueError(_("应是整数"))
    return int(found)


def day(cell: Any) -> date:
    """A date: an Excel date, 2026-01-31, 2026/1/31, 2026.1.31 or 2026年1月31日."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    plain = unicodedata.normalize("NFKC", text(cell))
    found = _DAY.match(plain)
    if found is None and re.fullmatch(r"\d{8}", plain):
        found = re.match(r"(\d{4})(\d{2})(\d{2})", plain)
    if found is None:
        raise ValueError(_("应是日期，例如 2026-01-31"))
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise ValueError(_("没有这一天，日期应如 2026-01-31")) from error


def yes_no(cell: Any) -> bool:
    plain = text(cell).casefold()
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise ValueError(_("应填“是”或“否”"))


def one_of(options: Mapping[str, tuple[str, ...]]) -> Callable[[Any], str]:
    """Code -> the words it goes by: its Chinese and its English title, then synonyms; the code
    itself is taken too.
    """
    known = {word.casefold(): key for key, words in options.items() for word in (key, *words)}

    def parse(cell: Any) -> str:
        found = known.get(text(cell).casefold())
        if found is None:
            shown = listed(
                in_language(dict(zip(("zh", "en"), (*words, key), strict=False)))
                for key, words in options.items()
            )
            raise ValueError(_("只能是：%(options)s") % {"options": shown})
        return found

    return parse


def email(cell: Any) -> str:
    plain = text(cell)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", plain):
        raise ValueError(_("邮箱的样子不对"))
    return plain


def phone(cell: Any) -> str:
    plain = unicodedata.normalize("NFKC", text(cell)).replace(" ", "")
    if not re.fullmatch(r"\+?[0-9()\-]{5,20}(?:[转x#]\d{1,6})?", plain):
        raise ValueError(_("电话应由数字组成，例如 0571-88886666 或 13800001111"))
    return plain
