"""Tickets over REST."""

from __future__ import annotations

import json

from bihuan.apps.tickets.models import Ticket
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
