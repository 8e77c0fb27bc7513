"""Help without login: what is public, while he writes, and counted when it helped."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from bihuan.apps.knowledge import actions as knowledge
from bihuan.apps.knowledge import public
from bihuan.apps.knowledge.enums import Audience
from bihuan.apps.knowledge.models import Use
from bihuan.apps.knowledge.tests.factories import published
from bihuan.apps.portal.tests.conftest import text
from bihuan.apps.tickets.models import Ticket
from bihuan.base.evidence.actions import store
from bihuan.base.testing.people import signed_in

OPEN = (Audience.STAFF, Audience.PUBLIC)


def suggest(what, machine="", client=None):
    client = client or Client()
    return text(client.post("/report/suggest/", {"what": what, "machine": machine}, headers={"HX-Request": "true"}))  # fmt: skip


def helped(row, key=None, client=None, **headers):
    client = client or Client()
    return client.post(f"/help/{row.pk}/helped/", {"key": key or str(uuid.uuid4())}, headers=headers)  # fmt: skip


@pytest.fixture
def door(at):
    """A public article, and one for each other circle with the same words."""
    row = published(
        title="门打不开时怎么办", part="门锁", symptom="打不开", audiences=OPEN, remedy="1. 断电\n2. 拉应急杆",
        body="说明", cause="", codes=("E-12",),
    )  # fmt: skip
    for circle in Audience:
        if circle != Audience.PUBLIC:
            published(
                title=f"金丝雀{circle}门打不开", part="门锁", symptom="打不开", audiences=(circle,),
                codes=("E-12",),
            )  # fmt: skip
    return row


def test_everybody_reads_what_is_public_and_nothing_else(door):
    for address in ("/help/", "/help/?q=打不开", "/help/?q=e 12", f"/help/{door.pk}/"):
        body = text(Client().get(address))
        assert door.title in body
        assert "金丝雀" not in body
        for secret in (door.owner.name, door.author.name, door.published_by.name):
            assert secret not in body
    for other in public.Article.objects.exclude(pk=door.pk):
        assert Client().get(f"/help/{other.pk}/").status_code == 404
        assert helped(other).status_code == 404
    assert not Use.objects.exists()


def test_while_a_customer_writes_what_may_help_is_shown(door, at):
    page = text(Client().get(f"/q/{at.machine.token}/report/"))
    assert 'id="suggest"' in page
    body = suggest("机器停了，门打不开，样品在里面", at.machine.token)
    assert door.title in body
    assert "<li>拉应急杆</li>" in body
    assert "金丝雀" not in body
    assert door.title not in suggest("发票没有收到")
    assert "<section" not in suggest("")
    assert not Ticket.objects.exists()


def test_an_article_for_other_machines_is_not_suggested(at):
    published(
        title="门打不开", part="门锁", symptom="打不开", audiences=OPEN, model_codes=("XX-1",)
    )
    assert "<section" not in suggest("门打不开", at.machine.token)


def test_this_helped_is_counted_once_for_one_page(door):
    key = str(uuid.uuid4())
    for _ in range(2):
        answer = helped(door, key, **{"HX-Request": "true"})
        assert "没有报修，也不会有人来电" in text(answer)
    helped(door)
    door.refresh_from_db()
    assert door.used == 2
    use = Use.objects.first()
    assert public.self_solved(use.at, use.at.replace(year=use.at.year + 1)) == 2


def test_staff_and_forged_keys_are_not_counted(door, at):
    assert helped(door, client=signed_in(at.desk)).status_code == 200
    assert helped(door, key="x' OR 1=1").status_code == 422
    door.refresh_from_db()
    assert (door.used, Use.objects.count()) == (0, 0)


def test_a_retired_article_is_gone_for_everybody(door, at):
    knowledge.retire(article=door, reason="不再适用", by=door.owner, now=at.now)
    assert Client().get(f"/help/{door.pk}/").status_code == 404
    assert door.title not in suggest("门打不开了")
    assert 'id="suggest"' not in text(Client().get("/report/"))


def test_only_the_attachments_of_a_public_article_go_out(at):
    shown, hidden = (store(ContentFile(each), by=None, now=at.now, name=f"{each.decode()}.txt") for each in (b"a", b"b"))  # fmt: skip
    row = published(audiences=OPEN, files=(shown.pk,))
    published(audiences=(Audience.STAFF,), files=(hidden.pk,))
    page = text(Client().get(f"/help/{row.pk}/"))
    assert f"{row.number}-1.txt" in page
    assert ">a.txt" not in page  # whoever handed in the same content first may have called it so
    answer = Client().get(f"/help/{row.pk}/files/{shown.pk}/")
    assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")
    assert answer["Content-Disposition"] == f'attachment; filename="{row.number}-1.txt"'
    assert Client().get(f"/help/{row.pk}/files/{hidden.pk}/").status_code == 404


def test_hostile_words_stay_words(at):
    row = published(title="<b>x", body="<script>1</script>", remedy="", cause="", audiences=OPEN, symptom="<i>响", part="门锁")  # fmt: skip
    for body in (
        text(Client().get(f"/help/{row.pk}/")),
        text(Client().get("/help/?q=<b>x")),
        suggest("门锁<i>响"),
    ):
        assert "<b>x" not in body
        assert "<script>1" not in body


def test_asking_too_often_is_refused(door, monkeypatch):
    from bihuan.apps.portal import figures

    monkeypatch.setattr(figures, "whole", lambda name, now: 2)
    answers = [Client().get("/help/").status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]
