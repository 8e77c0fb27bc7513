"""The explanation of a deadline says the same to eyes and to screen readers."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from bihuan.base.ui.explain import explain_view
from bihuan.base.ui.gallery import day_explanation, explanation
from bihuan.lib.workcal import china, due


@pytest.fixture(autouse=True)
def _chinese():
    with translation.override("zh-hans"):
        yield


def test_hours_are_lanes_on_one_axis():
    view = explain_view(explanation())
    assert [mark.text for mark in view.axis] == ["8:30", "12:00", "13:30", "17:30"]
    assert [(line.title, line.sub, line.sum, line.total) for line in view.lines] == [
        ("9 月 30 日", "周三", "1:50", "1:50"),
        ("10 月 1 至 7 日", "", "0", "1:50"),
        ("10 月 8 日", "周四", "1:40", "3:30"),
        ("10 月 9 日", "周五", "4:30", "8:00"),
    ]
    assert [box.kind for box in view.lines[2].boxes] == ["counted", "paused", "break", "paused"]


def test_the_sentence_and_the_figures_drop_seconds_the_same_way():
    calendar, start = china(), datetime.fromisoformat("2026-03-09T09:00:20+08:00")
    pause = (datetime.fromisoformat("2026-03-09T10:00:00+08:00"), datetime.fromisoformat("2026-03-09T11:10:45+08:00"))  # fmt: skip
    view = explain_view(due(calendar, start, "2wh", [pause]).to_data())
    assert "1 小时 10 分" in view.sentence
    (line,) = view.lines
    assert [box.words for box in line.boxes if box.kind == "counted"] == ["0:59", "0:49", ""]
    paused = [row["counted"] for row in view.spoken]
    assert paused[0] == "0:59"
    assert view.spoken[-1]["total"] == "2:00"


def test_what_is_not_used_yet_is_drawn_apart():
    last = explain_view(explanation()).lines[-1]
    assert [box.kind for box in last.boxes] == ["paused", "counted", "break", "counted", "left"]
    assert last.now_at is not None
    assert last.due_at is not None
    assert last.now_at < last.due_at
    assert last.boxes[-1].x == pytest.approx(last.now_at, abs=0.3)


def test_without_now_everything_is_plainly_counted():
    data = {**explanation(), "now": None}
    kinds = {box.kind for line in explain_view(data).lines for box in line.boxes}
    assert kinds == {"counted", "paused", "break"}


def test_days_are_rows_in_words():
    view = explain_view(day_explanation())
    assert view.axis == []
    assert [(line.title, line.words, line.total) for line in view.lines] == [
        ("9 月 28 日", "当日不计", "0"),
        ("9 月 29 至 30 日", "计入 2 天", "2"),
        ("10 月 1 至 7 日", "国庆节 7 天，不计", "2"),
        ("10 月 8 至 9 日", "计入 2 天", "4"),
        ("10 月 10 日", "调休上班，计入", "5"),
        ("10 月 11 日", "周末", "5"),
        ("10 月 12 日", "计入", "6"),
    ]


def test_holidays_name_their_source():
    line = explain_view(explanation()).lines[1]
    assert line.words == "国庆节 7 天，不计"
    assert "2026" in line.source


def test_the_page_and_the_readers_table_say_the_same_sum():
    html = render_to_string("ui/parts/explain.html", {"view": explain_view(explanation())})
    assert "从 9 月 30 日 15:40 起算" in html
    assert html.count("<tr>") == 1 + len(explain_view(explanation()).spoken)
    assert "10 月 9 日 周五 13:30–15:00" in html
    assert 'data-copy="' in html


def test_a_promise_of_a_moment_has_no_sum_and_so_no_table():
    """A date that somebody named is not counted; an empty table would be read out as a sum."""
    said = {"sentence": "约定 3 月 9 日", "slices": [], "calendar": "", "version": None}
    html = render_to_string("ui/parts/explain.html", {"view": explain_view(said)})
    assert "约定 3 月 9 日" in html
    assert "逐段计算" not in html and "<table" not in html


def test_english():
    with translation.override("en"):
        view = explain_view(explanation())
        assert view.lines[0].title == "30 Sep"
        assert view.lines[0].sub == "Wed"
        assert view.title == "How this deadline came about"


def test_round_the_clock_runs_over_midnight():
    zone = ZoneInfo("Asia/Shanghai")
    answer = due(china(), datetime(2026, 10, 9, 22, 0, tzinfo=zone), "4h")
    view = explain_view(answer.to_data())
    assert [line.total for line in view.lines] == ["2:00", "4:00"]
    assert all(box.x >= 0 and box.x + box.width <= 100 for line in view.lines for box in line.boxes)


def test_period_limits_have_no_lanes():
    zone = ZoneInfo("Asia/Shanghai")
    answer = due(china(), datetime(2026, 10, 9, 22, 0, tzinfo=zone), "1month")
    assert explain_view(answer.to_data()).lines
