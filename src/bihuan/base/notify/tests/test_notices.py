from __future__ import annotations

import json
import socket
import threading
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller

from bihuan.base.notify import sending
from bihuan.base.notify.actions import add_webhook, read, tell
from bihuan.base.notify.channels import Temporary
from bihuan.base.notify.channels.mail import Mail
from bihuan.base.notify.channels.webhook import signature
from bihuan.base.notify.hours import next_moment
from bihuan.base.notify.models import Delivery, Notice, Preference, Sending
from bihuan.base.notify.queries import unread
from bihuan.base.testing.people import make_person, signed_in

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class Box:
    """Keeps what arrives, or answers as it is told."""

    def __init__(self):
        self.got, self.answer = [], "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.got.append(envelope.content.decode())
        return self.answer


@pytest.fixture
def post(settings):
    box = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    yield box
    controller.stop()


@pytest.fixture
def li():
    return make_person("sales", email="li@example.com")


def told(person, **values):
    return tell(
        to=person, kind="obligation.due", title={"zh": "到期", "en": "Due"}, now=NOW, **values
    )


def test_once_under_a_key(li):
    assert len(told(li, key="k")) == 1
    assert told(li, key="k") == []
    assert unread(li).count() == 1
    assert Delivery.objects.count() == 1


def test_reading_is_ones_own(li):
    other = make_person("sales")
    (notice,) = told(li)
    assert read([notice.pk], by=other, now=NOW) == 0
    assert unread(li).count() == 1
    read(None, by=li, now=NOW)
    assert unread(li).count() == 0


def test_mail_waits_until_a_server_is_named(li, settings):
    settings.EMAIL_HOST = ""
    told(li)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.waits_for) == (Sending.PLANNED, "MAIL")
    assert sending.wake_waiting(NOW) == 0
    settings.EMAIL_HOST = "127.0.0.1"
    assert sending.wake_waiting(NOW + timedelta(days=4)) == 0
    assert sending.wake_waiting(NOW) == 1


def test_mail_goes_out_once(post, li):
    told(li, text="请看", url="/o/1/")
    delivery = Delivery.objects.get()
    assert sending.send(delivery.pk, NOW) == Sending.SENT
    assert sending.send(delivery.pk, NOW) == ""
    assert len(post.got) == 1
    assert delivery.message_id in post.got[0]


@pytest.mark.parametrize(
    ("answer", "state"), [("451 later", Sending.PLANNED), ("550 never", Sending.FAILED)]
)
def test_what_the_server_refuses(post, li, answer, state):
    post.answer = answer
    told(li)
    delivery = Delivery.objects.get()
    assert sending.send(delivery.pk, NOW) == state
    delivery.refresh_from_db()
    assert "example.com" not in delivery.error
    if state == Sending.PLANNED:
        assert delivery.due_at > NOW


def test_a_server_that_is_away_is_tried_eight_times(li, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    told(li)
    pk, moment, states = Delivery.objects.get().pk, NOW, []
    for _ in range(10):
        states.append(sending.send(pk, moment))
        moment += timedelta(hours=3)
    assert states == [Sending.PLANNED] * 7 + [Sending.FAILED, "", ""]


def test_a_cut_off_mail_is_for_a_person_to_decide(post, li):
    told(li)
    pk = Delivery.objects.get().pk
    Delivery.objects.update(state=Sending.SENDING, fence=1, attempts=1, lease_until=NOW)
    assert sending.send(pk, NOW + timedelta(seconds=1)) == Sending.UNKNOWN
    assert post.got == []
    assert sending.again(pk, now=NOW)
    assert sending.send(pk, NOW) == Sending.SENT


def test_a_mail_that_was_slow_and_not_cut_off_is_sent_and_nobody_has_to_decide(
    post, li, monkeypatch
):
    told(li)
    pk = Delivery.objects.get().pk
    usual = Mail.send

    def slow(self, delivery):
        usual(self, delivery)
        assert sending.send(pk, NOW + timedelta(minutes=3)) == Sending.UNKNOWN

    monkeypatch.setattr(Mail, "send", slow)
    assert sending.send(pk, NOW) == Sending.SENT
    row = Delivery.objects.get()
    assert (row.state, row.sent_at, row.error, len(post.got)) == (Sending.SENT, NOW, "", 1)


def test_a_living_lease_is_respected(post, li):
    told(li)
    Delivery.objects.update(state=Sending.SENDING, lease_until=NOW + timedelta(seconds=9))
    assert sending.send(Delivery.objects.get().pk, NOW) == ""


def test_who_lost_the_fence_writes_nothing(post, li, monkeypatch):
    told(li)
    pk = Delivery.objects.get().pk

    def slow(self, delivery):
        Delivery.objects.filter(pk=pk).update(fence=99, state=Sending.SENT)
        raise Temporary("x")

    monkeypatch.setattr("bihuan.base.notify.channels.mail.Mail.send", slow)
    assert sending.send(pk, NOW) == ""
    assert Delivery.objects.get().state == Sending.SENT


def test_webhooks_are_signed_and_name_nobody(li):
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            self.send_response(200 if len(got) > 1 else 503)
            self.end_headers()

        def log_message(self, *args):
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook = add_webhook(
        title="ERP",
        address=f"http://127.0.0.1:{server.server_port}/",
        kinds=["obligation."],
        by=None,
        now=NOW,
    )
    told([li, make_person("sales")])
    tell(to=li, kind="customer.x", title="x", now=NOW)
    delivery = Delivery.objects.get(channel="WEBHOOK")
    assert sending.send(delivery.pk, NOW) == Sending.PLANNED
    assert sending.send(delivery.pk, NOW + timedelta(hours=1)) == Sending.SENT
    server.shutdown()
    server.server_close()
    headers, body = got[-1]
    seconds = int(headers["X-Bihuan-Signature"].split(",")[0][2:])
    assert headers["X-Bihuan-Signature"].endswith(signature(hook.secret, seconds, body))
    assert got[0][0]["X-Bihuan-Id"] == headers["X-Bihuan-Id"]
    assert li.name not in json.dumps(json.loads(body), ensure_ascii=False)


@pytest.mark.parametrize(
    ("quiet", "digest", "at", "expected"),
    [
        (None, None, "09:00", "09:00"),
        ((time(22), time(7)), None, "23:30", "07:00"),
        ((time(22), time(7)), None, "06:59", "07:00"),
        ((time(22), time(7)), None, "07:00", "07:00"),
        ((time(12), time(13)), None, "12:30", "13:00"),
        (None, time(18), "09:00", "18:00"),
        ((time(17), time(19)), time(18), "09:00", "19:00"),
    ],
)
def test_when_a_message_may_leave(li, quiet, digest, at, expected):
    wish = Preference(
        user=li, quiet_from=quiet and quiet[0], quiet_to=quiet and quiet[1], digest_at=digest
    )
    moment = datetime.fromisoformat(f"2026-03-02T{at}+08:00")
    assert next_moment(wish, moment).astimezone(moment.tzinfo).strftime("%H:%M") == expected


def test_urgent_does_not_wait(li):
    Preference.objects.create(user=li, digest_at=time(18))
    told(li)
    told(li, urgent=True)
    assert sorted(each.due_at > NOW for each in Delivery.objects.all()) == [False, True]


def test_the_pages(li):
    told(li, url="/me/")
    client = signed_in(li)
    assert "到期" in client.get("/notices/").content.decode()
    assert "到期" in client.get("/notices/bell/").content.decode()
    pk = Notice.objects.get().pk
    assert signed_in(make_person("sales")).post(f"/notices/{pk}/open/").status_code == 404
    assert client.post(f"/notices/{pk}/open/").headers["Location"] == "/me/"
    assert unread(li).count() == 0
    answer = client.post("/me/notices/", {"mail": "on", "quiet_from": "22:00"})
    assert answer.status_code == 422
    assert not Preference.objects.exists()
