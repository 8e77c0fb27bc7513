"""Limits as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.workcal import BadDuration, Duration, Period, Unit

COUNTED = [unit for unit in Unit if unit not in (Unit.END, Unit.FIRST_WEEK, Unit.LAST_WEEK)]


@pytest.mark.parametrize(
    ("text", "written", "zh", "en"),
    [
        ("4h", "4h", "4 小时", "4 hours"),
        ("90wmin", "90wmin", "90 工作分钟", "90 working minutes"),
        ("1h 30min", "90min", "90 分钟", "90 minutes"),
        ("1.5wh", "90wmin", "90 工作分钟", "90 working minutes"),
        ("120min", "2h", "2 小时", "2 hours"),
        ("3wd", "3wd", "3 个工作日", "3 working days"),
        ("3 working days", "3wd", "3 个工作日", "3 working days"),
        ("3 个工作日", "3wd", "3 个工作日", "3 working days"),
        ("提前3个工作日", "3wd before", "提前 3 个工作日", "3 working days before"),
        ("1 working day before", "1wd before", "提前 1 个工作日", "1 working day before"),
        ("2w", "2w", "2 周", "2 weeks"),
        ("3mo", "3mo", "3 个月", "3 months"),
        ("7d roll", "7d roll", "7 天（遇非工作日顺延）", "7 days (or the next working day)"),
        ("end of  the month", "end of month", "本月下班前", "the end of business of the month"),
        (
            "last week of month",
            "last week of month",
            "本月最后一周内",
            "the last week of the month",
        ),
        ("1wd 12:00", "1wd 12:00", "1 个工作日（截至 12:00）", "1 working day (by 12:00)"),
        ("1d 9:05 before", "1d 09:05 before", "提前 1 天（截至 09:05）", "1 day before (by 09:05)"),
        (
            "7d 12:00 roll",
            "7d roll 12:00",
            "7 天（遇非工作日顺延，截至 12:00）",
            "7 days (or the next working day, by 12:00)",
        ),
        ("end of day 18:00", "end of day 18:00", "当天 18:00 前", "18:00 of the day"),
        (
            "end of the month 10:00",
            "end of month 10:00",
            "本月最后一个工作日 10:00 前",
            "10:00 on the last working day of the month",
        ),
        ("END OF YEAR 24:00", "end of year 24:00", "本年 24:00 前", "24:00 at the end of the year"),
    ],
)
def test_read_write_say(text: str, written: str, zh: str, en: str) -> None:
    limit = Duration.parse(text)

    assert (str(limit), limit.words("zh"), limit.words("en")) == (written, zh, en)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a limit"),
        ("soon", 'at character 1: "soon" is not a limit'),
        ("3", "is not a limit"),
        ("3wd later", "at character 5"),
        ("3 fortnights", 'unit "fortnights" is unknown'),
        ("0wd", "for the same day write end of day"),
        ("1.5wd", "must be whole"),
        ("1d 2h", "mixes units"),
        ("1h 30wmin", "mixes units"),
        ("99999wd", "1 to 3660"),
        ("3wd roll", "roll goes with"),
        ("last week of week", "has no weeks"),
        ("end of fortnight", "is not a limit"),
        ("-3wd", "is not a limit"),
        ("4h 12:00", "a time of day goes with limits in days only"),
        ("1wd 24:00", "is no time of a day"),
        ("1d 09:60", "is no time of a day"),
        ("1d 09:00 10:00", 'at character 4: "09:00" is not a limit'),
        ("last week of month 10:00", "write end of month 10:00"),
    ],
)
def test_bad_text_says_what_to_write(text: str, says: str) -> None:
    with pytest.raises(BadDuration) as caught:
        Duration.parse(text)
    assert says in caught.value.sentence("en")
    assert caught.value.sentence("zh") != caught.value.sentence("en")


TIMES = st.none() | st.integers(1, 1439)


@given(st.sampled_from(COUNTED), st.integers(1, 10), st.booleans(), st.booleans(), TIMES)
def test_counted_limits_round_trip(
    unit: Unit, amount: int, before: bool, roll: bool, at: int | None
) -> None:
    days = unit in (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR)
    at = at if days or unit is Unit.WORK_DAY else None
    limit = Duration(amount, unit, before=before, roll=roll and days, at=at)

    assert Duration.parse(str(limit)) == limit


@given(st.sampled_from(list(Period)), st.booleans(), TIMES)
def test_periods_round_trip(period: Period, midnight: bool, at: int | None) -> None:
    limit = Duration(1, Unit.END, period, midnight=midnight, at=None if midnight else at)

    assert Duration.parse(str(limit)) == limit


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        limit = Duration.parse(text)
    except BadDuration:
        return
    assert Duration.parse(str(limit)) == limit
