"""Texts in the two languages of the product."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple, cast

Lang = Literal["zh", "en"]


class Words(NamedTuple):
    """One text in Chinese and in English."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        """The text in ``lang``; whatever does not begin with ``zh`` reads the English one."""
        return self.zh if lang.startswith("zh") else self.en

    def to_data(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


NO_WORDS = Words("", "")


def words_from(data: object) -> Words:
    """Read ``{zh, en}`` or a plain string, which then stands for both languages."""
    if isinstance(data, Words):
        return data
    if isinstance(data, Mapping):
        texts = cast("Mapping[str, object]", data)
        zh = str(texts.get("zh") or texts.get("en") or "")
        return Words(zh, str(texts.get("en") or zh))
    return Words(str(data), str(data)) if data else NO_WORDS


_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def weekday_words(day: date) -> Words:
    """周三 / Wed."""
    return Words("周" + _WEEKDAYS_ZH[day.weekday()], _WEEKDAYS_EN[day.weekday()])


def day_words(day: date, *, year: bool = False) -> Words:
    """10 月 9 日 / 9 Oct, with the year where it is asked for."""
    zh = f"{day.month} 月 {day.day} 日"
    en = f"{day.day} {_MONTHS_EN[day.month - 1]}"
    return Words(f"{day.year} 年 {zh}", f"{en} {day.year}") if year else Words(zh, en)


def span_words(span: timedelta) -> Words:
    """A length in hours and minutes: 6 小时 20 分 / 6 h 20 min; seconds only below a minute."""
    seconds = round(span.total_seconds())
    hours, rest = divmod(seconds, 3600)
    minutes = rest // 60
    if not hours and not minutes:
        return Words(f"{seconds} 秒", f"{seconds} s")
    zh = [f"{hours} 小时"] * bool(hours) + [f"{minutes} 分"] * bool(minutes)
    en = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return Words(" ".join(zh), " ".join(en))
