"""The link of a ticket that began on the telephone, and the customer's score."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from bihuan.apps.portal.models import Link
from bihuan.apps.portal.tests.conftest import text
from bihuan.apps.portal.tests.test_track import asked, say, state
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Attempt, Entry, Ticket
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Delivery
from bihuan.base.testing.people import signed_in

__all__ = ["asked"]


def opened(at, **more):
    """The desk opens a ticket in a call; the page that follows."""
    given = {
        "customer": at.customer.pk, "asset": at.machine.pk, "kind": "FAULT", "title": "异响",
        "channel": "PHONE", "source": "CALL", "phone": "13912345520", **more,
    }  # fmt: skip
    client = signed_in(at.desk)
    return client, client.post(reverse("tickets:new"), given, follow=True)


def link_in(words: str) -> str:
    return words.split("/t/")[1].split("/", maxsplit=1)[0]


def test_without_his_consent_no_link_is_made(at, settings):
    settings.SMS_URL = "https://sms.example"
    _client, page = opened(at)
    assert page.status_code == 200
    assert not Link.objects.exists()
    assert not Delivery.objects.filter(channel="SMS").exists()
    assert "data-shared" not in text(page)


def test_the_customer_gets_a_link_of_his_own_and_the_clerk_one_to_read_out(at, settings):
    settings.SMS_URL = "https://sms.example"
    client, page = opened(at, share="on")
    sent = Delivery.objects.get(channel="SMS")
    assert sent.body["to"] == "13912345520"
    assert "进度" in sent.body["text"] and "Follow" in sent.body["text"]
    theirs, shown = link_in(sent.body["text"]), link_in(text(page).split("data-shared")[1])
    assert theirs != shown
    assert Ticket.objects.get().number in text(Client().get(f"/t/{theirs}/"))
    assert [row.own for row in Link.objects.order_by("pk")] == [True, False]
    assert theirs not in text(page)
    row = Ticket.objects.get()
    assert Entry.objects.filter(ticket=row, code="SHARED").count() == 1
    again = client.get(reverse("tickets:detail", args=[row.pk]))
    assert "data-shared" not in text(again)  # shown once


def test_where_nothing_can_be_sent_the_clerk_is_told(at, settings):
    settings.SMS_URL = ""
    _client, page = opened(at, share="on")
    assert "没有能发链接的办法" in text(page)
    assert Link.objects.count() == 1
    assert not Entry.objects.filter(code="SHARED").exists()


def test_his_score_and_words_come_with_the_yes_and_are_shown(asked):
    page = text(asked.client.get(f"/t/{asked.token}/"))
    assert page.count('name="score"') == 5
    given = {
        "say": "yes",
        "score": "2",
        "text": "来得太慢",
        "key": "00000000-0000-4000-8000-000000000001",
    }
    assert asked.client.post(f"/t/{asked.token}/say/", given).status_code == 302
    assert state(asked) == Status.CONFIRMED
    assert (asked.row.score, asked.row.satisfied) == (2, False)
    assert "来得太慢" in Attempt.objects.get(result="YES").words
    fact = Fact.objects.get(kind="ticket.confirmed").data["fact"]
    assert (fact["score"], fact["satisfied"]) == (2, False)
    staff = text(signed_in(asked.house.desk).get(reverse("tickets:detail", args=[asked.row.pk])))
    assert "2 分（满分 5 分）" in staff
    assert "来得太慢" in staff


@pytest.mark.parametrize("score", ["0", "6", "x", "-1"])
def test_an_odd_score_changes_nothing(asked, score):
    given = {"say": "yes", "score": score, "key": "00000000-0000-4000-8000-000000000001"}
    assert asked.client.post(f"/t/{asked.token}/say/", given).status_code == 422
    assert state(asked) == Status.FED_BACK
    assert not Attempt.objects.filter(result="YES").exists()


def test_a_yes_without_a_score_counts_as_before(asked):
    assert say(asked, "yes").status_code == 302
    assert state(asked) == Status.CONFIRMED
    assert (asked.row.score, asked.row.satisfied) == (None, None)
