"""What a company writes itself: labels over the states, checklists, phrases."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import CheckItem, Label, Phrase, Tick
from bihuan.apps.tickets.own import actions as own
from bihuan.apps.tickets.refusals import NotReadyToClose, WrongStep
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.audit.models import Entry as Audit
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


@pytest.fixture
def admin(at):
    return make_person("administrator", name="管理员甲")


def confirmed(at):
    row = verified(ticket(at.machine, at.desk, at.now), at.desk, at.now)
    told(solved(row, at.specialist, at.now), at.specialist, at.now)
    return actions.confirm(ticket=row, answer="好了", channel="PHONE", by=at.caller, now=at.now)


def _rows(client) -> str:
    page: str = client.get(reverse("tickets:queue")).content.decode()
    return page.split("<tbody")[1]


def test_a_label_stands_everywhere_and_no_rule_changes(at, admin):
    row = ticket(at.machine, at.desk, at.now)
    desk = signed_in(at.desk)
    assert "已接单" not in _rows(desk)
    page = signed_in(admin).post(
        reverse("tickets:labels"),
        {
            "ACCEPTED-zh": "已接单",
            "ACCEPTED-en": "Taken",
            "ACCEPTED-customer_zh": "<b>我们接了</b>",
        },
    )
    assert page.status_code == 302
    assert "已接单" in _rows(desk)
    assert "已接单" in desk.get(reverse("tickets:detail", args=[row.pk])).content.decode()
    row.refresh_from_db()
    assert row.status == Status.ACCEPTED
    with pytest.raises(WrongStep) as refused:
        actions.accept(ticket=row, by=at.desk, now=at.now)
    assert "已接单" in str(refused.value)
    assert Audit.objects.filter(verb="tickets.label").count() == 1


def test_an_english_page_without_an_english_label_has_the_products_word(at, admin):
    own.name_states(labels={"ACCEPTED": {"zh": "已接单"}}, by=admin, now=at.now)
    ticket(at.machine, at.desk, at.now)
    client = signed_in(at.desk)
    client.cookies["bihuan_language"] = "en"
    text = client.get(reverse("tickets:queue")).content.decode()
    assert "已接单" not in text
    assert "Accepted" in text


def test_two_states_of_one_name_are_refused_at_the_field(at, admin):
    client = signed_in(admin)
    page = client.post(reverse("tickets:labels"), {"NEW-zh": "处理中", "WORKING-zh": "处理中"})
    assert page.status_code == 422
    text = page.content.decode()
    assert "两个状态不能叫同一个名字" in text
    assert 'value="处理中"' in text
    other = client.post(reverse("tickets:labels"), {"SOLVED-zh": "已关闭"})  # that is CLOSED
    assert "两个状态不能叫同一个名字" in other.content.decode()
    long = client.post(reverse("tickets:labels"), {"NEW-zh": "长" * 21})
    assert "最多 20 个字" in long.content.decode()
    assert not Label.objects.exists()


def test_only_who_may_set_up_the_desk_opens_its_settings(at):
    for name in ("labels", "checks", "phrases", "new_phrase"):
        assert signed_in(at.desk).get(reverse(f"tickets:{name}")).status_code == 403
        assert signed_in(at.lead).get(reverse(f"tickets:{name}")).status_code == 200
    assert signed_in(at.desk).post(reverse("tickets:labels"), {"NEW-zh": "x"}).status_code == 403
    assert not Label.objects.exists()


def test_an_open_item_keeps_a_ticket_of_its_kind_from_closing(at, admin):
    client = signed_in(admin)
    client.post(
        reverse("tickets:checks"), {"kind": "FAULT", "zh": "安全联锁已试", "en": "Interlock tried"}
    )
    client.post(reverse("tickets:checks"), {"kind": "INSTALL", "zh": "地脚已紧", "en": ""})
    item = CheckItem.objects.get(kind="FAULT")
    row = confirmed(at)
    with pytest.raises(NotReadyToClose) as refused:
        actions.close(ticket=row, by=at.desk, now=at.now)
    assert "安全联锁已试" in str(refused.value)
    assert "地脚已紧" not in str(refused.value)
    desk = signed_in(at.desk)
    detail = reverse("tickets:detail", args=[row.pk])
    assert "安全联锁已试" in desk.get(detail).content.decode()
    desk.post(reverse("tickets:tick", args=[row.pk, item.pk]), {"on": "yes"})
    assert Tick.objects.get().by == at.desk
    desk.post(reverse("tickets:tick", args=[row.pk, item.pk]), {"on": "no"})
    assert not Tick.objects.exists()
    desk.post(reverse("tickets:tick", args=[row.pk, item.pk]), {"on": "yes"})
    row.refresh_from_db()
    actions.close(ticket=row, by=at.desk, now=at.now)
    assert row.status == Status.CLOSED
    desk.post(reverse("tickets:tick", args=[row.pk, item.pk]), {"on": "no"})
    assert Tick.objects.count() == 1  # what has ended stays as it was


def test_an_item_put_out_of_use_guards_nothing_and_one_of_another_kind_cannot_be_ticked(at, admin):
    item = own.add_item(kind="FAULT", zh="照片齐", en="", by=admin, now=at.now)
    other = own.add_item(kind="PARTS", zh="旧件已回", en="", by=admin, now=at.now)
    row = confirmed(at)
    desk = signed_in(at.desk)
    assert (
        desk.post(reverse("tickets:tick", args=[row.pk, other.pk]), {"on": "yes"}).status_code
        == 404
    )
    assert not Tick.objects.exists()
    signed_in(admin).post(reverse("tickets:toggle_item", args=[item.pk]))
    actions.close(ticket=row, by=at.desk, now=at.now)
    assert row.status == Status.CLOSED


def test_an_item_is_not_added_twice_nor_without_words(at, admin):
    client = signed_in(admin)
    for _once in range(2):
        page = client.post(reverse("tickets:checks"), {"kind": "FAULT", "zh": "照片齐"})
    assert "这一项已经有了" in page.content.decode()
    assert client.post(reverse("tickets:checks"), {"kind": "FAULT", "zh": " "}).status_code == 422
    assert CheckItem.objects.count() == 1


def test_the_companys_phrases_replace_those_that_ship_and_are_filled_in(at, admin):
    row = ticket(at.machine, at.desk, at.now)
    detail = reverse("tickets:detail", args=[row.pk])
    assert "请补照片" in signed_in(at.desk).get(detail).content.decode()
    client = signed_in(admin)
    client.post(reverse("tickets:phrases"))
    first = Phrase.objects.order_by("place").first()
    assert Phrase.objects.count() > 1
    client.post(
        reverse("tickets:phrase", args=[first.pk]),
        {"title_zh": "收到了", "text_zh": "{customer}您好，{number} 由{me}负责。", "kind": ""},
    )
    client.post(
        reverse("tickets:new_phrase"),
        {"title_zh": "安装专用", "text_zh": "我们周三到。", "kind": "INSTALL"},
    )
    text = signed_in(at.desk).get(detail).content.decode()
    assert f"{at.customer.called}您好，{row.number} 由何岚负责。" in text
    assert "安装专用" not in text
    client.post(reverse("tickets:toggle_phrase", args=[first.pk]))
    assert "收到了" not in signed_in(at.desk).get(detail).content.decode()


@pytest.mark.parametrize("text", ["请看 {secret}", "{number.__class__}", "{0}"])
def test_a_phrase_with_an_unknown_name_is_refused(at, admin, text):
    page = signed_in(admin).post(
        reverse("tickets:new_phrase"), {"title_zh": "坏", "text_zh": text, "kind": ""}
    )
    assert page.status_code == 422
    assert "能填的只有" in page.content.decode()
    assert not Phrase.objects.exists()
