"""The night: who is called, and until when."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.people.models import Leave
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.actions import many
from bihuan.apps.tickets.doors import paging
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.lines.actions import QueueAs, RouteAs, set_queue, set_route
from bihuan.apps.tickets.models import (
    Envelope,
    Ladder,
    OnCall,
    Paging,
    Ticket,
)
from bihuan.apps.tickets.refusals import PagingOver
from bihuan.apps.tickets.tests.conftest import moment
from bihuan.base import clock
from bihuan.base.access.tokens import make_token
from bihuan.base.notify import sending
from bihuan.base.notify.models import Delivery, Notice
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
NIGHT = moment("2026-03-10T22:00")


def token(person, now, *scopes):
    _row, text = make_token(
        person, title="t", scopes=scopes, expires_at=now + timedelta(days=30), by=None, now=now
    )
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def test_the_ladder():
    ways = ["MESSAGE", "SMS", "VOICE"]
    assert [paging.rung(n, 2, ways) for n in range(7)] == [
        (0, "MESSAGE"), (0, "SMS"), (0, "VOICE"), (1, "MESSAGE"), (1, "SMS"), (1, "VOICE"), (0, "MESSAGE"),
    ]  # fmt: skip


def grave(house, at):
    from bihuan.apps.tickets.tests.factories import report

    given = report(at, asset=house.machine, impact="LINE_STOP")
    envelope = Envelope(channel="EMAIL", message_id=f"mail:{at}", text="停产", received_at=at)
    return actions.receive(envelope=envelope, report=given, by=None, now=at).ticket


def pressed(client, page, head, *, taken: bool) -> int:
    url = f"/api/tickets/pagings/{page.uid}"
    kind = "application/json"
    return int(client.post(url, {"taken": taken}, content_type=kind, **head).status_code)


def test_at_night_somebody_is_called_until_somebody_takes_it(client, house, settings):
    settings.SMS_URL = settings.VOICE_URL = "http://127.0.0.1:9/gateway"
    first = make_person("remote_specialist", name="夜班甲", phone="13900000001")
    stand_in = make_person("remote_specialist", name="替班乙", phone="13900000002")
    paging.put_on_call(
        user=house.expert,
        region="",
        from_at=NIGHT - timedelta(hours=2),
        to_at=NIGHT + timedelta(hours=8),
        place=2,
        by=house.boss,
        now=NIGHT,
    )
    paging.put_on_call(
        user=first,
        region="east",
        from_at=NIGHT - timedelta(hours=2),
        to_at=NIGHT + timedelta(hours=8),
        place=9,
        by=house.boss,
        now=NIGHT,
    )
    Leave.objects.create(
        user=house.expert, substitute=stand_in, from_on="2026-03-09", to_on="2026-03-12"
    )
    row = grave(house, NIGHT)
    assert paging.raise_alarms(NIGHT) == 1
    assert paging.raise_alarms(NIGHT) == 0
    now, seen = NIGHT, []
    for _step in range(4):
        assert paging.climb(now) == 1
        assert paging.climb(now) == 0  # not before the next rung is due
        now += timedelta(minutes=5)
    seen = [(each.user.name, each.way) for each in Paging.objects.order_by("step")]
    assert seen == [
        ("夜班甲", "MESSAGE"),
        ("夜班甲", "SMS"),
        ("夜班甲", "VOICE"),
        ("替班乙", "MESSAGE"),
    ]
    assert sorted(
        Delivery.objects.filter(channel__in=["SMS", "VOICE"]).values_list("channel", flat=True)
    ) == ["SMS", "VOICE"]
    assert Notice.objects.filter(kind="ticket.paged", to=first).count() == 3
    # he presses 2: written down, the next is called at once; the other presses 1: his
    head = token(make_person("administrator"), NIGHT, "tickets.calls")
    voice, message = Paging.objects.get(way="VOICE"), Paging.objects.get(user=stand_in)
    with clock.set_to(now):
        assert pressed(client, voice, head, taken=False) == 200
        assert pressed(client, message, head, taken=True) == 200
        assert pressed(client, message, head, taken=True) == 409
    row.refresh_from_db()
    assert (row.status, row.owner) == (Status.ACCEPTED, stand_in)
    assert paging.climb(now + timedelta(hours=1)) == 0
    assert Ladder.objects.get().answered_by == stand_in
    assert row.entries.filter(code="PAGED").count() == 6
    assert row.contacted_at is None  # to be paged is not to have spoken to the customer


def test_a_call_that_reaches_nobody_is_not_waited_for_and_said(house):
    first = make_person("remote_specialist", name="夜班甲", phone="13900000001")
    second = make_person("remote_specialist", name="夜班乙")
    for place, person in enumerate((first, second), 1):
        paging.put_on_call(
            user=person, region="", from_at=NIGHT - timedelta(hours=2), to_at=NIGHT + timedelta(hours=8),
            place=place, by=house.boss, now=NIGHT,
        )  # fmt: skip
    grave(house, NIGHT)
    paging.raise_alarms(NIGHT)
    assert paging.climb(NIGHT) == 1
    assert paging.climb(NIGHT) == 0  # the message reached him: he has his five minutes
    now = NIGHT + timedelta(minutes=5)
    assert [paging.climb(now) for _step in range(4)] == [1, 1, 1, 0]
    assert [(each.user, each.way) for each in Paging.objects.order_by("step")] == [
        (first, "MESSAGE"), (first, "SMS"), (first, "VOICE"), (second, "MESSAGE"),
    ]  # fmt: skip
    now += timedelta(minutes=5)
    assert [paging.climb(now) for _step in range(3)] == [1, 1, 0]  # the round is over
    with clock.set_to(now):
        page = signed_in(house.lead).get(reverse("tickets:on_call")).content.decode()
    assert page.count("还没接通，没发出") == 2
    assert page.count("没有手机号，没发出") == 2
    assert page.count("没有手机号，只能发站内消息") == 1


def test_the_ladder_stops_when_somebody_takes_the_ticket_himself(house):
    row = grave(house, NIGHT)
    paging.raise_alarms(NIGHT)
    paging.climb(NIGHT)  # nobody is on the roster: the head of the desk
    assert Paging.objects.get().user == house.lead
    actions.accept(ticket=row, by=house.desk, now=NIGHT + timedelta(minutes=2))
    paging.climb(NIGHT + timedelta(minutes=5))
    assert (Paging.objects.count(), Ladder.objects.get().answered_by) == (1, house.desk)
    with pytest.raises(PagingOver):
        paging.answer(uid=Paging.objects.get().uid, taken=True, now=NIGHT + timedelta(minutes=6))
    row.refresh_from_db()
    assert row.owner == house.desk


def test_who_got_it_by_the_table_of_ways_may_be_asleep(house):
    queue = set_queue(
        queue=None, to=QueueAs("一线", 1, members=[house.specialist]), by=house.boss, now=house.now
    )
    set_route(route=None, to=RouteAs(queue, place=1, assign=True), by=house.boss, now=house.now)
    row = grave(house, NIGHT)
    assert (row.status, row.owner) == (Status.NEW, house.specialist)
    assert paging.calls(row, NIGHT)
    assert paging.raise_alarms(NIGHT) == 1
    paging.climb(NIGHT)
    assert Paging.objects.get().user == house.lead
    # a person who gives it to somebody knows that he is there
    actions.assign(ticket=row, to=house.expert, by=house.lead, now=NIGHT + timedelta(minutes=1))
    paging.climb(NIGHT + timedelta(minutes=5))
    assert Ladder.objects.get().answered_by == house.expert
    assert Paging.objects.count() == 1
    assert not paging.calls(row, NIGHT)


@pytest.mark.parametrize("way", ["put back", "undone"])
def test_who_gives_it_back_does_not_end_the_calls(house, way):
    row = grave(house, NIGHT)
    paging.raise_alarms(NIGHT)
    paging.climb(NIGHT)
    later = NIGHT + timedelta(minutes=2)
    if way == "put back":
        actions.accept(ticket=row, by=house.desk, now=later)
    else:
        kept = many.assign_many(ticket_id=row.pk, to=house.desk, text="", by=house.desk, now=later)
    paging.climb(NIGHT + timedelta(minutes=5))
    assert Ladder.objects.get().over_at is not None
    row.refresh_from_db()
    back = NIGHT + timedelta(minutes=8)
    if way == "put back":
        many.put_back(ticket=row, by=house.desk, now=back)
    else:
        many.assign_back(ticket_id=row.pk, kept=kept, by=house.desk, now=back)
    assert paging.climb(back) == 1
    assert Paging.objects.count() == 2
    paging.answer(uid=Paging.objects.latest("step").uid, taken=True, now=back)
    row.refresh_from_db()
    assert (row.status, row.owner) == (Status.ACCEPTED, house.lead)


def test_what_is_given_back_by_day_calls_nobody(house):
    row = grave(house, NIGHT)
    paging.raise_alarms(NIGHT)
    actions.accept(ticket=row, by=house.desk, now=NIGHT)
    paging.climb(NIGHT)
    morning = moment("2026-03-11T10:00")
    many.put_back(ticket=row, by=house.desk, now=morning)
    assert paging.climb(morning) == 0
    assert Ladder.objects.get().over_at == NIGHT


def test_by_day_and_for_small_matters_nobody_is_called(house):
    grave(house, house.now)
    assert paging.raise_alarms(house.now) == 0
    small = Envelope(
        channel="EMAIL", message_id="mail:s", sender="a@b.cn", text="怎么保养", received_at=NIGHT
    )
    actions.receive(envelope=small, by=None, now=NIGHT)
    Ticket.objects.filter(severity="URGENT").update(status="CANCELLED")
    assert paging.raise_alarms(NIGHT) == 0


def test_the_roster_page(house):
    client = signed_in(house.lead)
    url = reverse("tickets:on_call")
    given = {
        "user": house.engineer.pk,
        "region": "",
        "from_at": "2026-03-10T18:00",
        "to_at": "2026-03-11T08:00",
        "place": 1,
    }
    with clock.set_to(house.now):
        assert client.post(url, given | {"to_at": "2026-03-10T08:00"}).status_code == 422
        assert OnCall.objects.count() == 0
        assert client.post(url, given).status_code == 302
        assert "王建成" in client.get(url).content.decode()
        client.post(reverse("tickets:off_call", args=[OnCall.objects.get().pk]))
    assert OnCall.objects.count() == 0
    assert signed_in(house.desk).get(url).status_code == 403


def test_voice_and_text_go_to_the_gateway_signed(house, settings, monkeypatch):
    from bihuan.base.notify.channels import phone

    sent = []
    monkeypatch.setattr(
        phone, "post", lambda url, body, headers: sent.append((url, json.loads(body), headers))
    )
    settings.VOICE_URL, settings.VOICE_SECRET = "http://127.0.0.1:9/voice", "s"
    house.lead.phone = "13900000003"
    house.lead.save(update_fields=["phone"])
    grave(house, NIGHT)
    paging.raise_alarms(NIGHT)
    for minutes in (0, 5, 10):
        paging.climb(NIGHT + timedelta(minutes=minutes))
    voice = Delivery.objects.get(channel="VOICE")
    assert sending.send(voice.pk, NIGHT + timedelta(minutes=11)) == "SENT"
    ((url, body, headers),) = sent
    assert (url, body["to"]) == ("http://127.0.0.1:9/voice", "13900000003")
    assert body["key"] == f"page:{Paging.objects.get(way='VOICE').uid}"
    assert headers["X-Bihuan-Signature"].startswith("t=")
    assert Delivery.objects.get(channel="SMS").waits_for == "SMS"  # no gateway named


def test_nobody_is_called_for_a_report_of_the_future(house):
    """As in a demo whose year is being lived while somebody reports today."""
    grave(house, NIGHT)
    assert paging.raise_alarms(NIGHT - timedelta(days=1)) == 0
    assert paging.raise_alarms(NIGHT) == 1
