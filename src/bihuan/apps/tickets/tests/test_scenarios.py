"""Scenarios of the reference book (`domain.md` G2) that the service desk carries, end to end."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.doors import paging
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Entry, Paging, Ticket
from bihuan.apps.tickets.tests.conftest import founded, moment
from bihuan.apps.tickets.tests.factories import report, solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain, settle
from bihuan.base.testing.people import make_person, signed_in
from bihuan.base.vocabulary import vocabulary

pytestmark = pytest.mark.django_db
NIGHT = moment("2026-03-07 23:10")  # a Saturday
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def dues(row: Ticket) -> dict[str, str]:
    found = of_matter(row.number).exclude(due_at=None).values_list("rule", "due_at")
    return {rule: f"{at.astimezone(NIGHT.tzinfo):%m-%d %H:%M}" for rule, at in found if at}


@pytest.mark.parametrize(
    ("pack", "tier", "expected"),
    [
        (
            "centrifuge",
            "GOLD",
            {"fault.urgent.phone": "03-08 03:10", "fault.urgent.attend": "03-08 23:10"},
        ),
        ("automation", "LONG_TERM", {"urgent.fault": "03-08 01:10"}),
        ("instruments", "L1", {"l1.response": "03-08 01:10"}),
        ("machinery", "", {"individual.respond": "03-07 23:25", "fault.restore": "03-08 23:10"}),
    ],
)
def test_1_an_urgent_fault_on_saturday_night_counts_at_once_and_calls_whoever_is_on_call(
    pack, tier, expected
):
    house = founded(pack, tier=tier)
    guard = make_person("remote_specialist", name="夜班甲", phone="13900000001")
    paging.put_on_call(
        user=guard, region="", from_at=NIGHT - HOUR, to_at=NIGHT + 9 * HOUR, place=1, by=house.boss,
        now=NIGHT - HOUR,
    )  # fmt: skip
    row = actions.open_ticket(
        report=report(NIGHT, asset=house.machine, channel="H5_QR", severity="URGENT"),
        by=None,
        now=NIGHT,
    )
    drain(NIGHT)
    found = dues(row)
    assert {rule: found.get(rule) for rule in expected} == expected
    assert paging.raise_alarms(NIGHT) == 1
    paging.climb(NIGHT)
    assert [page.user for page in Paging.objects.all()] == [guard]
    assert row.contacted_at is None  # neither the receipt nor the call to ourselves is an answer


def sent(house, at: datetime) -> Ticket:
    row = verified(
        ticket(house.machine, house.desk, at - 20 * MINUTE), house.desk, at - 10 * MINUTE
    )
    actions.dispatch(
        ticket=row,
        engineer=house.engineer,
        callout=True,
        tried="远程看过参数",
        by=house.desk,
        now=at,
    )
    drain(at)
    return row


def callback(row: Ticket, at: datetime, **values) -> None:
    fields = vocabulary().facts["callback.done"].fields
    blank = {"string": "C1", "bool": True, "int": 1, "number": 1.0}
    needed = {
        name: (field.values[0] if field.values else blank[field.type])
        for name, field in fields.items() if field.required
    }  # fmt: skip
    tell(
        "callback.done", at=at, now=at, by=None, subjects={"customer": row.customer_id or 0},
        data=needed | {"ticket": row.number} | values,
    )  # fmt: skip
    drain(at)


def test_5_a_quarter_of_an_hour_after_the_order_the_customer_is_asked_and_no_means_the_dispatcher():
    house = founded("machinery")
    at = moment("2026-03-10 14:00")
    row = sent(house, at)
    check = of_matter(row.number).get(rule="order.check")
    assert check.opens_at == at + 15 * MINUTE
    assert check.assignee == house.caller
    settle(at + 15 * MINUTE)
    check.refresh_from_db()
    assert check.state == "OPEN"
    callback(row, at + 20 * MINUTE, kind="PROGRESS", problems=1)
    check.refresh_from_db()
    assert check.state == "DISCHARGED"
    act = Obligation.objects.get(rule="order.uncontacted")
    assert (act.assignee, act.due_at) == (house.dispatcher, at + 35 * MINUTE)


def test_6_after_48_hours_the_cause_is_asked_for_and_nothing_closes_by_itself():
    house = founded("machinery")
    at = moment("2026-03-10 14:00")
    row = sent(house, at)
    late = at + 49 * HOUR
    settle(late)
    row.refresh_from_db()
    assert row.status == Status.DISPATCHED
    duty = of_matter(row.number).get(rule="order.overdue")
    assert (duty.state, duty.assignee, duty.proof["any"]) == ("OPEN", house.dispatcher, ["record"])
    with clock.set_to(late):
        todo = signed_in(house.dispatcher).get(reverse("obligations:todo")).content.decode()
    assert "查明超过四十八小时的原因" in todo
    settle(late + 30 * 24 * HOUR)
    row.refresh_from_db()
    assert row.status == Status.DISPATCHED
    actions.add_helper(
        ticket=row, helper=house.expert, by=house.dispatcher, now=late, text="等件，请二线支援"
    )
    assert row.entries.filter(code="HELPED").count() == 1


def test_7_the_engineer_does_not_take_the_yes_for_his_own_work_and_reads_why():
    house = founded("machinery")
    at = moment("2026-03-10 14:00")
    row = sent(house, at)
    actions.arrived(ticket=row, by=house.engineer, now=at + HOUR)
    solved(row, house.engineer, at + 2 * HOUR, how="ONSITE", cause="WEAR")
    told(row, house.engineer, at + 2 * HOUR)
    before = Ticket.objects.values().get(pk=row.pk)
    url, yes = (
        reverse("tickets:deed", args=[row.pk, "confirm"]),
        {"result": "YES", "text": "好了", "channel": "PHONE"},
    )
    with clock.set_to(at + 3 * HOUR):
        assert signed_in(house.engineer).post(url, yes).status_code == 403
        page = signed_in(house.desk).post(url, yes)  # she may ask customers, but this is her own
    assert page.status_code in (409, 422)
    assert "何岚处理过" in page.content.decode()
    assert Ticket.objects.values().get(pk=row.pk) == before
    assert not Fact.objects.filter(kind="ticket.confirmed").exists()
    assert not Entry.objects.filter(ticket=row, code="CONFIRM").exists()


def test_a_graver_impact_found_later_keeps_what_stood_still():
    """The desk pauses, the customer lets them in, the fault turns out to stop a whole set."""
    house = founded("machinery")
    at = moment("2026-03-10 10:00")
    row = ticket(house.machine, house.desk, at)
    drain(at)
    before = of_matter(row.number).get(rule="fault.restore").due_at
    actions.pause(
        ticket=row, reason="WAIT_CUSTOMER", evidence="客户说十二点才停机", told_customer=True,
        by=house.desk, now=at + HOUR,
    )  # fmt: skip
    actions.resume(ticket=row, by=house.desk, now=at + 2 * HOUR)
    found = actions.Verified(
        row.happened_at, row.place, "SET_STOP", "URGENT", downtime=True, set_stopped=True
    )
    actions.verify(ticket=row, found=found, by=house.desk, now=at + 2 * HOUR)
    drain(at + 2 * HOUR)
    live = of_matter(row.number).filter(kind="ticket.restore", state="OPEN").get()
    assert (live.rule, live.anchor_at) == ("set.restore", at)
    assert live.due_at == at + 12 * HOUR + HOUR
    assert live.internal_due_at == at + 12 * HOUR
    assert before == at + 24 * HOUR
