"""Tickets over REST."""

from __future__ import annotations

import json

import pytest

from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.tickets.models import Entry, Envelope, Ticket
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock
from bihuan.base.testing.people import make_person, signed_in


def post(client, path, body, **headers):
    return client.post(path, json.dumps(body), content_type="application/json", **headers)


def test_a_report_becomes_a_ticket_once_and_a_double_is_linked(house):
    client = signed_in(house.desk)
    with clock.set_to(house.now):
        client = signed_in(house.desk)
        body = {
            "title": "异响",
            "asset": house.machine.serial,
            "channel": "APP",
            "impact": "LINE_STOP",
            "message_id": "m1",
        }
        first = post(client, "/api/tickets/", body)
        again = post(client, "/api/tickets/", body)
        double = post(client, "/api/tickets/", body | {"message_id": "m2", "title": "还在响"})
        assert [first.status_code, again.status_code, double.status_code] == [201, 200, 200]
        assert double.json()["disposition"] == "DOUBLE"
        row = Ticket.objects.get()
        assert (row.customer, row.asset, row.severity, row.status) == (
            house.customer,
            house.machine,
            "URGENT",
            "NEW",
        )
        shown = client.get(f"/api/tickets/{row.pk}").json()
        assert len(shown["entries"]) == 3
        assert (
            client.get("/api/tickets/", {"status": "NEW"}).json()["items"][0]["number"]
            == row.number
        )


def test_a_double_tells_nothing_of_a_ticket_that_the_reporter_may_not_see(house):
    with clock.set_to(house.now):
        dealer = add_customer(name="沪东机电", region="east", by=None, now=house.now)
        Asset.objects.filter(pk=house.machine.pk).update(serviced_by=dealer)
        client = signed_in(make_person("dealer_staff", dealer_id=dealer.pk))
        body = {"title": "异响", "asset": house.machine.serial, "message_id": "m1"}
        made = post(client, "/api/tickets/", body)
        again = post(client, "/api/tickets/", body)
        double = post(client, "/api/tickets/", body | {"message_id": "m2"})
        assert client.get(f"/api/tickets/{Ticket.objects.get().pk}").status_code == 404
    row = Ticket.objects.get()
    assert made.json()["ticket"]["title"] == "异响"
    assert again.json() == {
        "disposition": "NEW_TICKET",
        "new": False,
        "ticket": {"id": row.pk, "number": row.number},
    }
    assert double.json() == {"disposition": "DOUBLE", "new": True, "ticket": None}
    assert row.entries.filter(text="异响").exists()


def test_what_is_wrong_is_named_and_nothing_is_made(house):
    with clock.set_to(house.now):
        client = signed_in(house.desk)
        for body, status in (
            ({"title": ""}, 422), ({"title": "x", "impact": "BIG"}, 422), ({"title": "x", "asset": "NOSUCH"}, 422),
            ({"title": "x"}, 422), ({"title": "x", "caller_phone": "139", "reported_at": "2027-01-01T00:00:00+08:00"}, 422),
        ):  # fmt: skip
            assert post(client, "/api/tickets/", body).status_code in (status, 404), body
    assert Ticket.objects.count() == 0


def test_a_second_answer_over_the_api_is_refused(house):
    with clock.set_to(house.now):
        row = ticket(house.machine, house.desk, house.now)
        client = signed_in(house.desk)
        seen = row.entries.order_by("-pk").first().pk
        assert (
            post(
                signed_in(house.specialist), f"/api/tickets/{row.pk}/replies", {"text": "在看"}
            ).status_code
            == 201
        )
        assert (
            post(
                client, f"/api/tickets/{row.pk}/replies", {"text": "请重启", "seen": seen}
            ).status_code
            == 409
        )
        stranger = signed_in(make_person("account_manager", region="R7"))
        assert stranger.get(f"/api/tickets/{row.pk}").status_code == 404


@pytest.mark.parametrize(
    "moments",
    [
        {"reported_at": "3885-06-13T20:33:43.2Z"}, {"reported_at": "0001-01-01T00:00:00Z"},
        {"reported_at": "0001-01-01T00:00:00+14:00"}, {"reported_at": "9999-12-31T23:59:59-14:00"},
        {"reported_at": "2026-03-10T09:00:00"}, {"happened_at": "2026-03-10T09:00:00"},
    ],
)  # fmt: skip
def test_a_moment_that_nobody_means_is_refused_also_where_a_ticket_is_open(house, moments):
    """A double or a message of a thread is dated as well: nothing is written under year 3885."""
    desk = signed_in(house.desk)
    said = {"title": "异响", "asset": house.machine.pk, "thread": "t1"}
    with clock.set_to(house.now):
        for _time in range(2):
            before = (Ticket.objects.count(), Envelope.objects.count(), Entry.objects.count())
            answer = desk.post("/api/tickets/", said | moments, "application/json")
            assert answer.status_code == 422, answer.content
            assert answer.json()["message"]
            after = (Ticket.objects.count(), Envelope.objects.count(), Entry.objects.count())
            assert after == before
            desk.post("/api/tickets/", said, "application/json")
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("path", ["nowhere", "tickets/x", "tickets/1/x", "customers/-1"])
def test_what_is_not_there_is_told_to_a_program_as_data(house, path):
    answer = signed_in(house.desk).get(f"/api/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
