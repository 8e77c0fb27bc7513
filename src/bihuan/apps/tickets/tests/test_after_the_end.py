"""What is said and asked once a ticket has ended: it opens again, or another one is opened."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.testing.people import signed_in


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def ended(at):
    row = solved(
        verified(ticket(at.machine, at.desk, at.now), at.desk, at.now), at.specialist, at.now
    )
    told(row, at.specialist, at.now)
    actions.try_confirm(
        ticket=row, channel="PHONE", result="YES", answer="好了", by=at.caller, now=at.now
    )
    return actions.close(ticket=row, by=at.desk, now=at.now)


def test_a_reply_to_a_closed_ticket_says_what_happens_and_opens_it_again_in_one_go(at):
    row = ended(at)
    client, url = signed_in(at.desk), reverse("tickets:detail", args=[row.pk])
    page = client.get(url).content.decode()
    assert 'value="reply"' not in page
    assert "又出问题：重新打开" in page
    late = client.post(url, {"text": "轴承明天到", "deed": "reply", "channel": "PHONE"})
    assert late.status_code == 422
    text = late.content.decode()
    assert "又出问题，选“重新打开并回复”" in text
    assert ">轴承明天到</textarea>" in text
    row.refresh_from_db()
    assert row.status == "CLOSED"
    assert not row.entries.filter(kind="PUBLIC_REPLY", text="轴承明天到").exists()
    again = client.post(url, {"text": "轴承明天到", "deed": "reopen", "channel": "PHONE"})
    assert again.status_code == 302
    row.refresh_from_db()
    assert (row.status, row.reopened) == ("DIAGNOSING", 1)
    assert row.entries.filter(kind="PUBLIC_REPLY", text="轴承明天到").count() == 1


def test_what_is_for_nobody_named_is_not_sent_and_not_lost(at):
    row = ticket(at.machine, at.desk, at.now)
    before = row.entries.count()
    url = reverse("tickets:detail", args=[row.pk])
    for given in ({}, {"deed": "replay"}):
        page = signed_in(at.desk).post(url, {"text": "别跟客户说", "channel": "PHONE"} | given)
        assert page.status_code == 422
        assert "请选这段话是回复客户还是内部备注" in page.content.decode()
        assert ">别跟客户说</textarea>" in page.content.decode()
    assert row.entries.count() == before


def test_an_empty_reply_opens_nothing(at):
    row = ended(at)
    url = reverse("tickets:detail", args=[row.pk])
    assert signed_in(at.desk).post(url, {"text": " ", "deed": "reopen"}).status_code == 422
    row.refresh_from_db()
    assert (row.status, row.reopened) == ("CLOSED", 0)


def test_another_matter_after_the_end_gets_a_ticket_that_names_the_first(at):
    row = ended(at)
    url = reverse("tickets:deed", args=[row.pk, "follow_up"])
    given = {"kind": "CONSULT", "title": "问下次保养", "text": ""}
    answer = signed_in(at.desk).post(url, given)
    new = Ticket.objects.latest("pk")
    assert answer.headers["Location"] == reverse("tickets:detail", args=[new.pk])
    assert (new.customer, new.asset, new.reported_at) == (row.customer, row.asset, at.now)
    assert list(new.links.all()) == [row]
    row.refresh_from_db()
    assert row.status == "CLOSED"
    actions.reopen(ticket=row, text="又响", by=at.desk, now=at.now)
    assert signed_in(at.desk).post(url, given).status_code == 422
    assert Ticket.objects.count() == 2
