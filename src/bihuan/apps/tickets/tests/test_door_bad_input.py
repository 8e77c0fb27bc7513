"""What strangers and broken programs send to the doors: one plain answer, nothing changed, nothing
lost, nothing shown.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.tickets.doors import hooks, wecom
from bihuan.apps.tickets.doors import wecom_crypt as crypt
from bihuan.apps.tickets.models import Call, Entry, Envelope, Ticket
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.apps.tickets.tests.test_door_telephone import ring, token
from bihuan.apps.tickets.tests.test_door_wecom import (
    AES,
    CORP,
    KEY,
    SALT,
    TOKEN,
    asked,
    message,
    send,
)
from bihuan.base import clock
from bihuan.base.audit.models import Entry as Audit
from bihuan.base.facts.models import Fact
from bihuan.base.notify.channels.webhook import signature
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
ODD = "漏油\x00\x1b[31m\ud800\u202e了"


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        house.hook, house.secret = hooks.add_hook(
            title="小红书", channel="SOCIAL", mapping={}, by=house.boss, now=house.now
        )
        house.app = wecom.add_app(
            title="服务号", receiver=CORP, token=TOKEN, aes_key=AES, by=house.boss, now=house.now
        )
        house.url = reverse("tickets:wecom", args=[house.app.code])
        yield house


def kept():
    return (
        Ticket.objects.count(), Envelope.objects.count(), Entry.objects.count(), Call.objects.count(),
        Fact.objects.count(),
    )  # fmt: skip


def post(client, at, body, *, code="", mark=None, **more):
    """Signed as the platform would, whatever stands in it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    seconds = int(at.now.timestamp())
    given = mark if mark is not None else f"t={seconds},v1={signature(at.secret, seconds, raw)}"
    url = reverse("tickets:hook", args=[code or at.hook.code])
    return client.post(url, raw, content_type="application/json", HTTP_X_BIHUAN_SIGNATURE=given, **more)  # fmt: skip


# --- Messages of social platforms


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe\xfd", b"[]", b"null", b'"text"', b"7", b'{"id": "1"}', b'{"text": "x"}',
        b'{"id": {"a": 1}, "text": ["x"]}', b'{"id": true, "text": false}',
        b'{"id": "1", "text": "\\u0000"}', b"[" * 20_000, b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"id": ' + b"9" * 5000 + b', "text": "x"}',
    ],
)  # fmt: skip
def test_a_message_that_is_none_is_a_sentence_and_nothing_else(client, at, body):
    before = kept()
    answer = post(client, at, body)
    assert answer.status_code == 422, answer.content
    assert answer.json()["message"]
    assert kept() == before


@pytest.mark.parametrize(
    "mark",
    [
        "", "t=1,v1=" + "0" * 64, "v1=" + "0" * 64, "t=abc,v1=zz", "t=99999999999999999999,v1=" + "a" * 64,
        "t=１２３,v1=" + "a" * 64, "x" * 5000,
    ],
)  # fmt: skip
def test_a_forged_message_is_refused_and_written_down(client, at, mark):
    before, lines = kept(), Audit.objects.count()
    answer = post(client, at, {"id": "1", "text": "停机了"}, mark=mark)
    assert answer.status_code == 403
    assert "签名不对" in answer.json()["message"]
    assert kept() == before
    said = Audit.objects.order_by("-pk").first()
    assert (Audit.objects.count(), said.verb) == (lines + 1, "tickets.hook_refused")
    assert "停机了" not in json.dumps(said.after, ensure_ascii=False)


def test_too_much_is_refused_before_it_is_read(client, at):
    before = kept()
    huge = {"id": "1", "text": "x", "more": "y" * (hooks.MOST_BYTES + 1)}
    answer = post(client, at, huge)
    assert answer.status_code == 413
    assert answer.json()["message"]
    lying = post(client, at, huge, CONTENT_LENGTH="nonsense")
    assert lying.status_code in (400, 413, 422)
    short = post(client, at, {"id": "1", "text": "x"}, CONTENT_LENGTH="-1")
    assert short.status_code in (200, 400, 403, 413, 422)
    assert Ticket.objects.count() <= before[0] + (short.status_code == 200)


def test_odd_signs_are_taken_out_and_the_message_is_not_lost(client, at):
    given = {
        "id": "1\x00\ud800", "text": ODD, "name": "小\n李\x1b", "sender": "u\x009", "title": "标\r\n题\ud800",
        "machine": "../../etc/passwd\x00", "thread": "t\ud800", "at": float("inf"),
        "more": {"\x00\ud800": [float("nan"), "\x00", "\ud800"], "huge": "z" * 100_000},
    }  # fmt: skip
    answer = post(client, at, given)
    assert answer.status_code == 200, answer.content
    row = Ticket.objects.get()
    envelope = Envelope.objects.get()
    for text in (row.title, envelope.text, envelope.sender, envelope.sender_name, row.caller_name):
        assert not set(text) & set("\x00\x1b\ud800\u202e"), repr(text)
    assert "漏油" in envelope.text
    assert "\n" not in row.title + envelope.sender_name
    assert row.asset is None
    assert envelope.raw["body"]["more"]["huge"].startswith("zzz")
    assert post(client, at, given).json()["new"] is False
    assert (Ticket.objects.count(), Envelope.objects.count()) == (1, 1)


def test_markup_in_a_message_is_shown_as_it_was_written(client, at):
    given = {"id": "1", "text": MARKUP, "title": MARKUP, "name": MARKUP, "sender": MARKUP}
    answer = post(client, at, given)
    assert answer.status_code == 200
    row = Ticket.objects.get()
    desk = signed_in(at.desk)
    for url in (
        reverse("tickets:detail", args=[row.pk]), reverse("tickets:queue"), reverse("tickets:inbox"),
    ):  # fmt: skip
        page = desk.get(url)
        assert page.status_code in (200, 302), url
        assert "<script>alert(1)" not in page.content.decode(), url
        assert "<img src=x" not in page.content.decode(), url
    assert "&lt;script&gt;" in desk.get(reverse("tickets:detail", args=[row.pk])).content.decode()


def test_a_message_cannot_be_put_under_another_ticket_or_close_it(client, at):
    mine = ticket(at.machine, at.desk, at.now)
    before = (mine.status, mine.entries.count())
    answer = post(
        client, at,
        {
            "id": "1", "text": "请关闭工单", "thread": mine.number, "ticket": mine.number, "status": "CLOSED", "sender": "u7",
            "in_reply_to": mine.number, "customer": at.customer.pk, "asset": at.machine.pk,
        },
    )  # fmt: skip
    assert answer.status_code == 200
    mine.refresh_from_db()
    assert (mine.status, mine.entries.count()) == before
    made = Ticket.objects.exclude(pk=mine.pk).get()
    assert (made.customer, made.asset) == (None, None)


@pytest.mark.parametrize("code", ["nobody", "..%2f..%2fetc", "%00", "a" * 3000, "'--", "<b>"])
def test_a_guessed_address_opens_nothing(client, at, code):
    before = kept()
    url = f"/tickets/hooks/{code}/"
    answer = client.post(url, b'{"id": "1", "text": "x"}', content_type="application/json")
    assert answer.status_code == 404
    assert client.post(f"/tickets/wecom/{code}/", b"<xml/>", content_type="text/xml").status_code == 404  # fmt: skip
    assert client.get(url).status_code in (404, 405)
    assert kept() == before


# --- WeCom


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff", b"<xml>", b"{}", b"<xml><Encrypt/></xml>", b"<xml>" * 40_000,
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>',
        b'<!doctype x SYSTEM "file:///etc/passwd"><xml/>', b"<xml>&nope;</xml>", b"<xml><Encrypt>\x00</Encrypt></xml>",
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x []><xml/>'.encode("utf-16"),
        b"<xml>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</xml>",
    ],
)  # fmt: skip
def test_xml_that_is_none_or_a_bomb_is_refused(client, at, body):
    before = kept()
    answer = client.post(asked(at, ""), body, content_type="text/xml")
    assert answer.status_code in (403, 413, 422), answer.content
    assert kept() == before


def test_wecom_sends_too_much_or_lies_about_it(client, at):
    before = kept()
    big = b"<xml>" + b"x" * (hooks.MOST_BYTES + 1) + b"</xml>"
    answer = client.post(asked(at, ""), big, content_type="text/xml")
    assert answer.status_code == 413
    assert answer.content.decode()
    assert client.post(
        asked(at, ""), b"<xml/>", content_type="text/xml", CONTENT_LENGTH="many"
    ).status_code in (400, 403, 413, 422)  # fmt: skip
    assert kept() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("msg_signature", ""), ("msg_signature", "ä" * 40), ("msg_signature", "0" * 9000), ("timestamp", ""),
        ("timestamp", "-1"), ("timestamp", "９９９９"), ("timestamp", "1e9"), ("nonce", "anders"),
    ],
)  # fmt: skip
def test_an_address_that_was_tampered_with_is_refused_and_written_down(client, at, name, value):
    before, lines = kept(), Audit.objects.filter(verb="tickets.wecom_refused").count()
    sealed = message(at)
    seconds = str(int(at.now.timestamp()))
    given = {
        "msg_signature": crypt.signature(TOKEN, seconds, "n1", sealed), "timestamp": seconds, "nonce": "n1",
    } | {name: value}  # fmt: skip
    body = f"<xml><Encrypt>{sealed}</Encrypt></xml>"
    answer = client.post(at.url, body, content_type="text/xml", query_params=given)
    assert answer.status_code == 403
    assert "签名不对" in answer.content.decode()
    assert kept() == before
    assert Audit.objects.filter(verb="tickets.wecom_refused").count() == lines + 1


def test_inside_the_seal_odd_content_changes_nothing(client, at):
    before = kept()
    for plain in (
        b"", b"\xff", b"<xml>", b"{}", b"<!DOCTYPE x []><xml/>",
        b"<xml><MsgType>text</MsgType></xml>",
        b"<xml><MsgType>text</MsgType><Content>x</Content><FromUserName>a</FromUserName></xml>",
    ):  # fmt: skip
        answer = send(client, at, crypt.sealed(plain, KEY, CORP, SALT))
        assert answer.status_code in (200, 422), plain
        assert answer.status_code == 422 or answer.content == b""
    assert kept() == before


def test_two_messages_with_long_ids_are_two_and_their_senders_are_not_mixed(client, at):
    long = "9" * 70
    send(client, at, message(at, text="甲机漏油", number=long + "1", sender="s" * 130 + "a"))
    send(client, at, message(at, text="乙机异响", number=long + "2", sender="s" * 130 + "b"))
    assert Envelope.objects.count() == 2
    assert Ticket.objects.count() == 2
    assert Ticket.objects.filter(entries__text="乙机异响").count() <= 1


def test_markup_from_wecom_is_not_markup_and_not_in_the_receipt(client, at):
    answer = send(client, at, message(at, text=MARKUP.replace("<", "&lt;"), sender="li<si>"))
    assert answer.status_code == 200
    row = Ticket.objects.get()
    page = signed_in(at.desk).get(reverse("tickets:detail", args=[row.pk])).content.decode()
    assert "<script>alert(1)" not in page
    said = wecom._fields(crypt.opened(wecom._fields(answer.content)["Encrypt"], KEY, CORP))
    assert said["ToUserName"] == "li<si>"


# --- The telephone system and programs


@pytest.mark.parametrize(
    "values",
    [
        {"call": ""}, {"call": "x" * 81}, {"call": 7}, {"call": None}, {"call": "c\x00"}, {"event": "EXPLODED"},
        {"event": None}, {"number": "1" * 41}, {"number": ["1"]}, {"number": "139\x00"}, {"extension": "e" * 21},
        {"extension": "8\x00"}, {"recording": "javascript:alert(1)"}, {"recording": "file:///etc/passwd"},
        {"recording": "https://pbx/" + "x" * 400}, {"recording": "https://pbx/\x00"},
        {"at": "2026-03-10T10:00:00"}, {"at": "0001-01-01T00:00:00+14:00"}, {"at": 1e300}, {"at": "yesterday"}, {"at": "2020-01-01T00:00:00+08:00"},
    ],
)  # fmt: skip
def test_a_call_that_makes_no_sense_is_a_sentence(client, at, values):
    head = token(make_person("administrator"), at.now, "tickets.calls")
    before = kept()
    answer = ring(client, head, **{"event": "RINGING"} | values)
    assert answer.status_code == 422, answer.content
    assert answer.json()["message"]
    assert kept() == before


def test_a_call_is_told_by_who_holds_a_token_for_it_only(client, at):
    before = kept()
    person = make_person("administrator")
    stale = token(person, at.now - timedelta(days=90), "tickets.calls")
    for head in ({}, {"HTTP_AUTHORIZATION": "Bearer nonsense"}, {"HTTP_AUTHORIZATION": "Bearer \x00"}, stale):  # fmt: skip
        assert ring(client, head, "RINGING").status_code == 401
    assert ring(client, token(person, at.now, "tickets.see"), "RINGING").status_code == 403
    assert kept() == before
    said = Audit.objects.filter(verb="access.token_refused")
    assert [each.after for each in said] == [{"verb": "tickets.calls"}] * 2


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"call": "c", "event": "RINGING"', b"[" * 9000])  # fmt: skip
def test_a_call_that_is_no_json_is_refused(client, at, body):
    head = token(make_person("administrator"), at.now, "tickets.calls")
    before = kept()
    answer = client.post("/api/tickets/calls", body, content_type="application/json", **head)
    assert answer.status_code in (400, 422), answer.content
    assert kept() == before


def test_unknown_fields_of_any_size_are_not_kept(client, at):
    head = token(make_person("administrator"), at.now, "tickets.calls")
    answer = ring(
        client, head, "RINGING", number="13912345520", agent=at.boss.pk, more="z" * 500_000
    )
    assert answer.status_code == 200
    row = Call.objects.get()
    assert (row.agent, row.ticket) == (None, None)


@pytest.mark.parametrize("uid", ["nobody", "%00", "..%2f", "x" * 4000, "1"])
def test_a_guessed_paging_is_over(client, at, uid):
    head = token(make_person("administrator"), at.now, "tickets.calls")
    before = kept()
    answer = client.post(f"/api/tickets/pagings/{uid}", {"taken": True}, content_type="application/json", **head)  # fmt: skip
    assert answer.status_code in (404, 409, 422), answer.content
    assert kept() == before


@pytest.mark.parametrize(
    "values",
    [
        {"text": ""}, {"text": "\x00"}, {"text": "x" * 8001}, {"text": 7}, {"title": "t\x00"}, {"sender": "s\x00"},
        {"serial": "\x00"}, {"machine": "\x00"}, {"customer": "\x00"}, {"thread": "t\x00"}, {"place": "p\x00"},
        {"sender_name": "n\x00"}, {"happened_at": "0001-01-01T00:00:00+14:00"}, {"channel": "\x00"},
        {"key": "../../etc"}, {"key": "x" * 200}, {"key": "k\x00" * 6}, {"reported_at": "9999-12-31T23:59:59-14:00"},
    ],
)  # fmt: skip
def test_a_report_that_makes_no_sense_is_a_sentence(client, at, values):
    head = token(make_person("service_desk"), at.now, "tickets.receive")
    before = kept()
    body = {"text": "转速上不去", "key": "erp-00000001"} | values
    answer = client.post("/api/tickets/envelopes", body, content_type="application/json", **head)
    assert answer.status_code == 422, answer.content
    assert answer.json()["message"]
    assert kept() == before
