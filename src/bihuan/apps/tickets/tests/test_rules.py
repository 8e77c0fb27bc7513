"""The table of moves, and who may confirm: for any order of events."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.tickets.enums import ENDED, Answer, Event, Kind, Status
from bihuan.apps.tickets.rules import (
    MOVES,
    Asked,
    after,
    could_not_be_reached,
    escalates,
    may_confirm,
    may_move,
    number_of,
    severity_of,
    unmet,
)  # fmt: skip

EVENTS = st.lists(st.sampled_from(list(Event)), max_size=40)


@given(EVENTS)
def test_no_way_to_the_end_without_an_answer_or_the_rule(events):
    status, before, last = Status.NEW, "", Status.NEW
    for event in events:
        if not may_move(event, status):
            continue
        if event == Event.WAIT:
            before = status
        last, status = status, after(event, status, before)
        if status == Status.CLOSED:
            assert last in (Status.CONFIRMED, Status.UNCONFIRMED)
        if status == Status.CONFIRMED:
            assert event == Event.CONFIRM
        if status == Status.UNCONFIRMED:
            assert event == Event.GIVE_UP


def test_what_is_solved_was_not_told_before_it_was_solved():
    assert MOVES[Event.FEED_BACK].sources == (Status.SOLVED,)
    assert all(
        not may_move(event, each)
        for each in (Status.CANCELLED, Status.DUPLICATE)
        for event in Event
    )
    assert {event for event in Event if may_move(event, Status.CLOSED)} == {Event.REOPEN}
    assert set(ENDED) == {Status.CLOSED, Status.CANCELLED, Status.DUPLICATE}


@given(
    st.sampled_from(list(Kind)),
    st.integers(1, 5),
    st.sets(st.integers(1, 5)),
    st.booleans(),
    st.booleans(),
)
def test_nobody_confirms_his_own_work(kind, person, doers, same_team, other_team):
    allowed = may_confirm(
        kind=kind,
        person=person,
        doers=doers,
        same_call={"CONSULT"},
        same_team=same_team,
        other_team=other_team,
    )
    if kind != Kind.CONSULT and person in doers:
        assert not allowed
    if kind != Kind.CONSULT and other_team and same_team:
        assert not allowed


@given(
    st.lists(
        st.builds(
            Asked, result=st.sampled_from(list(Answer)), channel=st.sampled_from(["PHONE", "WECOM"]),
            day=st.sampled_from([date(2026, 3, 9), date(2026, 3, 10)]),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_who_answered_was_reached(tries):
    found = could_not_be_reached(tries, attempts=3, channels=2, days=2)
    assert found == (
        all(each.result == Answer.NO_ANSWER for each in tries)
        and len(tries) >= 3
        and len({each.channel for each in tries}) == 2
        and len({each.day for each in tries}) == 2
    )


def test_the_small_ones():
    assert number_of(date(2026, 11, 22), 7) == "WX-20261122-0007"
    assert [escalates(n, 3) for n in (1, 2, 3, 4)] == [False, False, True, True]
    assert severity_of("COSMETIC", downtime=False, set_stopped=True) == "URGENT"
    assert severity_of("DEGRADED", downtime=True, set_stopped=False) == "HIGH"
    assert unmet(kind="FAULT", status="CONFIRMED", cause="", action="x", told=True) == ["cause"]
