"""The tracking page of a report that was joined to another ticket."""

from __future__ import annotations

from django.test import Client

from bihuan.apps.portal.tests.conftest import WHAT, filled, report, text
from bihuan.apps.tickets import actions as tickets
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.tests.factories import ticket


def test_a_ticket_merged_into_another_leads_on_without_its_words(at):
    _answer, first = report(at.machine, what=WHAT)
    kept = tickets.open_ticket(
        report=tickets.Report(kind="FAULT", channel="PHONE", title="别人的话", text="别人的话", reported_at=at.now, customer=at.customer, asset=at.machine),
        by=at.desk, now=at.now,
    )  # fmt: skip
    row = Ticket.objects.get(channel="H5_QR")
    tickets.merge(ticket=row, into=kept, text="同一件事", by=at.desk, now=at.now)
    seen = text(Client().get(f"/t/{first}/"))
    assert kept.number in seen
    assert "别人的话" not in seen


def test_who_is_not_known_to_be_the_customer_is_told_how_to_ask_and_nothing_of_his_ticket(at):
    answer = Client().post("/report/", filled(company="不知哪家"))
    token = answer.headers["Location"].split("/")[2]
    kept = ticket(at.machine, at.desk, at.now)
    tickets.merge(
        ticket=Ticket.objects.get(customer=None), into=kept, text="同一件事", by=at.desk, now=at.now
    )
    seen = text(Client().get(f"/t/{token}/"))
    assert "请打我们的服务电话" in seen
    assert kept.number not in seen
