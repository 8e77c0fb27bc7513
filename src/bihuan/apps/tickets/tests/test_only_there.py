"""A duty that a ticket carries out with its own next step is not closed beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Handover, Ticket
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

PROOFS = {
    f"text_{kind}": "与设备科通话"
    for kind in ("customer_reply", "record", "test_result", "recording")
}


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def alone(house, duty: Obligation, **more):
    """Tried on the page for any duty."""
    Obligation.objects.filter(pk=duty.pk).update(assignee=house.boss)
    return signed_in(house.boss).post(
        reverse("obligations:carry_out", args=[duty.pk]) + "?plain=1",
        {"at": f"{house.now:%Y-%m-%dT%H:%M}"} | PROOFS | more,
    )


def refused(house, duty: Obligation, thing: str) -> None:
    facts, proofs = Fact.objects.count(), Evidence.objects.count()
    page = alone(house, duty)
    text = page.content.decode()
    assert page.status_code == 409, text
    assert f"这条义务随 {thing} 的进展办结" in text
    duty.refresh_from_db()
    assert duty.state == State.OPEN
    assert (Evidence.objects.count(), Fact.objects.count()) == (proofs, facts)


def solved_ticket(house) -> Ticket:
    row = ticket(house.machine, house.desk, house.now)
    verified(row, house.desk, house.now)
    return solved(row, house.specialist, house.now)


def test_the_result_is_told_on_the_ticket_alone(at):
    row = solved_ticket(at)
    drain(at.now)
    duty = of_matter(row.number).get(kind="ticket.feedback")
    refused(at, duty, row.number)
    row.refresh_from_db()
    assert row.status == Status.SOLVED
    page = signed_in(at.boss).get(reverse("obligations:carry_out", args=[duty.pk]) + "?plain=1")
    assert page.status_code == 409
    told(row, at.specialist, at.now)
    drain(at.now)
    duty.refresh_from_db()
    assert duty.state in (State.DISCHARGED, State.VERIFIED)


def test_restoring_is_solving_the_ticket(at):
    row = ticket(at.machine, at.desk, at.now)
    drain(at.now)
    duty = of_matter(row.number).filter(kind="ticket.restore", state__in=LIVE).first()
    refused(at, duty, row.number)
    row.refresh_from_db()
    assert row.status == Status.ACCEPTED


def test_it_is_not_closed_together_with_another_duty_either(at):
    row = solved_ticket(at)
    other = ticket(at.machine, at.desk, at.now, title="另一件事")
    drain(at.now)
    duty = of_matter(row.number).get(kind="ticket.feedback")
    phone = of_matter(other.number).filter(state=State.OPEN).exclude(kind="ticket.restore").first()
    Obligation.objects.filter(pk__in=[duty.pk, phone.pk]).update(
        assignee=at.boss, proof={"any": ["recording"], "all": []}
    )
    client = signed_in(at.boss)
    url = reverse("obligations:carry_out", args=[phone.pk]) + "?plain=1"
    assert f'value="{duty.pk}"' not in client.get(url).content.decode()
    page = alone(at, phone, also=[duty.pk])
    assert page.status_code == 302, page.content.decode()
    phone.refresh_from_db()
    duty.refresh_from_db()
    assert (phone.state, duty.state) == (State.DISCHARGED, State.OPEN)


def test_a_line_takes_over_and_answers_on_the_hand_over(at):
    row = ticket(at.machine, at.desk, at.now)
    verified(row, at.desk, at.now)
    handing = actions.Handing(3, "试过", "查到", "主轴还能不能用？", at.now + timedelta(hours=4))
    actions.hand_over(ticket=row, handing=handing, by=at.specialist, now=at.now)
    drain(at.now)
    take = of_matter(row.number).get(kind="line.take_over")
    answer = of_matter(row.number).get(kind="line.answer")
    refused(at, take, row.number)
    refused(at, answer, row.number)
    over = Handover.objects.get()
    assert (over.accepted_at, over.answered_at) == (None, None)


def test_what_the_ticket_can_no_longer_carry_out_is_closed_with_proof(at):
    row = solved_ticket(at)
    drain(at.now)
    duty = of_matter(row.number).get(kind="ticket.feedback")
    Ticket.objects.filter(pk=row.pk).update(
        status=Status.CLOSED, closed_at=at.now, closed_by=at.desk
    )
    page = alone(at, duty)
    assert page.status_code == 302, page.content.decode()
    duty.refresh_from_db()
    assert duty.state == State.DISCHARGED
