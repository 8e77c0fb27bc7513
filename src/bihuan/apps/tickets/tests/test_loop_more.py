"""What else may happen on the way: joined, first contact, worse than told, helped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions import Verified
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.refusals import (
    NotByDoer,
)  # fmt: skip
from bihuan.apps.tickets.tests.conftest import founded
from bihuan.apps.tickets.tests.factories import report, solved, ticket, told, verified
from bihuan.apps.tickets.tests.test_loop import HOUR, MINUTE, duty, opened
from bihuan.base.access.scope import visible
from bihuan.base.facts.models import Fact
from bihuan.base.search.actions import rebuild
from bihuan.base.search.queries import find
from bihuan.base.testing.draining import drain, settle
from bihuan.base.testing.people import make_person


def test_two_tickets_about_one_matter_are_joined_and_nothing_is_lost(house):
    row = opened(house)
    other = ticket(house.machine, house.desk, house.now, title="同一台还在响")
    drain(house.now)
    actions.merge(ticket=other, into=row, text="同一件事", by=house.desk, now=house.now + MINUTE)
    assert (other.status, other.duplicate_of) == (Status.DUPLICATE, row)
    assert not of_matter(other.number).filter(state__in=("OPEN", "SCHEDULED")).exists()
    assert other.entries.filter(kind="INBOUND").exists()


def test_the_call_itself_is_the_first_contact_and_the_receipt_is_acknowledged_by_it(house):
    row = opened(house)
    drain(house.now)
    assert duty(row, "individual.respond").state == "DISCHARGED"
    receipt = of_matter(row.number).get(kind="response.acknowledge")
    assert (receipt.state, receipt.discharged_at) == ("DISCHARGED", house.now)
    late = actions.open_ticket(
        report=report(house.now - 5 * HOUR, asset=house.machine, happened_at=None),
        by=house.desk,
        now=house.now,
    )
    drain(house.now)
    assert late.contacted_at is None
    assert duty(late, "individual.respond").state == "OPEN"


def test_where_the_receipt_asks_for_a_form_as_well_the_ticket_is_it(db):
    house = founded("automation")
    row = opened(house)
    drain(house.now)
    receipt = of_matter(row.number).get(rule="fault.record")
    assert (receipt.state, receipt.discharged_at) == ("DISCHARGED", house.now)
    assert {(each.kind, each.text) for each in receipt.evidence.all()} >= {("form", row.number)}


def test_what_turns_out_worse_is_counted_from_the_report_by_the_stricter_limit(house):
    row = opened(house)
    at = house.now + 20 * MINUTE
    assert not of_matter(row.number).filter(rule="set.restore").exists()
    before = set(of_matter(row.number).values_list("rule", flat=True))
    found = Verified(row.happened_at, row.place, "SET_STOP", "URGENT", True, True)
    actions.verify(ticket=row, found=found, by=house.desk, now=at)
    drain(at)
    more = of_matter(row.number).exclude(rule__in=before)
    assert more.exists()
    assert set(more.values_list("anchor_at", flat=True)) == {house.now}


def test_who_helped_does_not_take_the_yes(house):
    row = opened(house)
    actions.add_helper(ticket=row, helper=house.caller, by=house.desk, now=house.now)
    verified(row, house.desk, house.now)
    solved(row, house.specialist, house.now)
    told(row, house.specialist, house.now)
    with pytest.raises(NotByDoer):
        actions.confirm(ticket=row, answer="好了", channel="PHONE", by=house.caller, now=house.now)
    row.refresh_from_db()
    assert row.status == Status.FED_BACK


def test_who_helps_finds_the_ticket_by_its_words(house):
    row = opened(house)

    def found():
        return [hit.title for group in find(house.engineer, row.title) for hit in group.hits]

    assert found() == []
    actions.add_helper(ticket=row, helper=house.engineer, by=house.desk, now=house.now)
    assert found() == [f"{row.number} {row.title}"]
    actions.assign(ticket=row, to=house.specialist, by=house.desk, now=house.now)
    assert found() == [f"{row.number} {row.title}"]
    rebuild()
    assert found() == [f"{row.number} {row.title}"]


def test_a_dealer_finds_the_tickets_about_his_own_house(house):
    row = opened(house)
    dealer = make_person("dealer_staff", dealer_id=house.customer.pk)
    other = make_person("dealer_staff", dealer_id=house.customer.pk + 1)
    assert list(visible(Ticket.objects.all(), dealer, "tickets.see")) == [row]
    assert [hit.thing_id for group in find(dealer, row.title) for hit in group.hits] == [
        str(row.pk)
    ]
    assert find(other, row.title) == []


def test_telling_the_solution_is_the_first_contact_where_nobody_spoke_before(house):
    row = actions.open_ticket(
        report=report(house.now, asset=house.machine, channel="WEB"), by=None, now=house.now
    )
    actions.accept(ticket=row, by=house.desk, now=house.now)
    solved(verified(row, house.desk, house.now), house.specialist, house.now)
    assert row.contacted_at is None
    later = house.now + timedelta(minutes=30)
    actions.feed_back(
        ticket=row, text="已重设，试车正常", channel="PHONE", by=house.desk, now=later
    )
    assert row.contacted_at == later
    fact = Fact.objects.get(kind="ticket.contacted")
    assert (fact.data["fact"]["channel"], fact.data["fact"]["human"]) == ("PHONE", True)


def test_a_question_at_night_says_that_it_came_out_of_hours(house):
    night = house.now.replace(hour=22)
    for moment in (house.now, night):
        given = report(moment, customer=house.customer, kind="CONSULT", channel="WEB")
        actions.open_ticket(report=given, by=None, now=moment)
    rows = Fact.objects.filter(kind="consultation.asked").order_by("at")
    assert [row.data["fact"]["after_hours"] for row in rows] == [False, True]


def sent(house, row, at):
    actions.dispatch(
        ticket=row,
        engineer=house.engineer,
        callout=True,
        tried="远程看过，要换轴承",
        by=house.desk,
        now=at,
    )
    drain(at)
    return {each.rule: each for each in of_matter(row.number) if each.cause.kind == "ticket.dispatched" and each.anchor_at == at}  # fmt: skip


def test_whoever_is_sent_again_has_clocks_of_his_own(house):
    row = opened(house)
    at = house.now + HOUR
    verified(row, house.desk, at)
    first = sent(house, row, at)
    assert {"order.contact", "order.check", "order.arrive", "order.overdue"} <= set(first)
    actions.arrived(ticket=row, by=house.engineer, now=at + HOUR)
    solved(row, house.engineer, at + 2 * HOUR, how="ONSITE")
    told(row, house.engineer, at + 2 * HOUR)
    actions.deny(ticket=row, answer="又响了", channel="PHONE", by=house.caller, now=at + 3 * HOUR)
    drain(at + 3 * HOUR)
    again = sent(house, row, at + 4 * HOUR)
    assert set(again) == set(first)
    for rule, duty_ in again.items():
        assert duty_.pk != first[rule].pk
        assert duty_.state in ("OPEN", "SCHEDULED"), rule
    first["order.arrive"].refresh_from_db()
    assert first["order.arrive"].state == "DISCHARGED"
    actions.arrived(ticket=row, by=house.engineer, now=at + 5 * HOUR)
    drain(at + 5 * HOUR)
    again["order.arrive"].refresh_from_db()
    assert again["order.arrive"].discharged_at == at + 5 * HOUR


def test_what_was_taken_back_before_the_engine_heard_of_it_has_no_clocks(house):
    row = ticket(house.machine, house.desk, house.now)
    other = ticket(house.machine, house.desk, house.now, title="同一台还在响")
    actions.cancel(ticket=row, text="报错了", by=house.desk, now=house.now + MINUTE)
    third = ticket(house.machine, house.desk, house.now, title="又一张")
    actions.merge(ticket=other, into=third, text="同一件事", by=house.desk, now=house.now + MINUTE)
    settle(house.now + MINUTE)
    for gone in (row, other):
        assert not of_matter(gone.number).filter(state__in=("OPEN", "SCHEDULED")).exists()
        assert of_matter(gone.number).filter(state="VOID").exists()
    assert of_matter(third.number).filter(state="OPEN").exists()


@pytest.mark.django_db(transaction=True)  # each deed has a transaction of its own
def test_a_no_before_the_engine_heard_of_the_solution_opens_the_duties_all_the_same(house):
    row = opened(house)
    at = house.now + HOUR
    verified(row, house.desk, at)
    drain(at)
    solved(row, house.specialist, at)
    told(row, house.specialist, at)
    actions.deny(ticket=row, answer="又响了", channel="PHONE", by=house.caller, now=at + MINUTE)
    settle(at + MINUTE)
    restore = of_matter(row.number).filter(rule="fault.restore")
    assert {(each.state, each.discharged_at) for each in restore} == {("OPEN", None)}
    solved(row, house.specialist, at + HOUR)
    settle(at + HOUR)
    assert {(each.state, each.discharged_at) for each in restore.all()} == {
        ("DISCHARGED", at + HOUR)
    }


def test_what_was_done_before_the_machine_was_known_is_told_as_of_then(house):
    row = actions.open_ticket(
        report=report(house.now, customer=house.customer), by=house.desk, now=house.now
    )
    drain(house.now)
    at = house.now + HOUR
    verified(row, house.desk, at)
    sent(house, row, at)
    actions.arrived(ticket=row, by=house.engineer, now=at + MINUTE)
    solved(row, house.engineer, at + HOUR, how="ONSITE")
    told(row, house.engineer, at + HOUR + MINUTE)
    assert not Fact.objects.filter(kind__in=("fault.reported", "ticket.resolved")).exists()
    later = at + 5 * HOUR
    actions.identify(ticket=row, asset=house.machine, by=house.desk, now=later)
    drain(later)
    found = {each.kind: each.at for each in Fact.objects.filter(kind__startswith="ticket.")}
    assert (found["ticket.dispatched"], found["ticket.arrived"]) == (at, at + MINUTE)
    assert (found["ticket.resolved"], found["ticket.fed_back"]) == (at + HOUR, at + HOUR + MINUTE)
    assert duty(row, "fault.restore").discharged_at == at + HOUR
    assert duty(row, "order.arrive").discharged_at == at + MINUTE
    before = Fact.objects.count()
    actions.identify(ticket=row, contact=house.contact, by=house.desk, now=later)
    assert Fact.objects.count() == before  # told once


def test_who_takes_a_report_into_hand_has_acknowledged_it(house):
    row = ticket(house.machine, None, house.now, channel="H5_QR")
    drain(house.now)
    other = ticket(house.machine, None, house.now, channel="H5_QR", title="另一台")
    at = house.now + 5 * MINUTE
    for each in (row, other):  # before and after the duty has arisen
        actions.accept(ticket=each, by=house.desk, now=at)
    drain(at)
    for each in (row, other):
        receipt = of_matter(each.number).get(kind="response.acknowledge")
        assert (receipt.state, receipt.discharged_at) == ("DISCHARGED", at)
        assert receipt.evidence.get().kind == "system_event"
        assert each.contacted_at is None  # he has not spoken to the customer by that
