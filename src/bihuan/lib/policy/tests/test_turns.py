"""Every n-th week, month, quarter or year, counted from a day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.policy import PackErrors, Telling, plan, respond, span_by_key, span_of
from bihuan.lib.policy.cadence import owed_on_entry
from bihuan.lib.policy.cases import run_case
from bihuan.lib.policy.limits import Turn, turn_words
from bihuan.lib.policy.lint import lint
from bihuan.lib.policy.tests.packs import DAYS, RULES, at, pack

QUARTER = "    every: quarter\n"
FORTNIGHT = "    every: 2 weeks from 2026-01-05\n"
DAY = st.dates(date(2015, 1, 1), date(2040, 12, 31))


def every(line: str, **more: str):
    return pack(rules_a=RULES.replace(QUARTER, line), **more)


def turned(text: str, *lines: str):
    return every(f"    every: {text}\n" + "".join(f"    {line}\n" for line in lines))


TWO = turned("2 weeks from 2026-01-05")


def owed(found, when: str, **said):
    data = {"fact": said, "customer": {"tier": "SILVER", "flags": []}}
    told = Telling(f"p-{when}", "period.began", at(when), data, {"customer": "K1"})
    return {duty.rule: duty for duty in respond(found, told, DAYS).duties}


@given(
    turn=st.builds(
        Turn, st.sampled_from(["week", "month", "quarter", "year"]), st.integers(2, 60), DAY
    ),
    day=DAY,
)
def test_the_runs_tile_the_days_and_one_begins_where_the_count_does(turn, day):
    span = turn.span(day)
    assert span.first <= day <= span.last
    assert turn.span(span.first) == turn.span(span.last) == span
    assert turn.span(span.last + timedelta(days=1)).first == span.last + timedelta(days=1)
    assert turn.span(turn.since).first == span_of(turn.every, turn.since).first
    kind, read = span_by_key(span.key)
    assert (kind, read) == (turn.every, span)
    # told one by one, so many periods lie in it
    count, each = 0, span.first
    while each <= span.last:
        count, each = count + 1, span_of(turn.every, each).last + timedelta(days=1)
    assert count == turn.step


def test_a_run_of_two_weeks_brings_one_duty_and_the_second_monday_none():
    call = owed(TWO, "2026-01-05T00:00+08:00")["silver.callback"]
    assert call.occasion == "2026-W02~2026-W03"
    assert call.due_at == at("2026-01-16T17:30+08:00")
    assert call.opens_at == at("2026-01-05T00:00+08:00")
    assert owed(TWO, "2026-01-12T00:00+08:00") == {}
    assert owed(TWO, "2026-01-12T00:00+08:00", week_begins=True) == {}
    assert "silver.callback" in owed(TWO, "2025-12-22T00:00+08:00", week_begins=True)  # back, too
    assert "silver.callback" in owed(TWO, "2026-01-19T00:00+08:00", week_begins=True)


def test_when_a_regulation_takes_force_within_a_run_its_second_week_counts():
    begun = {f"{each}_begins": True for each in ("week", "month", "quarter", "half", "year")}
    late = owed(TWO, "2026-01-13T09:00+08:00", **begun)
    assert "silver.callback" not in late  # less than half of it is left
    now = owed(
        turned("2 weeks from 2026-01-05", "mid_period: now"), "2026-01-13T09:00+08:00", **begun
    )
    assert now["silver.callback"].occasion == "2026-W02~2026-W03"
    assert now["silver.callback"].due_at == at("2026-01-16T17:30+08:00")
    rule = TWO.rules["silver.callback"]
    assert owed_on_entry(TWO, rule, at("2026-01-06T09:00+08:00"))
    assert not owed_on_entry(TWO, rule, at("2026-01-13T09:00+08:00"))


@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("within: end of period", "2026-01-16T17:30+08:00"),
        ("within: end of period 24:00", "2026-01-19T00:00+08:00"),
        ("within: end of week", "2026-01-09T17:30+08:00"),
        ("within: 3wd", "2026-01-08T17:30+08:00"),
    ],
)
def test_limits_within_a_run(line, due):
    found = turned("2 weeks from 2026-01-05", line)
    assert owed(found, "2026-01-05T00:00+08:00")["silver.callback"].due_at == at(due)


def test_two_months_end_with_the_second_and_its_last_week_is_the_window():
    found = turned("2 months from 2026-01-01", "in: last week of period")
    call = owed(found, "2026-03-01T00:00+08:00")["silver.callback"]
    assert call.occasion == "2026-03~2026-04"
    assert call.window == (at("2026-04-24T00:00+08:00"), at("2026-04-30T17:30+08:00"))
    assert owed(found, "2026-04-01T00:00+08:00") == {}


def test_a_year_is_planned_run_by_run():
    state = {"customer": {"tier": "SILVER", "flags": []}}
    found = [each for each in plan(TWO, state, 2026, DAYS) if each.rule == "silver.callback"]
    assert len(found) == 26
    assert found[0].occasion == "2026-W02~2026-W03"
    assert all(
        one.due_at < other.opens_at
        for one, other in pairwise(found)
    )  # fmt: skip


def test_a_case_gives_the_first_week():
    cases = (
        "cases:\n"
        "  - {name: 双周, clause: C2, given: {period: 2026-W02, of: customer, customer: {tier: SILVER}},\n"
        "     expect: [{rule: silver.callback, occasion: 2026-W02~2026-W03, due: 2026-01-16T17:30+08:00},"
        " {rule: silver.callback.prepare}], only: true}\n"
        "  - {name: 隔周, clause: C2, given: {period: 2026-W03, of: customer, customer: {tier: SILVER}},\n"
        "     expect: [], only: true}\n"
    )
    found = every(FORTNIGHT, cases_a=cases)
    for case in found.cases:
        assert run_case(found, case, DAYS).faults == ()


def test_it_reads_in_both_languages():
    rule = TWO.rules["silver.callback"]
    assert "每 2 周（从 2026-01-05 起数）" in dict(rule.card("zh")).values()
    assert "every 2 weeks (counted from 2026-01-05)" in dict(rule.card("en")).values()
    ends = turned("2 weeks from 2026-01-05", "within: end of period").rules["silver.callback"]
    assert "本周" not in " ".join(text for _, text in ends.card("zh"))
    assert turn_words("3 months from 2026-02-01").zh == "每 3 个月（从 2026-02-01 起数）"
    assert turn_words("month").en == "every month"
    assert turn_words("2 weeks") is None
    assert turn_words("4h") is None


@pytest.mark.parametrize(
    ("text", "code", "zh", "better"),
    [
        ("2 weeks", "period.from", "没有写清从哪一天起数", "2 weeks from 2026-01-05"),
        ("2 weeks from soon", "period.from", "没有写清从哪一天起数", "2 weeks from 2026-01-05"),
        ("2 weeks from 2026-02-30", "period.from", "没有写清", "2 weeks from 2026-01-05"),
        ("1 week from 2026-01-05", "period.step", "2 到 60", "week"),
        ("99 weeks from 2026-01-05", "period.step", "2 到 60", "week"),
        ("2 fortnights", "period.unknown", "周期", ""),
    ],
)
def test_what_is_no_run_is_refused_with_what_to_write(text, code, zh, better):
    with pytest.raises(PackErrors) as refused:
        turned(text)
    problem = next(each for each in refused.value.problems if each.code == code)
    assert zh in problem.zh
    assert better in (problem.suggestion or better)
    assert problem.line > 0


def test_weeks_of_customers_come_in_runs_only():
    with pytest.raises(PackErrors) as refused:
        turned("week")
    assert [each.code for each in refused.value.problems] == ["cadence.week"]


def test_a_limit_longer_than_the_run_is_named():
    codes = [each.code for each in lint(turned("2 weeks from 2026-01-05", "within: 20d"))]
    assert "period.overlaps" in codes
    codes = [each.code for each in lint(turned("2 weeks from 2026-01-05", "within: 10d"))]
    assert "period.overlaps" not in codes
