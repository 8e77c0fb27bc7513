"""The inbox: what found no ticket."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bihuan.apps.tickets.doors.keeping import keep
from bihuan.apps.tickets.enums import Disposition, EntryKind
from bihuan.apps.tickets.models import (
    Envelope,
    Look,
    Ticket,
)
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base.audit.models import Entry as Audit
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db


def waiting(now, **values):
    given = {
        "channel": "EMAIL",
        "message_id": "mail:1",
        "sender": "a@b.cn",
        "subject": "Re: 异响",
        "text": "<b>还响</b>",
        "received_at": now,
        "raw": {"why": "not_proven", "claimed": "WX-1"},
    }
    return keep(Envelope(**(given | values)), disposition=Disposition.TO_LOOK, now=now)


def test_the_inbox_links_makes_and_dismisses_and_deletes_nothing(house):
    row = ticket(house.machine, house.desk, house.now)
    one, two, three = (waiting(house.now, message_id=f"mail:{n}") for n in range(3))
    client = signed_in(house.desk)
    text = client.get(reverse("tickets:inbox")).content.decode()
    assert text.count("写了工单号，但发件人不是这张工单的人") == 3
    url = reverse("tickets:envelope", args=[one.pk])
    page = client.get(url).content.decode()
    assert "&lt;b&gt;还响" in page
    # a wrong number, an empty reason: a sentence, nothing changed
    assert client.post(url, {"deed": "link", "number": "WX-20990101-0001"}).status_code == 422
    assert client.post(url, {"deed": "dismiss", "reason": "  "}).status_code == 422
    assert Envelope.objects.filter(disposition="TO_LOOK").count() == 3
    assert Look.objects.count() == 0
    assert client.post(url, {"deed": "link", "number": row.number}).status_code == 302
    assert row.entries.filter(kind=EntryKind.INBOUND, envelope=one).count() == 1
    client.post(
        reverse("tickets:envelope", args=[two.pk]),
        {"deed": "make", "kind": "CONSULT", "title": "另一件事"},
    )
    assert Ticket.objects.get(title="另一件事").caller_mail == "a@b.cn"
    client.post(reverse("tickets:envelope", args=[three.pk]), {"deed": "dismiss", "reason": "广告"})
    three.refresh_from_db()
    assert (three.disposition, three.looks.get().reason) == ("IGNORED", "广告")
    assert Envelope.objects.filter(message_id__startswith="mail:").count() == 3
    # decided once: a second decision of somebody who looked at an old page does nothing
    assert client.post(url, {"deed": "dismiss", "reason": "广告"}).status_code == 422
    assert one.looks.count() == 1
    assert Audit.objects.filter(verb="tickets.envelope_decided").count() == 3
    # the door of a letter that belongs to a ticket is the ticket
    other = waiting(house.now, message_id="mail:9")
    Envelope.objects.filter(pk=other.pk).update(disposition="REPLY")
    assert client.get(reverse("tickets:envelope", args=[other.pk])).status_code == 404
    assert signed_in(house.engineer).get(reverse("tickets:inbox")).status_code == 403


def test_danger_in_a_letter_is_weighed_when_it_is_linked(house):
    row = ticket(house.machine, house.desk, house.now)
    letter = waiting(house.now, text="刚才有人触电")
    url = reverse("tickets:envelope", args=[letter.pk])
    signed_in(house.desk).post(url, {"deed": "link", "number": row.number})
    row.refresh_from_db()
    assert row.claimed_impact == "PERSON_SAFETY"
