"""A mailbox on a real IMAP server and a post office on a real SMTP server, both on loopback."""

from __future__ import annotations

import contextlib
import imaplib
import os
import socket
import subprocess
import sys
import time
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

import pytest
from aiosmtpd.controller import Controller

from bihuan.apps.tickets.doors import mailboxes
from bihuan.apps.tickets.doors.letters import collect
from bihuan.apps.tickets.models import Mailbox
from bihuan.base.notify import sending
from bihuan.base.notify.models import Delivery
from bihuan.base.testing.people import make_person

SERVER = "from pymap.main import main; main()"
XU = "xu@pump.cn"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def imap_port():
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, "--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict",
         "--demo-user", "desk", "--demo-password", "geheim"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _try in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.1)
    yield port
    process.terminate()
    process.wait()


class Post:
    """Keeps what was sent."""

    def __init__(self):
        self.got = []

    async def handle_DATA(self, server, session, envelope):
        self.got.append(message_from_bytes(envelope.content, policy=modern))
        return "250 OK"


@pytest.fixture
def post(settings):
    box, port = Post(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    yield box
    controller.stop()


class Office:
    """The house with a mailbox of its own folder, into which `deliver` puts mails."""

    def __init__(self, house, port):
        self.house, self.port = house, port
        self.folder = f"F{time.monotonic_ns()}"
        self.session = imaplib.IMAP4("127.0.0.1", port)
        self.session.login("desk", "geheim")
        self.session.create(self.folder)
        self.box = mailboxes.save(
            row=Mailbox(
                title="服务邮箱", address="service@maker.cn", host="127.0.0.1", port=port, security="PLAIN",
                login="desk", folder=self.folder, made_at=house.now - timedelta(days=1),
            ),
            secret="geheim", by=make_person("administrator"), now=house.now,
        )  # fmt: skip

    def deliver(
        self, *, body="启动后异响，转速上不去。", sender=XU, files=(), html="", raw=b"", **headers
    ) -> bytes:
        mail = EmailMessage()
        mail["From"], mail["To"] = f"许工 <{sender}>", "service@maker.cn"
        mail["Subject"] = headers.pop("Subject", "离心机异响")
        mail["Message-ID"] = headers.pop("Message_ID", f"<{time.monotonic_ns()}@pump.cn>")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(body)
        if html:
            mail.add_alternative(html, subtype="html")
        for name, content in files:
            mail.add_attachment(
                content, maintype="application", subtype="octet-stream", filename=name
            )
        content = raw or mail.as_bytes()
        state, _data = self.session.append(self.folder, None, None, content)
        assert state == "OK"
        return content

    def collect(self, now=None) -> int:
        return collect(self.box.pk, now or self.house.now)


@pytest.fixture
def office(house, imap_port):
    house.contact.email = XU
    house.contact.save(update_fields=["email"])
    made = Office(house, imap_port)
    yield made
    made.session.logout()


def send_all(now):
    for row in Delivery.objects.filter(state="PLANNED", channel="MAIL", notice=None):
        sending.send(row.pk, now)
