"""The whole corpus through every door: one plain answer, nothing half written, nothing that acts."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from itertools import count

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from bihuan.apps.knowledge.models import Article
from bihuan.apps.portal.tests.conftest import report
from bihuan.apps.tickets.doors import hooks
from bihuan.apps.tickets.models import Entry, Envelope, Ticket
from bihuan.apps.tickets.tests.conftest import house, imap_port, office, post
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock
from bihuan.base.audit.models import Entry as Logged
from bihuan.base.evidence.models import File
from bihuan.base.notify.channels.webhook import signature
from bihuan.base.testing import corpus
from bihuan.base.testing.looking import doings, read
from bihuan.base.testing.people import come_in, make_person, signed_in
from bihuan.base.testing.routes import SKIPPED, all_routes
from bihuan.base.testing.tables import tables

__all__ = ["house", "imap_port", "office", "post"]
pytestmark = pytest.mark.django_db
WORDS = corpus.words()
LONG = corpus.packed(WORDS, 3500)
HOUR = timedelta(hours=1)


def test_the_corpus_is_large_and_the_looking_finds_what_acts():
    assert len(WORDS) + len(corpus.odd()) + len(corpus.numbers()) + len(corpus.files()) > 290
    assert all(doings(each) for each in WORDS if each.startswith(("<img", "<svg", "<iframe")))


def form(text: str, **more):
    given = {"key": str(uuid.uuid4()), "what": text, "runs": "badly", "phone": "139 0000 1111"}
    return given | {"name": text[:30]} | more


def outside(house, now):
    """The doors of strangers: name and what sends a text through it."""
    client = Client()
    _answer, token = report(house.machine, what="异响")
    hook, secret = hooks.add_hook(title="小红书", channel="SOCIAL", mapping={}, by=house.boss, now=now)  # fmt: skip
    numbers = count(1)

    def signed(text):
        body = json.dumps({"id": f"m{next(numbers)}", "text": text, "title": text[:100], "name": text[:50]}).encode()  # fmt: skip
        seconds = int(clock.now().timestamp())
        return client.post(
            reverse("tickets:hook", args=[hook.code]), body, content_type="application/json",
            HTTP_X_BIHUAN_SIGNATURE=f"t={seconds},v1={signature(secret, seconds, body)}",
        )  # fmt: skip

    return token, {
        "code": lambda text: client.post(f"/q/{house.machine.token}/report/", form(text)),
        "site": lambda text: client.post("/report/", form(text, company=text[:100], serial="")),
        "page": lambda text: client.post(
            f"/t/{token}/add/", {"key": str(uuid.uuid4()), "text": text}
        ),
        "hook": signed,
    }


def inside(house):
    """The doors of our own people and programs."""
    desk, row = signed_in(house.desk), ticket(house.machine, house.desk, house.now)
    author = make_person("field_engineer")
    writer = signed_in(author)
    url = reverse("tickets:detail", args=[row.pk])

    def api(path, text, **more):
        return desk.post(f"/api/tickets/{path}", {"text": text} | more, "application/json")

    told = {"title": "门锁卡死", "symptom": "卡死", "remedy": "解锁", "audiences": ["ENGINEER"]}
    return row, {
        "desk": lambda text: desk.post(reverse("tickets:new"), {
            "kind": "FAULT", "title": text[:100], "text": text, "customer": house.customer.pk, "phone": "13912345520",
            "place": text[:100], "impact": "DEGRADED", "channel": "PHONE", "source": "CALL", "caller": text[:40],
        }),
        "api": lambda text: api("", text, title=text[:100], customer=house.customer.pk, place=text[:100], caller_name=text[:40]),
        "replies": lambda text: api(f"{row.pk}/replies", text),
        "notes": lambda text: api(f"{row.pk}/notes", text),
        "screen": lambda text: desk.post(url, {"text": text, "deed": "note", "channel": "PHONE"}),
        "article": lambda text: writer.post("/api/knowledge/", told | {"title": text[:100], "body": text, "remedy": text}, "application/json"),
    }  # fmt: skip


def kept_texts() -> str:
    found = [
        *Entry.objects.values_list("text", flat=True),
        *Ticket.objects.values_list("text", flat=True),
    ]
    return "\n".join(found).replace("\r\n", "\n")


def pages(house, token: str):
    """Every page on which these words are shown, as who reads it."""
    desk, chief = signed_in(house.lead), signed_in(make_person("administrator"))
    expert = signed_in(make_person("technical_head"))
    rows = list(Ticket.objects.values_list("pk", flat=True))[:12]
    asked = [
        (desk, "/tickets/"), (desk, "/tickets/inbox/"), (chief, "/audit/"), (desk, "/search/?q=zq7"),
        (desk, f"/tickets/customer/{house.customer.pk}/"), (desk, f"/tickets/asset/{house.machine.pk}/"),
        *((desk, f"/tickets/{pk}/") for pk in rows), (Client(), f"/t/{token}/"), (Client(), f"/t/{token}/live/"),
        *((expert, reverse("knowledge:article", args=[pk])) for pk in Article.objects.values_list("pk", flat=True)[:4]),
    ]  # fmt: skip
    for client, url in asked:
        answer = client.get(url)
        assert answer.status_code in (200, 404), url
        yield url, answer.content.decode()


def test_words_of_any_kind_are_kept_as_written_and_act_nowhere(house):
    with clock.set_to(house.now):
        token, doors = outside(house, house.now)
        _row, more = inside(house)
        for name, door in (doors | more).items():
            for text in LONG:
                answer = door(text)
                assert answer.status_code in (200, 201, 302), (name, answer.content.decode()[:300])
        kept = kept_texts()
        assert [each for each in WORDS if each.strip() not in kept] == []
        seen = ""
        for url, page in pages(house, token):
            assert doings(page) == [], url
            seen += read(page)
        assert f"<script>{corpus.CALL}</script>" in seen


def test_short_words_one_by_one_and_as_questions(house):
    """Titles, places and names in lists; then the same words asked for in search and filters."""
    with clock.set_to(house.now):
        desk = signed_in(house.desk)
        for word in WORDS[::2]:
            body = {"title": word[:120], "customer": house.customer.pk, "caller_name": word[:60], "channel": "WEB"}  # fmt: skip
            answer = desk.post("/api/tickets/", body, "application/json")
            assert answer.status_code == 201, answer.content
        before = tables()
        queue = desk.get("/tickets/")
        assert doings(queue.content.decode()) == []
        for word in [*WORDS[1::6], *corpus.odd()[::4], *corpus.numbers()[::3]]:
            asked = word.encode("utf-8", "replace").decode()[:2000]
            for url, names in (("/search/", ("q",)), ("/tickets/", ("q", "status", "kind", "owner", "sort", "page", "view", "after"))):  # fmt: skip
                answer = desk.get(url, dict.fromkeys(names, asked))
                assert answer.status_code in (200, 302, 400, 404, 422), (url, word[:60])
                assert doings(answer.content.decode()) == [], (url, word)
        assert tables() == before


@pytest.mark.parametrize("text", ["\x00", "漏\x00油", "9" * 400, "²"])
def test_no_page_stumbles_over_an_odd_question(house, text):
    """Every page without a number in its address, with every name that some page asks by."""
    names = (
        "q", "page", "sort", "status", "kind", "owner", "view", "after", "customer", "asset", "region", "from", "to",
        "month", "on", "seen", "next", "tab", "state", "line", "due", "phone", "serial", "title", "clause", "rule",
        "family", "part", "number", "contact", "verb", "who", "day", "year", "period", "level", "text", "place",
    )  # fmt: skip
    wrong = []
    with clock.set_to(house.now):
        clients = [come_in(make_person("administrator")), come_in(house.lead), come_in(house.boss)]
        for route in all_routes():
            if route.parameters or not route.name.rpartition(":")[2] or route.name in SKIPPED:
                continue
            for client in clients:
                client.raise_request_exception = False
                with transaction.atomic():
                    answer = client.get(f"/{route.pattern}", dict.fromkeys(names, text))
                    transaction.set_rollback(True)
                if answer.status_code >= 500 and "ready" not in route.name:
                    wrong.append(route.name)
    assert sorted(set(wrong)) == []


def test_signs_that_hide_or_cannot_be_kept_never_reach_a_page(house):
    with clock.set_to(house.now):
        token, doors = outside(house, house.now)
        row, more = inside(house)
        for name, door in (doors | more).items():
            for n, text in enumerate(corpus.odd()):
                try:
                    # strangers are counted by the hour, our own people are signed in for less
                    with clock.set_to(house.now + n * HOUR * (name in doors)):
                        answer = door(text)
                except UnicodeEncodeError:  # the sender itself cannot write half a character
                    continue
                assert answer.status_code in (200, 201, 302, 413, 422), (name, text[:9], answer.status_code)  # fmt: skip
        with clock.set_to(house.now + 200 * HOUR):
            shown = [page for _url, page in pages(house, token)]
        for sign in "\x00\ud800\udfff":
            assert not any(sign in page for page in shown)
        told = Entry.objects.filter(kind="INBOUND").exclude(ticket=row).filter(by=None)
        from_doors = [each.text for each in told.filter(channel__in=["H5_QR", "WEB", "SOCIAL"]) if not each.envelope or not each.envelope.message_id.startswith("api:")]  # fmt: skip
        assert from_doors
        hides = set(corpus.HIDDEN) - {"\ue000"}  # for private use: it shows as a box
        assert [text[:20] for text in from_doors if set(text) & hides] == []


@pytest.mark.parametrize("door", ["code", "site", "page", "reply"])
def test_a_file_that_is_not_what_it_says_is_refused_and_in_the_log(house, door):
    with clock.set_to(house.now):
        _answer, token = report(house.machine, what="异响")
        row = Ticket.objects.get()
        before = (Ticket.objects.count(), Entry.objects.count(), Envelope.objects.count())
        for n, (name, content) in enumerate(corpus.files()):
            # our own people may keep archives and texts of any language: nothing unpacks or runs them
            if door == "reply" and content[:2] in (b"PK", b"<?"):
                continue
            with clock.set_to(house.now + n * HOUR):
                file, lines = SimpleUploadedFile("a", content), Logged.objects.count()
                file._name = name  # the name as it was sent: Django's own setter would tidy it
                sent = {
                    "code": lambda f=file: Client().post(f"/q/{house.machine.token}/report/", form("异响") | {"photos": f}),
                    "site": lambda f=file: Client().post("/report/", form("异响", company="某厂") | {"photos": f}),
                    "page": lambda f=file: Client().post(f"/t/{token}/add/", {"key": str(uuid.uuid4()), "text": "图", "photos": f}),
                    "reply": lambda f=file: signed_in(house.desk).post(f"/tickets/{row.pk}/", {"text": "图", "deed": "note", "channel": "PHONE", "files": f}),
                }[door]()  # fmt: skip
                assert sent.status_code in (400, 413, 415, 422), (
                    name[:40],
                    content[:20],
                    sent.status_code,
                )
                if door != "reply" and sent.status_code != 400:  # 400: not even read
                    assert Logged.objects.count() == lines + 1, name[:40]
                    assert Logged.objects.latest("pk").verb == "portal.refused"
        after = (Ticket.objects.count(), Entry.objects.count(), Envelope.objects.count())
        assert (after, File.objects.count()) == (before, 0)


def nested(depth: int) -> bytes:
    inner = b"Content-Type: text/plain\r\n\r\nx"
    for n in range(depth):
        mark = f"b{n}".encode()
        inner = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n%s\r\n--%s--' % (mark, mark, inner, mark)  # fmt: skip
    return inner


def test_mails_of_every_kind_are_kept_and_none_acts(office, post):
    head = b"From: a@x.cn\r\nTo: service@maker.cn\r\nMessage-ID: <%d@x.cn>\r\n"
    odd = [
        b"Subject: =?utf-8?b?////?=\r\n\r\nx", b"Subject: x\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe",
        b"Subject: x\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n!!!!", b"Subject: x\r\n" + nested(200),
        b"Subject: a\r\n b\r\n\tBcc: all@evil.example\r\n\r\nx", b"Subject: x\r\nDate: 99 Foo 99999\r\n\r\nx", b"X: y\r\n" * 3000 + b"\r\nx",
        b"Subject: \x00\x1b\xe2\x80\xae\r\n\r\n\x00", b"Subject: x\r\nContent-Type: multipart/mixed\r\n\r\nno boundary", b"",
        b"Subject: x\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nx",
    ]  # fmt: skip
    for n, text in enumerate(LONG):
        office.deliver(sender=f"s{n}@x.cn", Subject=WORDS[n * 7].split("\n")[0].replace("\t", " "), body=text, html=f"<p>{text}</p>")  # fmt: skip
    for n, raw in enumerate(odd):
        office.deliver(raw=head % n + raw)
    with clock.set_to(office.house.now):
        assert office.collect() == len(LONG) + len(odd)
        assert Envelope.objects.count() == len(LONG) + len(odd)
        kept = kept_texts()
        assert [word for word in WORDS if word.strip() not in kept] == []
        desk = signed_in(office.house.lead)
        for url in ("/tickets/", "/tickets/inbox/", *(f"/tickets/{pk}/" for pk in Ticket.objects.values_list("pk", flat=True))):  # fmt: skip
            assert doings(desk.get(url).content.decode()) == [], url
