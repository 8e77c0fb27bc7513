"""Reporting: the code, the form of the web site, once is once, and what is refused."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from bihuan.apps.customers.actions import add_customer
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.portal import guard
from bihuan.apps.portal.models import Count, Link
from bihuan.apps.portal.queries import FIRST
from bihuan.apps.portal.tests.conftest import WHAT, filled, picture, report, text
from bihuan.apps.tickets import actions as tickets
from bihuan.apps.tickets.doors import paging
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.base import clock
from bihuan.base.audit.models import Entry as Logged
from bihuan.base.evidence.models import File
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in
from bihuan.base.ui.marks import when


def nothing_kept():
    return not (
        Ticket.objects.exists() or Envelope.objects.exists() or Link.objects.exists() or File.objects.exists()
    )  # fmt: skip


def test_that_it_stopped_at_night_calls_whoever_is_on_call_though_somebody_owns_the_ticket(house):
    with clock.set_to(house.now):
        report(house.machine, runs="badly")
        row = Ticket.objects.get()
        tickets.accept(ticket=row, by=house.desk, now=house.now)
        report(house.machine, runs="stopped")
    assert not row.ladders.exists()  # by day the owner hears it
    night = house.now + timedelta(hours=12)
    with clock.set_to(night):
        report(house.machine, runs="badly")
        assert not row.ladders.exists()
        report(house.machine, runs="stopped")
    assert row.ladders.count() == 1
    paging.climb(night)
    assert Notice.objects.filter(kind="ticket.paged", to=house.lead).count() == 1


def test_the_code_opens_a_form_that_says_nothing_of_the_owner(at):
    client = Client()
    page = client.get(f"/q/{at.machine.token}/", follow=True)
    seen = text(page)
    assert page.status_code == 200
    assert at.machine.model.called in seen
    assert at.machine.serial not in seen
    assert at.machine.serial[-2:] in seen
    for secret in ("金陵", "南京", "许工", "13912345520"):
        assert secret not in seen
    assert page["Referrer-Policy"] == "strict-origin"
    assert page["Cache-Control"] == "no-store"
    english = client.get(f"/q/{at.machine.token}/report/", headers={"Accept-Language": "en"})
    assert "What happened?" in text(english)


def test_a_report_with_photos_becomes_a_ticket_and_leads_to_its_page(at):
    answer, token = report(
        at.machine, photos=[picture("a.jpg"), picture("b.png", "PNG")], name="夜班小刘"
    )
    row = Ticket.objects.get()
    assert answer.status_code == 302
    assert (row.channel, row.status, row.customer, row.asset) == (
        "H5_QR",
        "NEW",
        at.customer,
        at.machine,
    )
    assert (row.downtime, row.severity, row.caller_phone, row.caller_name) == (True, "HIGH", "13900001111", "夜班小刘")  # fmt: skip
    assert row.entries.filter(kind="INBOUND").get().files.count() == 2
    assert Fact.objects.filter(kind="fault.reported").count() == 1
    page = Client().get(f"/t/{token}/?sent=1")
    seen = text(page)
    assert row.number in seen
    assert WHAT in seen
    for secret in ("13900001111", "夜班小刘", "金陵", at.machine.serial):
        assert secret not in seen


def test_the_expected_answer_is_the_dutys_own_time_from_the_first_moment(at):
    _answer, token = report(at.machine)
    before = text(Client().get(f"/t/{token}/"))
    drain(at.now)
    after = text(Client().get(f"/t/{token}/"))
    due = of_matter(Ticket.objects.get().number).filter(kind__in=FIRST).earliest("due_at").due_at
    assert "电话响应" not in before
    assert "电话响应" in after
    for seen in (before, after):
        assert "上班" not in seen
        assert "答复您" in seen
        assert when(due, "time") in seen


def test_at_night_nobody_reads_of_the_morning_what_is_promised_within_the_hour(at):
    with clock.set_to(at.now.replace(hour=23)):
        _answer, token = report(at.machine)
        seen = text(Client().get(f"/t/{token}/"))
        assert "不在上班时间" not in seen
        assert "今天 23:" in seen


def test_where_nothing_is_promised_yet_the_calendar_says_when_work_begins(at):
    for hour, sentence in ((10, "现在是上班时间"), (23, "不在上班时间，")):
        with clock.set_to(at.now.replace(hour=hour)):
            answer = Client().post("/report/", filled(company=f"远处公司{hour}"))
            assert sentence in text(Client().get(answer.headers["Location"].split("?")[0]))


def test_sent_twice_is_one_ticket_and_both_ways_lead_to_it(at):
    key = str(uuid.uuid4())
    first, one = report(at.machine, key=key)
    again, two = report(at.machine, key=key)
    assert (first.status_code, again.status_code) == (302, 302)
    assert (Ticket.objects.count(), Envelope.objects.count()) == (1, 1)
    assert one != two
    for token in (one, two):
        assert Ticket.objects.get().number in text(Client().get(f"/t/{token}/"))
    assert set(Link.objects.values_list("own", flat=True)) == {True}


def test_other_words_under_the_same_key_are_a_message_and_nothing_is_lost(at):
    key = str(uuid.uuid4())
    report(at.machine, key=key)
    _answer, token = report(at.machine, key=key, what="还冒烟了")
    assert (Ticket.objects.count(), Envelope.objects.count()) == (1, 2)
    seen = text(Client().get(f"/t/{token}/"))
    assert WHAT in seen
    assert "还冒烟了" in seen
    web = Client()
    key = str(uuid.uuid4())
    for what in ("不转了", "还是不转"):
        web.post("/report/", filled(key=key, what=what, company="远处公司"))
    assert Ticket.objects.filter(channel="WEB").count() == 1


def test_who_reports_the_same_machine_later_follows_without_the_first_ones_words(at):
    _answer, first = report(at.machine, what="第一个人的话", photos=[picture()])
    answer, second = report(at.machine, what="第二个人的话", phone="13700002222")
    assert answer.status_code == 302
    assert Ticket.objects.count() == 1
    seen = text(Client().get(f"/t/{second}/?sent=1"))
    assert "第二个人的话" in seen
    assert "第一个人的话" not in seen
    assert "已经有人报过修" in seen
    pk = File.objects.get().pk
    shown = Client().get(f"/t/{first}/photo/{pk}/")
    assert shown.status_code == 200
    assert (
        shown.headers["Content-Disposition"]
        == f'inline; filename="{Ticket.objects.get().number}.jpg"'
    )
    assert Client().get(f"/t/{second}/photo/{pk}/").status_code == 404


def test_after_a_resale_the_new_owner_has_a_ticket_of_his_own(at):
    _answer, old = report(at.machine, what="旧主人的话")
    buyer = add_customer(name="新主人有限公司", region="east", by=None, now=at.now)
    type(at.machine).objects.filter(pk=at.machine.pk).update(customer=buyer, owner=buyer)
    _answer, new = report(at.machine, what="新主人的话")
    assert Ticket.objects.count() == 2
    assert "旧主人的话" not in text(Client().get(f"/t/{new}/"))
    assert "新主人的话" not in text(Client().get(f"/t/{old}/"))


def test_the_form_of_the_web_site_tells_nobody_whose_a_machine_is(at):
    client = Client()
    values = filled(serial=at.machine.serial)
    page = client.post("/report/", values)
    unknown = client.post("/report/", filled(serial="NOSUCH-77", what="另一个"))
    assert (page.status_code, unknown.status_code) == (302, 302)
    row = Ticket.objects.get(text__contains=at.machine.serial)
    assert (row.customer, row.asset, row.channel) == (None, None, "WEB")
    tickets.identify(ticket=row, asset=at.machine, by=at.desk, now=at.now)
    seen = text(client.get(page["Location"]))
    assert at.machine.model.called not in seen
    assert "金陵" not in seen
    assert Fact.objects.get(kind="fault.reported").at == row.reported_at
    empty = client.post("/report/", filled())
    assert empty.status_code == 422
    assert "至少填一项" in text(empty)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"what": " "}, "请写一句机器怎么了"),
        ({"what": "\u202e\u200b\x00"}, "请写一句机器怎么了"),
        ({"what": "响" * 4001}, "4000"),
        ({"runs": "flies"}, "选"),
        ({"phone": "12"}, "电话号码不对"),
        ({"phone": "1' OR 1=1 --"}, "电话号码不对"),
        ({"key": "x"}, "请刷新页面"),
        ({"happened_at": "2026-03-11T09:00"}, "时间还没到"),
        ({"happened_at": "昨天"}, "时间没看懂"),
    ],
)
def test_bad_input_is_a_sentence_at_the_field_and_nothing_is_kept(at, change, sentence):
    answer, _token = report(at.machine, **change)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert nothing_kept()


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (lambda: SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>"), "不是照片"),
        (lambda: SimpleUploadedFile("a.jpg", b"%PDF-1.7 and so on"), "不是照片"),
        (lambda: SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64), "打不开"),
        (lambda: SimpleUploadedFile("a.jpg", b"\xff\xd8\xff\xe0" + b"A" * 500), "打不开"),
        (lambda: SimpleUploadedFile("a.jpg", b"GIF89a" + b"<script>alert(1)</script>"), "打不开"),
        (lambda: SimpleUploadedFile("../../etc/<b>.jpg", b"MZ" + b"\0" * 90), "不是照片"),
        (lambda: SimpleUploadedFile("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * (16 * 1024 * 1024)), "太大"),
    ],
)  # fmt: skip
def test_hostile_attachments_are_refused_and_nothing_is_kept(at, upload, sentence):
    answer, _token = report(at.machine, photos=[picture("good.jpg"), upload()])
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "<b>" not in text(answer).split("form-errors")[1][:400]
    assert WHAT in text(answer)  # what was typed is still there
    assert nothing_kept()
    assert Logged.objects.filter(verb="portal.refused").count() == 1


def test_too_many_photos_and_a_pixel_bomb(at):
    answer, _token = report(at.machine, photos=[picture(f"{n}.jpg") for n in range(10)])
    assert (answer.status_code, "最多 9 张" in text(answer)) == (422, True)
    bomb = picture("bomb.png", "PNG", size=(9000, 9000))
    answer, _token = report(at.machine, photos=[bomb])
    assert (answer.status_code, "打不开" in text(answer)) == (422, True)
    assert nothing_kept()


def test_a_photo_keeps_its_pixels_and_nothing_else(at):
    tags = Image.Exif()
    tags[0x010F] = "SECRET-CAMERA"
    _answer, token = report(at.machine, photos=[picture(exif=tags.tobytes())])
    row = File.objects.get()
    answer = Client().get(f"/t/{token}/photo/{row.pk}/")
    assert b"SECRET" not in b"".join(answer)
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_markup_is_text_on_every_page(at):
    nasty = "<img src=x onerror=alert(1)>{{7*7}}{% now %}"
    _answer, token = report(at.machine, what=nasty, name=nasty[:30])
    pages = [
        Client().get(f"/t/{token}/"),
        signed_in(at.desk).get(f"/tickets/{Ticket.objects.get().pk}/"),
    ]
    for page in pages:
        assert "<img src=x" not in text(page)
        assert "&lt;img src=x" in text(page)
        assert "49" not in text(page).split("onerror")[1][:40]


def test_headers_do_not_move_the_counter_nor_the_address(at):
    client = Client()
    for n in range(22):
        answer = client.get(
            f"/t/{'A' * 32}/", headers={"X-Forwarded-For": f"10.0.0.{n}", "X-Real-IP": f"10.0.1.{n}", "Forwarded": f"for=10.0.2.{n}"},
        )  # fmt: skip
    assert answer.status_code == 429
    assert Count.objects.filter(key__startswith="wrong:").count() == 1
    forged = client.get(f"/q/{at.machine.token}/report/", headers={"Host": "evil.example"})
    assert forged.status_code == 400


def test_reports_from_one_network_have_an_hourly_limit_and_the_log_says_so_once(at):
    Count.objects.create(key=f"machine:{at.machine.pk}", since=at.now, n=20)
    for _n in range(3):
        answer, _token = report(at.machine)
        assert answer.status_code == 429
    assert nothing_kept()
    assert Logged.objects.filter(verb="portal.too_often").count() == 1
    with clock.set_to(at.now + timedelta(hours=1)):
        answer, _token = report(at.machine)
    assert answer.status_code == 302
    assert guard.clear_old(at.now + timedelta(days=3)) > 0


def test_a_forged_form_without_its_token_is_turned_away(at):
    client = Client(enforce_csrf_checks=True)
    answer, _token = report(at.machine, client)
    assert answer.status_code == 403
    assert nothing_kept()


def test_a_scrapped_or_relabelled_machine_and_a_wrong_code_look_the_same(at):
    wrong = Client().get(f"/q/{'x' * 22}/report/")
    old = at.machine.token
    type(at.machine).objects.filter(pk=at.machine.pk).update(token="another-token-of-22-ch")
    gone = Client().get(f"/q/{old}/report/")
    assert (wrong.status_code, gone.status_code) == (404, 404)
    assert len(text(wrong).replace("x" * 22, "")) == len(text(gone).replace(old, ""))
