"""Mail in by a real IMAP server and out by a real SMTP server, both on loopback."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.doors import paging
from bihuan.apps.tickets.enums import Disposition, EntryKind, Status
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.apps.tickets.tests.conftest import moment
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.apps.tickets.tests.mail_house import XU, send_all
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Delivery

pytestmark = pytest.mark.django_db


def test_a_mail_becomes_a_ticket_and_is_acknowledged_once(office, post):
    house = office.house
    office.deliver(
        Subject=f"设备 {house.machine.serial} 异响", html="<p>异响<script>alert(1)</script></p>"
    )
    assert office.collect() == 1
    assert office.collect(house.now + timedelta(minutes=5)) == 0
    row = Ticket.objects.get()
    assert (row.channel, row.status, row.customer, row.asset) == (
        "EMAIL",
        Status.NEW,
        house.customer,
        house.machine,
    )
    assert (row.caller_mail, row.reported_source) == (XU, "MESSAGE")
    assert "alert" not in row.text
    send_all(house.now)
    (ack,) = post.got
    assert row.number in ack["Subject"]
    assert ack["Auto-Submitted"] == "auto-replied"
    assert ack["To"] == XU
    assert ack["From"] == "service@maker.cn"
    assert row.contacted_at is None
    assert not Fact.objects.filter(kind="ticket.contacted").exists()
    # his answer to the acknowledgement is of the same ticket, and is not acknowledged again
    office.deliver(Subject=f"回复: {ack['Subject']}", body="又停了", In_Reply_To=ack["Message-ID"])
    assert office.collect() == 1
    send_all(house.now)
    assert len(post.got) == 1
    assert Ticket.objects.count() == 1
    assert row.entries.filter(kind=EntryKind.INBOUND).last().text == "又停了"


def test_after_hours_the_answer_says_when_we_open(office, post):
    night = moment("2026-03-10T22:00")
    office.deliver()
    office.collect(night)
    send_all(night)
    text = post.got[0].get_content()
    assert "2026-03-11 0" in text
    row = Ticket.objects.get()
    assert row.contacted_at is None
    assert row.entries.filter(code="RECEIVED", data__ack=True).exists()


def test_our_answer_goes_out_by_mail_and_his_reply_comes_back(office, post):
    house = office.house
    office.deliver(Message_ID="<first@pump.cn>")
    office.collect()
    row = Ticket.objects.get()
    actions.accept(ticket=row, by=house.desk, now=house.now)
    actions.reply(ticket=row, text="请问转速多少？", channel="EMAIL", by=house.desk, now=house.now)
    send_all(house.now)
    mail = next(each for each in post.got if each["Auto-Submitted"] is None)
    assert mail.get_content().strip() == "请问转速多少？"
    assert mail["In-Reply-To"] == "<first@pump.cn>"
    # a colleague of his, unknown to us, answers with our Message-ID: that proves the thread
    office.deliver(
        sender="wang@pump.cn",
        References=mail["Message-ID"],
        Subject="转速",
        body="3000\n\n> 请问转速多少？",
    )
    office.collect()
    last = row.entries.filter(kind=EntryKind.INBOUND).last()
    assert last.text == "3000"
    assert "请问转速" in last.envelope.raw["whole"]


def test_a_number_in_the_subject_proves_nothing(office, post):
    house = office.house
    row = ticket(house.machine, house.desk, house.now)
    before = row.entries.count()
    office.deliver(sender="thief@evil.example", Subject=f"Re: [{row.number}] 请关闭", body="关闭吧")
    office.collect()
    kept = Envelope.objects.get()
    assert (kept.disposition, kept.ticket, kept.raw["why"]) == (
        Disposition.TO_LOOK,
        None,
        "not_proven",
    )
    assert row.entries.count() == before
    assert Delivery.objects.filter(notice=None).count() == 0
    # the same from a contact of the customer is his
    office.deliver(Subject=f"Re: [{row.number}] 补充", body="补充一张照片")
    office.collect()
    assert row.entries.filter(kind=EntryKind.INBOUND, text="补充一张照片").exists()
    assert Ticket.objects.count() == 1


def test_the_same_reference_by_a_stranger_is_looked_at(office):
    office.deliver(Message_ID="<known@pump.cn>")
    office.collect()
    office.deliver(
        sender="thief@evil.example", In_Reply_To="<known@pump.cn>", Subject="Re: 异响", body="x"
    )
    office.collect()
    assert Envelope.objects.last().raw["why"] == "not_proven"
    assert Ticket.objects.count() == 1


def test_an_ended_ticket_takes_no_mail_silently(office):
    house = office.house
    row = ticket(house.machine, house.desk, house.now)
    actions.cancel(ticket=row, text="报错了", by=house.boss, now=house.now)
    office.deliver(Subject=f"[{row.number}] 又坏了")
    office.collect()
    kept = Envelope.objects.get()
    assert (kept.disposition, kept.raw["why"], kept.raw["claimed"]) == (
        "TO_LOOK",
        "ended",
        row.number,
    )


NIGHT = moment("2026-03-10T22:00")


@pytest.mark.parametrize("why", ["ended", "not_proven", "no_such_number"])
def test_danger_in_a_letter_that_finds_no_ticket_calls_at_night_as_a_report_of_its_own(office, why):
    house = office.house
    row = ticket(house.machine, house.desk, house.now)
    if why == "ended":
        actions.cancel(ticket=row, text="报错了", by=house.boss, now=house.now)
    number = "WX-20200101-0001" if why == "no_such_number" else row.number
    sender = "night@private.cn" if why == "not_proven" else XU
    office.deliver(sender=sender, Subject=f"[{number}] 快来", body="有人触电")
    office.collect(NIGHT)
    made = Ticket.objects.latest("pk")
    assert made.pk != row.pk
    assert (made.status, made.claimed_impact) == (Status.NEW, "PERSON_SAFETY")
    assert Envelope.objects.latest("pk").raw["claimed"] == number
    assert paging.raise_alarms(NIGHT) == 1
    assert list(made.links.all()) == ([row] if why == "ended" else [])


def test_an_answer_to_our_mail_of_a_merged_ticket_reaches_the_other(office, post):
    house = office.house
    first = ticket(house.machine, house.desk, house.now)
    office.deliver(Subject="泵也漏油")
    office.collect()
    row = Ticket.objects.latest("pk")
    send_all(house.now)
    actions.merge(ticket=row, into=first, text="同一件事", by=house.desk, now=house.now)
    office.deliver(Subject="回复", body="又停了", In_Reply_To=post.got[-1]["Message-ID"])
    office.collect()
    assert first.entries.filter(kind=EntryKind.INBOUND, text="又停了").exists()
    assert Ticket.objects.count() == 2
