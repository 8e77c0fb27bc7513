"""Mail that is refused, doubled, or cut off in the middle, by a real IMAP server on loopback."""

from __future__ import annotations

import imaplib
import io
import os
import signal
import zipfile
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connections
from django.urls import reverse

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.doors import imap, letters, mailboxes
from bihuan.apps.tickets.enums import Disposition, EntryKind
from bihuan.apps.tickets.models import Entry, Envelope, Letter, Mailbox, Sent, Ticket
from bihuan.apps.tickets.refusals import NoAddress
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.apps.tickets.tests.mail_house import XU, send_all
from bihuan.base.audit.models import Entry as Audit
from bihuan.base.evidence.actions import store
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Delivery
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("headers", "why"),
    [({"Auto_Submitted": "auto-replied"}, "auto_submitted"), ({"Precedence": "bulk"}, "precedence"), ({"sender": "service@maker.cn"}, "loop")],
)  # fmt: skip
def test_loops_are_refused_and_kept(office, post, headers, why):
    content = office.deliver(**headers)
    office.collect()
    kept = Envelope.objects.get()
    assert (kept.disposition, kept.raw["why"]) == (Disposition.REFUSED, why)
    assert Ticket.objects.count() == 0
    assert Delivery.objects.filter(notice=None).count() == 0
    assert Audit.objects.filter(verb="tickets.mail_refused", after__why=why).count() == 1
    assert (
        bytes(Letter.objects.get().raw)[:40] == content.replace(b"\n", b"\r\n")[:40]
        or bytes(Letter.objects.get().raw)[:40] == content[:40]
    )


def test_our_own_mail_coming_back_is_a_loop(office, post):
    house = office.house
    office.deliver()
    office.collect()
    send_all(house.now)
    office.deliver(sender="relay@elsewhere.cn", Message_ID=post.got[0]["Message-ID"])
    office.collect()
    assert Envelope.objects.last().raw["why"] == "loop"


def test_a_burst_of_one_sender_is_stopped(office):
    for n in range(23):
        office.deliver(sender="robot@x.cn", Subject=f"报警 {n}", body=f"第 {n} 次")
    office.collect()
    assert Ticket.objects.count() == 20
    assert Envelope.objects.filter(disposition="REFUSED", raw__why="burst").count() == 3
    assert Letter.objects.count() == 23


def zip_bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.txt", b"0" * 20_000_000)
    return target.getvalue()


def test_attachments_are_checked_and_a_zip_is_never_opened(office):
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    )
    office.deliver(
        files=[
            ("log.txt", "转速 3000\n".encode()),
            ("压缩.zip", zip_bomb()),
            ("x.exe", b"MZ\x90\x00" + b"\0" * 99),
            ("坏.png", png[:20]),
        ]
    )
    office.collect()
    row = Ticket.objects.get()
    inbound = row.entries.get(kind=EntryKind.INBOUND)
    assert [each.name for each in inbound.files.all()] == ["log.txt"]
    note = row.entries.get(kind=EntryKind.NOTE)
    assert "压缩.zip" in note.text
    assert "x.exe" in note.text
    assert len(note.data["left_out"]) == 3


def test_an_attachment_is_shown_and_sent_by_the_name_of_its_own_sender(office):
    content = "转速 3000\n".encode()
    store(
        content, by=None, now=office.house.now, name="别家的报价.txt"
    )  # another's, the same words
    office.deliver(files=[("..\\开机\u202e记录.txt", content)])
    office.collect()
    row = Ticket.objects.get()
    desk = signed_in(office.house.desk)
    page = desk.get(reverse("tickets:detail", args=[row.pk])).content.decode()
    assert "开机记录.txt" in page
    assert "别家的报价" not in page
    file = row.entries.get(kind=EntryKind.INBOUND).files.get()
    header = desk.get(reverse("evidence:file", args=[file.pk])).headers["Content-Disposition"]
    assert header == f"attachment; filename*=utf-8''{quote('开机记录.txt')}"


def test_a_bomb_is_refused_with_its_beginning_kept(office, monkeypatch):
    monkeypatch.setattr(letters, "LARGEST", 60_000)
    monkeypatch.setattr("bihuan.apps.tickets.doors.reading.LARGEST", 60_000)
    monkeypatch.setattr("bihuan.apps.tickets.doors.imap.LARGEST", 60_000)
    monkeypatch.setattr("bihuan.apps.tickets.doors.imap.RAW_KEPT", 5_000)
    office.deliver(body="x" * 90_000)
    office.deliver(Subject="后面一封")
    assert office.collect() == 2
    first, second = Envelope.objects.order_by("pk")
    assert (first.disposition, first.raw["why"], first.sender) == ("REFUSED", "too_big", XU)
    assert len(bytes(first.letters.get().raw)) == 5_000
    assert first.letters.get().size > 90_000
    assert second.disposition == "NEW_TICKET"


def test_a_letter_we_choke_on_stops_nothing(office, monkeypatch):
    real = letters.decide

    def choke(mail, now):
        if mail.subject == "毒" and not mail.wrong:
            raise ValueError("poison")
        return real(mail, now)

    monkeypatch.setattr(letters, "decide", choke)
    office.deliver(Subject="毒")
    office.deliver(Subject="好")
    assert office.collect() == 2
    assert [each.disposition for each in Envelope.objects.order_by("pk")] == [
        "REFUSED",
        "NEW_TICKET",
    ]


@pytest.mark.parametrize(
    "head", [
        b"Subject: =?utf-8?B?a?=", b"Message-ID: <a\0b@c>", b"References: <a\0b@c>",
        b"Content-Type: text/plain; charset=undefined", b'Content-Type: text/plain; charset="utf-8\0"',
        b'Content-Type: application/pdf; name="=?utf-8?B?a?="',
    ],
)  # fmt: skip
def test_a_malformed_letter_stops_none_behind_it(office, head):
    office.deliver(raw=b"From: x@y.cn\r\n" + head + b"\r\n\r\n\xff\xfe text")
    office.deliver(Subject="后面一封")
    assert office.collect() == 2
    assert Envelope.objects.get(subject="后面一封").disposition == "NEW_TICKET"
    assert Letter.objects.count() == 2


def test_a_server_that_is_too_busy_to_hand_a_letter_over_keeps_it_for_the_next_time(
    office, monkeypatch
):
    office.deliver(Subject="一")
    real = imaplib.IMAP4.uid
    for refused in ("BODY.PEEK[]", "RFC822.SIZE", "SEARCH"):

        def busy(session, command, *rest, refused=refused):
            if refused in f"{command} {rest}":
                return "NO", [b"system busy"]
            return real(session, command, *rest)

        monkeypatch.setattr(imaplib.IMAP4, "uid", busy)
        assert office.collect() == 0
        assert (Mailbox.objects.get().last_uid, Letter.objects.count()) == (0, 0)
        assert Mailbox.objects.get().error == "broken"
    monkeypatch.undo()
    assert office.collect() == 1
    assert (Ticket.objects.count(), Mailbox.objects.get().error) == (1, "")


def test_a_mailbox_that_moved_is_read_though_its_numbers_are_those_of_the_old_place(
    office, monkeypatch
):
    monkeypatch.setattr(imap, "uidvalidity", lambda _session: 1)  # as many servers say
    office.deliver(Subject="一")
    office.collect()
    office.folder = office.box.folder = f"{office.folder}B"
    office.session.create(office.folder)
    mailboxes.save(row=office.box, secret="", by=office.house.desk, now=office.house.now)
    office.deliver(Subject="二")
    assert office.collect() == 1
    assert list(Ticket.objects.order_by("pk").values_list("title", flat=True)) == ["一", "二"]


def test_one_reader_at_a_time_and_a_stale_one_writes_nothing(office, monkeypatch):
    office.deliver()
    now = office.house.now
    Mailbox.objects.update(lease_until=now + timedelta(minutes=1))
    assert office.collect() == 0
    Mailbox.objects.update(lease_until=now - timedelta(seconds=1))
    real = letters.read

    def overtaken(raw, size):
        Mailbox.objects.update(fence=99)  # somebody took the mailbox while we were fetching
        return real(raw, size)

    monkeypatch.setattr(letters, "read", overtaken)
    assert office.collect() == 0
    assert (Letter.objects.count(), Ticket.objects.count()) == (0, 0)


def test_the_same_mail_in_two_places_is_one(office):
    office.deliver(Message_ID="<same@pump.cn>", Date="Tue, 10 Mar 2026 09:58:00 +0800")
    office.deliver(Message_ID="<same@pump.cn>", Date="Tue, 10 Mar 2026 09:58:00 +0800")
    # another content under a Message-ID that was seen is another mail: nothing is lost by a forgery
    office.deliver(
        Message_ID="<same@pump.cn>", body="别的内容", Date="Tue, 10 Mar 2026 09:58:00 +0800"
    )
    office.collect()
    assert Letter.objects.count() == 3
    assert Envelope.objects.count() == 2


def test_a_new_uidvalidity_reads_again_and_doubles_nothing(office):
    office.deliver()
    office.collect()
    Mailbox.objects.update(uidvalidity=7, last_uid=500)
    office.collect(office.house.now + timedelta(minutes=5))
    assert (Ticket.objects.count(), Envelope.objects.count(), Letter.objects.count()) == (1, 1, 1)


def test_mail_without_an_address_is_refused_and_nothing_is_written(office):
    house = office.house
    house.contact.email = ""
    house.contact.save(update_fields=["email"])
    row = ticket(house.machine, house.desk, house.now)
    before = (Entry.objects.count(), Fact.objects.count())
    with pytest.raises(NoAddress):
        actions.reply(ticket=row, text="您好", channel="EMAIL", by=house.desk, now=house.now)
    assert (Entry.objects.count(), Fact.objects.count()) == before
    assert Sent.objects.count() == 0


def test_the_settings_keep_the_password_shut(office, house):
    admin = signed_in(make_person("administrator"))
    url = reverse("tickets:mailbox", args=[office.box.pk])
    assert "geheim" not in Mailbox.objects.get().password
    assert "geheim" not in admin.get(url).content.decode()
    given = {
        "title": "服务邮箱", "address": "service@maker.cn", "host": "127.0.0.1", "port": office.port,
        "security": "PLAIN", "login": "desk", "folder": office.folder, "active": "on", "secret": "",
    }  # fmt: skip
    assert admin.post(url, given).status_code == 302
    test = reverse("tickets:test_mailbox", args=[office.box.pk])
    assert "连接正常" in admin.post(test, follow=True).content.decode()
    admin.post(url, given | {"secret": "falsch"})
    assert "登录名或密码不对" in admin.post(test, follow=True).content.decode()
    assert office.collect() == 0
    assert Mailbox.objects.get().error == "login"
    far = admin.post(url, given | {"host": "mail.example.com"})
    assert far.status_code == 422
    assert Mailbox.objects.get().host == "127.0.0.1"
    assert signed_in(house.desk).get(url).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["before", "after"])
def test_killed_between_fetch_and_commit_each_mail_is_one(office, place):
    """kill -9 while the letter is being written, or just after it was committed."""
    office.deliver(Subject="一")
    office.deliver(Subject="二")
    connections.close_all()
    child = os.fork()
    if child == 0:  # pragma: no cover - dies
        real = letters.take

        def die(**values):
            if place == "after":
                real(**values)
            else:
                letters.mail_out.acknowledge = lambda **_values: os.kill(
                    os.getpid(), signal.SIGKILL
                )
                real(**values)
            os.kill(os.getpid(), signal.SIGKILL)

        letters.take = die
        try:
            office.collect()
        finally:
            os._exit(3)
    _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert Letter.objects.count() == (1 if place == "after" else 0)
    assert office.collect() == 0  # the dead one's lease still runs
    office.collect(office.house.now + timedelta(hours=1))
    assert (Letter.objects.count(), Ticket.objects.count(), Sent.objects.count()) == (2, 2, 2)
