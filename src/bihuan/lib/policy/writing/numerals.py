"""Numbers as Chinese regulations write them: 三, 十二, 二百零五, 廿, 两, 半, 12."""

from __future__ import annotations

DIGITS = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7,
    "八": 8, "九": 9, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
CN = "零〇一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟"
_LARGE = {"万": 10_000, "亿": 100_000_000}
_PLAIN = "零一二三四五六七八九"
_WIDE = str.maketrans("０１２３４５６７８９．％", "0123456789.%")
LETTERS = "甲乙丙丁戊己庚辛壬癸"
"""The marks of points below a number, as the shipped regulations write them."""


def narrow(text: str) -> str:
    """The text with full-width digits, points and percent signs made half-width."""
    return text.translate(_WIDE)


def number(text: str) -> float | None:
    """The number that a text says (``三十`` 30, ``1,500`` 1500, ``五百万`` 5000000), or None."""
    plain = narrow(text).replace(",", "").replace("，", "").strip()
    try:
        return float(plain)
    except ValueError:
        pass
    for sign, times in _LARGE.items():
        head, found, tail = plain.rpartition(sign)
        if found:
            first, rest = number(head or "一"), number(tail) if tail else 0.0
            return None if first is None or rest is None else first * times + rest
    return _small(plain)


def _small(text: str) -> float | None:
    """Up to 9999: digits and tens. ``一二三`` is read digit by digit."""
    if not text or any(sign not in DIGITS and sign not in TENS for sign in text):
        return None
    if not any(sign in TENS for sign in text):
        return float("".join(str(DIGITS[sign]) for sign in text))
    total, digit = 0, 0
    for sign in text:
        if sign in TENS:
            total += (digit or 1) * TENS[sign]
            digit = 0
        else:
            digit = DIGITS[sign]
    return float(total + digit)


def whole(text: str) -> int | None:
    """The whole number that a text says, or None."""
    found = number(text)
    return None if found is None or found != int(found) else int(found)


def chinese(value: int) -> str:
    """A number from 0 to 999 in Chinese: 12 is 十二."""
    if value < 10:
        return _PLAIN[value]
    if value < 20:
        return "十" + (_PLAIN[value - 10] if value > 10 else "")
    if value < 100:
        return _PLAIN[value // 10] + "十" + (_PLAIN[value % 10] if value % 10 else "")
    if value > 999:
        return str(value)
    rest = value % 100
    joint = "零" if 0 < rest < 10 else "一" if 10 <= rest < 20 else ""
    return _PLAIN[value // 100] + "百" + (joint + chinese(rest) if rest else "")
