"""The calendar of mainland China.

The years with a packaged official notice are settled. Later years hold the 13 statutory days
(State Council regulation as of 2025) by sun and moon, no make-up days, and are provisional.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from bihuan.lib.workcal.calendar import Calendar, Change, DayException, Status
from bihuan.lib.workcal.calendar_data import weekly_from
from bihuan.lib.workcal.data import notice_years, read_text
from bihuan.lib.workcal.lunar import qingming, solar
from bihuan.lib.workcal.notice import read_notice
from bihuan.lib.workcal.words import Words

BUSINESS_HOURS = "08:30-12:00,13:30-17:30"
COMPUTED_TO = 2040
_STATUTORY = Words("法定节假日，调休待国务院通知", "statutory day; make-up days not announced yet")


@lru_cache(maxsize=16)
def china(
    business_hours: str = BUSINESS_HOURS, *, name: str = "cn", zone: str = "Asia/Shanghai"
) -> Calendar:
    """Monday to Friday at these hours, with the holidays and make-up days of China.

    Raises ``BadSlot`` for hours that cannot be read.
    """
    years = notice_years()
    exceptions = {e.day: e for year in years for e in packaged_notice(year)}
    for year in range(years[-1] + 1, COMPUTED_TO + 1):
        exceptions.update((e.day, e) for e in statutory_days(year))
    return Calendar(
        name=name,
        zone=zone,
        weekly=weekly_from({"mon-fri": business_hours}),
        exceptions=exceptions,
        version=f"cn-{years[-1]}" if business_hours == BUSINESS_HOURS else "",
        provisional_from=date(years[-1] + 1, 1, 1),
        known_from=date(years[0], 1, 1),
        title=Words("中国大陆工作日历", "Working calendar of mainland China"),
    )


def packaged_notice(year: int) -> tuple[DayException, ...]:
    """The official notice of a packaged year."""
    return read_notice(read_text(f"cn-{year}.csv")).exceptions


def statutory_days(year: int) -> list[DayException]:
    """The statutory days of a year that has no notice yet, all provisional."""
    found: dict[date, Words] = {}
    for day, name in _festivals(year):
        found.setdefault(day, name)
    return [
        DayException(day, Change.OFF, (), name, _STATUTORY, Status.PROVISIONAL)
        for day, name in sorted(found.items())
    ]


def _festivals(year: int) -> Iterator[tuple[date, Words]]:
    yield date(year, 1, 1), Words("元旦", "New Year's Day")
    spring = solar(year, 1, 1)
    for offset in (-1, 0, 1, 2):
        yield spring + timedelta(days=offset), Words("春节", "Spring Festival")
    yield qingming(year), Words("清明节", "Qingming Festival")
    for number in (1, 2):
        yield date(year, 5, number), Words("劳动节", "Labour Day")
    yield solar(year, 5, 5), Words("端午节", "Dragon Boat Festival")
    for number in (1, 2, 3):
        yield date(year, 10, number), Words("国庆节", "National Day")
    yield solar(year, 8, 15), Words("中秋节", "Mid-Autumn Festival")
