"""When a key date falls: solar or lunar, yearly or once."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from bihuan.lib.workcal import BadMoment, lunar, solar


@dataclass(frozen=True)
class Day:
    """A day of the year (lunar or solar); `year` makes it a single day instead of a yearly one."""

    month: int
    day: int
    lunar: bool = False
    leap: bool = False
    year: int | None = None


def falls(what: Day, year: int) -> date | None:
    """The solar day in the calendar year `year` (a lunar year may begin in the solar year after
    its own number: 腊月二十三 of 2026 is in 2027), or None when there is none.

    29 February is the 28th in common years.
    """
    if not what.lunar:
        if what.year is not None and what.year != year:
            return None
        last = calendar.monthrange(year, what.month)[1]
        return date(year, what.month, min(what.day, last))
    years = [what.year] if what.year is not None else [year, year - 1]
    for lunar_year in years:
        try:
            found = solar(lunar_year, what.month, what.day, leap=what.leap)
        except BadMoment:
            continue
        if found.year == year:
            return found
    return None


def between(what: Day, first: date, last: date) -> list[date]:
    """The days on which it falls within a span, both ends included."""
    found = [falls(what, year) for year in range(first.year, last.year + 1)]
    return [day for day in found if day is not None and first <= day <= last]


def next_fall(what: Day, after: date) -> date | None:
    """The next day on or after `after`, within two years."""
    found = between(what, after, after + timedelta(days=731))
    return found[0] if found else None


def valid(what: Day) -> bool:
    """Whether such a day exists at all."""
    if not 1 <= what.month <= 12:
        return False
    if what.lunar:
        return 1 <= what.day <= 30
    return 1 <= what.day <= calendar.monthrange(what.year or 2024, what.month)[1]


def lunar_words(day: date) -> str:
    """八月十五, for a day that the lunar table covers."""
    return lunar(day).words.zh
