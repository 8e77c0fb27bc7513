"""Each rule of tickets at its borders: what a change of one sign would break."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bihuan.apps.tickets.enums import UNSOLVED, Event, Kind, Severity, Status
from bihuan.apps.tickets.rules import (
    Asked,
    after,
    could_not_be_reached,
    doubles,
    escalates,
    facts_missing,
    line_of,
    may_confirm,
    severity_of,
    too_long_ago,
    unmet,
)  # fmt: skip

NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_step_from_elsewhere_is_no_step():
    with pytest.raises(ValueError, match="ACCEPT from CLOSED"):
        after(Event.ACCEPT, Status.CLOSED)


def test_who_waited_goes_back_to_where_he_waited_from():
    assert after(Event.GO_ON, Status.WAITING, "WORKING") == Status.WORKING
    assert after(Event.GO_ON, Status.WAITING) == Status.ACCEPTED
    assert after(Event.SOLVE, Status.WAITING, "WORKING") == Status.SOLVED


def test_only_a_fault_must_say_when_where_and_what():
    nothing = {"happened_at": None, "place": " ", "impact": ""}
    assert facts_missing("FAULT", **nothing) == ["happened_at", "place", "impact"]
    assert facts_missing("CONSULT", **nothing) == []
    known = {"happened_at": NOON, "place": "二车间", "impact": "DEGRADED"}
    assert facts_missing("FAULT", **known) == []
    assert facts_missing("FAULT", **(known | {"place": ""})) == ["place"]


@pytest.mark.parametrize(
    ("impact", "downtime", "stopped", "severity"),
    [
        ("", False, False, "NORMAL"), ("", True, False, "HIGH"), ("", False, True, "URGENT"),
        ("COSMETIC", False, False, "LOW"), ("COSMETIC", True, False, "HIGH"),
        ("NONE", False, False, "LOW"), ("DEGRADED", False, False, "NORMAL"),
        ("LINE_STOP", True, False, "URGENT"), ("LINE_STOP", False, False, "URGENT"),
        ("SET_STOP", False, False, "URGENT"), ("PERSON_SAFETY", True, False, "URGENT"),
    ],
)  # fmt: skip
def test_what_an_impact_weighs(impact, downtime, stopped, severity):
    assert severity_of(impact, downtime=downtime, set_stopped=stopped) == Severity(severity)


def tries(*given: tuple[str, int], result: str = "NO_ANSWER") -> list[Asked]:
    return [Asked(result, channel, date(2026, 3, day)) for channel, day in given]


@pytest.mark.parametrize(
    ("given", "enough"),
    [
        ([("PHONE", 9), ("PHONE", 10), ("WECOM", 10)], True),
        ([("PHONE", 9), ("WECOM", 10)], False),  # too few
        ([("PHONE", 9), ("PHONE", 10), ("PHONE", 10)], False),  # one channel
        ([("PHONE", 9), ("PHONE", 9), ("WECOM", 9)], False),  # one day
        ([], False),
    ],
)
def test_enough_tries_on_enough_days_by_enough_channels(given, enough):
    rule = {"attempts": 3, "channels": 2, "days": 2}
    assert could_not_be_reached(tries(*given), **rule) is enough
    if given:
        assert not could_not_be_reached(tries(*given, result="NO"), **rule)


def confirms(**values) -> bool:
    given: dict[str, Any] = {
        "kind": "FAULT", "person": 7, "doers": {8}, "same_call": {"CONSULT"}, "same_team": False,
        "other_team": False,
    }  # fmt: skip
    return may_confirm(**(given | values))


def test_who_takes_the_yes():
    assert confirms()
    assert not confirms(doers={7, 8})
    assert confirms(doers={7}, kind="CONSULT", same_team=True, other_team=True)
    assert confirms(same_team=True)
    assert confirms(other_team=True)
    assert not confirms(same_team=True, other_team=True)


def test_from_the_limit_on_a_chase_goes_up_and_without_a_limit_none():
    assert [escalates(count, 1) for count in (0, 1, 2)] == [False, True, True]
    assert not escalates(0, 0)
    assert not escalates(5, 0)


@pytest.mark.parametrize("status", list(Status))
def test_only_an_unsolved_ticket_within_the_hours_has_doubles(status):
    def near(gap: timedelta) -> bool:
        return doubles(
            reported_at=NOON + gap, other_reported_at=NOON, hours=2, status=status.value, kind="FAULT",
            other_kind="FAULT",
        )  # fmt: skip

    for sign in (1, -1):
        assert near(sign * timedelta(hours=2)) is (status in UNSOLVED)
        assert not near(sign * (timedelta(hours=2) + SECOND))
    assert near(timedelta()) is (status in UNSOLVED)


@pytest.mark.parametrize("other", list(Kind))
@pytest.mark.parametrize("kind", list(Kind))
def test_a_fault_is_a_double_of_a_fault_only(kind, other):
    found = doubles(
        reported_at=NOON, other_reported_at=NOON, hours=2, status="WAITING", kind=kind, other_kind=other
    )  # fmt: skip
    assert found is (kind != "FAULT" or other == "FAULT")


def lacking(**values) -> list[str]:
    given: dict[str, Any] = {
        "kind": "FAULT",
        "status": "CONFIRMED",
        "cause": "WEAR",
        "action": "换轴承",
        "told": True,
    }
    return unmet(**(given | values))


def test_what_stands_before_the_end():
    assert lacking() == []
    assert lacking(status="UNCONFIRMED") == []
    assert lacking(status="FED_BACK") == ["answered"]
    assert lacking(cause="") == ["cause"]
    assert lacking(kind=Kind.CONSULT, cause="") == []
    assert lacking(action=" ") == ["action"]
    assert lacking(told=False) == ["told"]
    assert lacking(more=["children"]) == ["children"]
    assert lacking(status="NEW", cause="", action="", told=False, more=["children"]) == [
        "answered", "cause", "action", "told", "children",
    ]  # fmt: skip


def test_whose_queue():
    lines = {1: ["service_desk"], 2: ["quality_engineer", "technical_head"], 3: ["rd_engineer"]}
    assert line_of({"service_desk"}, lines) == line_of((), lines) == line_of({"dealer"}, lines) == 1
    assert line_of({"quality_engineer"}, lines) == 2
    assert line_of({"rd_engineer", "technical_head"}, lines) == 3


def test_a_year_that_nobody_means():
    day = timedelta(days=1)
    assert not too_long_ago(None, NOON, 366)
    assert not too_long_ago(NOON - 366 * day, NOON, 366)
    assert too_long_ago(NOON - 366 * day - SECOND, NOON, 366)
