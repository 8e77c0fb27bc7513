"""Which of several cadences of one kind of act stands."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

from bihuan.apps.obligations.rules import Claim, superseded


def moment(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def claim(rule: str, begin: str, end: str, *, rules=("year", "month", "gold", "silver"), tiers=()):
    return Claim(
        uid=uuid.uuid4(), rule=rule, occasion=begin, cause=f"{rule} {begin}", cause_at=moment(begin),
        due_at=moment(end), window=(moment(begin), moment(end)), rules=rules, tiers=frozenset(tiers),
    )  # fmt: skip


def void(*claims: Claim) -> set[str]:
    return {c.rule for c in claims if superseded(claims)[c.uid] is not None}


YEAR = claim("year", "2026-01-01", "2027-01-01")
MONTH = claim("month", "2026-03-01", "2026-04-01")


def test_a_monthly_and_a_yearly_promise_of_one_regulation_are_both_owed():
    assert void(YEAR, MONTH) == set()


def test_a_customer_of_another_tier_is_owed_one_of_the_two():
    silver = claim("silver", "2026-01-01", "2026-04-01", tiers=["SILVER"])
    late = claim("gold", "2026-03-01", "2026-05-01", tiers=["GOLD"])
    soon = claim("gold", "2026-02-01", "2026-03-01", tiers=["GOLD"])
    assert void(silver, late) == {"gold"}
    assert void(silver, soon) == {"silver"}
    both = claim("gold", "2026-02-01", "2026-03-01", tiers=["GOLD", "SILVER"])
    assert void(silver, both) == set()


def test_what_took_the_place_of_a_rule_in_a_later_version_waits_for_its_round():
    new = replace(MONTH, rules=("month",))
    assert void(YEAR, new) == {"month"}
    assert void(replace(YEAR, done_at=moment("2026-02-10")), new) == set()


def test_one_rule_owes_one_round_at_a_time():
    other = replace(YEAR, uid=uuid.uuid4(), cause="other", cause_at=moment("2026-02-01"))
    assert len([uid for uid, winner in superseded([YEAR, other]).items() if winner]) == 1
