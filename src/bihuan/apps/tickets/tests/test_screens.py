"""What a person sees and presses: queue, page, call desk; what is refused changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.actions import add_contact, add_customer
from bihuan.apps.customers.models import Contact
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.apps.tickets.tests.conftest import BEFORE
from bihuan.apps.tickets.tests.factories import report, solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.search import things
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def deed(client, row, name, **values):
    return client.post(reverse("tickets:deed", args=[row.pk, name]), values)


def test_the_queue_shows_each_ticket_with_its_next_clock_in_a_fixed_number_of_statements(
    at, django_assert_max_num_queries
):
    for n in range(3):
        ticket(at.machine, at.desk, at.now, title=f"异响第 {n} 次")
    drain(at.now)
    client = signed_in(at.desk)
    client.get(reverse("tickets:queue"))
    with django_assert_max_num_queries(14):
        page = client.get(reverse("tickets:queue"))
    assert page.status_code == 200
    text = page.content.decode()
    assert "异响第 2 次" in text
    assert text.count("chip ") >= 3
    for view in ("mine", "line", "new", "late", "waiting", "confirm", "ended"):
        assert (
            client.get(
                reverse("tickets:queue"), {"view": view, "q": "异响", "kind": "FAULT"}
            ).status_code
            == 200
        )


def test_a_late_clock_puts_the_ticket_among_the_late(at):
    row = ticket(at.machine, at.desk, at.now)
    drain(at.now)
    client = signed_in(at.desk)
    assert row.number not in client.get(reverse("tickets:queue"), {"view": "late"}).content.decode()
    with clock.set_to(at.now + timedelta(hours=5)):
        client = signed_in(at.desk)
        assert row.number in client.get(reverse("tickets:queue"), {"view": "late"}).content.decode()


def test_the_call_desk_knows_the_number_and_saves(at):
    client = signed_in(at.desk)
    page = client.get(reverse("tickets:new"), {"phone": "139 1234 5520"})
    text = page.content.decode()
    assert "金陵泵业" in text
    assert at.machine.serial in text
    done = client.post(
        reverse("tickets:new"),
        {
            "phone": "13912345520", "kind": "FAULT", "title": "启动后异响", "channel": "PHONE", "source": "CALL",
            "place": "二车间", "happened_at": "2026-03-10T09:30", "impact": "LINE_STOP", "asset": at.machine.pk,
            "customer": at.customer.pk, "idempotency_key": "a-key-of-the-form-1",
        },
    )  # fmt: skip
    row = Ticket.objects.get()
    assert done.url == reverse("tickets:detail", args=[row.pk])
    assert (row.customer, row.asset, row.contact, row.severity) == (
        at.customer,
        at.machine,
        at.contact,
        "URGENT",
    )
    assert (row.status, row.owner) == (Status.ACCEPTED, at.desk)


def test_a_customer_is_found_by_pinyin_and_by_the_tail_of_a_serial(at):
    client = signed_in(at.desk)
    for typed in ("jlby", "jinling", at.machine.serial[-4:], "金陵"):
        text = client.post(reverse("tickets:known"), {"who": typed}).content.decode()
        assert "金陵泵业" in text, typed


def test_a_tail_of_a_number_finds_the_customer_and_a_tail_of_a_serial_the_machine(at):
    client = signed_in(at.desk)
    machine(at.customer, now=BEFORE, serial="ZL-7001")
    text = client.post(reverse("tickets:known"), {"who": "5520"}).content.decode()
    assert "金陵泵业" in text
    assert '" checked' not in text
    text = client.post(reverse("tickets:known"), {"who": "7001"}).content.decode()
    assert text.count('" checked') == 1
    assert '" checked' in text.split("ZL-7001")[0].rsplit("<label", 1)[1]


def test_whoever_is_found_by_the_tail_of_his_number_stands_in_the_ticket(at):
    client = signed_in(at.desk)
    here = {"who": "5520", "customer": at.customer.pk, "asset": at.machine.pk}
    for given in ({"who": "5520"}, here):
        assert "许工" in client.post(reverse("tickets:known"), given).content.decode()
    unknown = client.post(reverse("tickets:known"), {**here, "phone": "13700009999"})
    assert "许工" not in unknown.content.decode()  # the number that called is not his
    client.post(
        reverse("tickets:new"),
        {**here, "kind": "FAULT", "title": "异响", "channel": "PHONE", "source": "CALL"},
    )
    assert Ticket.objects.get().contact == at.contact
    add_contact(customer=at.customer, name="赵工", phone="13700005520", by=None, now=BEFORE)
    assert "许工" not in client.post(reverse("tickets:known"), here).content.decode()


def test_the_call_desk_says_when_nothing_was_found(at):
    client = signed_in(at.desk)
    nothing = client.post(reverse("tickets:known"), {"who": "", "phone": ""}).content.decode()
    assert "没有找到" not in nothing
    for given in ({"who": "zzzzqq"}, {"phone": "13700009999"}):
        text = client.post(reverse("tickets:known"), given).content.decode()
        assert "没有找到" in text, given


def test_a_number_of_two_customers_asks_which(at):
    other = add_customer(
        name="石湾精化有限公司", short_name="石湾精化", region="east", city="南京",
        account_manager=at.manager, by=None, now=BEFORE,
    )  # fmt: skip
    add_contact(
        customer=other, name="许工", title="设备科长", phone="13912345520", by=None, now=BEFORE
    )
    client = signed_in(at.desk)
    text = client.post(reverse("tickets:known"), {"phone": "13912345520"}).content.decode()
    assert "金陵泵业" in text
    assert "石湾精化" in text
    assert "哪一台" not in text
    chosen = client.post(
        reverse("tickets:known"), {"phone": "13912345520", "customer": other.pk}
    ).content.decode()
    assert "设备科长" in chosen
    assert "金陵泵业" not in chosen


STRANGE = {
    "phone": "137 0000 9999", "caller": "钱工", "kind": "FAULT", "title": "启动后异响",
    "channel": "PHONE", "source": "CALL", "keep_caller": "on",
}  # fmt: skip


def test_a_caller_whom_nobody_knows_becomes_a_contact_in_the_call(at):
    client = signed_in(at.desk)
    here = {"asset": at.machine.pk, "customer": at.customer.pk}
    box = 'name="keep_caller"'
    asked = client.post(reverse("tickets:known"), {"phone": STRANGE["phone"], **here})
    assert box in asked.content.decode()
    for given in ({"phone": "13912345520"}, {"phone": ""}):  # known already; no number
        asked = client.post(reverse("tickets:known"), {**given, **here})
        assert box not in asked.content.decode(), given
    client.post(
        reverse("tickets:new"), {**STRANGE, **here, "idempotency_key": "a-key-of-the-form-2"}
    )
    row = Ticket.objects.get()
    assert (row.contact.name, row.contact.phone, row.contact.customer) == (
        "钱工", "13700009999", at.customer,
    )  # fmt: skip
    again = client.post(reverse("tickets:known"), {"phone": STRANGE["phone"]}).content.decode()
    assert "钱工" in again


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"caller": ""}, "请填姓名和号码"), ({"phone": "12"}, "电话"), ({"title": ""}, "现象")],
)
def test_a_caller_is_kept_with_his_ticket_or_not_at_all(at, wrong, said):
    client, before = signed_in(at.desk), Contact.objects.count()
    page = client.post(
        reverse("tickets:new"), {**STRANGE, "asset": at.machine.pk, "customer": at.customer.pk, **wrong}
    )  # fmt: skip
    assert page.status_code == 422
    assert said in page.content.decode()
    assert 'name="keep_caller" checked' in page.content.decode()
    assert (Ticket.objects.count(), Contact.objects.count()) == (0, before)


def test_whoever_may_not_keep_the_customer_keeps_no_caller(at):
    remote, before = make_person("remote_specialist"), Contact.objects.count()
    client, here = signed_in(remote), {"asset": at.machine.pk, "customer": at.customer.pk}
    asked = client.post(reverse("tickets:known"), {"phone": STRANGE["phone"], **here})
    assert "keep_caller" not in asked.content.decode().replace("[name=keep_caller]", "")
    client.post(reverse("tickets:new"), {**STRANGE, **here})
    assert Ticket.objects.get().contact is None
    assert Contact.objects.count() == before


def test_a_report_in_the_future_is_refused_at_the_form(at):
    client = signed_in(at.desk)
    page = client.post(
        reverse("tickets:new"),
        {
            "phone": "13912345520", "kind": "FAULT", "title": "异响", "channel": "PHONE", "source": "CALL",
            "reported_at": "2026-03-11T09:30",
        },
    )  # fmt: skip
    assert page.status_code == 422
    assert "时间还没到" in page.content.decode()
    assert Ticket.objects.count() == 0


def test_the_loop_by_the_buttons_of_the_page(at):
    row = ticket(at.machine, at.desk, at.now)
    desk, other = signed_in(at.desk), signed_in(at.caller)
    assert (
        deed(
            desk,
            row,
            "verify",
            happened_at="2026-03-10T09:30",
            place="二车间",
            impact="DEGRADED",
            severity="NORMAL",
        ).status_code
        == 302
    )
    assert (
        deed(desk, row, "solve", how="REMOTE", cause="SOFTWARE", action="重设参数").status_code
        == 302
    )
    assert deed(desk, row, "feed_back", text="已重设", channel="PHONE").status_code == 302
    refused = deed(desk, row, "confirm", result="YES", text="好了", channel="PHONE")
    assert refused.status_code == 422
    assert "没有处理过" in refused.content.decode()
    row.refresh_from_db()
    assert row.status == Status.FED_BACK
    assert (
        deed(
            other, row, "confirm", result="YES", text="好了", channel="PHONE", satisfied="yes"
        ).status_code
        == 302
    )
    page = desk.get(reverse("tickets:detail", args=[row.pk]))
    assert "关闭工单" in page.content.decode()
    assert deed(desk, row, "close").status_code == 302
    row.refresh_from_db()
    assert (row.status, row.satisfied) == (Status.CLOSED, True)


def test_every_form_of_a_deed_opens(at):
    from bihuan.apps.tickets.views.deeds import DEEDS

    row = ticket(at.machine, at.desk, at.now)
    client = signed_in(at.boss)
    for name in DEEDS:
        for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
            page = client.get(reverse("tickets:deed", args=[row.pk, name]), **headers)
            assert page.status_code == 200, name


def test_the_page_shows_what_happened_and_takes_a_reply(at):
    row = verified(ticket(at.machine, at.desk, at.now), at.desk, at.now)
    solved(row, at.specialist, at.now)
    told(row, at.specialist, at.now)
    drain(at.now)
    client = signed_in(at.desk)
    url = reverse("tickets:detail", args=[row.pk])
    text = client.get(url).content.decode()
    assert "重设加速曲线" in text
    assert "13912345520" not in text
    seen = row.entries.order_by("-pk").first().pk
    actions.reply(ticket=row, text="我先答了", channel="PHONE", by=at.specialist, now=at.now)
    page = client.post(
        url, {"text": "请再试一次", "deed": "reply", "channel": "PHONE", "seen": seen}
    )
    assert page.status_code == 422
    assert "陈砺" in page.content.decode()
    assert "请再试一次" in page.content.decode()  # the draft is kept
    assert Entry.objects.filter(text="请再试一次").count() == 0
    done = client.post(url, {"text": "<b>请再试</b>", "deed": "note"})
    assert done.status_code == 302
    assert "&lt;b&gt;请再试" in client.get(url).content.decode()


def test_who_may_not_see_finds_nothing(at):
    row = ticket(at.machine, at.desk, at.now)
    stranger = signed_in(make_person("account_manager", region="R7"))
    assert stranger.get(reverse("tickets:detail", args=[row.pk])).status_code == 404
    assert (
        row.number not in stranger.get(reverse("tickets:queue"), {"view": "open"}).content.decode()
    )
    analyst = signed_in(make_person("analyst", region="R7"))
    assert deed(analyst, row, "cancel", text="不要了").status_code == 403
    row.refresh_from_db()
    assert row.status == Status.ACCEPTED


def test_a_dealer_finds_his_own_behind_all_that_others_have(at, monkeypatch):
    monkeypatch.setattr(things, "MOST", 2)
    dealer = add_customer(name="沪东机电", region="east", relation="DEALER", by=None, now=BEFORE)
    served = add_customer(name="闵行制药", region="east", dealer=dealer, by=None, now=BEFORE)
    own = ticket(machine(served, now=BEFORE, serial="MH0001"), at.desk, at.now)
    for n in range(3):
        ticket(machine(at.customer, now=BEFORE, serial=f"JL10{n}"), at.desk, at.now)
    client = signed_in(make_person("dealer_staff", dealer_id=dealer.pk))
    text = client.get(reverse("tickets:queue"), {"view": "open", "q": "异响"}).content.decode()
    assert text.count("data-row-id=") == text.count(f'data-row-id="{own.pk}"') == 1


def test_the_tabs_of_customer_and_machine(at):
    row = ticket(at.machine, at.desk, at.now)
    client = signed_in(at.desk)
    for name, pk in (("tickets:customer", at.customer.pk), ("tickets:asset", at.machine.pk)):
        assert row.number in client.get(reverse(name, args=[pk])).content.decode()


def test_a_helper_sees_the_ticket_once(at):
    row = ticket(at.machine, at.desk, at.now)
    one, two = make_person("field_engineer"), make_person("field_engineer")
    row.helpers.set([one, two])
    text = signed_in(one).get(reverse("tickets:queue"), {"view": "open"}).content.decode()
    assert text.count(f'data-row-id="{row.pk}"') == 1


def test_the_pulse_is_silent_until_something_changed(at):
    row = ticket(at.machine, at.desk, at.now)
    row.refresh_from_db()
    client = signed_in(at.caller)
    url = reverse("tickets:pulse", args=[row.pk])
    assert client.get(url, {"v": row.version}).status_code == 204
    actions.note(ticket=row, text="轴承温度七十八度", by=at.desk, now=at.now)
    page = client.get(url, {"v": row.version - 1})
    assert page.status_code == 200
    assert "轴承温度七十八度" in page.content.decode()


def test_a_colleague_named_in_a_note_is_told_and_so_is_who_watches(at):
    row = ticket(at.machine, at.desk, at.now)
    signed_in(at.caller).post(reverse("tickets:watch", args=[row.pk]), {"on": "yes"})
    client = signed_in(at.desk)
    client.post(
        reverse("tickets:detail", args=[row.pk]), {"deed": "note", "text": "请 @陈砺 看一下"}
    )
    assert Notice.objects.get(kind="ticket.mention").to == at.specialist
    client.post(
        reverse("tickets:detail", args=[row.pk]),
        {"deed": "reply", "text": "正在看", "channel": "PHONE"},
    )
    assert Notice.objects.get(kind="ticket.said").to == at.caller


def test_a_duty_leads_to_its_ticket(at):
    row = ticket(at.machine, at.desk, at.now)
    drain(at.now)
    duty = of_matter(row.number).filter(kind="ticket.restore").first()
    assert signed_in(at.boss).get(reverse("tickets:of_duty", args=[duty.pk])).url == reverse(
        "tickets:detail", args=[row.pk]
    )


def test_who_it_is_may_be_said_later(at):
    row = actions.open_ticket(
        report=report(at.now, caller_phone="13800001111"), by=at.desk, now=at.now
    )
    client = signed_in(at.desk)
    assert deed(client, row, "identify", serial="NO SUCH").status_code == 422
    assert deed(client, row, "identify", serial=at.machine.serial).status_code == 302
    row.refresh_from_db()
    assert (row.asset, row.customer) == (at.machine, at.customer)
    assert Fact.objects.get(kind="fault.reported").at == at.now


def test_the_form_says_that_a_solved_fault_has_a_cause(at):
    row = verified(ticket(at.machine, at.desk, at.now), at.desk, at.now)
    page = deed(signed_in(at.desk), row, "solve", how="REMOTE", action="重设加速曲线")
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {"cause"}
    row.refresh_from_db()
    assert row.status == Status.DIAGNOSING
