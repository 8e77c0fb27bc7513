"""The words and looks of the deadline chip."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import translation

from bihuan.base.ui import deadline
from bihuan.base.ui.deadline import Chip, chip, chip_of, share_used, working_left
from bihuan.lib.workcal import china

NOW = datetime(2026, 10, 9, 6, 32, tzinfo=UTC)  # Friday 14:32 in Shanghai
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _chinese():
    with translation.override("zh-hans"):
        yield


def at(due: timedelta | None, **more) -> Chip:
    """The chip of a limit that began an hour ago and falls due this long after now."""
    values = {"opened_at": NOW - HOUR, "state": "OPEN", "now": NOW, **more}
    return chip(due_at=None if due is None else NOW + due, **values)


@pytest.mark.parametrize(
    ("due", "more", "kind", "text"),
    [
        (3 * HOUR + 12 * MINUTE, {}, "running", "剩 3 小时 12 分"),
        (3 * HOUR, {}, "running", "剩 3 小时"),
        (10 * MINUTE, {}, "soon", "剩 10 分"),
        (20 * MINUTE, {}, "soon", "剩 20 分"),
        (21 * MINUTE, {}, "running", "剩 21 分"),
        (-40 * MINUTE, {}, "late", "超 40 分"),
        (-72 * MINUTE, {}, "late", "超 1 小时 12 分"),
        (timedelta(0), {}, "soon", "剩 0 分"),
        (5 * DAY, {}, "far", "剩 5 自然日"),
        (-3 * DAY, {}, "late", "超 3 自然日"),
        (None, {}, "far", "不限期"),
        (9 * DAY, {"left": 6, "left_unit": "work_days"}, "far", "剩 6 工作日"),
        (9 * DAY, {"left": 6, "left_unit": "work_days", "used": 0.8}, "soon", "剩 6 工作日"),
        (3 * HOUR, {"left": 0, "left_unit": "work_days"}, "running", "剩 0 工作日"),
        (HOUR, {"left": 28, "left_unit": "work_minutes"}, "running", "剩 28 分（工作时间）"),
        (-2 * DAY, {"left": -2, "left_unit": "work_days"}, "late", "超 2 工作日"),
        (-26 * HOUR, {"left": 0, "left_unit": "work_days"}, "late", "超 26 小时"),
        (HOUR, {"state": "WAIVED"}, "void", "已豁免，不计"),
        (HOUR, {"state": "void"}, "void", "已作废，不计"),
        (HOUR, {"state": "scheduled", "opened_at": NOW + 3 * HOUR}, "far", "3 小时后开始"),
        (4 * HOUR, {"state": "DISCHARGED", "done_at": NOW + HOUR}, "met", "提前 3 小时完成"),
        (HOUR, {"state": "VERIFIED", "done_at": NOW + HOUR}, "met", "按时完成"),
        (-HOUR, {"state": "DISCHARGED", "done_at": NOW}, "met-late", "迟 1 小时完成"),
        (None, {"state": "DISCHARGED"}, "met", "已完成"),
        (HOUR, {"paused_at": NOW}, "paused", "停表·等客户"),
        (
            HOUR,
            {"paused_at": NOW - 2 * DAY, "left": 1, "left_unit": "work_days"},
            "paused",
            "停表·等客户 1 工作日",
        ),
        (HOUR, {"paused_at": NOW - HOUR, "pause_reason": "等配件"}, "paused", "停表·等配件 1 小时"),
    ],
)
def test_words_and_look(due, more, kind, text):
    found = at(due, **more)
    assert (found.kind, found.text) == (kind, text)
    assert found.icon == deadline.ICONS[kind]


def test_english_words_say_the_unit_too():
    with translation.override("en"):
        assert at(HOUR, left=28, left_unit="work_minutes").text == "28 min (working time) left"
        assert at(9 * DAY, left=6, left_unit="work_days").text == "6 working days left"
        assert at(9 * DAY, left=1, left_unit="work_days").text == "1 working day left"
        assert at(-72 * MINUTE).text == "1 h 12 min late"


def test_only_clock_time_may_tick_in_the_browser():
    assert at(HOUR).ticks
    assert at(-HOUR).ticks
    assert not at(HOUR, left=28, left_unit="work_minutes").ticks
    assert not at(9 * DAY).ticks
    assert not at(HOUR, state="VERIFIED").ticks
    assert not at(HOUR, paused_at=NOW).ticks


def test_share_of_the_time_used():
    assert share_used(NOW - HOUR, NOW + HOUR, NOW) == 0.5
    assert share_used(NOW - HOUR, NOW - MINUTE, NOW) == 1.0
    assert share_used(NOW + HOUR, NOW + 2 * HOUR, NOW) == 0.0
    assert share_used(None, NOW, NOW) is None
    assert share_used(NOW, NOW, NOW) is None
    assert at(HOUR).width == "50"


def test_fields_are_read_from_objects_and_dicts():
    obligation = SimpleNamespace(
        due_at=NOW + HOUR, opens_at=NOW - HOUR, state="OPEN", discharged_at=None
    )
    assert chip_of(obligation, NOW).text == "剩 1 小时"
    assert chip_of({"due_at": NOW - HOUR, "anchor_at": NOW - 2 * HOUR}, NOW).text == "超 1 小时"
    assert chip_of(object(), NOW).text == "不限期"


@pytest.mark.parametrize(
    ("due", "unit", "left"),
    [
        # Friday 14:32 to Saturday 17:30: a make-up working day
        (datetime(2026, 10, 10, 9, 30, tzinfo=UTC), "work_days", 1),
        (datetime(2026, 10, 9, 9, 30, tzinfo=UTC), "work_days", 0),
        (datetime(2026, 10, 9, 7, 0, tzinfo=UTC), "work_minutes", 28),
        # over since before the holiday: only 8 and 9 October were working days
        (datetime(2026, 9, 30, 9, 30, tzinfo=UTC), "work_days", 2),
        (datetime(2026, 10, 12, 9, 30, tzinfo=UTC), "days", 3),
    ],
)
def test_what_the_calendar_says_is_left(due, unit, left):
    assert working_left(china(), due, NOW, unit) == left
