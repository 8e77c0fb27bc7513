"""The screens of remote changes: who sees which button, and what each of them does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from bihuan.apps.monitoring.models import Command, CommandSwitch, Permit
from bihuan.apps.monitoring.tests.commanding import (
    COLD,
    SPEED,
    TICKET,
    approved,
    consented,
    proposed,
    reads,
    ready,
)
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.base import clock
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in


@pytest.fixture
def home(house, monkeypatch):
    with clock.set_to(NOON):
        yield ready(house, NOON, monkeypatch)


def page(person, path):
    return signed_in(person).get(path)


def test_the_tab_says_what_can_be_changed_and_offers_it_to_the_first_person_alone(home):
    path = f"/commands/of/{home.asset.pk}/"
    mine, theirs = page(home.remote, path).content.decode(), page(home.head, path).content.decode()
    assert f"/machines/{home.asset.pk}/commands/{COLD}/new/" in mine
    assert "/new/" not in theirs
    for text in (mine, theirs):
        assert "许主任" in text
        assert "设定温度" in text


def test_without_switch_and_permit_the_tab_says_so(house, monkeypatch):
    from bihuan.apps.monitoring.actions.devices import register

    register(asset=house.asset, by=None, now=NOON)
    text = page(house.remote, f"/commands/of/{house.asset.pk}/").content.decode()
    assert "远程调参没有开启" in text
    assert "没有许可" in text


def test_a_proposal_from_the_form_to_the_page_of_the_command(home):
    person = signed_in(home.remote)
    path = f"/machines/{home.asset.pk}/commands/{COLD}/new/"
    text = person.get(path).content.decode()
    assert TICKET in text
    answer = person.post(path, {"value": "6", "keep": "30", "ticket": TICKET, "reason": "样品怕冷"})
    command = Command.objects.get()
    assert answer.headers["Location"] == f"/commands/{command.pk}/"
    assert (command.value, command.keep_s, command.proposed_by) == (6.0, 1800, home.remote)
    shown = person.get(f"/commands/{command.pk}/").content.decode()
    assert "等客户同意" in shown
    assert "批准并发送" not in shown
    assert '"v":6.0' in shown.replace("&quot;", '"')


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"value": "60"}, "新值在允许范围内"),
        ({"value": "六度"}, "数"),
        ({"keep": "100000"}, "最多保持"),
        ({"reason": ""}, "必填"),
    ],
)
def test_a_bad_proposal_is_answered_on_the_form_and_leaves_nothing(home, given, said):
    path = f"/machines/{home.asset.pk}/commands/{COLD}/new/"
    answer = signed_in(home.remote).post(
        path, {"value": "6", "keep": "30", "ticket": TICKET, "reason": "样品"} | given
    )
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Command.objects.exists()


def test_the_dry_run_follows_what_is_typed(home):
    path = f"/machines/{home.asset.pk}/commands/{COLD}/try/"
    good = page(home.remote, f"{path}?value=6&ticket={TICKET}").content.decode()
    bad = page(home.remote, f"{path}?value=99&ticket=WX-1").content.decode()
    assert 'data-ok="no"' not in good
    assert bad.count('data-ok="no"') == 2
    assert not Command.objects.exists()


def test_who_has_not_shown_who_he_is_for_five_minutes_is_asked_again(home):
    client = Client()
    client.force_login(home.remote, backend="allauth.account.auth_backends.AuthenticationBackend")
    path = f"/machines/{home.asset.pk}/commands/{COLD}/new/"
    answer = client.post(path, {"value": "6", "keep": "30", "ticket": TICKET, "reason": "样品"})
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not Command.objects.exists()
    command = proposed(home, NOON)
    path = f"/commands/{command.pk}/deed/phone/"
    answer = client.post(path, {"who": "许主任", "said": "10:05 来电，录音 77"})
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    answer = client.post(path, {"who": "许主任", "said": "录音"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].startswith("/accounts/reauthenticate/")
    command.refresh_from_db()
    assert command.state == "PROPOSED"
    client.post(f"/commands/{command.pk}/deed/cancel/", {"why": "不等了"})
    command = consented(home, NOON)
    client.force_login(home.head, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert (
        client.post(f"/commands/{command.pk}/approve/")
        .headers["Location"]
        .startswith("/accounts/reauthenticate/")
    )
    command.refresh_from_db()
    assert command.state == "CONSENTED"


def test_the_second_person_approves_and_the_first_is_not_offered_it(home):
    command = consented(home, NOON)
    assert "批准并发送" not in page(home.remote, f"/commands/{command.pk}/").content.decode()
    assert signed_in(home.remote).post(f"/commands/{command.pk}/approve/").status_code == 403
    assert "批准并发送" in page(home.head, f"/commands/{command.pk}/").content.decode()
    signed_in(home.head).post(f"/commands/{command.pk}/approve/")
    command.refresh_from_db()
    assert (command.state, command.approved_by) == ("QUEUED", home.head)


def test_a_head_who_proposed_is_not_his_own_second_person(home):
    home.remote.roles = ["remote_specialist", "technical_head"]
    home.remote.save()
    command = consented(home, NOON)
    answer = signed_in(home.remote).post(f"/commands/{command.pk}/approve/", follow=True)
    assert "要由另一个人批准" in answer.content.decode()
    command.refresh_from_db()
    assert command.state == "CONSENTED"


def test_deeds_on_the_page(home):
    command = proposed(home, NOON)
    person = signed_in(home.remote)
    answer = person.post(
        f"/commands/{command.pk}/deed/phone/", {"who": "许主任", "said": "10:05 来电，录音 77"}
    )
    assert answer.status_code == 302
    command.refresh_from_db()
    assert (command.state, command.consent, command.consent_noted_by) == (
        "CONSENTED",
        "PHONE",
        home.remote,
    )
    assert person.post(f"/commands/{command.pk}/deed/cancel/", {"why": ""}).status_code == 422
    person.post(f"/commands/{command.pk}/deed/cancel/", {"why": "客户改主意"})
    command.refresh_from_db()
    assert command.state == "CANCELLED"
    again = person.post(f"/commands/{command.pk}/deed/withdrawn/", {"why": "停"})
    assert again.status_code == 422
    assert person.post(f"/commands/{command.pk}/deed/nothing/").status_code == 404
    for name in ("phone", "cancel", "settle"):
        assert signed_in(home.desk).get(f"/commands/{command.pk}/deed/{name}/").status_code == 403


def test_for_what_is_dangerous_no_call_can_be_noted(home):
    command = proposed(home, NOON, setting=SPEED, value=4000.0)
    assert "deed/phone/" not in page(home.remote, f"/commands/{command.pk}/").content.decode()
    answer = signed_in(home.remote).post(
        f"/commands/{command.pk}/deed/phone/", {"who": "许主任", "said": "可以"}
    )
    assert "亲自同意" in answer.content.decode()
    command.refresh_from_db()
    assert command.state == "PROPOSED"


def test_the_switch_is_turned_by_its_holders_alone_with_a_reason(home):
    assert (
        signed_in(home.remote).post("/commands/switch/", {"on": "0", "why": "x"}).status_code == 403
    )
    signed_in(home.boss).post("/commands/switch/", {"on": "0", "why": ""})
    assert CommandSwitch.objects.order_by("pk").last().on
    signed_in(home.boss).post("/commands/switch/", {"on": "0", "why": "审计"})
    assert not CommandSwitch.objects.order_by("pk").last().on


def test_the_customers_leave_is_written_down_and_taken_back_on_the_machines_page(home):
    path = f"/machines/{home.asset.pk}/commands/permit/"
    person = signed_in(home.desk)
    person.post(path, {"deed": "withdraw", "why": "客户来函"})
    assert not Permit.objects.filter(ended_at=None).exists()
    person.post(path, {"given_by": "", "proof": ""})
    assert not Permit.objects.filter(ended_at=None).exists()
    person.post(path, {"given_by": "许主任", "proof": "新合同"})
    assert Permit.objects.get(ended_at=None).proof == "新合同"
    assert signed_in(home.remote).post(path, {"deed": "withdraw", "why": "x"}).status_code == 403


def test_list_menu_number_duty_and_timeline_lead_to_it(home):
    command = consented(home, NOON)
    drain(NOON)
    from bihuan.apps.monitoring.queries import commands as queries
    from bihuan.apps.obligations.models import Obligation

    assert list(queries.waiting(home.head, NOON)) == [command]
    assert list(queries.waiting(home.remote, NOON)) == []
    assert command.number in page(home.head, "/commands/").content.decode()
    assert (
        queries.by_number(home.head, int(command.number[3:].replace("-", "")))[1]
        == f"/commands/{command.pk}/"
    )
    duty = Obligation.objects.get(kind="remote.approve")
    assert queries.only_there([duty]) == {duty.pk: command.number}
    assert (
        page(home.boss, f"/commands/for/{duty.pk}/").headers["Location"]
        == f"/commands/{command.pk}/"
    )
    line = page(home.head, f"/assets/{home.asset.pk}/timeline/").content.decode()
    assert f"/commands/{command.pk}/" in line
    assert "客户同意远程调参" in line


def test_people_out_of_reach_find_nothing(home):
    command = proposed(home, NOON)
    assert page(home.far, f"/commands/{command.pk}/").status_code == 404
    assert command.number not in page(home.far, "/commands/").content.decode()
    stranger = make_person("marketing")
    assert page(stranger, "/commands/").status_code == 403


def test_every_state_of_a_command_has_its_words_on_the_page(home):
    from bihuan.apps.monitoring.actions.delivering import answered, to_send, watch
    from bihuan.apps.monitoring.tests.commanding import said

    command = approved(home, NOON)
    to_send(NOON)
    at = NOON + timedelta(seconds=2)
    answered(home.device.code, said(home, command.sequence, "done", at, v=6.0), at)
    reads(home, at + timedelta(seconds=5), SET_TEMP=6.0)
    watch(at + timedelta(seconds=5))
    text = page(home.head, f"/commands/{command.pk}/").content.decode()
    for word in ("第二人批准", "设备已接受", "已回读", "改回时间", "回读 6"):
        assert word in text
    assert "#" not in text.split("command-history")[1].split("</ol>")[0].replace("&#", "")
