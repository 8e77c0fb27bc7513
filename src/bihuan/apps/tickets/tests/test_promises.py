"""Promises under the centrifuge maker's regulation that no ticket may leave without a clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.tests.conftest import founded
from bihuan.apps.tickets.tests.factories import report, solved
from bihuan.apps.tickets.tests.test_loop import HOUR, fed_back
from bihuan.base.testing.draining import drain


@pytest.fixture
def house(transactional_db):
    return founded("centrifuge")


def test_what_comes_back_after_the_yes_has_a_clock_of_its_own(house):
    row, at = fed_back(house), house.now + 2 * HOUR
    actions.confirm(ticket=row, answer="好了", channel="PHONE", by=house.caller, now=at)
    drain(at)
    back = at + timedelta(days=3)
    actions.reopen(ticket=row, text="又坏了", by=house.desk, now=back)
    drain(back)
    owed = of_matter(row.number).filter(kind="ticket.restore").order_by("pk")
    assert [each.state for each in owed] == [State.VERIFIED, State.OPEN]
    assert owed[1].cause_at == back
    solved(row, house.specialist, back + HOUR)
    drain(back + HOUR)
    assert [each.state for each in owed.all()] == [State.VERIFIED, State.DISCHARGED]


def test_who_takes_the_call_of_a_fault_whose_machine_nobody_knows_has_not_answered_it(house):
    given = report(house.now, customer=house.machine.customer)
    row = actions.open_ticket(report=given, by=house.desk, now=house.now)
    drain(house.now)
    duty = of_matter(row.number).get(rule="consultation.answer")
    assert duty.state == State.OPEN
    at = house.now + HOUR
    actions.contacted(ticket=row, channel="PHONE", text="请他看铭牌", by=house.specialist, now=at)
    drain(at)
    duty.refresh_from_db()
    assert (duty.state, duty.discharged_at) == (State.DISCHARGED, at)
