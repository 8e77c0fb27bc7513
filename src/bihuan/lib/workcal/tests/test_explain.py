"""How answers explain themselves."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from bihuan.lib.workcal import BadCalendar, BadMoment, Calendar, Duration, Piece, china, due
from bihuan.lib.workcal.report import calendar_named, describe, describe_data, read_moment
from bihuan.lib.workcal.tests.cases import calendars, questions
from bihuan.lib.workcal.tests.oracle import Oracle, at_minute

CN = china()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CN.tz)


def test_the_slices_add_up_to_the_limit() -> None:
    data = calendars(5, 6)
    oracles, fast = [Oracle(one) for one in data], [Calendar.from_data(one) for one in data]
    seen = dict.fromkeys(["hours", "days"], 0)
    for case in questions(oracles, 6, 1200, days=300):
        start = at_minute(case.start, fast[case.calendar].zone)
        pauses = [(at_minute(a, "UTC"), at_minute(b, "UTC") if b else None) for a, b in case.pauses]
        answer = due(fast[case.calendar], start, case.within, pauses)
        if answer.due is None:
            continue
        limit, last = answer.within, answer.slices[-1]
        if str(limit.unit) in ("min", "h", "wmin", "wh"):
            assert last.total == timedelta(minutes=limit.minutes)
            ends = [answer.due, answer.start] if answer.backward else [answer.start, answer.due]
            assert [answer.slices[0].start, last.end] == ends
            for one, two in zip(answer.slices, answer.slices[1:], strict=False):
                assert one.end == two.start
            seen["hours"] += 1
        if limit.unit == "wd":
            assert last.total_days == limit.amount
            seen["days"] += 1
        assert answer.sentence("zh").endswith("。")
        assert answer.sentence("en").endswith(".")
        json.dumps(answer.to_data())
    assert min(seen.values()) > 200


def test_rows_join_a_holiday_and_name_its_source() -> None:
    rows = due(CN, at("2026-09-30T15:40"), "8wh").rows()

    assert [(row.title.zh, row.kind, row.number) for row in rows] == [
        ("9 月 30 日 周三", Piece.COUNTED, 1),
        ("10 月 1 日至 10 月 7 日", Piece.HOLIDAY, 7),
        ("10 月 8 日 周四", Piece.COUNTED, 1),
    ]
    assert rows[1].label.zh == "国庆节"
    assert rows[1].source.zh == "国务院办公厅关于 2026 年部分节假日安排的通知"
    assert [piece.kind for piece in rows[2].pieces] == [Piece.COUNTED, Piece.BREAK, Piece.COUNTED]
    assert rows[2].total == timedelta(hours=8)


def test_rows_of_working_days_count_up() -> None:
    rows = due(CN, at("2026-09-30T10:00"), "3wd").rows()

    assert [(row.kind, row.total_days) for row in rows] == [
        (Piece.ANCHOR, 0),
        (Piece.HOLIDAY, 0),
        (Piece.COUNTED, 1),
        (Piece.COUNTED, 2),
        (Piece.COUNTED, 3),
    ]
    assert rows[-1].label.zh == "调休上班，计入"


def test_a_rolled_end_shows_what_it_rolled_over() -> None:
    rows = due(CN, at("2026-09-30T10:00"), "1d roll").rows()

    assert [(row.kind, row.number, row.label.zh) for row in rows[1:]] == [
        (Piece.COUNTED, 1, "计入"),
        (Piece.ROLL, 6, "国庆节"),
        (Piece.ROLL, 1, "顺延"),
    ]


@pytest.mark.parametrize(
    ("start", "within", "zh", "en"),
    [
        ("2026-09-30T10:00", "3wd",
         "从 9 月 30 日 10:00 起算 3 个工作日，跳过国庆节 7 天，到 10 月 10 日 17:30。",
         "3 working days from 30 Sep 10:00, leaving out National Day (7 days), ends 10 Oct 17:30."),
        ("2026-10-12T10:00", "3wd before",
         "10 月 12 日 10:00 往前 3 个工作日，跳过周末 1 天，最迟 10 月 8 日 17:30。",
         ("3 working days before 12 Oct 10:00, leaving out 1 day of weekend: "
         "no later than 8 Oct 17:30.")),
        ("2026-10-08T10:00", "7d",
         "从 10 月 8 日 10:00 起算 7 天，到 10 月 15 日 24:00。",
         "7 days from 8 Oct 10:00, ends 15 Oct 24:00."),
        ("2026-10-08T10:00", "end of month",
         "从 10 月 8 日 10:00 起，本月下班前完成，到 10 月 30 日 17:30。",
         "From 8 Oct 10:00, by the end of business of the month: 30 Oct 17:30."),
    ],
)  # fmt: skip
def test_sentences(start: str, within: str, zh: str, en: str) -> None:
    answer = due(CN, at(start), within)

    assert (answer.sentence("zh"), answer.sentence("en")) == (zh, en)


def test_the_report_begins_with_the_due_moment() -> None:
    text = describe(CN, at("2026-09-30T10:00"), "3wd", explain=True)

    assert text.splitlines()[0] == "2026-10-10 17:30"
    assert "国庆节" in text
    assert "cn-2026" in text
    assert describe(CN, at("2026-09-30T10:00"), "7d").splitlines()[0] == "2026-10-07 24:00"


def test_the_report_marks_what_is_provisional() -> None:
    text = describe(CN, at("2027-02-04T10:00"), "3wd", explain=True, lang="en")

    assert "provisional" in text
    assert "Spring Festival" in text


def test_the_report_as_data() -> None:
    data = json.loads(json.dumps(describe_data(CN, at("2026-09-30T10:00"), Duration.parse("3wd"))))

    assert data["due"] == "2026-10-10T17:30:00+08:00"
    assert data["within"] == "3wd"
    assert len(data["rows"]) == 5


def test_reading_what_the_command_is_given() -> None:
    start = read_moment("2026-09-30T10:00+08:00")

    assert describe(calendar_named("cn"), start, "3wd").startswith("2026-10-10 17:30")
    assert describe(calendar_named("24x7"), start, "3wd").startswith("2026-10-03 24:00")
    with pytest.raises(BadCalendar, match="known: cn, 24x7"):
        calendar_named("moon")
    for text in (
        "yesterday",
        "2026-09-31T10:00+08:00",
        "2026-09-30T10:00",
        "1066-10-14T09:00+00:00",
    ):
        with pytest.raises(BadMoment):
            read_moment(text)


def test_a_report_of_an_open_pause() -> None:
    text = describe(CN, at("2026-10-08T10:00"), "3wd", pauses=[(at("2026-10-08T12:00"), None)])

    assert text.startswith("停表中")


def test_errors_survive_being_sent_between_processes() -> None:
    import pickle

    from bihuan.lib.workcal import BadDuration

    with pytest.raises(BadDuration) as caught:
        Duration.parse("soon")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.words, copy.code) == (caught.value.words, "workcal.bad_duration")
