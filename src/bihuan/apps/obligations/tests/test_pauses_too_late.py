"""A pause moves what it can still move: not a limit that is over, and not the end of a period."""

from __future__ import annotations

import pytest

from bihuan.apps.obligations import actions, replay
from bihuan.apps.obligations.enums import PauseReason, State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.nightly import differing
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.tests.test_clocks_kept import at, fault
from bihuan.apps.obligations.ticks import fall_due, open_scheduled, periods
from bihuan.apps.obligations.workbench import bench, counts_of
from bihuan.base.facts.actions import tell

pytestmark = pytest.mark.django_db(transaction=True)  # a replay needs true transactions


def pause(home, row: Obligation, now) -> Obligation:
    actions.pause(
        obligation_id=row.pk, by=home.chen, now=now, reason=PauseReason.WAIT_CUSTOMER,
        evidence="客户来电", told_customer=True,
    )  # fmt: skip
    row.refresh_from_db()
    return row


def test_what_is_late_stays_late_while_its_clock_stands():
    """Elsewhere pausing an overdue duty takes it off every list of what is late."""
    home = make.house()
    fault(home, make.customer(home), "09:00", "URGENT")
    row = pause(home, make.one(rule="fault.urgent.phone"), at("15:00"))
    assert (row.paused_at, make.shown(row.due_at)) == (at("15:00"), "2026-03-09 13:00")
    assert differing([row]) == []
    assert row in Obligation.objects.open().overdue(at("16:00"))
    fall_due(at("16:00"))
    row.refresh_from_db()
    assert row.fell_due_at == row.due_at
    counts = counts_of(home.chen, at("16:00"))
    assert (counts["late"], counts["paused"], counts["standing"]) == (1, 1, 0)
    shown = bench(home.chen, at("16:00")).groups
    assert [(group.code, group.count, len(group.rows)) for group in shown if group.count] == [
        ("late", 1, 1), ("later", 1, 1),
    ]  # fmt: skip
    actions.resume(obligation_id=row.pk, by=home.chen, now=at("17:00"))
    row.refresh_from_db()
    assert (row.paused_at, make.shown(row.due_at)) == (None, "2026-03-09 13:00")
    assert replay.again(at("18:00")).same


def test_a_pause_at_the_very_end_changes_nothing_and_a_second_before_it_does():
    home = make.house()
    fault(home, make.customer(home), "09:00", "URGENT")
    row = pause(home, make.one(rule="fault.urgent.phone"), at("13:00"))
    assert make.shown(row.due_at) == "2026-03-09 13:00"
    actions.resume(obligation_id=row.pk, by=home.chen, now=at("14:00"))
    other = pause(home, make.one(rule="fault.urgent.attend"), at("08:59:59", "2026-03-10"))
    assert other.due_at is None
    actions.resume(obligation_id=other.pk, by=home.chen, now=at("10:59:59", "2026-03-10"))
    other.refresh_from_db()
    assert make.shown(other.due_at) == "2026-03-10 11:00"
    assert replay.again(at("12:00", "2026-03-10")).same


def test_the_end_of_a_period_does_not_wait():
    home = make.house("2026-03-01 00:00")
    make.customer(home)
    periods(home.start)
    home.hear(home.start)
    open_scheduled(home.start)
    row = pause(home, make.one(rule="gold.callback"), at("10:00"))
    assert make.shown(row.due_at) == "2026-03-31 17:30"
    assert differing([row]) == []


def test_what_was_done_before_a_graver_telling_was_heard_is_done_in_a_replay_too():
    """The listener was down for a while: told, done by a person, and only then heard."""
    home = make.house()
    gold = make.customer(home)
    fault(home, gold, "09:00", "NORMAL")
    tell(
        "fault.reported", at=at("10:00"), now=at("10:00"), by=None,
        subjects={"asset": 7, "customer": gold.pk}, data={"ticket": "T1", "severity": "URGENT"},
    )  # fmt: skip
    row = make.one(rule="fault.normal.phone")
    actions.discharge(
        obligation_ids=[row.pk], by=home.chen, now=at("11:00"), at=at("11:00"),
        evidence=[actions.Proof("call_log")],
    )  # fmt: skip
    home.hear(at("12:00"))
    row.refresh_from_db()
    assert (row.state, row.discharged_by) == (State.DISCHARGED, home.chen)
    urgent = make.one(rule="fault.urgent.phone")
    assert (urgent.state, urgent.superseded_by) == (State.VOID, row)
    assert replay.again(at("12:00")).same
