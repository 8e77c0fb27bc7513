"""The customer's own yes to a change of his machine from afar: sent, read, answered by nobody else."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from bihuan.apps.customers.models import Contact
from bihuan.apps.monitoring.models import Command
from bihuan.apps.monitoring.tests.commanding import SPEED, approved, proposed, ready
from bihuan.apps.monitoring.tests.conftest import NOON, made
from bihuan.apps.portal.tests.conftest import text
from bihuan.apps.tickets.doors.models import Mailbox
from bihuan.base import clock
from bihuan.base.notify.models import Delivery
from bihuan.base.testing.people import signed_in


@pytest.fixture
def home(db, monkeypatch):
    with clock.set_to(NOON):
        house = made("centrifuge", "GOLD")
        Contact.objects.create(
            customer=house.customer,
            name="许主任",
            email="xu@jinling.example",
            is_key=True,
            added_at=NOON,
            changed_at=NOON,
        )
        Mailbox.objects.create(address="service@bihuan.example", made_at=NOON)
        yield ready(house, NOON, monkeypatch)


def sent(home, command):
    signed_in(home.remote).post(f"/commands/{command.pk}/ask/")
    mail = Delivery.objects.order_by("-pk").first()
    assert mail is not None
    found = re.search(r"/c/([A-Za-z0-9_-]{32})/", mail.body["text"])
    assert found, mail.body["text"]
    return found[1]


def state(command):
    return Command.objects.values_list("state", flat=True).get(pk=command.pk)


def test_he_reads_what_it_is_and_opening_it_answers_nothing(home):
    command = proposed(home, NOON)
    token = sent(home, command)
    page = Client().get(f"/c/{token}/")
    shown = text(page)
    for word in (
        "可以远程调整您的设备吗",
        "4 →",
        "6 ℃",
        "样品怕冷",
        "最多保持 30 分，",
        "怕冷或怕热的样品请先取出",
    ):
        assert word in shown
    assert page.headers["Cache-Control"] == "no-store"
    assert state(command) == "PROPOSED"


def test_nobody_of_ours_sees_its_address(home):
    command = proposed(home, NOON)
    token = sent(home, command)
    assert token not in signed_in(home.remote).get(f"/commands/{command.pk}/").content.decode()
    assert token not in str(Command.objects.values().get(pk=command.pk))


def test_he_is_asked_in_both_languages(home):
    sent(home, proposed(home, NOON))
    body = Delivery.objects.get().body
    for word in ("请您确认", "Please"):
        assert word in body["text"]
        assert word in body["subject"]
    assert body["text"].count("/c/") == 1


def test_his_yes_is_his_own_and_once(home):
    command = proposed(home, NOON)
    token = sent(home, command)
    Client().post(f"/c/{token}/", {"say": "yes", "text": "可以"})
    row = Command.objects.get(pk=command.pk)
    assert (row.state, row.consent, row.consent_noted_by, row.said) == (
        "CONSENTED",
        "OWN_HAND",
        None,
        "同意 可以",
    )
    again = Client().post(f"/c/{token}/", {"say": "yes"})
    assert again.status_code == 409
    assert state(command) == "CONSENTED"


def test_what_is_dangerous_wants_the_tick_as_well(home):
    command = proposed(home, NOON, setting=SPEED, value=4000.0)
    token = sent(home, command)
    answer = Client().post(f"/c/{token}/", {"say": "yes"})
    assert answer.status_code == 422
    assert "请先勾选" in answer.content.decode()
    assert state(command) == "PROPOSED"
    Client().post(f"/c/{token}/", {"say": "yes", "understood": "1"})
    assert state(command) == "CONSENTED"


def test_his_no_ends_it(home):
    command = proposed(home, NOON)
    token = sent(home, command)
    Client().post(f"/c/{token}/", {"say": "no", "text": "今天有贵重样品"})
    assert state(command) == "REFUSED"
    assert "被拒绝" in text(Client().get(f"/c/{token}/"))


def test_he_takes_it_back_before_it_went_out(home):
    command = proposed(home, NOON)
    token = sent(home, command)
    Client().post(f"/c/{token}/", {"say": "yes"})
    assert "撤回同意" in text(Client().get(f"/c/{token}/"))
    Client().post(f"/c/{token}/", {"say": "stop"})
    assert state(command) == "CANCELLED"
    shown = text(Client().get(f"/c/{token}/"))
    assert "您撤回了同意" in shown
    assert Client().post(f"/c/{token}/", {"say": "stop"}).status_code == 409


@pytest.mark.parametrize("say", ["yes", "no", "stop"])
def test_nobody_who_is_signed_in_as_staff_answers_for_him(home, say):
    command = proposed(home, NOON)
    token = sent(home, command)
    assert signed_in(home.head).post(f"/c/{token}/", {"say": say}).status_code == 403
    assert state(command) == "PROPOSED"


def test_a_newer_address_ends_the_older_and_a_wrong_one_opens_nothing(home):
    command = proposed(home, NOON)
    first, second = sent(home, command), sent(home, command)
    assert Client().get(f"/c/{first}/").status_code == 404
    assert Client().get(f"/c/{'A' * 32}/").status_code == 404
    assert Client().get(f"/c/{second}/").status_code == 200
    assert Client().post(f"/c/{second}/", {"say": "maybe"}).status_code == 422


def test_without_a_way_to_him_nothing_is_said_to_be_sent(home):
    Contact.objects.all().update(email="", phone="")
    command = proposed(home, NOON)
    answer = signed_in(home.remote).post(f"/commands/{command.pk}/ask/", follow=True)
    assert "发不出去" in answer.content.decode()
    row = Command.objects.get(pk=command.pk)
    assert (row.asked_at, row.digest) == (None, None)


def test_after_it_is_approved_he_is_not_asked_again(home):
    command = approved(home, NOON)
    answer = signed_in(home.remote).post(f"/commands/{command.pk}/ask/", follow=True)
    assert "不能这样做" in answer.content.decode()
    assert not Delivery.objects.exists()
