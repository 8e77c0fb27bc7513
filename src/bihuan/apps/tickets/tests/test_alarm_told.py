"""An urgent alarm of a machine is told to its customer by a way that reaches him."""

from __future__ import annotations

import pytest

from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.doors.models import Mailbox
from bihuan.apps.tickets.enums import Channel, EntryKind
from bihuan.apps.tickets.models import Sent, Ticket
from bihuan.apps.tickets.tests.factories import report
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(house):
    """The customer's own contact has an address."""
    house.contact.email = "xu@pump.cn"
    house.contact.is_key = True
    house.contact.save()
    return house


def mailbox(now):
    Mailbox.objects.create(title="服务", address="service@maker.cn", active=True, made_at=now)


def rings(house):
    row = alarm(house.machine, house.now, klass="URGENT", rule="bearing.danger")
    drain(house.now)
    row.refresh_from_db()
    return row


def told():
    return Fact.objects.filter(kind="diagnosis.sent").count()


def test_who_reported_by_telephone_has_no_address_the_customers_contact_has_one(known):
    mailbox(known.now)
    spoken = report(known.now, asset=known.machine, caller_name="夜班", contact=None)
    ticket = actions.open_ticket(report=spoken, by=known.desk, now=known.now)
    row = rings(known)
    assert (row.ticket_number, Ticket.objects.count()) == (ticket.number, 1)
    assert [each.to for each in Sent.objects.filter(ticket=ticket)] == ["xu@pump.cn"]
    assert ticket.entries.get(kind=EntryKind.PUBLIC_REPLY).channel == Channel.WEB
    assert (row.customer_told_at, told()) == (known.now, 1)


def test_a_ticket_of_its_own_is_answered_by_mail(known):
    mailbox(known.now)
    row = rings(known)
    assert [each.to for each in Sent.objects.filter(entry__isnull=False)] == ["xu@pump.cn"]
    assert (row.customer_told_at, told()) == (known.now, 1)


@pytest.mark.parametrize("why", ["no mailbox", "no address"])
def test_what_went_out_to_nobody_is_not_told(known, why):
    if why == "no address":
        mailbox(known.now)
        type(known.contact).objects.update(email="")
    row = rings(known)
    ticket = Ticket.objects.get()
    assert row.ticket_number == ticket.number
    assert ticket.entries.get(kind=EntryKind.PUBLIC_REPLY).channel == Channel.WEB
    assert (row.customer_told_at, told()) == (None, 0)
    assert not Sent.objects.exists()
