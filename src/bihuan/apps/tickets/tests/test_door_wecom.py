"""The door of WeCom: its own proof of an address, encrypted messages, forged and odd ones."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.tickets.doors import wecom
from bihuan.apps.tickets.doors import wecom_crypt as crypt
from bihuan.apps.tickets.enums import Channel
from bihuan.apps.tickets.models import Entry, Envelope, Ticket, WecomApp
from bihuan.base import clock
from bihuan.base.audit.models import Entry as Audit
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import make_person, signed_in

TOKEN, CORP = "QDG6eK", "wx5823bf96d3bd56c7"
AES = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
KEY = crypt.key_of(AES)
SALT = b"0123456789abcdef"


def test_an_example_of_the_platform_opens():
    """The message of the platform's own documentation and its signature."""
    sealed = (
        "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
        "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0"
        "ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+"
        "rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07"
        "+qN+E7Q=="
    )
    mark = "477715d11cdb4164915debcba66cb864d751f3e6"
    assert crypt.is_signed(mark, TOKEN, "1409659813", "1372623149", sealed)
    assert b"<MsgType><![CDATA[text]]></MsgType>" in crypt.opened(sealed, KEY, CORP)


@given(st.binary(max_size=400))
def test_what_is_sealed_opens_again_and_only_for_its_receiver(message):
    sealed = crypt.sealed(message, KEY, CORP, SALT)
    assert crypt.opened(sealed, KEY, CORP) == message
    with pytest.raises(crypt.Unsound):
        crypt.opened(sealed, KEY, "wx0000000000000000")


@given(st.integers(min_value=0, max_value=63), st.integers(min_value=1, max_value=255))
def test_a_changed_message_never_passes_its_signature(place, flip):
    sealed = crypt.sealed(b"<xml><a>1</a></xml>", KEY, CORP, SALT)
    raw = bytearray(base64.b64decode(sealed))
    raw[place % len(raw)] ^= flip
    other = base64.b64encode(bytes(raw)).decode()
    mark = crypt.signature(TOKEN, "1", "n", sealed)
    assert not crypt.is_signed(mark, TOKEN, "1", "n", other)


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        house.app = wecom.add_app(
            title="服务号", receiver=CORP, token=TOKEN, aes_key=AES, by=house.boss, now=house.now
        )
        house.url = reverse("tickets:wecom", args=[house.app.code])
        yield house


def asked(at, sealed, moment=None, nonce="n1"):
    seconds = str(int((moment or at.now).timestamp()))
    mark = crypt.signature(TOKEN, seconds, nonce, sealed)
    return f"{at.url}?msg_signature={mark}&timestamp={seconds}&nonce={nonce}"


def message(at, text="转速上不去", kind="text", sender="zhangsan", number="1001", **more):
    given = {
        "ToUserName": CORP, "FromUserName": sender, "CreateTime": str(int(at.now.timestamp())),
        "MsgType": kind, "Content": text, "MsgId": number, **more,
    }  # fmt: skip
    return crypt.sealed(wecom._xml(**given), KEY, CORP, SALT)


def send(client, at, sealed, **more):
    body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
    return client.post(asked(at, sealed, **more), body, content_type="text/xml")


@pytest.mark.django_db
def test_the_platform_verifies_the_address(client, at):
    echo = crypt.sealed(b"1616140317555161061", KEY, CORP, SALT)
    answer = client.get(asked(at, echo), {})
    assert answer.status_code == 403  # the echo is part of what is signed
    seconds = str(int(at.now.timestamp()))
    given = {
        "msg_signature": crypt.signature(TOKEN, seconds, "n", echo), "timestamp": seconds, "nonce": "n",
        "echostr": echo,
    }  # fmt: skip
    answer = client.get(at.url, given)
    assert (answer.status_code, answer.content) == (200, b"1616140317555161061")
    at.app.refresh_from_db()
    assert at.app.verified_at == at.now
    assert client.get(at.url, given | {"msg_signature": "0" * 40}).status_code == 403
    assert client.get(reverse("tickets:wecom", args=["nobody"]), given).status_code == 404


@pytest.mark.django_db
def test_a_message_becomes_a_ticket_once_and_is_acknowledged_without_stopping_a_clock(client, at):
    first = send(client, at, message(at))
    again = send(client, at, message(at), nonce="n2")
    row = Ticket.objects.get()
    assert (row.channel, row.title, row.caller_name) == (Channel.WECOM, "转速上不去", "zhangsan")
    outer = wecom._fields(first.content)
    assert crypt.is_signed(outer["MsgSignature"], TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])  # fmt: skip
    said = wecom._fields(crypt.opened(outer["Encrypt"], KEY, CORP))
    assert row.number in said["Content"]
    assert said["ToUserName"] == "zhangsan"
    assert again.content == b""
    assert (Envelope.objects.count(), Entry.objects.filter(code="RECEIVED").count()) == (1, 1)
    assert row.contacted_at is None
    assert not Fact.objects.filter(kind="ticket.contacted").exists()
    send(client, at, message(at, text="补一句：报警 E12", number="1002"))
    assert row.entries.filter(text="补一句：报警 E12").exists()
    assert Ticket.objects.count() == 1


@pytest.mark.django_db
def test_at_night_the_receipt_says_when_we_open_and_the_envelope_says_it_was_closed(client, at):
    night = at.now.replace(hour=23)
    with clock.set_to(night):
        answer = send(client, at, message(at, CreateTime=str(int(night.timestamp()))), moment=night)
    said = wecom._fields(crypt.opened(wecom._fields(answer.content)["Encrypt"], KEY, CORP))
    assert "现在不在服务时间内" in said["Content"]
    assert Envelope.objects.get().after_hours
    send(client, at, message(at, sender="lisi", number="1009"))
    assert not Envelope.objects.get(thread__endswith="lisi").after_hours


@pytest.mark.django_db
def test_forged_old_and_odd_messages_change_nothing(client, at):
    sealed = message(at)
    forged = asked(at, sealed).replace("msg_signature=", "msg_signature=0")
    body = f"<xml><Encrypt>{sealed}</Encrypt></xml>"
    assert client.post(forged, body, content_type="text/xml").status_code == 403
    assert send(client, at, sealed, moment=at.now - timedelta(hours=1)).status_code == 403
    strange = crypt.sealed(b"<xml/>", KEY, "somebody-else", SALT)
    assert send(client, at, strange).status_code == 403
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><xml><Encrypt>&b;</Encrypt></xml>'
    assert client.post(asked(at, ""), bomb, content_type="text/xml").status_code == 422
    for odd in ("", "<xml>", "\xff", "{}"):
        assert client.post(asked(at, ""), odd, content_type="text/xml").status_code in (403, 422)
    event = crypt.sealed(wecom._xml(FromUserName="z", MsgType="event", Event="enter_agent"), KEY, CORP, SALT)  # fmt: skip
    assert send(client, at, event).content == b""
    assert (Ticket.objects.count(), Envelope.objects.count()) == (0, 0)
    assert Audit.objects.filter(verb="tickets.wecom_refused").count() >= 3


@pytest.mark.django_db
def test_an_address_is_made_on_the_page_and_a_wrong_key_is_refused(house):
    with clock.set_to(house.now):
        admin = signed_in(make_person("administrator"))
        url = reverse("tickets:new_wecom")
        given = {"title": "服务号", "receiver": CORP, "token": TOKEN, "aes_key": "short"}
        answer = admin.post(url, given)
        assert answer.status_code == 422
        assert "43 个字符" in answer.content.decode()
        assert not WecomApp.objects.exists()
        assert admin.post(url, given | {"aes_key": AES}).status_code == 302
        page = admin.get(reverse("tickets:ways")).content.decode()
    row = WecomApp.objects.get()
    assert reverse("tickets:wecom", args=[row.code]) in page
    assert AES not in page
    assert AES not in row.aes_key
