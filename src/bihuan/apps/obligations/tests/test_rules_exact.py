"""Each rule at its borders: what a change of one sign would break."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bihuan.apps.obligations.enums import Verifier
from bihuan.apps.obligations.rules import (
    ANY,
    COMPANY,
    Claim,
    Event,
    look,
    may_verify,
    missing,
    overlap,
    settled_by,
    stage,
    stood,
    subject_number,
    superseded,
    uid_of,
)  # fmt: skip

NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def test_who_is_meant():
    assert (COMPANY, ANY) == (1, 0)
    assert subject_number("company", "77") == 1
    assert subject_number("customer", "77") == 77
    assert subject_number("customer", "") == 0
    names = [
        uid_of(rule, kind, number, occasion)
        for rule in ("a", "b") for kind in ("customer", "asset") for number in (1, 2)
        for occasion in ("T1", "T2")
    ]  # fmt: skip
    assert len(set(names)) == 16


@pytest.mark.parametrize(
    ("proof", "given", "lacking"),
    [
        ({}, [], []),
        ({"all": ["a", "b"]}, ["b"], ["a"]),
        ({"any": ["x", "y"]}, [], ["x", "y"]),
        ({"any": ["x", "y"]}, ["y"], []),
        ({"any": ["x"], "all": ["a"]}, ["a"], ["x"]),
        ({"any": ["x"], "all": ["a"]}, ["x"], ["a"]),
        ({"any": ["x", "a"], "all": ["a"]}, [], ["a", "x"]),
        ({"any": [], "all": []}, ["z"], []),
    ],
)
def test_what_proof_is_missing(proof, given, lacking):
    assert missing(proof, given) == lacking


def claim(name: str, due: datetime | None, **more) -> Claim:
    given: dict[str, Any] = {
        "uid": uuid.uuid5(uuid.NAMESPACE_DNS, name), "rule": name, "occasion": "T1", "cause": name,
        "cause_at": NOON, "due_at": due,
    }  # fmt: skip
    return Claim(**(given | more))


def gone(*claims: Claim) -> dict[str, str]:
    """Which rule stands in for which."""
    names = {each.uid: each.rule for each in claims}
    return {names[uid]: names[to] for uid, to in superseded(claims).items() if to is not None}


def test_of_two_tellings_of_one_fault_the_stricter_stands():
    strict, lax = claim("strict", NOON + HOUR), claim("lax", NOON + 2 * HOUR)
    assert gone(strict, lax) == gone(lax, strict) == {"lax": "strict"}
    endless = claim("endless", None)
    assert gone(endless, lax) == {"endless": "lax"}
    other = claim("other", NOON + 3 * HOUR, occasion="T2")
    assert gone(strict, other) == {}
    same = claim("same", NOON + 9 * HOUR, cause="strict")
    assert gone(strict, same) == {}  # two rules that answer one telling are both owed


def test_what_was_done_or_decided_covers_the_rest_and_stays():
    strict = claim("strict", NOON + HOUR)
    done = claim("done", NOON + 9 * HOUR, done_at=NOON)
    waived = claim("waived", NOON + 9 * HOUR, fixed=True)
    assert gone(strict, done) == {"strict": "done"}
    assert gone(strict, waived) == {"strict": "waived"}
    both = claim("both", NOON, done_at=NOON)
    assert gone(done, both) == {}
    decided = claim("decided", NOON, fixed=True)
    assert gone(waived, decided) == {}


def test_equal_limits_are_settled_by_who_came_first():
    early = claim("early", NOON + HOUR, cause_at=NOON - HOUR)
    late = claim("late", NOON + HOUR, cause_at=NOON)
    assert gone(late, early) == {"late": "early"}


def of_round(name: str, begin: datetime, hours: float, **more) -> Claim:
    end = begin + timedelta(hours=hours)
    given = {"window": (begin, end), "cause_at": begin, "occasion": str(begin)}
    return claim(name, end, **(given | more))


def test_rounds_that_only_touch_are_two():
    first, second = (
        of_round("call", NOON, 1, cause="1"),
        of_round("call", NOON + HOUR, 1, cause="2"),
    )
    assert gone(first, second) == {}
    closer = of_round("call", NOON + HOUR - SECOND, 1, cause="2", uid=uuid.uuid4())
    assert len([to for to in superseded([first, closer]).values() if to]) == 1
    assert not overlap((NOON, NOON + HOUR), (NOON + HOUR, NOON + 2 * HOUR))
    assert not overlap((NOON + HOUR, NOON + 2 * HOUR), (NOON, NOON + HOUR))
    assert overlap((NOON, NOON + HOUR), (NOON + HOUR - SECOND, NOON + 2 * HOUR))


def test_a_round_done_before_the_next_began_does_not_stand_for_it():
    second = of_round("call", NOON + HOUR, 4, cause="2", uid=uuid.uuid4())
    for done, doubled in (
        (NOON + HOUR - SECOND, 0), (NOON + HOUR, 0), (NOON + HOUR + SECOND, 1), (None, 1),
    ):  # fmt: skip
        first = of_round("call", NOON, 4, cause="1", done_at=done)
        assert len([to for to in superseded([first, second]).values() if to]) == doubled


def tier(name: str, begin: datetime, hours: float, *tiers: str, **more) -> Claim:
    return of_round(
        name, begin, hours, tiers=frozenset(tiers), rules=("gold", "silver", "any"), **more
    )


def test_another_tier_takes_over_only_what_is_open_and_only_when_sooner():
    silver = tier("silver", NOON, 9, "SILVER")
    gold = tier("gold", NOON + HOUR, 2, "GOLD")
    assert gone(silver, gold) == {"silver": "gold"}
    later = tier("gold", NOON + HOUR, 8, "GOLD")  # due at the same moment
    assert gone(silver, later) == {"gold": "silver"}
    assert gone(tier("silver", NOON, 9, "SILVER", fixed=True), gold) == {"gold": "silver"}
    started = tier("silver", NOON, 9, "SILVER", done_at=NOON + 2 * HOUR)
    assert gone(started, gold) == {"gold": "silver"}
    endless = tier("silver", NOON, 9, "SILVER", due_at=None)
    assert gone(endless, gold) == {"silver": "gold"}
    assert gone(silver, tier("gold", NOON + HOUR, 2, "GOLD", due_at=None)) == {"gold": "silver"}
    for all_tiers in (tier("any", NOON + HOUR, 2), tier("any", NOON + HOUR, 2, "SILVER", "GOLD")):
        assert gone(silver, all_tiers) == {}  # a promise to everybody is another promise
    assert gone(tier("any", NOON, 9), gold) == {}
    done = tier("gold", NOON + HOUR, 2, "GOLD", done_at=NOON + HOUR)
    assert gone(silver, done) == {}
    fixed = tier("gold", NOON + HOUR, 2, "GOLD", fixed=True)
    assert gone(silver, fixed) == {}


def test_who_takes_over_takes_over_what_the_other_stood_for():
    silver = tier("silver", NOON, 9, "SILVER")
    again = tier("silver", NOON + SECOND, 9, "SILVER", uid=uuid.uuid4(), cause="again")
    gold = tier("gold", NOON + HOUR, 2, "GOLD")
    found = superseded([silver, again, gold])
    assert found == {gold.uid: None, silver.uid: gold.uid, again.uid: gold.uid}


def test_a_tier_that_takes_over_leaves_other_promises_standing():
    first = tier("any", NOON, 9)
    second = tier("any", NOON + 2 * HOUR, 9, uid=uuid.uuid4(), cause="again")
    silver, gold = tier("silver", NOON + SECOND, 9, "SILVER"), tier("gold", NOON + HOUR, 2, "GOLD")
    found = superseded([first, silver, gold, second])
    assert found == {first.uid: None, silver.uid: gold.uid, gold.uid: None, second.uid: first.uid}


def test_sooner_counts_only_between_tiers():
    def rival(*tiers: str, **more) -> Claim:
        return tier("gold", NOON + HOUR, 2, *tiers, uid=uuid.uuid4(), cause="again", **more)

    for tiers in (("GOLD",), ()):  # one rule told again, of one tier or of none
        first, again = tier("gold", NOON, 9, *tiers), rival(*tiers)
        assert superseded([first, again])[again.uid] == first.uid
    # a rule of a later version that took the place of another, with tiers on one side only
    for old, new in ((("SILVER",), ()), ((), ("GOLD",))):
        first, again = tier("was", NOON, 9, *old), rival(*new)
        assert superseded([first, again])[again.uid] == first.uid


def test_two_rounds_of_one_telling_are_both_meant():
    first = of_round("call", NOON, 4, cause="1")
    second = of_round("call", NOON + HOUR, 4, cause="1", uid=uuid.uuid4())
    assert set(superseded([first, second]).values()) == {None}


def event(at: datetime, tx: int = 5, **more) -> Event:
    given: dict[str, Any] = {"fact_id": 1, "uid": "u", "tx": tx, "at": at}
    return Event(**(given | more))


def settled(events, window=None, match=None, after=0) -> Event | None:
    return settled_by(events, anchor=NOON, window=window, match=match or {}, after_tx=after)


def test_only_what_came_after_the_start_discharges_and_the_earliest_does():
    before, at, after = event(NOON - SECOND), event(NOON), event(NOON + SECOND)
    assert settled([before]) is None
    assert settled([after, at, before]) == at
    assert settled([]) is None
    one, two = event(NOON, uid="a"), event(NOON, uid="b")
    assert settled([two, one]) == one


def test_a_round_is_done_only_within_its_period():
    window = (NOON - HOUR, NOON + HOUR)
    assert settled([event(NOON + HOUR)], window) is None
    assert settled([event(NOON + HOUR - SECOND)], window) is not None
    assert settled([event(NOON - HOUR)], window) is None  # in the period, but before the start
    opening = event(NOON - HOUR, opening=True)
    assert settled([opening], window) == opening  # what was brought in counts for the whole of it
    assert settled([event(NOON - HOUR - SECOND, opening=True)], window) is None
    assert settled([opening]) is None


def test_after_a_rejection_only_what_was_told_since():
    assert settled([event(NOON, tx=5)], after=5) is None
    assert settled([event(NOON, tx=6)], after=5) is not None


def test_what_a_fact_names_must_be_the_same_in_all_points():
    match = {"ticket": "T1", "order": "O1"}
    assert settled([event(NOON, match={"ticket": "T1"})], match=match) is not None
    assert settled([event(NOON, match={"ticket": "T1", "order": "O2"})], match=match) is None
    assert settled([event(NOON, match={"ticket": "T2"})], match=match) is None
    assert settled([event(NOON, match={"ticket": "T1"})]) is None


@pytest.mark.parametrize(
    ("hands", "same_team", "needs", "rule", "how", "may"),
    [
        ((), False, (), "INDEPENDENT", "INDEPENDENT", True),
        ((7,), False, (), "INDEPENDENT", "INDEPENDENT", False),
        ((8,), True, (), "INDEPENDENT", "INDEPENDENT", True),
        ((8,), True, ("other_team",), "INDEPENDENT", "INDEPENDENT", False),
        ((8,), False, ("other_team",), "INDEPENDENT", "INDEPENDENT", True),
        ((), False, (), "CUSTOMER", "INDEPENDENT", False),
        ((), False, (), "CUSTOMER", "CUSTOMER", True),
        ((), False, (), "INDEPENDENT", "CUSTOMER", True),
    ],
)
def test_who_may_say_that_it_is_done(hands, same_team, needs, rule, how, may):
    assert may is may_verify(
        rule=Verifier(rule), how=Verifier(how), person=7, hands=hands, same_team=same_team,
        needs=needs,
    )  # fmt: skip


def test_where_the_loop_stands():
    assert stage("SCHEDULED", "NONE") == "obligation"
    assert stage("OPEN", "NONE") == "evidence"
    assert stage("DISCHARGED", "NONE") == "closed"
    assert stage("DISCHARGED", "CUSTOMER") == "verification"
    assert stage("VERIFIED", "CUSTOMER") == stage("WAIVED", "NONE") == "closed"


@pytest.mark.parametrize(
    ("state", "due", "soon", "paused", "word"),
    [
        ("VOID", NOON - HOUR, True, True, "void"),
        ("WAIVED", NOON - HOUR, True, True, "void"),
        ("VERIFIED", NOON - HOUR, True, True, "closed"),
        ("DISCHARGED", NOON - HOUR, True, True, "current"),
        ("OPEN", NOON - HOUR, True, True, "paused"),
        ("OPEN", NOON - SECOND, True, False, "late"),
        ("OPEN", NOON, True, False, "soon"),
        ("OPEN", NOON, False, False, "current"),
        ("SCHEDULED", NOON - SECOND, False, False, "late"),
        ("OPEN", None, False, False, "current"),
        ("OPEN", None, True, False, "soon"),
    ],
)
def test_the_word_of_the_ring(state, due, soon, paused, word):
    assert look(state, due, soon=soon, paused=paused, now=NOON) == word


def test_how_long_a_clock_stood_by_its_log():
    minutes = [NOON + n * timedelta(minutes=1) for n in range(9)]
    assert stood([]) == []
    assert stood([(minutes[0], "assigned"), (minutes[1], "resumed")]) == []
    deeds = [
        (minutes[5], "paused"), (minutes[1], "paused"), (minutes[2], "paused"),
        (minutes[3], "noted"), (minutes[4], "resumed"),
    ]  # fmt: skip
    assert stood(deeds) == [(minutes[1], minutes[4]), (minutes[5], None)]
    for verb in ("discharged", "waived", "void"):
        assert stood([(minutes[1], "paused"), (minutes[2], verb)]) == [(minutes[1], minutes[2])]
