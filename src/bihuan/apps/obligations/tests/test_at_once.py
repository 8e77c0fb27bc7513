"""The engine and people, or two deeds of one person, on one obligation at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from bihuan.apps.obligations import actions
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import PauseReason, State, Verifier
from bihuan.apps.obligations.refusals import NotIndependent
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.ticks import escalate
from bihuan.base.facts.actions import tell

NOW = make.moment("2026-03-09 14:00")
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@contextmanager
def uncommitted(deed: Callable[[], object]) -> Iterator[None]:
    """The deed is done in another transaction, which ends once this one waits for it."""
    done, failed = threading.Event(), []

    def other() -> None:
        try:
            with transaction.atomic():
                deed()
                done.set()
                for _ in range(500):
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_stat_clear_snapshot()")
                        cursor.execute(WAITING)
                        if cursor.fetchone()[0]:
                            break
                        cursor.execute("SELECT pg_sleep(0.01)")
        except Exception as error:  # noqa: BLE001 - shown by the test
            failed.append(error)
        finally:
            done.set()
            connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    done.wait()
    try:
        yield
    finally:
        thread.join()
    assert not failed, failed


def fault(home: Any, at: str, **more: Any) -> None:
    subjects = {"asset": 7, "customer": home.gold.pk}
    home.told("fault.reported", at, subjects=subjects, ticket="T1", severity="URGENT", **more)


@pytest.fixture
def home(request):
    home = make.house()
    home.gold = make.customer(home)
    fault(home, "2026-03-09 09:00")
    return home


@pytest.mark.django_db(transaction=True)
def test_a_pause_stands_against_the_same_matter_told_again(home):
    row = make.one(rule="fault.urgent.phone")
    subjects = {"asset": 7, "customer": home.gold.pk}
    tell(
        "fault.reported", at=make.moment("2026-03-09 08:50"), now=NOW, by=None, subjects=subjects,
        data={"ticket": "T1", "severity": "URGENT"},
    )  # fmt: skip
    early = make.moment("2026-03-09 10:00")  # while there is something to stand still
    pause = lambda: actions.pause(
        obligation_id=row.pk, by=home.chen, now=early, reason=PauseReason.WAIT_CUSTOMER,
        evidence="客户停电", told_customer=True,
    )  # fmt: skip
    with uncommitted(pause):
        home.hear(NOW)
    row.refresh_from_db()
    assert (row.paused_at, row.due_at, row.next_step_at) == (early, None, None)


@pytest.mark.django_db(transaction=True)
def test_nobody_verifies_what_he_is_just_discharging(home):
    row = make.one(rule="fault.urgent.phone")
    row.verified_by_rule = Verifier.INDEPENDENT
    row.save(update_fields=["verified_by_rule"])
    done = lambda: actions.discharge(
        obligation_ids=[row.pk], by=home.chen, now=NOW, at=NOW, evidence=[Proof("call_log", "通话")]
    )
    with uncommitted(done), pytest.raises(NotIndependent):
        actions.verify(
            obligation_id=row.pk, by=home.chen, now=NOW, how=Verifier.INDEPENDENT, satisfied=True
        )
    row.refresh_from_db()
    assert (row.state, row.verified_by) == (State.DISCHARGED, None)


@pytest.mark.django_db
def test_a_matter_told_again_takes_no_step_twice_and_keeps_who_was_assigned(home):
    escalate(make.moment("2026-03-10 12:00"))
    row = make.one(rule="fault.urgent.phone")
    assert (row.escalations.count(), row.next_step_at) == (3, None)
    actions.assign(obligation_id=row.pk, to=home.sun, by=home.gu, now=NOW, reason="陈砺出差")
    later = make.moment("2026-03-10 12:10")
    fault(home, "2026-03-09 08:50", now=later)
    row.refresh_from_db()
    assert make.shown(row.cause_at) == "2026-03-09 08:50"
    assert row.next_step_at is None
    assert row.assignee == home.sun
    escalate(later)
    assert row.escalations.count() == 3
