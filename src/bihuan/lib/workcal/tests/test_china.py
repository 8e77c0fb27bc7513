"""China: the official years, the provisional ones, notices, and the lunar calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from bihuan.lib.workcal import (
    BadMoment,
    BadNotice,
    Calendar,
    Change,
    DayKind,
    LunarDate,
    Status,
    apply_notice,
    cell_words,
    china,
    due,
    lunar,
    read_notice,
    solar,
)
from bihuan.lib.workcal.china import packaged_notice, statutory_days

CN = china()
HEAD = "date,kind,name_zh,name_en\n"
NOTICE_2027 = HEAD + (
    "2027-01-01..2027-01-03,休,元旦,New Year's Day\n"
    "2027-02-05..2027-02-11,休,春节,Spring Festival\n"
    "2027-02-13,班,春节,Spring Festival\n"
    "2027-10-01..2027-10-07,休,国庆节,National Day\n"
    "2027-10-09,班,国庆节,National Day\n"
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CN.tz)


def test_make_up_days_of_2026() -> None:
    first = date(2026, 1, 1)
    days = [CN.info(first + timedelta(days=n)) for n in range(365)]

    assert [str(d.day)[5:] for d in days if d.kind is DayKind.MAKEUP] == [
        "01-04", "02-14", "02-28", "05-09", "09-20", "10-10",
    ]  # fmt: skip
    assert not any(d.provisional for d in days)


def test_a_year_without_notice_has_the_thirteen_statutory_days() -> None:
    found = {str(e.day): e.name.zh for e in statutory_days(2027)}

    assert found == {
        "2027-01-01": "元旦",
        "2027-02-05": "春节",
        "2027-02-06": "春节",
        "2027-02-07": "春节",
        "2027-02-08": "春节",
        "2027-04-05": "清明节",
        "2027-05-01": "劳动节",
        "2027-05-02": "劳动节",
        "2027-06-09": "端午节",
        "2027-09-15": "中秋节",
        "2027-10-01": "国庆节",
        "2027-10-02": "国庆节",
        "2027-10-03": "国庆节",
    }
    assert {e.status for e in statutory_days(2027)} == {Status.PROVISIONAL}


@pytest.mark.parametrize(
    ("start", "within", "provisional"),
    [
        ("2026-12-30T10:00", "1wd", False),
        ("2026-12-30T10:00", "2wd", True),
        ("2026-12-31T17:00", "30wmin", False),
        ("2026-12-31T17:00", "31wmin", True),
        ("2026-12-30T10:00", "72h", False),  # the clock asks no calendar
        ("2026-12-30T10:00", "7d", False),
        ("2026-12-30T10:00", "7d roll", True),
        ("2026-12-30T10:00", "end of year", False),
        ("2027-01-30T10:00", "end of month", True),
        ("2027-01-30T10:00", "end of month 24:00", False),
        ("2027-01-04T10:00", "1wd before", True),
        ("2026-12-31T10:00", "1wd before", False),
        ("2019-05-08T10:00", "1wd", True),  # before the first packaged notice
    ],
)
def test_answers_that_rest_on_unsettled_days_say_so(
    start: str, within: str, provisional: bool
) -> None:
    answer = due(CN, at(start), within)

    assert answer.provisional is provisional
    assert ("尚未公布" in answer.sentence("zh")) is provisional
    assert ("not officially settled" in answer.sentence("en")) is provisional
    assert answer.to_data()["provisional"] is provisional


def test_a_round_the_clock_calendar_is_never_provisional() -> None:
    assert not due(Calendar.always(), at("2027-02-01T10:00"), "3wd").provisional


def test_a_notice_settles_its_year_and_moves_deadlines() -> None:
    settled = apply_notice(CN, read_notice(NOTICE_2027), version="cn-2027")
    start = at("2027-02-04T10:00")

    assert due(CN, start, "3wd").due_text == "2027-02-11 17:30"
    answer = due(settled, start, "3wd")
    assert answer.due_text == "2027-02-15 17:30"  # over the make-up Saturday
    assert not answer.provisional
    assert answer.version == "cn-2027"
    assert due(settled, at("2027-12-31T10:00"), "1wd").provisional
    assert settled.info(date(2027, 4, 5)).kind is DayKind.WORKDAY  # not in this notice
    assert due(CN, start, "3wd").due_text == "2027-02-11 17:30"  # the old calendar is as it was


def test_a_notice_typed_by_hand_needs_no_heading() -> None:
    headed = read_notice("日期,类型,名称\n2027-10-01..2027-10-07,休,国庆节\n2027-10-09,班,国庆节\n")
    assert read_notice("2027-10-01..2027-10-07,休,国庆节\n2027-10-09,班,国庆节\n") == headed
    assert read_notice("2027-10-01..2027-10-07，休，国庆节\n2027-10-09，班，国庆节") == headed
    with pytest.raises(BadNotice) as caught:
        read_notice("2027-10-01..2027-10-07,休,国庆节\n2027-10-09,放,国庆节")
    assert "row 2" in caught.value.sentence("en")


PUBLISHED_2026 = """国务院办公厅关于2026年
部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。
"""


def test_a_notice_is_read_as_it_was_published() -> None:
    assert read_notice(PUBLISHED_2026).exceptions == packaged_notice(2026)
    table = "日期,类型,名称\n" + PUBLISHED_2026  # pasted below what stood in the field
    assert read_notice(table).exceptions == packaged_notice(2026)


def test_a_published_new_year_may_begin_in_december() -> None:
    text = "关于2023年部分节假日安排的通知 一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。"
    days = [(each.day, each.name.en) for each in read_notice(text).exceptions]
    assert days == [
        (day, "New Year's Day") for day in (date(2022, 12, 31), date(2023, 1, 1), date(2023, 1, 2))
    ]
    both = (
        "关于2025年的通知 六、国庆节、中秋节：10月1日至8日放假调休，共8天。9月28日、10月11日上班。"
    )
    assert {each.name.en for each in read_notice(both).exceptions} == {
        "National Day and Mid-Autumn Festival"
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("至3日（周六）放假调休，共3天", "至3日（周六）放假调休，共4天", "写着共 4 天，读出 3 天"),
        ("关于2026年", "", "哪一年"),
        ("6月19日（周五）至21日", "6月31日（周五）至21日", "不是日期"),
        ("5月9日（周六）上班", "5月7日（周四）上班", "本来就是工作日"),
        (
            "三、清明节：4月4日（周六）至6日（周一）放假，共3天",
            "三、清明节：放假，共3天",
            "读出 0 天",
        ),
    ],
)
def test_a_published_notice_that_does_not_hold_together_is_refused(
    old: str, new: str, words: str
) -> None:
    assert old in PUBLISHED_2026
    with pytest.raises(BadNotice) as refused:
        read_notice(PUBLISHED_2026.replace(old, new))
    assert words in refused.value.sentence("zh")


def test_a_notice_ahead_of_the_next_year_is_refused() -> None:
    ahead = read_notice(NOTICE_2027.replace("2027", "2028").replace("2028-02-13", "2028-02-12")
                        .replace("2028-10-09", "2028-10-08"))  # fmt: skip

    with pytest.raises(BadNotice, match="import it before 2028"):
        apply_notice(CN, ahead)


def test_new_year_may_begin_in_the_december_before() -> None:
    notice = read_notice(NOTICE_2027 + "2026-12-31,休,元旦,New Year's Day\n")
    settled = apply_notice(CN, notice)

    assert notice.year == 2027
    assert settled.info(date(2026, 12, 31)).kind is DayKind.HOLIDAY
    assert settled.info(date(2026, 10, 1)).kind is DayKind.HOLIDAY  # the rest of 2026 stays


def test_other_forms_of_a_notice() -> None:
    rows = [
        {"日期": "2027年10月1日", "类型": "放假", "名称": "国庆节"},
        {"日期": "2027/10/9", "类型": "上班", "名称": "国庆节", "英文名称": "National Day"},
    ]
    notice = read_notice(rows)

    assert (notice.year, notice.off_days, notice.work_days) == (2027, 1, 1)
    assert [e.change for e in notice.exceptions] == [Change.OFF, Change.WORK]
    json_text = '{"days": [{"date": "2027-10-01", "kind": "off", "name": "国庆节"}]}'
    assert read_notice(json_text).off_days == 1
    assert "2027" in notice.source.zh


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no rows"),
        (HEAD, "has no rows"),
        (HEAD + "2027-10-01,休,国庆节,\n2027-10-01,班,国庆节,", "row 3: 2027-10-01 is already"),
        (HEAD + "2027-10-32,休,国庆节,", '"2027-10-32" is not a date'),
        (HEAD + "October,休,国庆节,", '"October" is not a date'),
        (HEAD + "2027-10-01,放,国庆节,", 'the kind "放" is unknown'),
        (HEAD + "2027-10-01,休,,", "no name"),
        (HEAD + "2027-10-04,班,国庆节,", "is a weekday"),
        (HEAD + "2027-10-01,休,国庆节,\n2028-01-01,休,元旦,", "one year at a time"),
        (HEAD + "2027-10-09,班,国庆节,", "0 days off"),
        (HEAD + "2027-01-01..2027-12-31,休,年假,", "not a run"),
        (HEAD + "2027-03-31..2027-03-01,休,年假,", "not a run"),
        (HEAD + "2027-03-01..2027-03-31,休,年,\n2027-05-01..2027-05-31,休,年,", "do not look like"),
        ('{"days": [', "cannot be read at line 1"),
        ("[1, 2]", "row 1"),
    ],
)
def test_a_bad_notice_says_where_and_what(text: str, says: str) -> None:
    with pytest.raises(BadNotice) as caught:
        read_notice(text)
    assert says in caught.value.sentence("en")


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        (date(2026, 2, 16), "除夕", "New Year's Eve"),
        (date(2026, 2, 17), "春节", "Spring Festival"),
        (date(2026, 2, 18), "初二", "1-2"),
        (date(2026, 3, 19), "二月", "month 2"),
        (date(2026, 9, 25), "中秋", "Mid-Autumn"),
        (date(2026, 10, 18), "重阳", "Double Ninth"),
        (date(2025, 7, 25), "闰六月", "leap month 6"),
        (date(2025, 8, 3), "初十", "L6-10"),
        (date(2026, 11, 25), "十七", "10-17"),
        (date(2026, 11, 28), "二十", "10-20"),
        (date(2026, 12, 8), "三十", "10-30"),
        (date(2027, 1, 8), "腊月", "month 12"),
    ],
)
def test_lunar_cells(day: date, zh: str, en: str) -> None:
    assert (cell_words(day).zh, cell_words(day).en) == (zh, en)


def test_lunar_dates_there_and_back() -> None:
    day = date(1951, 1, 1)
    while day < date(2099, 12, 31):
        found = lunar(day)
        assert solar(found.year, found.month, found.day, leap=found.leap) == day
        day += timedelta(days=37)
    assert lunar(date(2025, 8, 3)) == LunarDate(2025, 6, 10, leap=True)
    assert lunar(date(2026, 9, 25)).words == ("八月十五", "lunar 8-15")


def test_a_lunar_birthday_on_a_day_or_month_that_the_year_lacks() -> None:
    assert solar(2026, 6, 10, leap=True) == solar(2026, 6, 10)
    short = next(m for m in range(1, 13) if lunar(solar(2026, m, 29) + timedelta(days=1)).day == 1)
    assert solar(2026, short, 30) == solar(2026, short, 29)


@pytest.mark.parametrize("day", [date(1949, 10, 1), date(2105, 1, 1)])
def test_lunar_dates_outside_the_table_are_refused(day: date) -> None:
    with pytest.raises(BadMoment, match="1950 to 2100"):
        lunar(day)


def test_lunar_years_join_without_gap() -> None:
    firsts = [solar(year, 1, 1) for year in range(1950, 2101)]

    for before, after in pairwise(firsts):
        assert lunar(after - timedelta(days=1)).month == 12
        assert (after - before).days in (353, 354, 355, 383, 384, 385)
