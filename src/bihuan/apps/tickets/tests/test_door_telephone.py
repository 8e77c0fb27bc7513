"""The telephone: the pop-up, and what a call proves."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.tickets.doors import calls
from bihuan.apps.tickets.models import (
    Call,
    Extension,
)
from bihuan.apps.tickets.refusals import ExtensionTaken, NotYourCall
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock
from bihuan.base.access.tokens import make_token
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


def token(person, now, *scopes):
    _row, text = make_token(
        person, title="t", scopes=scopes, expires_at=now + timedelta(days=30), by=None, now=now
    )
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def ring(client, head, event, **values):
    return client.post(
        "/api/tickets/calls",
        {"call": "c1", "event": event} | values,
        content_type="application/json",
        **head,
    )


def test_the_phone_rings_on_the_agents_page_and_the_call_is_proof(client, house):
    head = token(make_person("administrator"), house.now, "tickets.calls")
    desk = signed_in(house.desk)
    with clock.set_to(house.now):
        desk.post(reverse("tickets:calls"), {"number": "8001"})
        assert (
            desk.get(reverse("tickets:queue")).content.decode().count('hx-get="/tickets/ringing/"')
            == 1
        )
        assert desk.get(reverse("tickets:ringing")).status_code == 204
        assert (
            ring(client, head, "RINGING", number="139 1234 5520", extension="8001").status_code
            == 200
        )
        ring(client, head, "RINGING", number="139 1234 5520", extension="8001")
        page = desk.get(reverse("tickets:ringing")).content.decode()
        assert house.customer.called in page
        key = page.split(f"{reverse('tickets:new')}?call=")[1].split('"')[0]
        assert "phone=" not in page
        opened = desk.get(reverse("tickets:new"), {"call": key}).content.decode()
        assert 'value="13912345520"' in opened
        assert house.customer.called in opened
        other = signed_in(house.caller).get(reverse("tickets:new"), {"call": key})
        assert "13912345520" not in other.content.decode()
        state = page.split('name="ringing" value="')[1].split('"')[0]
        assert desk.get(reverse("tickets:ringing"), {"ringing": state}).status_code == 204
        assert signed_in(house.caller).get(reverse("tickets:ringing")).status_code == 204
    answered, ended = house.now + timedelta(seconds=8), house.now + timedelta(minutes=3)
    with clock.set_to(ended):
        row = ticket(house.machine, house.desk, ended, caller_phone="13912345520", channel="EMAIL")
        ring(client, head, "ENDED", at=ended.isoformat(), recording="https://pbx.cn/r/1")
        ring(
            client, head, "ANSWERED", at=answered.isoformat(), extension="8001"
        )  # late: order does not matter
        assert desk.get(reverse("tickets:ringing")).status_code == 204
        assert not Fact.objects.filter(kind="ticket.contacted").exists()
        assert calls.attach_new(ended) == 1
        assert calls.attach_new(ended) == 0
    fact = Fact.objects.get(kind="ticket.contacted")
    assert (fact.data["fact"]["human"], fact.data["fact"]["channel"]) == (True, "PHONE")
    assert "13912345520" not in json.dumps(fact.data)
    log = row.entries.get(code="CALLED")
    assert (log.data["seconds"], log.data["recording"]) == (172, "https://pbx.cn/r/1")


def test_a_call_that_nobody_answered_proves_nothing(house):
    calls.sit_down(number="8001", by=house.desk, now=house.now)
    with pytest.raises(ExtensionTaken):
        calls.sit_down(number="8001", by=house.caller, now=house.now)
    assert Extension.objects.get().user == house.desk
    source = make_person("administrator")
    for what in (calls.Told.RINGING, calls.Told.ENDED):
        told = calls.Event(
            call="c2", what=what, at=house.now, number="13912345520", extension="8001"
        )
        row = calls.hear(told=told, source=source, now=house.now)
    matter = ticket(house.machine, house.desk, house.now, channel="EMAIL")
    with pytest.raises(NotYourCall):
        calls.attach(call=row, ticket=matter, by=house.caller, now=house.now)
    client = signed_in(house.desk)
    url = reverse("tickets:attach_call", args=[row.pk])
    with clock.set_to(house.now):
        assert client.post(url, {"number": "WX-20990101-0001"}).status_code == 422
        assert Call.objects.get().ticket is None
        assert client.post(url, {"number": matter.number}).status_code == 302
    matter.refresh_from_db()
    assert matter.contacted_at is None
    assert matter.entries.get(code="CALLED").text == "来电，无人接听"
    assert not Fact.objects.filter(kind="ticket.contacted").exists()


def test_a_stranger_is_found_by_what_he_calls_the_machine_or_where_it_stands(house):
    from bihuan.apps.assets.actions.places import place_at
    from bihuan.apps.tickets.queries.desk import known

    house.machine.nickname = "三号老黄牛"
    house.machine.place = place_at(house.customer, "二车间/东头", by=None, now=house.now)
    house.machine.save(update_fields=["nickname", "place"])
    for text in ("老黄牛", "二车间", house.machine.serial[-4:]):
        assert known(house.desk, house.now, query=text).customer == house.customer, text
    assert known(house.desk, house.now, query="七车间").customer is None


@pytest.mark.parametrize("recorded", ["in the call", "by a scanned code afterwards"])
def test_a_call_before_the_report_proves_no_contact_unless_it_brought_the_report(house, recorded):
    """Of this morning's talk, attached at noon to what was reported in between."""
    begin = house.now - timedelta(hours=1)
    calls.sit_down(number="8001", by=house.desk, now=begin)
    source = make_person("administrator")
    for what, minutes in ((calls.Told.RINGING, 0), (calls.Told.ANSWERED, 0), (calls.Told.ENDED, 2)):
        at = begin + timedelta(minutes=minutes)
        told = calls.Event(call="c3", what=what, at=at, number="13912345520", extension="8001")
        row = calls.hear(told=told, source=source, now=at)
    at = begin + timedelta(minutes=1) if recorded == "in the call" else house.now
    by = house.desk if recorded == "in the call" else None
    matter = ticket(house.machine, by, at, channel="H5_QR")
    later = house.now + timedelta(hours=1)
    calls.attach(call=row, ticket=matter, by=house.desk, now=later)
    matter.refresh_from_db()
    proven = recorded == "in the call"
    assert matter.contacted_at == (at if proven else None)
    assert Fact.objects.filter(kind="ticket.contacted").count() == int(proven)
    assert matter.entries.filter(code="CALLED").count() == 1
