"""Limits that stand still for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bihuan.lib.workcal import BadPause, Pause, Words, china, counted, due, elapsed

CN = china()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CN.tz)


def test_hours_move_by_the_working_time_of_the_pause() -> None:
    pauses = [(at("2026-10-08T10:10"), at("2026-10-09T09:00"), "等客户")]
    answer = due(CN, at("2026-09-30T15:40"), "8wh", pauses)

    assert answer.due_text == "2026-10-09 15:00"
    assert answer.sentence("zh") == (
        "从 9 月 30 日 15:40 起算 8 工作小时，跳过国庆节 7 天、午休和等客户 6 小时 20 分，"
        "到 10 月 9 日 15:00。"
    )
    assert elapsed(CN, at("2026-09-30T15:40"), at("2026-10-09T15:00"), pauses) == timedelta(hours=8)


def test_clock_hours_move_by_the_clock_time_of_the_pause() -> None:
    answer = due(
        CN, at("2026-10-03T10:00"), "4h", [(at("2026-10-03T12:00"), at("2026-10-03T13:30"))]
    )

    assert answer.due_text == "2026-10-03 15:30"


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2026-10-08T10:00", "2026-10-08T15:00", "2026-10-10 17:30"),  # over before the close
        ("2026-10-08T10:00", "2026-10-08T17:30", "2026-10-12 17:30"),
        ("2026-10-08T17:30", "2026-10-09T08:00", "2026-10-10 17:30"),  # begun after the close
        ("2026-10-08T10:00", "2026-10-09T10:00", "2026-10-12 17:30"),
        ("2026-10-08T10:00", "2026-10-10T20:00", "2026-10-14 17:30"),
        ("2026-10-11T10:00", "2026-10-19T20:00", "2026-10-10 17:30"),  # after the end
    ],
)
def test_a_working_day_does_not_count_when_it_closes_paused(
    begin: str, end: str, expected: str
) -> None:
    assert due(CN, at("2026-09-30T10:00"), "3wd", [(at(begin), at(end))]).due_text == expected


def test_calendar_days_and_months_move_by_days() -> None:
    pause = [(at("2026-10-03T10:00"), at("2026-10-05T10:00"))]

    assert due(CN, at("2026-09-30T10:00"), "7d", pause).due_text == "2026-10-09 24:00"
    assert due(CN, at("2026-09-30T10:00"), "1mo", pause).due_text == "2026-11-01 24:00"


def test_overlapping_pauses_count_once() -> None:
    twice = [
        (at("2026-10-08T09:00"), at("2026-10-08T11:00")),
        (at("2026-10-08T10:00"), at("2026-10-08T11:30")),
    ]

    assert due(CN, at("2026-10-08T08:30"), "3wh", twice).due_text == "2026-10-08 15:30"


@pytest.mark.parametrize("within", ["8wh", "4h", "3wd", "7d", "1mo"])
def test_an_open_pause_leaves_nothing_due(within: str) -> None:
    pause = Pause(at("2026-10-08T10:00"), None, Words("等客户", "waiting for the customer"))
    answer = due(CN, at("2026-10-08T09:00"), within, [pause])

    assert answer.waiting
    assert answer.due is None
    assert answer.due_text == ""
    assert answer.slices[-1].end is None
    assert "停表" in answer.sentence("zh")
    assert answer.to_data()["due"] is None


def test_an_open_pause_after_the_end_changes_nothing() -> None:
    answer = due(CN, at("2026-10-08T09:00"), "1wh", [(at("2026-10-08T11:00"), None)])

    assert answer.due_text == "2026-10-08 10:00"


def test_ends_of_periods_do_not_move() -> None:
    pause = [(at("2026-10-08T10:00"), at("2026-10-30T10:00"))]

    assert due(CN, at("2026-10-08T09:00"), "end of month", pause).due_text == "2026-10-30 17:30"


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadPause, match="cannot end"):
        due(CN, at("2026-10-08T09:00"), "1wh", [(at("2026-10-08T11:00"), at("2026-10-08T10:00"))])


def test_working_time_of_overlapping_pauses_is_left_out_once() -> None:
    twice = [
        (at("2026-10-08T09:00"), at("2026-10-08T11:00")),
        (at("2026-10-08T10:00"), at("2026-10-08T11:30")),
        (at("2026-10-08T09:30"), at("2026-10-08T10:30")),
    ]

    assert elapsed(CN, at("2026-10-08T08:30"), at("2026-10-08T12:00"), twice) == timedelta(hours=1)


def test_a_pause_of_no_length_is_none() -> None:
    moment = at("2026-10-08T10:00")

    assert due(CN, at("2026-10-08T09:00"), "1wh", [(moment, moment)]).spans == ()


@pytest.mark.parametrize("reason", ["", None])
def test_a_pause_without_a_reason_is_still_called_one(reason: str | None) -> None:
    pause = (at("2026-10-08T10:00"), at("2026-10-08T11:00"), reason)
    (span,) = due(CN, at("2026-10-08T09:00"), "8wh", [pause]).spans

    assert span.reason == Words("停表", "paused")


def test_what_was_counted_leaves_the_pauses_out() -> None:
    pause = [(at("2026-10-08T10:00"), at("2026-10-08T11:00"))]
    start = at("2026-10-08T09:00")

    assert counted(due(CN, start, "8wh", pause)) == timedelta(hours=8)
    assert counted(due(CN, start, "4h", pause)) == timedelta(hours=4)
    assert counted(due(CN, start, "1wd")) == timedelta(hours=14, minutes=30)
    assert counted(due(CN, start, "8wh", [(at("2026-10-08T10:00"), None)])) == timedelta()
