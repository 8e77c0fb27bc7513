"""What a clock has used and what it stood still are kept, whatever is said of the matter later."""

from __future__ import annotations

from datetime import datetime

import pytest

from bihuan.apps.obligations import actions, replay
from bihuan.apps.obligations.enums import PauseReason, State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.ticks import escalate, fall_due

pytestmark = pytest.mark.django_db(transaction=True)  # a replay needs true transactions
DAY = "2026-03-09"  # a Monday


def at(clock: str, day: str = DAY) -> datetime:
    return make.moment(f"{day} {clock}")


def fault(home, customer, told: str, severity: str) -> None:
    """Reported at nine; told (again) at this hour."""
    home.told(
        "fault.reported", at("09:00"), now=at(told), subjects={"asset": 7, "customer": customer.pk},
        ticket="T1", severity=severity,
    )  # fmt: skip


def paused(home, rule: str, since: str, until: str = "") -> Obligation:
    row = make.one(rule=rule)
    actions.pause(
        obligation_id=row.pk, by=home.chen, now=at(since), reason=PauseReason.WAIT_CUSTOMER,
        evidence="客户说十一点才停机", told_customer=True,
    )  # fmt: skip
    if until:
        actions.resume(obligation_id=row.pk, by=home.chen, now=at(until))
    return make.one(rule=rule)


def test_another_severity_under_the_same_rule_keeps_the_pause():
    home = make.house()
    gold = make.customer(home)
    fault(home, gold, "09:00", "NORMAL")
    row = paused(home, "fault.normal.phone", "10:00", "11:00")
    assert make.shown(row.due_at) == "2026-03-10 10:30"
    fault(home, gold, "11:30", "LOW")
    row.refresh_from_db()
    assert make.shown(row.due_at) == "2026-03-10 10:30"
    assert make.shown(row.internal_due_at) == "2026-03-10 09:30"
    assert replay.again(at("12:00")).same


def test_a_graver_severity_counts_from_the_report_and_carries_what_was_paused():
    home = make.house()
    gold = make.customer(home)
    fault(home, gold, "09:00", "NORMAL")
    paused(home, "fault.normal.phone", "10:00", "11:00")
    fault(home, gold, "11:30", "URGENT")
    phone = make.one(rule="fault.urgent.phone")
    old = make.one(rule="fault.normal.phone")
    assert (old.state, old.superseded_by) == (State.VOID, phone)
    assert phone.anchor_at == at("09:00")
    assert make.shown(phone.due_at) == "2026-03-09 14:00"
    assert make.shown(phone.internal_due_at) == "2026-03-09 13:00"
    assert [(p.from_at, p.to_at, p.evidence) for p in phone.pauses.all()] == [
        (at("10:00"), at("11:00"), "客户说十一点才停机")
    ]
    # a promise that nothing stood for before is measured from the report without the pause
    assert make.shown(make.one(rule="fault.urgent.attend").due_at) == "2026-03-10 09:00"
    assert replay.again(at("12:00")).same


def test_a_graver_severity_while_the_clock_stands_leaves_it_standing():
    home = make.house()
    gold = make.customer(home)
    fault(home, gold, "09:00", "NORMAL")
    paused(home, "fault.normal.phone", "10:00")
    fault(home, gold, "10:30", "URGENT")
    phone = make.one(rule="fault.urgent.phone")
    assert (phone.paused_at, phone.due_at, phone.next_step_at) == (at("10:00"), None, None)
    assert make.shown(phone.internal_due_at) == "2026-03-09 13:00"
    assert fall_due(at("16:00")) == 0
    assert escalate(at("12:59")) == 0
    actions.resume(obligation_id=phone.pk, by=home.chen, now=at("11:00"))
    phone.refresh_from_db()
    assert make.shown(phone.due_at) == "2026-03-09 14:00"
    assert replay.again(at("12:00")).same


def test_a_stricter_limit_told_while_the_clock_stands_holds_when_it_runs_again():
    """One rule, whose limit depends on the severity."""
    home = make.house(**{
        '    if: fact.severity != "URGENT"\n    must: response.phone\n    within: 8wh':
        "    if: fact.severity != \"URGENT\"\n    must: response.phone\n    within: [{if: 'fact.severity == \"HIGH\"', use: 2wh}, {use: 8wh}]",
    })  # fmt: skip
    gold = make.customer(home)
    fault(home, gold, "09:00", "NORMAL")
    paused(home, "fault.normal.phone", "10:00")
    fault(home, gold, "10:30", "HIGH")
    row = make.one(rule="fault.normal.phone")
    actions.resume(obligation_id=row.pk, by=home.chen, now=at("11:00"))
    row.refresh_from_db()
    assert make.shown(row.due_at) == "2026-03-09 12:00"
    assert make.shown(row.internal_due_at) == "2026-03-09 11:00"
    assert replay.again(at("12:00")).same


def test_what_was_done_before_the_severity_changed_stays_done():
    home = make.house()
    gold = make.customer(home)
    fault(home, gold, "09:00", "NORMAL")
    home.told(
        "ticket.contacted", at("09:20"), subjects={"asset": 7, "customer": gold.pk}, ticket="T1",
        channel="PHONE",
    )  # fmt: skip
    fault(home, gold, "11:30", "URGENT")
    phone = make.one(rule="fault.urgent.phone")
    assert (phone.state, phone.discharged_at) == (State.DISCHARGED, at("09:20"))
    assert replay.again(at("12:00")).same
