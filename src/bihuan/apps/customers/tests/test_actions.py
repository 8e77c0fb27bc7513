"""Adding and changing customers, contacts, purchases; refusals change nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from bihuan.apps.customers import actions
from bihuan.apps.customers.enums import Category, Channel, Purpose
from bihuan.apps.customers.models import (
    Consent,
    Contact,
    Customer,
    Purchase,
    PurchaseDay,
    Verification,
)
from bihuan.apps.customers.tests import factories as make
from bihuan.base.audit.models import Entry
from bihuan.base.errors import BadInput, ChangedMeanwhile, NoSuchThing, NotAllowed
from bihuan.base.facts.models import Fact
from bihuan.base.search.models import Entry as Found
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db
NOW = make.NOW
GOOD_CODE = "91320100MA1P8GJQ3R"


def good_code() -> str:
    from bihuan.apps.customers.rules.credit_code import check_character

    first = "91320100MA1P8GJQ3"
    return first + check_character(first)


def test_a_new_customer_gets_the_profile_of_its_nature_and_tells_a_fact():
    row = actions.add_customer(name="金陵泵业股份有限公司", nature="SOE", by=None, now=NOW)
    assert (row.care, row.credit, row.flags) == ("STATE_OWNED", "BY_CONTRACT", ["NO_GIFTS"])
    assert row.code == f"KH-{row.pk:06d}"
    assert row.pinyin.startswith("jinlingbengye")
    assert row.initials.startswith("jlby")
    fact = Fact.objects.get(kind="customer.added")
    assert fact.customer_id == row.pk
    assert fact.data["customer"]["nature"] == "SOE"
    assert "金陵" not in str(fact.data)
    assert row.verify_by == date(2027, 10, 9)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": "甲"}, "name", "全称"),
        ({"credit_code": "913201"}, "credit_code", "18 位，现在 6 位"),
        ({"credit_code": "91320100MA1P8GJQ3X"}, "credit_code", "最后一位"),
        ({"credit_code": "91320100MA1P8GIQ3X"}, "credit_code", "没有字母"),
        ({"relation": "END_USER"}, "dealer", "经销商"),
        ({"nature": "NOBODY"}, "nature", "没有这个选项"),
        ({"flags": ["NOPE"]}, "flags", "NOPE"),
        ({"wallet_share": Decimal("0.4")}, "wallet_source", "从哪里来"),
        ({"wallet_share": Decimal("1.4"), "wallet_source": "问过"}, "wallet_share", "100%"),
        ({"usage_score": Decimal(101)}, "usage_score", "100"),
    ],
)
def test_wrong_input_is_refused_by_name_and_nothing_is_written(values, field, words):
    with pytest.raises(BadInput) as refused:
        actions.add_customer(**({"name": "好客户有限公司", "by": None, "now": NOW} | values))
    assert words in refused.value.fields[field]
    assert not Customer.objects.exists()
    assert not Fact.objects.exists()


def test_two_living_rows_never_share_a_credit_code():
    first = make.customer(credit_code=good_code())
    with pytest.raises(BadInput) as refused:
        make.customer(credit_code=good_code().lower().replace("M", "Ｍ"))
    assert first.code in refused.value.fields["credit_code"]
    assert Customer.objects.count() == 1


def test_a_change_is_told_once_and_a_stale_copy_is_refused():
    row = make.customer()
    stale = Customer.objects.get(pk=row.pk)
    actions.change_customer(customer=row, flags=["GREEN_CHANNEL"], city="南京", by=None, now=NOW)
    assert Fact.objects.get(kind="customer.changed").own()["what"] == ["city", "flags"]
    assert Fact.objects.get(kind="flag.changed").own() == {"flag": "GREEN_CHANNEL", "on": True}
    with pytest.raises(ChangedMeanwhile):
        actions.change_customer(customer=stale, city="苏州", by=None, now=NOW)
    row.refresh_from_db()
    assert row.city == "南京"
    actions.change_customer(customer=row, city="南京", by=None, now=NOW)
    assert Fact.objects.filter(kind="customer.changed").count() == 1


def test_nobody_writes_a_customer_out_of_his_own_sight():
    manager = make.user("a", "甲", "account_manager")
    other = make.user("b", "乙", "account_manager")
    with pytest.raises(actions.customers.OutOfReach):
        actions.add_customer(name="远方客户有限公司", account_manager=other, by=manager, now=NOW)
    assert not Customer.objects.exists()
    row = actions.add_customer(
        name="远方客户有限公司", account_manager=manager, by=manager, now=NOW
    )
    with pytest.raises(actions.customers.OutOfReach):
        actions.change_customer(customer=row, account_manager=other, by=manager, now=NOW)
    row.refresh_from_db()
    assert row.account_manager == manager


def test_a_dealer_keeps_its_end_users():
    dealer = make.customer(relation="DEALER")
    make.customer(relation="END_USER", dealer=dealer)
    with pytest.raises(BadInput) as refused:
        actions.change_customer(customer=dealer, relation="DIRECT", by=None, now=NOW)
    assert "最终用户" in refused.value.fields["relation"]


def test_phones_are_tidied_masked_and_read_whole_only_with_a_logged_reason():
    cast = make.cast()
    row = make.contact(cast.jinling, phone="＋86 138-1234-5678")
    assert (row.phone, row.phone_tail, row.masked_phone) == ("13812345678", "5678", "138****5678")
    with pytest.raises(actions.contacts.ReasonNeeded):
        actions.unmask(contact=row, reason=" ", by=cast.manager, now=NOW)
    with pytest.raises(NotAllowed):
        actions.unmask(contact=row, reason="打电话", by=cast.analyst, now=NOW)
    with pytest.raises(NoSuchThing):
        actions.unmask(contact=row, reason="打电话", by=cast.other, now=NOW)
    assert not Entry.objects.filter(verb="contact.unmask").exists()
    assert actions.unmask(contact=row, reason="回访", by=cast.manager, now=NOW) == "13812345678"
    entry = Entry.objects.get(verb="contact.unmask")
    assert (entry.by, entry.after) == (cast.manager, {"reason": "回访"})


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": ""}, "name", "姓名"),
        ({"phone": "1381234567"}, "phone", "11 位，现在 10 位"),
        ({"phone": "abc"}, "phone", "不像电话"),
        ({"birthday_month": 2, "birthday_day": 30}, "birthday_day", "没有这一天"),
        ({"birthday_month": 2}, "birthday_day", "月和日"),
        ({"decision_role": "KING"}, "decision_role", "没有这个选项"),
    ],
)
def test_a_wrong_contact_is_refused(values, field, words):
    row = make.customer()
    with pytest.raises(BadInput) as refused:
        actions.add_contact(**({"customer": row, "name": "许工", "by": None, "now": NOW} | values))
    assert words in refused.value.fields[field]
    assert not Contact.objects.exists()


def test_consent_is_a_row_from_until_and_ends_when_the_person_leaves():
    row = make.contact(make.customer())
    say = {"contact": row, "purpose": Purpose.CARE, "channel": Channel.SMS, "by": None}
    actions.set_consent(**say, agreed=True, source="电话同意", now=NOW)
    with pytest.raises(actions.contacts.AlreadyAgreed):
        actions.set_consent(**say, agreed=True, source="电话同意", now=NOW)
    actions.set_consent(**say, agreed=False, source="短信退订", now=NOW + timedelta(days=1))
    actions.set_consent(**say, agreed=True, source="又同意", now=NOW + timedelta(days=2))
    assert Consent.objects.count() == 2
    actions.contact_left(
        contact=row, left_on=date(2026, 10, 12), by=None, now=NOW + timedelta(days=3)
    )
    assert not Consent.objects.filter(to_at=None).exists()
    fact = Fact.objects.get(kind="contact.left")
    assert fact.data["contact"] == {"reachable": False}
    with pytest.raises(actions.contacts.HasLeft):
        actions.set_consent(**say, agreed=True, source="又同意", now=NOW + timedelta(days=4))


def test_who_never_agreed_may_say_no_and_says_it_once():
    row = make.contact(make.customer())
    say = {"contact": row, "purpose": Purpose.SERVICE, "channel": Channel.PHONE, "by": None}
    actions.set_consent(**say, agreed=False, source="电话里说别再打", now=NOW)
    said = Consent.objects.get()
    assert (said.from_at, said.to_at, said.source) == (NOW, NOW, "电话里说别再打")
    with pytest.raises(actions.contacts.AlreadyTakenBack):
        actions.set_consent(**say, agreed=False, source="又说", now=NOW + timedelta(days=1))
    assert Consent.objects.get() == said
    actions.set_consent(**say, agreed=True, source="服务协议", now=NOW + timedelta(days=2))
    assert Consent.objects.filter(to_at=None).count() == 1


def test_the_chain_of_reports_is_never_a_circle():
    of = make.customer()
    head = make.contact(of, "陆总")
    below = make.contact(of, "许工", reports_to=head)
    with pytest.raises(BadInput):
        actions.change_contact(contact=head, reports_to=below, by=None, now=NOW)
    elsewhere = make.contact(make.customer(), "别家")
    with pytest.raises(BadInput):
        actions.change_contact(contact=below, reports_to=elsewhere, by=None, now=NOW)
    below.refresh_from_db()
    assert below.reports_to == head


def test_purchases_make_a_prospect_active_and_a_void_takes_the_amount_back():
    row = make.customer(relation="PROSPECT")
    assert row.status == "PROSPECT"
    buy = {
        "customer": row,
        "made_on": date(2026, 10, 9),
        "category": Category.EQUIPMENT,
        "by": None,
        "now": NOW,
    }
    first = actions.record_purchase(order_no="PO-1", amount=Decimal("120000.505"), **buy)
    second = actions.record_purchase(order_no="PO-2", amount=Decimal(5000), **buy)
    assert (first.repeat, second.repeat) == (False, True)
    row.refresh_from_db()
    assert (row.status, row.since) == ("ACTIVE", date(2026, 10, 9))
    assert PurchaseDay.objects.get().amount == Decimal("125000.50")
    with pytest.raises(BadInput):
        actions.record_purchase(order_no="PO-1", amount=Decimal(1), **buy)
    actions.void_purchase(purchase=second, reason="重复登记", by=None, now=NOW)
    assert PurchaseDay.objects.get().amount == Decimal("120000.50")
    with pytest.raises(ChangedMeanwhile):
        actions.void_purchase(purchase=second, reason="重复登记", by=None, now=NOW)
    assert Fact.objects.filter(kind="purchase.made").count() == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"order_no": " "}, "order_no"),
        ({"made_on": date(2026, 10, 10)}, "made_on"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"category": "TOYS"}, "category"),
    ],
)
def test_a_wrong_purchase_is_refused(values, field):
    row = make.customer()
    good = {
        "order_no": "PO-1",
        "made_on": date(2026, 10, 8),
        "amount": Decimal(1),
        "category": "PARTS",
    }
    with pytest.raises(BadInput) as refused:
        actions.record_purchase(customer=row, by=None, now=NOW, **(good | values))
    assert list(refused.value.fields) == [field]
    assert not Purchase.objects.exists()
    assert not PurchaseDay.objects.exists()


def test_verified_parts_move_the_day_on_which_the_record_grows_stale():
    row = make.customer(pains=["夜班不会配平"])
    assert Verification.objects.count() == 2
    assert row.verify_by == date(2027, 1, 7)
    later = NOW + timedelta(days=60)
    actions.verify_facts(customer=row, what=["PAINS"], source="上门问过", by=None, now=later)
    row.refresh_from_db()
    assert row.verify_by == date(2027, 3, 8)
    with pytest.raises(BadInput):
        actions.verify_facts(customer=row, what=[], source="问过", by=None, now=later)


def test_contacts_are_found_by_whoever_looks_after_the_customer_now():
    before, after = make_person("account_manager"), make_person("account_manager")
    row = actions.add_customer(
        name="金陵泵业股份有限公司", account_manager=before, by=None, now=NOW
    )
    contact = actions.add_contact(
        customer=row, name="许国栋", phone="13900000217", by=None, now=NOW
    )
    found = Found.objects.filter(kind="contact", thing_id=contact.pk)
    assert found.get().own == [before.pk]
    row = actions.change_customer(customer=row, account_manager=after, by=None, now=NOW)
    assert found.get().own == [after.pk]
    row = actions.change_customer(
        customer=row, account_manager=None, name="江南泵业", by=None, now=NOW
    )
    assert found.get().own == []
    assert "江南泵业" in found.get().note
