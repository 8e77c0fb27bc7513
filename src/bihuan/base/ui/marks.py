"""Small words of a page: dates, money, shares."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

DASH = "—"
SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$"}
STYLES = ("short", "date", "full", "time", "smart")


def dotted(text: str) -> SafeString:
    """The text with its middle dots in a Latin font: the Chinese glyph is a whole square wide."""
    if "·" not in text:
        return conditional_escape(text)
    dot = SafeString('<span class="mid">·</span>')
    return format_html_join(dot, "{}", ((part,) for part in str(text).split("·")))


def when(moment: datetime | date | None, style: str = "short", now: datetime | None = None) -> str:
    """
    A moment in the current time zone: MM-DD HH:MM, with the year when it is another one.

    Styles: short, date (YYYY-MM-DD), full (YYYY-MM-DD HH:MM), time (HH:MM), smart (今天 15:00).
    "—" for none. Raises ValueError for an unknown style.
    """
    return when_on(moment, style, timezone.localtime(now).date() if now is not None else None)


def when_on(moment: datetime | date | None, style: str, today: date | None) -> str:
    """The same, of a given day."""
    if style not in STYLES:
        raise ValueError(f"no date style {style!r}")
    if moment is None:
        return DASH
    if not isinstance(moment, datetime):
        return moment.isoformat() if style in ("date", "full") else _short(moment, today)
    local = timezone.localtime(moment)
    clock = f"{local.hour:02}:{local.minute:02}"
    if style == "time":
        return clock
    if style == "date":
        return local.date().isoformat()
    if style == "full":
        return f"{local.date().isoformat()} {clock}"
    day = _near(local.date(), today) if style == "smart" else _short(local.date(), today)
    return f"{day} {clock}"


def _short(day: date, today: date | None) -> str:
    other_year = today is not None and today.year != day.year
    return day.isoformat() if other_year else f"{day.month:02}-{day.day:02}"


def _near(day: date, today: date | None) -> str:
    if today is None:
        return _short(day, today)
    match (day - today).days:
        case 0:
            return pgettext("before a clock time", "今天")
        case -1:
            return pgettext("before a clock time", "昨天")
        case 1:
            return pgettext("before a clock time", "明天")
        case _:
            return _short(day, today)


def machine_time(moment: datetime | date | None) -> str:
    """The `datetime` attribute of a `<time>`."""
    if isinstance(moment, datetime):
        return timezone.localtime(moment).isoformat(timespec="minutes")
    return moment.isoformat() if moment else ""


def money(amount: Decimal | float | None, currency: str = "CNY") -> str:
    """¥1,234.50; a currency without a sign in `SYMBOLS` is written before the figure."""
    if amount is None or amount == "":
        return DASH
    exact = Decimal(str(amount)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    sign = "−" if exact < 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency + ' ')}{abs(exact):,.2f}"


def percent(part: float | None, whole: float | None) -> str:
    """
    96.8% with one decimal; whole hundreds without; "—" when there is nothing to divide by.

    Never rounds a miss up to 100% nor a hit down to 0%.
    """
    if not whole or part is None:
        return DASH
    share = Decimal(str(part)) * 100 / Decimal(str(whole))
    shown = share.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    if shown == 100 and share < 100:
        shown = Decimal("99.9")
    if shown == 0 and share > 0:
        shown = Decimal("0.1")
    return f"{shown:f}%".replace(".0%", "%")
