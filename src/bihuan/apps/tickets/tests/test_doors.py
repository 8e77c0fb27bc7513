"""The other doors: the inbox, programs, webhooks, the telephone, the night, paper."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.people.models import Leave
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.doors import calls, hooks, paging
from bihuan.apps.tickets.doors.keeping import keep
from bihuan.apps.tickets.enums import Disposition, EntryKind, Status
from bihuan.apps.tickets.models import (
    Alarm,
    Call,
    Envelope,
    Extension,
    Hook,
    Look,
    OnCall,
    Paging,
    PaperForm,
    Ticket,
)
from bihuan.apps.tickets.refusals import ExtensionTaken, NotYourCall, PagingOver
from bihuan.apps.tickets.tests.conftest import moment
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock
from bihuan.base.access.tokens import make_token
from bihuan.base.audit.models import Entry as Audit
from bihuan.base.facts.models import Fact
from bihuan.base.notify import sending
from bihuan.base.notify.channels.webhook import signature
from bihuan.base.notify.models import Delivery, Notice
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
NIGHT = moment("2026-03-10T22:00")


def token(person, now, *scopes):
    _row, text = make_token(
        person, title="t", scopes=scopes, expires_at=now + timedelta(days=30), by=None, now=now
    )
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


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


# the inbox


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


# programs


def test_a_program_hands_in_a_report_once(client, house):
    robot = make_person("service_desk")
    head = token(robot, house.now, "tickets.receive")
    body = {
        "text": "转速上不去",
        "serial": house.machine.serial,
        "key": "erp-00000001",
        "impact": "LINE_STOP",
        "sender": "13912345520",
    }
    with clock.set_to(house.now):
        first = client.post("/api/tickets/envelopes", body, content_type="application/json", **head)
        again = client.post("/api/tickets/envelopes", body, content_type="application/json", **head)
        other = client.post(
            "/api/tickets/envelopes",
            body | {"text": "别的"},
            content_type="application/json",
            **head,
        )
        assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
        assert first.json() == again.json()
        row = Ticket.objects.get()
        assert (row.asset, row.severity, first.json()["ticket"]) == (
            house.machine,
            "URGENT",
            row.number,
        )
        seen = client.get(f"/api/tickets/envelopes/{first.json()['id']}", **head)
        assert seen.json()["status"] == "NEW"
        stranger = token(make_person("service_desk"), house.now, "tickets.receive")
        assert (
            client.get(f"/api/tickets/envelopes/{first.json()['id']}", **stranger).status_code
            == 404
        )
        # no scope, bad codes, no key: nothing changes
        weak = token(robot, house.now, "tickets.see")
        assert (
            client.post(
                "/api/tickets/envelopes", body, content_type="application/json", **weak
            ).status_code
            == 403
        )
        bad = client.post(
            "/api/tickets/envelopes",
            body | {"key": "erp-00000002", "impact": "BOOM", "serial": "none"},
            content_type="application/json",
            **head,
        )
        assert bad.status_code == 422
        assert (
            client.post(
                "/api/tickets/envelopes",
                body | {"key": ""},
                content_type="application/json",
                **head,
            ).status_code
            == 422
        )
    assert (Ticket.objects.count(), Envelope.objects.count()) == (1, 1)


def test_a_dealer_hands_in_for_his_own_machines_only(client, house):
    dealer = add_customer(
        name="苏南代理有限公司",
        region="east",
        account_manager=house.manager,
        by=None,
        now=house.now,
    )
    mine = add_customer(
        name="代理的客户有限公司",
        region="east",
        dealer=dealer,
        account_manager=house.manager,
        by=None,
        now=house.now,
    )
    asset = machine(mine, now=house.now, serial="DL0001")
    person = make_person("dealer_staff", dealer_id=dealer.pk)
    head = token(person, house.now, "tickets.receive")
    with clock.set_to(house.now):
        good = client.post(
            "/api/tickets/envelopes",
            {"text": "停了", "serial": "DL0001", "key": "dealer-0001"},
            content_type="application/json",
            **head,
        )
        for field in ("serial", "machine", "customer"):
            value = {
                "serial": house.machine.serial,
                "machine": house.machine.token,
                "customer": house.customer.code,
            }[field]
            answer = client.post(
                "/api/tickets/envelopes",
                {"text": "停了", field: value, "key": f"dealer-x-{field}"},
                content_type="application/json",
                **head,
            )
            assert answer.status_code == 422, field
    assert good.status_code == 201
    assert (Ticket.objects.get().asset, Ticket.objects.get().channel) == (asset, "DEALER")


def send_hook(client, hook, secret, data, *, seconds=None, mark=None):
    body = json.dumps(data).encode()
    seconds = seconds or int(clock.now().timestamp())
    mark = mark or signature(secret, seconds, body)
    return client.post(
        reverse("tickets:hook", args=[hook.code]),
        body,
        content_type="application/json",
        HTTP_X_BIHUAN_SIGNATURE=f"t={seconds},v1={mark}",
    )


def test_a_signed_message_of_another_platform(client, house):
    hook, secret = hooks.add_hook(
        title="小红书", channel="SOCIAL", by=house.boss, now=house.now,
        mapping={"id": "msg.id", "text": "msg.parts.0.text", "sender": "from.id", "name": "from.nick"},
    )  # fmt: skip
    assert secret not in Hook.objects.get().secret
    said = {
        "msg": {"id": "m1", "parts": [{"text": "设备漏油怎么办"}]},
        "from": {"id": "u9", "nick": "小李"},
    }
    with clock.set_to(house.now):
        first = send_hook(client, hook, secret, said)
        assert first.json()["disposition"] == "NEW_TICKET"
        assert send_hook(client, hook, secret, said).json()["new"] is False
        more = said | {"msg": {"id": "m2", "parts": [{"text": "<script>还在漏</script>"}]}}
        assert send_hook(client, hook, secret, more).json()["disposition"] == "REPLY"
        row = Ticket.objects.get()
        assert (row.channel, row.caller_name) == ("SOCIAL", "小李")
        assert row.entries.filter(kind=EntryKind.INBOUND).count() == 2
        # forged, stale, replayed under another body, no text, no such address
        old = int(house.now.timestamp()) - 3600
        assert send_hook(client, hook, "falsch", said).status_code == 403
        assert send_hook(client, hook, secret, said, seconds=old).status_code == 403
        assert send_hook(client, hook, secret, said, mark="0" * 64).status_code == 403
        assert send_hook(client, hook, secret, {"msg": {"id": "m3"}}).status_code == 422
        assert (
            client.post(
                "/tickets/hooks/nosuchhook/", b"{}", content_type="application/json"
            ).status_code
            == 404
        )
        hooks.toggle_hook(hook=hook, by=house.boss, now=house.now)
        assert send_hook(client, hook, secret, said).status_code == 404
    assert Envelope.objects.count() == 2
    assert Audit.objects.filter(verb="tickets.hook_refused").count() == 3


# the telephone


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
        assert f"{reverse('tickets:new')}?phone=13912345520" in page
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
    assert (fact.data["human"], fact.data["channel"]) == (True, "PHONE")
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


# the night


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


def test_at_night_somebody_is_called_until_somebody_takes_it(client, house):
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
        assert (
            client.post(
                f"/api/tickets/pagings/{voice.uid}",
                {"taken": False},
                content_type="application/json",
                **head,
            ).status_code
            == 200
        )
        assert (
            client.post(
                f"/api/tickets/pagings/{message.uid}",
                {"taken": True},
                content_type="application/json",
                **head,
            ).status_code
            == 200
        )
        assert (
            client.post(
                f"/api/tickets/pagings/{message.uid}",
                {"taken": True},
                content_type="application/json",
                **head,
            ).status_code
            == 409
        )
    row.refresh_from_db()
    assert (row.status, row.owner) == (Status.ACCEPTED, stand_in)
    assert paging.climb(now + timedelta(hours=1)) == 0
    assert Alarm.objects.get().answered_by == stand_in
    assert row.entries.filter(code="PAGED").count() == 6
    assert row.contacted_at is None  # to be paged is not to have spoken to the customer


def test_the_ladder_stops_when_somebody_takes_the_ticket_himself(house):
    row = grave(house, NIGHT)
    paging.raise_alarms(NIGHT)
    paging.climb(NIGHT)  # nobody is on the roster: the head of the desk
    assert Paging.objects.get().user == house.lead
    actions.accept(ticket=row, by=house.desk, now=NIGHT + timedelta(minutes=2))
    paging.climb(NIGHT + timedelta(minutes=5))
    assert (Paging.objects.count(), Alarm.objects.get().answered_by) == (1, house.desk)
    with pytest.raises(PagingOver):
        paging.answer(uid=Paging.objects.get().uid, taken=True, now=NIGHT + timedelta(minutes=6))
    row.refresh_from_db()
    assert row.owner == house.desk


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


# paper


def test_paper_is_numbered_once_and_entered_later_once(house):
    client = signed_in(house.desk)
    with clock.set_to(house.now):
        page = client.post(reverse("tickets:paper"), {"count": 3}).content.decode()
        client.post(reverse("tickets:paper"), {"count": 2})
    numbers = list(PaperForm.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [f"ZZ-20260310-{n:04d}" for n in range(1, 6)]
    assert all(number in page for number in numbers[:3])
    book = openpyxl.Workbook()
    book.active.append(["纸质单编号", "报告时间", "现象或问题", "出厂编号", "电话", "影响"])
    book.active.append(
        [
            numbers[0],
            "2026-03-10 06:40",
            "夜里停电后起不来",
            house.machine.serial,
            "13912345520",
            "产线停产",
        ]
    )
    book.active.append(["ZZ-20260310-0099", "2026-03-10 06:50", "没有这张", "", "13912345520", ""])
    book.active.append([numbers[1], "昨天", "时间不对", "", "13912345520", ""])
    target = io.BytesIO()
    book.save(target)
    with clock.set_to(house.now + timedelta(hours=1)):
        for _twice in range(2):
            file = SimpleUploadedFile("paper.xlsx", target.getvalue())
            answer = client.post(
                reverse("ledgers:upload", args=["paper_tickets"]), {"file": file}, follow=True
            )
            pk = int(answer.redirect_chain[-1][0].rstrip("/").rsplit("/", 1)[-1].split("?")[0])
            page = client.get(reverse("ledgers:import", args=[pk]) + "?map=1")
            mapping = {
                name: value
                for name, value in page.context["form"].initial.items()
                if value is not None
            }
            client.post(reverse("ledgers:check", args=[pk]), mapping)
            client.post(reverse("ledgers:run", args=[pk]), {"only_good": "1"})
    row = Ticket.objects.get()
    assert (row.reported_at, row.recorded_at) == (
        moment("2026-03-10T06:40"),
        house.now + timedelta(hours=1),
    )
    assert (row.reported_source, row.asset, row.recorded_by) == ("PAPER", house.machine, house.desk)
    assert PaperForm.objects.get(number=numbers[0]).ticket == row
    assert client.get(reverse("ledgers:upload", args=["customers"])).status_code == 403
