"""Deeds as the log tells them, whoever told it: what each does, and when it does nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from bihuan.apps.obligations.enums import State, Verb, VoidReason
from bihuan.apps.obligations.handlers import on_facts
from bihuan.apps.obligations.models import Obligation, Pause, Waiver
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.people.actions import change_calendar
from bihuan.apps.people.models import WorkCalendar
from bihuan.base.facts.models import DeadLetter, Fact
from bihuan.base.testing.kept import kept

pytestmark = pytest.mark.django_db
DAY = "2026-03-09"  # a Monday
ACT = "5f0e8a52-6f0d-4f7e-9c39-0c5a52b7a001"
WITHIN = 'severity != "URGENT"\n    must: response.phone\n    within: '


def at(clock: str, day: str = DAY) -> datetime:
    return make.moment(f"{day} {clock}")


def reported(home: Any, at_: datetime) -> Obligation:
    """A fault reported at this moment: eight working hours for a call, confirmed by another."""
    subjects = {"asset": 7, "customer": home.gold.pk}
    home.told("fault.reported", at_, subjects=subjects, ticket="T1", severity="NORMAL")
    return make.one(rule="fault.normal.phone")


def contacted(home: Any, at_: datetime) -> None:
    subjects = {"asset": 7, "customer": home.gold.pk}
    home.told("ticket.contacted", at_, subjects=subjects, ticket="T1", channel="PHONE")


@pytest.fixture
@kept
def home():
    home = make.house()
    home.gold = make.customer(home)
    return home


def deed(home: Any, row: Obligation, verb: str, at_: datetime, **more: Any) -> Fact:
    """Somebody did it elsewhere, and it is told here; nothing that is told is indigestible."""
    by, now = more.pop("by", home.chen), more.pop("now", at_)
    told: Fact = home.told(
        f"obligation.{verb}", at_, now=now, by=by, subjects={"customer": home.gold.pk},
        obligation=str(row.uid), rule=row.rule, clause=row.clause, **more,
    )  # fmt: skip
    assert not DeadLetter.objects.exists()
    return told


def now(row: Obligation) -> Any:
    return Obligation.objects.filter(pk=row.pk).values().get()


def test_a_discharge_from_elsewhere_counts_its_proofs_once_each_with_their_strength(home):
    row = reported(home, at("09:00"))
    proof = ["call_log", "signed_on_paper"]
    fact = deed(home, row, "discharged", at("10:00"), late=False, proof=proof)
    row.refresh_from_db()
    assert (row.state, row.discharged_at, row.discharged_by) == (
        State.DISCHARGED, at("10:00"), home.chen,
    )  # fmt: skip
    kept = [("call_log", 4), ("signed_on_paper", 1)]
    assert [(each.kind, each.strength) for each in row.evidence.all()] == kept
    assert {(each.act, each.by, each.at) for each in row.evidence.all()} == {
        (fact.uid, home.chen, at("10:00"))
    }
    on_facts([fact, fact], at("11:00"))
    assert [each.verb for each in row.acts.all()] == [Verb.DISCHARGED]
    assert row.evidence.count() == 2


def test_the_proof_of_one_call_for_several_names_the_call(home):
    row = reported(home, at("09:00"))
    deed(home, row, "discharged", at("10:00"), late=False, proof=["call_log"], act=ACT)
    assert row.evidence.get().act == UUID(ACT)


def test_nothing_that_is_told_later_changes_what_was_done(home):
    row = reported(home, at("09:00"))
    deed(home, row, "discharged", at("10:00"), late=False, proof=["call_log"])
    done = now(row)
    deed(home, row, "discharged", at("10:30"), by=home.wu, late=False)
    deed(home, row, "waived", at("10:31"), by=home.gu, reason="CUSTOMER_REQUEST")
    deed(home, row, "void", at("10:32"), by=home.gu, reason="SUBJECT_GONE")
    deed(home, row, "paused", at("10:33"), reason="WAIT_CUSTOMER")
    deed(home, row, "resumed", at("10:34"))
    assert now(row) == done
    assert (Waiver.objects.count(), Pause.objects.count()) == (0, 0)
    assert row.acts.count() == 6


def test_ones_own_account_goes_before_what_the_system_concluded(home):
    row = reported(home, at("09:00"))
    contacted(home, at("09:20"))
    row.refresh_from_db()
    assert (row.state, row.settled_by.kind) == (State.DISCHARGED, "ticket.contacted")
    deed(home, row, "discharged", at("09:40"), late=False, proof=["call_log"])
    row.refresh_from_db()
    assert (row.discharged_by, row.discharged_at, row.settled_by) == (home.chen, at("09:40"), None)


def test_what_was_confirmed_stays_confirmed(home):
    row = reported(home, at("09:00"))
    contacted(home, at("09:20"))
    said = {"how": "INDEPENDENT", "by": home.qian}
    deed(home, row, "verified", at("10:00"), satisfied=True, **said)
    confirmed = now(row)
    assert (confirmed["state"], confirmed["verified_at"]) == (State.VERIFIED, at("10:00"))
    assert confirmed["verified_by_id"] == home.qian.pk
    deed(home, row, "discharged", at("10:30"), late=False, proof=["call_log"])
    deed(home, row, "verified", at("11:00"), satisfied=False, reason="NOT_DONE", **said)
    assert now(row) == confirmed


def test_a_no_opens_it_again_and_the_old_call_does_not_count_a_second_time(home):
    row = reported(home, at("09:00"))
    open_ = now(row)
    said = {"how": "INDEPENDENT", "by": home.qian}
    deed(home, row, "verified", at("09:10"), satisfied=True, **said)  # nothing was done yet
    assert now(row) == open_
    contacted(home, at("09:20"))
    deed(home, row, "verified", at("10:00"), satisfied=False, reason="NOT_DONE", **said)
    assert [each.verb for each in row.acts.all()] == [Verb.VERIFIED, Verb.REJECTED]
    contacted(home, at("08:50"))  # a call before the fault: the work is looked at once more
    row.refresh_from_db()
    assert (row.state, row.discharged_at, row.settled_by) == (State.OPEN, None, None)


def test_a_waiver_from_elsewhere_is_in_the_register(home):
    row = reported(home, at("09:00"))
    deed(home, row, "waived", at("10:00"), by=home.gu, reason="CUSTOMER_REQUEST")
    row.refresh_from_db()
    assert (row.state, row.closed_reason) == (State.WAIVED, "CUSTOMER_REQUEST")
    kept = Waiver.objects.get()
    assert (kept.obligation, kept.reason, kept.by, kept.at) == (
        row, "CUSTOMER_REQUEST", home.gu, at("10:00"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"reason": VoidReason.SUBJECT_GONE.value}, VoidReason.SUBJECT_GONE),
        ({}, VoidReason.MISTAKE),
        ({"reason": ""}, VoidReason.MISTAKE),
    ],
)
def test_what_never_stood_keeps_its_reason_or_was_a_mistake(home, told, kept):
    row = reported(home, at("09:00"))
    deed(home, row, "void", at("10:00"), **told)
    row.refresh_from_db()
    assert (row.state, row.closed_reason) == (State.VOID, kept)


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("discharged", {"late": False, "proof": ["call_log"]}),
        ("waived", {"reason": "CUSTOMER_REQUEST"}),
        ("void", {"reason": "SUBJECT_GONE"}),
        ("resumed", {}),
    ],
)
def test_a_clock_that_stands_still_runs_again_before_it_ends(home, verb, told):
    row = reported(home, at("09:00"))
    deed(home, row, "paused", at("10:00"), reason="WAIT_CUSTOMER")
    stands = now(row)
    assert (stands["paused_at"], stands["due_at"], stands["next_step_at"]) == (
        at("10:00"), None, None,
    )  # fmt: skip
    deed(home, row, "paused", at("10:30"), reason="FORCE_MAJEURE")
    assert now(row) == stands
    deed(home, row, verb, at("11:00"), **told)
    row.refresh_from_db()
    assert (row.paused_at, make.shown(row.due_at)) == (None, "2026-03-10 10:30")
    assert make.shown(row.internal_due_at) == "2026-03-10 09:30"
    pause = row.pauses.get()
    assert (pause.reason, pause.from_at, pause.to_at) == (
        "WAIT_CUSTOMER", at("10:00"), at("11:00"),
    )  # fmt: skip
    change = row.due_changes.get()
    assert (change.why, change.at) == ("RESUMED", at("11:00"))
    assert (make.shown(change.old), make.shown(change.new)) == (
        "2026-03-10 09:30", "2026-03-10 10:30",
    )  # fmt: skip


def test_a_call_made_before_the_clock_was_stopped_leaves_the_time_as_it_was(home):
    row = reported(home, at("09:00"))
    deed(home, row, "paused", at("10:00"), reason="WAIT_CUSTOMER")
    deed(home, row, "discharged", at("09:40"), now=at("11:00"), late=False, proof=["call_log"])
    row.refresh_from_db()
    assert (row.state, row.paused_at) == (State.DISCHARGED, None)
    assert make.shown(row.due_at) == "2026-03-10 09:30"
    assert row.pauses.get().to_at == at("10:00")


def test_what_has_no_counted_limit_does_not_stand_still():
    home = make.house(**{f"{WITHIN}8wh": f"{WITHIN}none"})
    home.gold = make.customer(home)
    row = reported(home, at("09:00"))
    home.told(
        "decision.made", at("09:00"), subjects={"company": 1}, meeting="M1", decision="D1",
        owner=str(home.li.pk), due_on="2026-03-20",
    )  # fmt: skip
    dated = make.one(rule="decision.do")
    for each, due in ((row, ""), (dated, "2026-03-21 00:00")):
        before = now(each)
        deed(home, each, "paused", at("10:00"), reason="WAIT_CUSTOMER")
        assert now(each) == before
        assert make.shown(each.due_at) == due
    assert Pause.objects.count() == 0


def test_a_clock_runs_again_by_the_calendar_of_that_day(home):
    """Over the turn of a year whose holidays are not announced, and a day off entered late."""
    row = reported(home, at("16:00", "2026-12-30"))  # 90 minutes, then six and a half hours
    assert (make.shown(row.due_at), row.provisional) == ("2026-12-31 16:30", False)
    deed(home, row, "paused", at("09:00", "2026-12-31"), reason="WAIT_CUSTOMER")
    company = WorkCalendar.objects.get(code="cn")
    off = {"day": "2026-12-31", "change": "off", "name": {"zh": "停电", "en": "No power"}}
    change_calendar(
        calendar=company, source="厂部通知", by=home.gu, now=at("10:00", "2027-01-04"),
        data={**company.data, "exceptions": [*company.data.get("exceptions", []), off]},
    )  # fmt: skip
    home.hear(at("10:00", "2027-01-04"))
    row.refresh_from_db()
    assert (row.due_at, row.calendar_version) == (None, "1")
    deed(home, row, "resumed", at("09:00", "2027-03-05"))
    row.refresh_from_db()
    assert (make.shown(row.due_at), row.provisional) == ("2027-03-05 17:00", True)
    assert make.shown(row.internal_due_at) == "2027-01-04 16:30"
    assert row.calendar_version == "2"
    assert [step["at"][:16] for step in row.ladder] == ["2027-03-05T15:00", "2027-03-05T17:00"]
    assert make.shown(row.next_step_at) == "2027-03-05 15:00"
