"""When alarms of a machine are expected."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bihuan.lib.machines.expected import Times

ZONE = ZoneInfo("Asia/Shanghai")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_once_is_from_its_begin_until_its_end():
    plan = Times(at("2026-09-30T08:00"), at("2026-09-30T12:00"))
    moments = ["2026-09-30T07:59", "2026-09-30T08:00", "2026-09-30T11:59", "2026-09-30T12:00"]
    assert [plan.holds(at(each), ZONE) for each in moments] == [False, True, True, False]
    assert plan.run(at("2026-09-29T00:00"), ZONE) == (plan.begin, plan.end)
    assert plan.run(plan.end, ZONE) is None
    assert plan.length == timedelta(hours=4)


def test_every_week_on_its_days_also_past_midnight():
    """2026-09-30 is a Wednesday. A wash-down on Wednesdays and Sundays, 22:00 to 01:30."""
    plan = Times(
        at("2026-09-01T00:00"), at("2026-10-05T00:00"), frozenset({3, 7}), time(22), time(1, 30)
    )
    assert plan.length == timedelta(hours=3, minutes=30)
    moments = [
        "2026-09-30T21:59", "2026-09-30T22:00", "2026-10-01T01:29", "2026-10-01T01:30",
        "2026-10-01T22:30", "2026-10-04T23:59", "2026-10-05T00:00",
    ]  # fmt: skip
    assert [plan.holds(at(each), ZONE) for each in moments] == [
        False, True, True, False, False, True, False,
    ]  # fmt: skip
    assert plan.run(at("2026-10-01T02:00"), ZONE) == (
        at("2026-10-04T22:00"), at("2026-10-05T00:00"),
    )  # fmt: skip
    assert not plan.holds(at("2026-08-26T22:30"), ZONE)  # a Wednesday before it began


def test_a_week_that_comes_round_is_found():
    plan = Times(at("2026-09-30T12:00"), at("2027-01-01T00:00"), frozenset({3}), time(8), time(9))
    assert plan.run(at("2026-09-30T12:00"), ZONE) == (
        at("2026-10-07T08:00"), at("2026-10-07T09:00"),
    )  # fmt: skip
    short = Times(at("2026-10-01T00:00"), at("2026-10-02T00:00"), frozenset({3}), time(8), time(9))
    assert short.run(at("2026-10-01T00:00"), ZONE) is None
