"""An urgent alarm of a machine is told to its customer by a way that reaches him, or it is said that it
was not and who has to.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.monitoring.actions.alarms import send_diagnosis
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.doors.models import Mailbox
from bihuan.apps.tickets.doors.reaching import watch
from bihuan.apps.tickets.enums import Channel, EntryKind, Note
from bihuan.apps.tickets.models import Sent, Ticket
from bihuan.apps.tickets.tests.conftest import founded
from bihuan.apps.tickets.tests.factories import report
from bihuan.base.facts.models import Fact
from bihuan.base.notify import sending
from bihuan.base.notify.models import Delivery, Notice
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
MOBILE = "13900001111"


@pytest.fixture
def known(house):
    return reached(house)


def reached(house):
    """The customer's own contact has an address and a mobile."""
    house.contact.email, house.contact.phone = "xu@pump.cn", MOBILE
    house.contact.is_key = True
    house.contact.save()
    return house


@pytest.fixture
def gateways(settings):
    settings.SMS_URL, settings.VOICE_URL = "http://127.0.0.1:9/sms", "http://127.0.0.1:9/voice"


def mailbox(now):
    Mailbox.objects.create(title="服务", address="service@maker.cn", active=True, made_at=now)


def rings(house):
    row = alarm(house.machine, house.now, klass="URGENT", rule="bearing.danger")
    drain(house.now)
    row.refresh_from_db()
    return row


def goes_out(now):
    """What is on its way to the customer is sent."""
    for each in Delivery.objects.filter(notice=None, state="PLANNED"):
        assert sending.send(each.pk, now) == "SENT"
    watch(now)


def fails(channel):
    assert Delivery.objects.filter(notice=None, channel=channel).update(state="FAILED") == 1


def on_their_way():
    rows = Delivery.objects.filter(notice=None).order_by("pk")
    return [(each.channel, each.body["to"]) for each in rows]


def told():
    return Fact.objects.filter(kind="diagnosis.sent").count()


def text(house, person, where, row):
    return signed_in(person).get(reverse(where, args=[row.pk])).content.decode()


def test_who_reported_by_telephone_has_no_address_the_customers_contact_has_one(known, post):
    mailbox(known.now)
    spoken = report(known.now, asset=known.machine, caller_name="夜班", contact=None)
    ticket = actions.open_ticket(report=spoken, by=known.desk, now=known.now)
    row = rings(known)
    assert (row.ticket_number, Ticket.objects.count()) == (ticket.number, 1)
    assert [each.to for each in Sent.objects.filter(ticket=ticket)] == ["xu@pump.cn"]
    assert ticket.entries.get(kind=EntryKind.PUBLIC_REPLY).channel == Channel.WEB
    goes_out(known.now)
    row.refresh_from_db()
    assert (row.customer_told_at, told()) == (known.now, 1)


def test_he_is_told_once_the_message_has_gone_out_and_not_before(known, post):
    mailbox(known.now)
    row = rings(known)
    assert (row.customer_told_at, told()) == (None, 0)
    assert "邮件还没有发出" in text(known, known.head, "monitoring:alarm", row)
    goes_out(known.now + MINUTE)
    watch(known.now + MINUTE)
    row.refresh_from_db()
    assert (row.customer_told_at, told()) == (known.now + MINUTE, 1)
    assert [str(each["To"]) for each in post.got] == ["xu@pump.cn"]
    assert "没有送到客户" not in text(known, known.head, "monitoring:alarm", row)


def test_a_contact_without_an_address_is_told_by_text_message(known, post, gateways):
    mailbox(known.now)
    type(known.contact).objects.update(email="")
    rings(known)
    assert on_their_way() == [("SMS", MOBILE)]


def test_the_regulation_names_the_ways_and_their_order(db, post, gateways):
    ways = "{value: VOICE MAIL, clause: S2I-3.1j, title: {zh: 方式, en: Ways}}"
    named = f"parameters:\n  monitoring.customer_ways: {ways}\n"
    house = reached(founded("machinery", swap={"parameters:\n": named}))
    mailbox(house.now)
    rings(house)
    assert on_their_way() == [("VOICE", MOBILE)]


def test_what_does_not_go_out_goes_the_next_way(known, post, gateways):
    mailbox(known.now)
    row = rings(known)
    fails("MAIL")
    assert (watch(known.now + MINUTE), watch(known.now + MINUTE)) == (1, 0)
    assert on_their_way() == [("MAIL", "xu@pump.cn"), ("SMS", MOBILE)]
    watch(known.now + 12 * MINUTE)  # nobody answers at the gateway
    assert on_their_way()[2:] == [("VOICE", MOBILE)]
    fails("VOICE")
    watch(known.now + 13 * MINUTE)
    page = text(known, known.head, "monitoring:alarm", row)
    assert "邮件：没有发出去、短信：没有发出去、语音电话：没有发出去" in page
    row.refresh_from_db()
    assert (row.customer_told_at, told()) == (None, 0)
    # the text message goes out late all the same
    Delivery.objects.filter(channel="SMS", notice=None).update(state="SENT")
    watch(known.now + 14 * MINUTE)
    row.refresh_from_db()
    assert (row.customer_told_at, told()) == (known.now + 14 * MINUTE, 1)


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("no way is set up", "邮件：没有设置、短信：没有设置、语音电话：没有设置"),
        ("mail cannot be sent", "邮件：没有设置、短信：没有设置、语音电话：没有设置"),
        ("no address", "邮件：客户没有留、短信：没有设置、语音电话：没有设置"),
    ],
)
def test_where_no_way_reaches_him_the_pages_say_so_and_who_has_to_call(
    known, settings, request, case, why
):
    if case != "no way is set up":
        mailbox(known.now)
    if case == "no address":
        request.getfixturevalue("post")
        type(known.contact).objects.update(email="")
    else:
        settings.EMAIL_HOST = ""
    row = rings(known)
    ticket = Ticket.objects.get()
    assert ticket.entries.get(code=Note.UNTOLD).data["alarm"] == row.number
    assert (row.customer_told_at, told(), Sent.objects.count()) == (None, 0, 0)
    for page in (
        text(known, known.desk, "tickets:detail", ticket),
        text(known, known.head, "monitoring:alarm", row),
    ):
        assert f"报警 {row.number} 没有送到客户" in page
        assert f"{why}。请陈砺打电话告知客户" in page  # who owes it by the regulation
    assert Notice.objects.filter(kind="alarm.untold").exists()
    send_diagnosis(alarm=row, text="电话里说了", by=known.specialist, now=known.now + MINUTE)
    assert "没有送到客户</div>" not in text(known, known.desk, "tickets:detail", ticket)
    assert "没有送到客户" not in text(known, known.head, "monitoring:alarm", row)


def test_where_the_regulation_asks_nobody_the_desk_calls(known, monkeypatch):
    row = rings(known)
    row.tellings.get()
    monkeypatch.setattr("bihuan.apps.monitoring.queries.telling.DIAGNOSE", "none.such")
    assert "请何岚打电话告知客户" in text(known, known.head, "monitoring:alarm", row)
