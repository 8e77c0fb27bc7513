"""A first reading, an alarm, a ticket with its clock, a message to the customer: over the real servers."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest

from bihuan.apps.customers import actions as customers
from bihuan.apps.monitoring.actions import expecting
from bihuan.apps.monitoring.enums import Awaited, Hushed
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.tests import factories
from bihuan.apps.monitoring.tests.servers import empty, ingest, server, signed_in, wait
from bihuan.apps.monitoring.tests.test_pipe import RUNNING, message
from bihuan.apps.tickets.doors.models import Mailbox
from bihuan.apps.tickets.doors.reaching import watch
from bihuan.apps.tickets.enums import Channel, EntryKind, Severity
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.notify import sending
from bihuan.base.notify.models import Delivery
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db(transaction=True)


def shake(bus, device, key, *, values, count=10, start=None, first=1):
    """The machine reports these values every two seconds until now."""
    client = signed_in(bus, device, key)
    client.subscribe(f"ack/{device.code}")
    start = time.time() - 2 * count if start is None else start
    for number in range(count):
        client.publish(
            f"t/{device.code}", message(first + number, RUNNING | values, at=start + 2 * number)
        )
    wait(
        lambda: [
            each for each in client.listen(0.1) if json.loads(each[1])["s"] == first + count - 1
        ]
    )
    client.close()


@pytest.fixture(scope="module")
def bus():
    with server() as found:
        yield found


@pytest.fixture
def pipe(bus, transactional_db):
    empty(bus)
    with ingest():
        yield bus


def test_from_a_reading_to_the_customers_message(pipe, post):
    device, key = factories.device()
    asset = device.asset
    Mailbox.objects.create(title="服务", address="s@maker.cn", active=True, made_at=clock.now())
    customers.add_contact(
        customer=asset.customer,
        name="许工",
        phone="13900001234",
        email="xu@example.com",
        is_key=True,
        by=None,
        now=clock.now(),
    )
    shake(pipe, device, key, values={"VIBRATION": 8.4, "IMBALANCE_SHARE": 82.0, "HIGH_BAND": 0.3})
    drain(clock.now())
    alarm = Alarm.objects.get()
    ticket = Ticket.objects.get()
    assert (ticket.asset, ticket.channel, ticket.severity) == (asset, Channel.IOT, Severity.URGENT)
    assert (alarm.ticket_number, ticket.contact.name) == (ticket.number, "许工")
    assert "8.4 mm/s" in ticket.title
    assert Fact.objects.filter(kind="fault.reported", asset_id=asset.pk).count() == 1
    said = ticket.entries.get(kind=EntryKind.PUBLIC_REPLY)
    assert "停机" in said.text
    assert "不是" in said.text
    assert "%" not in said.text
    assert alarm.customer_told_at is None  # it is on its way
    assert sending.send(Delivery.objects.get(notice=None).pk, clock.now()) == "SENT"
    watch(clock.now())
    alarm.refresh_from_db()
    assert alarm.customer_told_at is not None
    assert [str(each["To"]) for each in post.got] == ["xu@example.com"]
    assert Fact.objects.filter(kind="diagnosis.sent").count() == 1
    assert alarm.diagnosis["causes"][0]["code"] == "IMBALANCE"
    assert {
        "zh": "振动主要在一倍转频",
        "en": "vibration mostly at once per revolution",
    } in alarm.diagnosis["causes"][0]["for"]
    assert alarm.diagnosis["engineer"]["zh"] in ticket.text


def test_one_fault_is_one_ticket_however_many_alarms_it_raises(pipe):
    device, key = factories.device()
    start = time.time() - 60
    shake(pipe, device, key, values={"VIBRATION": 8.4}, start=start)
    drain(clock.now())
    shake(
        pipe,
        device,
        key,
        values={"VIBRATION": 8.4, "BEARING_TEMP": 92.0},
        start=start + 20,
        first=11,
    )
    drain(clock.now())
    drain(clock.now())
    assert Alarm.objects.count() == 2
    ticket = Ticket.objects.get()
    assert Envelope.objects.filter(ticket=ticket).count() == 2
    assert set(Alarm.objects.values_list("ticket_number", flat=True)) == {ticket.number}


def test_a_milder_class_waits_for_somebody(pipe):
    device, key = factories.device()
    shake(pipe, device, key, values={"VIBRATION": 5.0}, count=25)
    drain(clock.now())
    assert Alarm.objects.get().klass == "HIGH"
    assert not Ticket.objects.exists()
    assert Alarm.objects.get().customer_told_at is None


def test_an_alarm_in_an_expected_time_is_told_to_nobody_until_it_is_over(pipe):
    """From the reading on: nothing is told; ended early, what still stands opens its ticket."""
    device, key = factories.device()
    person, now = make_person("remote_specialist"), clock.now()
    row = expecting.expect(
        asset=device.asset, by=person, now=now,
        plan=expecting.Plan(
            Awaited.MAINTENANCE, "换轴承", now - timedelta(hours=1), now + timedelta(hours=1)
        ),
    )  # fmt: skip
    shake(pipe, device, key, values={"VIBRATION": 8.4})
    drain(clock.now())
    alarm = Alarm.objects.get()
    assert (alarm.hushed, alarm.diagnosis) == (Hushed.EXPECTED, {})
    assert expecting.wake(clock.now()) == 0
    assert not Ticket.objects.exists() and not Fact.objects.filter(kind="alarm.raised").exists()
    expecting.end(row=row, by=person, now=clock.now())
    assert expecting.wake(clock.now()) == 1
    wait(lambda: (drain(clock.now()), Ticket.objects.exists())[1])
    alarm.refresh_from_db()
    assert alarm.ticket_number == Ticket.objects.get().number
    assert alarm.diagnosis["causes"]
