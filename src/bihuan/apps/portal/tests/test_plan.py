"""The customer's own answer to a proposal: sent, read, answered once; nobody answers for him."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bihuan.apps.customers.models import Contact
from bihuan.apps.demands import actions as demands
from bihuan.apps.demands.enums import Deed
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.tests.conftest import NOW
from bihuan.apps.demands.tests.conftest import house as demand_house
from bihuan.apps.demands.tests.factories import demand, reviewed
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.portal.models import PlanLink
from bihuan.apps.portal.tests.conftest import text
from bihuan.apps.tickets.doors.models import Mailbox
from bihuan.base import clock
from bihuan.base.audit.models import Entry as Logged
from bihuan.base.evidence.actions import store
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Delivery, Notice
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in

__all__ = ["demand_house"]


@pytest.fixture
def asked(demand_house):
    """A proposal that was mailed to the customer."""
    house = demand_house
    with clock.set_to(NOW):
        Mailbox.objects.create(address="service@bihuan.example", made_at=NOW)
        row = demand(house.customer, house.manager, NOW, contact=house.contact)
        reviewed(row, house.care, NOW)
        drain(NOW)
        demands.propose(demand=row, text="换降速曲线，三周内装好", by=house.rd, now=NOW)
        drain(NOW)
        yield SimpleNamespace(house=house, row=row, client=Client(), token=sent(house, row))


def sent(house, row):
    answer = signed_in(house.manager).post(f"/demands/{row.pk}/plan-links/")
    assert answer.status_code == 302
    mail = Delivery.objects.order_by("-pk").first()
    assert mail.body["to"] == "xu@jinling.example"
    assert "请您确认" in mail.body["text"] and "Please confirm" in mail.body["text"]
    found = re.search(r"/p/([A-Za-z0-9_-]{32})/", mail.body["text"])
    assert found, mail.body["text"]
    return found[1]


def say(asked, what, words="", *, client=None, token=""):
    return (client or asked.client).post(
        f"/p/{token or asked.token}/", {"say": what, "text": words}
    )


def state(asked):
    row = Demand.objects.get(pk=asked.row.pk)
    return row.plan_confirmed_at, row.version, row.steps.count(), Fact.objects.count()


def duty(asked, kind):
    return Obligation.objects.filter(kind=kind, customer_id=asked.row.customer_id).latest("pk")


def test_his_yes_confirms_the_plan_in_his_own_hand_once(asked):
    page = text(asked.client.get(f"/p/{asked.token}/"))
    assert "换降速曲线，三周内装好" in page
    before = state(asked)
    assert before[0] is None  # having read it is no yes
    assert say(asked, "yes", "许工：可以").status_code == 302
    row = Demand.objects.get(pk=asked.row.pk)
    assert row.plan_confirmed_at == NOW
    step = row.steps.get(deed=Deed.PLAN_CONFIRMED)
    assert (step.by, "许工：可以" in step.text) == (None, True)
    assert Fact.objects.filter(kind="demand.plan_confirmed").count() == 1
    assert duty(asked, "demand.confirm_plan").state == "VERIFIED"
    after = state(asked)
    again = say(asked, "no", "又不要了")
    assert again.status_code == 409
    assert "已经答复过了" in text(again)
    assert state(asked) == after
    assert 'name="say"' not in text(asked.client.get(f"/p/{asked.token}/"))


def test_his_no_says_why_and_opens_the_proposal_again(asked):
    before = state(asked)
    silent = say(asked, "no", "  ")
    assert silent.status_code == 422
    assert state(asked) == before
    assert duty(asked, "demand.propose").state == "DISCHARGED"
    assert say(asked, "no", "三周太久").status_code == 302
    row = Demand.objects.get(pk=asked.row.pk)
    assert row.plan_confirmed_at is None
    assert row.steps.get(deed=Deed.PLAN_REFUSED).text == "三周太久"
    assert duty(asked, "demand.propose").state == "OPEN"
    assert duty(asked, "demand.confirm_plan").state == "OPEN"
    assert row.owner is not None
    assert Notice.objects.get(kind="demand.plan_refused").to == row.owner
    fact = Fact.objects.get(kind="demand.plan_refused")
    assert (fact.customer_id, fact.by, fact.own()) == (
        row.customer_id,
        None,
        {"demand": row.number},
    )
    drain(NOW)
    assert row.steps.filter(deed=Deed.PLAN_REFUSED).count() == 1
    again = text(asked.client.get(f"/p/{asked.token}/"))
    assert "您答复了：不同意。" in again
    assert "三周太久" in again
    assert say(asked, "yes").status_code == 409
    assert Demand.objects.get(pk=row.pk).plan_confirmed_at is None


def test_an_older_proposal_is_not_agreed_to_when_a_newer_one_stands(asked):
    demands.propose(demand=asked.row, text="一周内装好", by=asked.house.rd, now=NOW)
    before = state(asked)
    answer = say(asked, "yes")
    assert answer.status_code == 409
    assert "方案已经换过" in text(answer)
    assert state(asked) == before
    new = sent(asked.house, asked.row)
    assert say(asked, "yes").status_code == 404  # the newer link ended the older
    assert "一周内装好" in text(asked.client.get(f"/p/{new}/"))
    assert say(asked, "yes", token=new).status_code == 302


def test_staff_only_look_and_that_is_written_down(asked):
    before = state(asked)
    client = signed_in(asked.house.manager)
    assert 'name="say"' not in text(client.get(f"/p/{asked.token}/"))
    answer = say(asked, "yes", client=client)
    assert answer.status_code == 403
    assert state(asked) == before
    assert Logged.objects.filter(verb="portal.staff_refused").count() == 1
    page = text(client.get(f"/demands/{asked.row.pk}/plan-links/"))
    assert asked.token not in page


@pytest.mark.parametrize("token", ["A" * 32, "x", "%00" * 3, "..%2f", "a" * 3000])
def test_a_guessed_address_opens_nothing(asked, token):
    before = state(asked)
    client = Client()
    for answer in (client.get(f"/p/{token}/"), client.post(f"/p/{token}/", {"say": "yes"})):
        assert answer.status_code in (404, 429)
        assert "换降速曲线" not in text(answer)
    assert state(asked) == before


@pytest.mark.parametrize("values", [{}, {"say": "maybe"}, {"say": "yes\x00"}, {"text": "x"}])
def test_an_answer_that_is_none_changes_nothing(asked, values):
    before = state(asked)
    assert asked.client.post(f"/p/{asked.token}/", values).status_code == 422
    assert state(asked) == before


def test_an_old_address_ends_and_its_hash_alone_is_kept(asked):
    link = PlanLink.objects.get()
    assert asked.token not in (link.digest, str(link))
    with clock.set_to(NOW + timedelta(days=400)):
        assert asked.client.get(f"/p/{asked.token}/").status_code == 404


def test_markup_in_a_proposal_and_in_an_answer_is_text(asked):
    demands.propose(demand=asked.row, text="<script>alert(1)</script>", by=asked.house.rd, now=NOW)
    token = sent(asked.house, asked.row)
    assert "<script>alert(1)" not in text(asked.client.get(f"/p/{token}/"))
    say(asked, "no", "<img src=x onerror=alert(2)>", token=token)
    page = text(signed_in(asked.house.manager).get(f"/demands/{asked.row.pk}/"))
    assert "<img src=x" not in page


def test_without_a_proposal_or_an_address_nothing_is_sent(demand_house):
    house = demand_house
    with clock.set_to(NOW):
        row = demand(house.customer, house.manager, NOW, contact=house.contact)
        client = signed_in(house.manager)
        asking = f"/demands/{row.pk}/plan-links/"
        assert "还没有方案" in text(client.post(asking, follow=True))
        demands.propose(demand=row, text="方案", by=house.rd, now=NOW)
        assert "还没有设置服务邮箱" in text(client.post(asking, follow=True))
        stranger = signed_in(make_person("account_manager", region="R9"))
        assert stranger.post(asking).status_code == 404
        Mailbox.objects.create(address="service@bihuan.example", made_at=NOW)
        Contact.objects.filter(pk=house.contact.pk).update(email="")
        assert "没有邮箱地址" in text(client.post(asking, follow=True))
    assert not PlanLink.objects.exists()
    assert not Delivery.objects.exists()
    assert not Step.objects.filter(deed=Deed.PLAN_REFUSED).exists()


@pytest.mark.parametrize("meant", [True, False])
def test_the_file_of_a_proposal_is_shown_to_him_if_it_was_meant_for_him(asked, meant):
    client = signed_in(asked.house.care)
    store(
        b"%PDF-1.7 curve", by=None, now=asked.house.now, name="海瑞药业报价.pdf"
    )  # by another one
    plan = SimpleUploadedFile("降速曲线.pdf", b"%PDF-1.7 curve")
    given = {"text": "曲线见附件", "file": plan} | ({"for_customer": "on"} if meant else {})
    assert client.post(f"/demands/{asked.row.pk}/deed/propose/", given).status_code in (204, 302)
    seen = text(client.get(f"/demands/{asked.row.pk}/"))
    assert ("文件客户看得到" in seen) is meant
    old, token = asked.token, sent(asked.house, asked.row)
    page = text(asked.client.get(f"/p/{token}/"))
    assert (f"{asked.row.number}.pdf" in page) is meant
    assert "海瑞" not in page
    answer = asked.client.get(f"/p/{token}/file/")
    assert answer.status_code == (200 if meant else 404)
    if meant:
        assert b"".join(answer.streaming_content) == b"%PDF-1.7 curve"
        named = f'attachment; filename="{asked.row.number}.pdf"'
        assert answer["Content-Disposition"] == named
        assert asked.client.post(f"/p/{token}/file/").status_code == 405
    assert asked.client.get(f"/p/{old}/file/").status_code == 404
    assert asked.client.get(f"/p/{'A' * 32}/file/").status_code == 404


def test_after_his_no_the_page_of_the_demand_asks_for_a_new_proposal(asked):
    client = signed_in(asked.house.care)
    address = f"/demands/{asked.row.pk}/"
    panel = f"{address}plan-links/"
    demands.classify(demand=asked.row, topic="SERVICE", by=asked.house.analyst, now=NOW)
    assert "等客户确认计划" in text(client.get(address))
    assert "用邮件请客户确认" in text(client.get(panel))
    say(asked, "no", "三周太久")
    page = text(client.get(address))
    assert "客户不同意方案，请重新提出" in page
    assert "等客户确认计划" not in page
    assert "用邮件请客户确认" not in text(client.get(panel))
    demands.propose(demand=asked.row, text="一周内装好", by=asked.house.rd, now=NOW)
    assert "等客户确认计划" in text(client.get(address))
    # said on the telephone, a colleague writes it down
    refused = client.post(f"{address}deed/refuse_plan/", {"text": "许工：先不改了"})
    assert refused.status_code == 302
    assert Fact.objects.filter(kind="demand.plan_refused").count() == 2
    assert "客户不同意方案，请重新提出" in text(client.get(address))
