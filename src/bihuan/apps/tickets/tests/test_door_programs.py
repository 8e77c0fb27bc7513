"""Reports of programs, dealers and other platforms."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.tickets.doors import hooks
from bihuan.apps.tickets.enums import EntryKind
from bihuan.apps.tickets.models import (
    Envelope,
    Hook,
    Ticket,
)
from bihuan.base import clock
from bihuan.base.access.tokens import make_token
from bihuan.base.audit.models import Entry as Audit
from bihuan.base.notify.channels.webhook import signature
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db


def token(person, now, *scopes):
    _row, text = make_token(
        person, title="t", scopes=scopes, expires_at=now + timedelta(days=30), by=None, now=now
    )
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


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
        relation="DEALER",
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
