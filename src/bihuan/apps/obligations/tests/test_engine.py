"""Facts become obligations with the right owner and due time."""

from __future__ import annotations

import pytest

from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Evidence, Obligation, Untaken
from bihuan.apps.obligations.tests import factories as make
from bihuan.base.facts.models import Fact

pytestmark = pytest.mark.django_db


def test_a_gold_customer_reports_an_urgent_fault_on_a_saturday_night():
    home = make.house()
    gold = make.customer(home)
    home.told(
        "fault.reported",
        "2026-03-07 23:10",
        subjects={"asset": 7, "customer": gold.pk},
        ticket="T1",
        severity="URGENT",
    )
    phone = make.one(rule="fault.urgent.phone")
    attend = make.one(rule="fault.urgent.attend")
    assert make.shown(phone.due_at) == "2026-03-08 03:10"
    assert make.shown(attend.due_at) == "2026-03-08 23:10"
    assert phone.assignee == home.chen
    assert (phone.clause, phone.clause_number, phone.state) == ("T-1", "一·1", State.OPEN)
    assert phone.customer == gold
    assert phone.asset_id == 7
    assert Fact.objects.filter(kind="obligation.arose", key=f"arose:{phone.uid}").count() == 1
    assert Obligation.objects.count() == 2


def test_an_optimisation_demand_before_the_national_holiday():
    home = make.house()
    gold = make.customer(home)
    home.told(
        "demand.received",
        "2026-09-30 10:00",
        subjects={"customer": gold.pk},
        demand="D1",
        kind="OPTIMISE",
        source="CALLBACK",
    )
    assert make.shown(make.one(rule="demand.proposal").due_at) == "2026-10-10 17:30"
    assert make.shown(make.one(rule="demand.plan").due_at) == "2026-10-15 17:30"
    assert make.one(rule="demand.plan").assignee == home.li


def test_the_progress_call_fifteen_minutes_after_the_order():
    home = make.house()
    gold = make.customer(home)
    home.told(
        "ticket.dispatched",
        "2026-03-09 14:00",
        subjects={"asset": 7, "customer": gold.pk},
        ticket="T1",
    )
    row = make.one(rule="order.progress")
    assert make.shown(row.due_at) == "2026-03-09 14:15"
    assert row.assignee == home.wu


def test_the_fact_that_answers_discharges_with_itself_as_evidence():
    home = make.house()
    gold = make.customer(home)
    subjects = {"asset": 7, "customer": gold.pk}
    home.told(
        "fault.reported", "2026-03-09 09:00", subjects=subjects, ticket="T1", severity="URGENT"
    )
    home.told(
        "fault.reported", "2026-03-09 09:00", subjects=subjects, ticket="T2", severity="URGENT"
    )
    home.told("ticket.contacted", "2026-03-09 09:30", subjects=subjects, ticket="T1")
    done = make.one(rule="fault.urgent.phone", occasion="T1")
    assert (done.state, make.shown(done.discharged_at)) == (State.DISCHARGED, "2026-03-09 09:30")
    assert [e.kind for e in Evidence.objects.filter(obligation=done)] == ["system_event"]
    assert make.one(rule="fault.urgent.phone", occasion="T2").state == State.OPEN


def test_a_contact_before_the_fault_was_reported_discharges_nothing():
    home = make.house()
    gold = make.customer(home)
    subjects = {"asset": 7, "customer": gold.pk}
    home.told("ticket.contacted", "2026-03-09 08:30", subjects=subjects, ticket="T1")
    home.told(
        "fault.reported", "2026-03-09 09:00", subjects=subjects, ticket="T1", severity="URGENT"
    )
    assert make.one(rule="fault.urgent.phone").state == State.OPEN


def test_a_discharge_heard_before_its_obligation_still_counts():
    home = make.house()
    gold = make.customer(home)
    subjects = {"asset": 7, "customer": gold.pk}
    now = make.moment("2026-03-09 10:00")
    home.told("ticket.contacted", "2026-03-09 09:30", now=now, subjects=subjects, ticket="T1")
    home.told(
        "fault.reported",
        "2026-03-09 09:00",
        now=now,
        subjects=subjects,
        ticket="T1",
        severity="URGENT",
    )
    assert make.one(rule="fault.urgent.phone").state == State.DISCHARGED


def test_a_fault_told_late_is_due_from_when_it_happened():
    home = make.house()
    gold = make.customer(home)
    home.told(
        "fault.reported",
        "2026-03-09 09:00",
        now=make.moment("2026-03-10 12:00"),
        subjects={"asset": 7, "customer": gold.pk},
        ticket="T1",
        severity="URGENT",
    )
    assert make.shown(make.one(rule="fault.urgent.phone").due_at) == "2026-03-09 13:00"


def test_a_fault_reclassified_is_measured_from_its_first_telling_by_the_stricter_rule():
    home = make.house()
    gold = make.customer(home)
    subjects = {"asset": 7, "customer": gold.pk}
    home.told(
        "fault.reported", "2026-03-09 09:00", subjects=subjects, ticket="T1", severity="NORMAL"
    )
    home.told(
        "fault.reported", "2026-03-09 11:00", subjects=subjects, ticket="T1", severity="URGENT"
    )
    strict = make.one(rule="fault.urgent.phone")
    loose = make.one(rule="fault.normal.phone")
    assert make.shown(strict.due_at) == "2026-03-09 13:00"
    assert (loose.state, loose.superseded_by) == (State.VOID, strict)
    assert strict.due_changes.count() == 1
    home.told("fault.reported", "2026-03-09 11:30", subjects=subjects, ticket="T1", severity="LOW")
    strict.refresh_from_db()
    assert (strict.state, make.shown(strict.due_at)) == (State.OPEN, "2026-03-09 13:00")
    assert Obligation.objects.filter(kind="response.phone").exclude(state=State.VOID).count() == 1


def test_a_fact_that_no_rule_takes_is_counted():
    home = make.house()
    gold = make.customer(home)
    fact = home.told(
        "customer.inactive", "2026-03-09 09:00", subjects={"customer": gold.pk}, months=6
    )
    counted = Untaken.objects.exclude(kind="post.assigned")  # the house's people took their posts
    assert counted.get().fact == fact
    home.hear(make.moment("2026-03-09 09:00"))
    assert counted.get().fact == fact
