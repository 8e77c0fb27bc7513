"""What counts as the same report; what the customer says after the solution is not lost in it."""

from __future__ import annotations

import pytest

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Envelope
from bihuan.apps.tickets.refusals import CustomerSpoke, NotReadyToClose
from bihuan.apps.tickets.tests.factories import solved, ticket, verified
from bihuan.apps.tickets.tests.test_loop import HOUR, duty, envelope, fed_back, opened
from bihuan.base.testing.draining import drain

pytestmark = pytest.mark.django_db


def test_a_machine_that_stops_again_after_the_solution_gets_a_ticket_and_a_clock_of_its_own(house):
    first = opened(house)
    solved(verified(first, house.desk, house.now), house.desk, house.now)
    later = house.now + 5 * HOUR
    again = actions.receive(
        envelope=envelope(house, "b", text="又停了", received_at=later), by=None, now=later
    )
    assert again.disposition == "NEW_TICKET"
    assert list(again.ticket.links.all()) == [first]
    drain(later)
    assert duty(again.ticket, "fault.dispatch").anchor_at == later
    third = actions.receive(
        envelope=envelope(house, "c", text="还没好", received_at=later), by=None, now=later
    )
    assert (third.disposition, third.ticket) == ("DOUBLE", again.ticket)


def test_a_fault_is_not_swallowed_by_a_training_of_the_same_machine(house):
    training = ticket(house.machine, house.desk, house.now, kind="TRAINING", title="操作培训")
    fault = actions.receive(envelope=envelope(house, "a"), by=None, now=house.now + HOUR)
    assert (fault.disposition, fault.ticket.kind) == ("NEW_TICKET", "FAULT")
    assert list(fault.ticket.links.all()) == [training]


def said(house, row, text, at):
    given = Envelope(
        channel="EMAIL", message_id=f"mail:{text}", text=text, sender="xu@pump.cn", received_at=at
    )
    return actions.receive(envelope=given, ticket=row, by=None, now=at)


def test_who_wrote_since_is_not_out_of_reach(house, monkeypatch):
    row = fed_back(house)
    monkeypatch.setattr("bihuan.apps.tickets.actions.ending.check_tried", lambda *_: None)
    said(house, row, "还在漏", house.now + HOUR)
    with pytest.raises(CustomerSpoke):
        actions.give_up(ticket=row, by=house.caller, now=house.now + 2 * HOUR)
    row.refresh_from_db()
    assert row.status == Status.FED_BACK
    actions.note(
        ticket=row, text="他问的是另一台的事，已答复", by=house.caller, now=house.now + 2 * HOUR
    )
    assert (
        actions.give_up(ticket=row, by=house.caller, now=house.now + 2 * HOUR).status
        == Status.UNCONFIRMED
    )


def test_what_the_customer_said_after_his_yes_is_read_before_the_end(house):
    row = fed_back(house)
    actions.confirm(ticket=row, answer="好了", channel="PHONE", by=house.caller, now=house.now)
    said(house, row, "晚上又停了", house.now + HOUR)
    with pytest.raises(NotReadyToClose, match="客户后来说的话"):
        actions.close(ticket=row, by=house.desk, now=house.now + 2 * HOUR)
    row.refresh_from_db()
    assert row.status == Status.CONFIRMED
    actions.reply(
        ticket=row, text="已另派人", channel="PHONE", by=house.desk, now=house.now + 2 * HOUR
    )
    assert (
        actions.close(ticket=row, by=house.desk, now=house.now + 2 * HOUR).status == Status.CLOSED
    )


def test_what_is_said_in_the_thread_of_a_merged_ticket_reaches_the_other(house):
    first = opened(house)

    def writes(text, number):
        given = envelope(
            house, f"w{number}", channel="WECOM", thread="wecom:xu", text=text, machine=""
        )
        return actions.receive(envelope=given, by=None, now=house.now)

    row = writes("离心机异响", 1).ticket
    between = ticket(house.machine, house.desk, house.now, title="中间一张")
    actions.identify(ticket=row, customer=house.customer, by=house.desk, now=house.now)
    actions.merge(ticket=row, into=between, text="同一件事", by=house.desk, now=house.now)
    actions.merge(ticket=between, into=first, text="同一件事", by=house.desk, now=house.now)
    done = writes("还在响", 2)
    assert (done.disposition, done.ticket) == ("REPLY", first)
    assert first.entries.filter(kind="INBOUND", text="还在响").exists()
    actions.cancel(ticket=first, text="报错了", by=house.desk, now=house.now)
    assert writes("另一件事", 3).disposition == "NEW_TICKET"
