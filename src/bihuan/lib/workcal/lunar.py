"""The Chinese lunar calendar from 1950 to 2100: dates both ways, and texts for calendar cells.

``data/lunar.csv`` holds for each lunar year its first day, its leap month (0 for none) and the
lengths of its months in order (L 30 days, s 29), checked against two independent computations.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from bihuan.lib.workcal.data import read_rows
from bihuan.lib.workcal.errors import BadMoment
from bihuan.lib.workcal.words import Words

_TENS = ("初", "十", "廿", "三")
_DIGITS = "一二三四五六七八九十"
_MONTHS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
_FEASTS = {
    (1, 1): Words("春节", "Spring Festival"),
    (1, 15): Words("元宵", "Lantern Festival"),
    (5, 5): Words("端午", "Dragon Boat"),
    (7, 7): Words("七夕", "Qixi"),
    (7, 15): Words("中元", "Ghost Festival"),
    (8, 15): Words("中秋", "Mid-Autumn"),
    (9, 9): Words("重阳", "Double Ninth"),
    (12, 8): Words("腊八", "Laba"),
}
_EVE = Words("除夕", "New Year's Eve")


class LunarDate(NamedTuple):
    """A day of the lunar calendar; ``year`` is named by the solar year it begins in."""

    year: int
    month: int
    day: int
    leap: bool

    @property
    def month_words(self) -> Words:
        """正月, 闰六月 / month 1, leap month 6."""
        zh = "闰" * self.leap + _MONTHS[self.month - 1] + "月"
        return Words(zh, f"{'leap ' * self.leap}month {self.month}")

    @property
    def day_words(self) -> Words:
        """初一, 十五, 廿三 / 1, 15, 23."""
        return Words(_day_zh(self.day), str(self.day))

    @property
    def words(self) -> Words:
        """八月十五 / lunar 8-15."""
        month = self.month_words.zh
        return Words(month + self.day_words.zh, f"lunar {'L' * self.leap}{self.month}-{self.day}")


class _Year(NamedTuple):
    year: int
    first: date
    months: tuple[tuple[int, bool, int], ...]  # number, leap, days


def lunar(day: date) -> LunarDate:
    """The lunar date of this day; ``BadMoment`` outside 1950-02-17 to early 2101."""
    years, firsts = _years()
    at = bisect_right(firsts, day) - 1
    if at >= 0:
        rest = (day - firsts[at]).days
        for number, leap, length in years[at].months:
            if rest < length:
                return LunarDate(years[at].year, number, rest + 1, leap)
            rest -= length
    raise _outside(str(day))


def solar(year: int, month: int, day: int, *, leap: bool = False) -> date:
    """The day of a lunar date, for birthdays and feasts.

    A 30th that a short month lacks is its 29th; a leap month that the year lacks is the
    ordinary month of that number. Raises ``BadMoment`` for what is no lunar date.
    """
    found = next((y for y in _years()[0] if y.year == year), None)
    if found is None or not 1 <= month <= 12 or not 1 <= day <= 30:
        raise _outside(f"{year}-{month}-{day}")
    wanted = leap and any(number == month and odd for number, odd, _ in found.months)
    at = found.first
    for number, odd, length in found.months:
        if number == month and odd == wanted:
            return at + timedelta(days=min(day, length) - 1)
        at += timedelta(days=length)
    raise _outside(f"{year}-{month}-{day}")


def cell_words(day: date) -> Words:
    """What a calendar cell shows below the day: feast, else month on its first day, else day."""
    if lunar_exists(day + timedelta(days=1)) and lunar(day + timedelta(days=1))[1:3] == (1, 1):
        return _EVE
    found = lunar(day)
    feast = None if found.leap else _FEASTS.get((found.month, found.day))
    if feast:
        return feast
    if found.day == 1:
        return found.month_words
    return Words(found.day_words.zh, f"{'L' * found.leap}{found.month}-{found.day}")


def lunar_exists(day: date) -> bool:
    """Whether the table covers this day."""
    return date(1950, 2, 17) <= day < date(2101, 1, 29)


def qingming(year: int) -> date:
    """Pure Brightness, by the usual formula for the solar term (1950 to 2099)."""
    short = year % 100
    base = 4.81 if year >= 2000 else 5.59
    leaps = short // 4 if year >= 2000 else (short - 1) // 4
    return date(year, 4, int(short * 0.2422 + base) - leaps)


def _day_zh(day: int) -> str:
    if day in (10, 20, 30):
        return {10: "初十", 20: "二十", 30: "三十"}[day]
    return _TENS[day // 10] + _DIGITS[day % 10 - 1]


def _outside(what: str) -> BadMoment:
    return BadMoment(
        f"农历只算 1950 至 2100 年，算不了 {what}",
        f"the lunar calendar covers 1950 to 2100, not {what}",
    )


@lru_cache(maxsize=1)
def _years() -> tuple[list[_Year], list[date]]:
    years = [
        _Year(int(row["lunar_year"]), date.fromisoformat(row["new_year"]), _months(row))
        for row in read_rows("lunar.csv")
    ]
    return years, [year.first for year in years]


def _months(row: dict[str, str]) -> tuple[tuple[int, bool, int], ...]:
    leap = int(row["leap_month"])
    numbers = [(number, False) for number in range(1, 13)]
    if leap:
        numbers.insert(leap, (leap, True))
    lengths = [30 if mark == "L" else 29 for mark in row["months"]]
    pairs = zip(numbers, lengths, strict=True)
    return tuple((number, odd, length) for (number, odd), length in pairs)
