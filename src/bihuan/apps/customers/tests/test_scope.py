"""Nobody sees or does anything outside their reach: every route of customers, the API, the search."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.tests import factories as make
from bihuan.base import clock
from bihuan.base.access.scope import allowed, may, visible
from bihuan.base.counting import counted
from bihuan.base.search.queries import find
from bihuan.base.testing.people import make_person, signed_in
from bihuan.base.testing.routes import all_routes

pytestmark = pytest.mark.django_db
NOW = make.NOW
ROLES = [
    "account_manager",
    "dealer_staff",
    "field_engineer",
    "region_lead",
    "store_keeper",
    "sales",
]


@pytest.mark.parametrize("role", ROLES)
def test_a_planted_customer_is_found_by_nobody_out_of_reach(role):
    make.pack_in_force()
    with clock.set_to(NOW):
        canaries = make.canaries(NOW)
        client = signed_in(make_person(role, dealer_id=900_001))
        for name in ("list", "new", "tiers", "all_exceptions", "doubles", "hand_over"):
            page = client.get(
                reverse(f"customers:{name}"), {"q": "金丝雀"} if name == "list" else {}
            )
            assert "别区金丝雀" not in page.content.decode().replace('value="金丝雀"', "")
        for name, arguments in canaries[0].routes:
            for method in (client.get, client.post):
                answer = method(reverse(name, args=arguments))
                assert answer.status_code in (403, 404, 405), (name, answer.status_code)
                assert "别区金丝雀" not in answer.content.decode()


def test_every_address_of_the_app_says_who_may_enter():
    mine = [route for route in all_routes() if route.name.startswith("customers:")]
    assert len(mine) >= 30
    assert all(getattr(route.view, "policy", "") for route in mine)


def test_the_search_box_finds_within_reach(settings):
    cast = make.cast()
    make.contact(cast.jinling, "陆总", phone="13800138000")
    titles = [hit.title for group in find(cast.manager, "金陵") for hit in group.hits]
    assert "金陵泵业股份有限公司" in titles
    assert [hit.title for group in find(cast.manager, "8000") for hit in group.hits] == ["陆总"]
    assert find(cast.other, "金陵") == []
    assert [hit.title for group in find(cast.dealer_man, "盐城") for hit in group.hits] == [
        "盐城第一人民医院"
    ]


def test_the_api_gives_rows_within_reach_and_masks_numbers():
    cast = make.cast()
    make.contact(cast.jinling, "陆总", phone="13800138000")
    client = signed_in(cast.manager)
    items = json.loads(client.get("/api/customers/").content)["items"]
    assert [row["name"] for row in items] == ["金陵泵业股份有限公司"]
    assert client.get(f"/api/customers/{cast.stranger.pk}").status_code == 404
    people = json.loads(client.get(f"/api/customers/{cast.jinling.pk}/contacts").content)
    assert people[0]["phone"] == "138****8000"
    first = json.loads(signed_in(cast.boss).get("/api/customers/?limit=1").content)
    assert len(first["items"]) == 1
    assert first["next"] == first["items"][0]["id"]


def test_ledgers_take_rows_through_the_actions():
    from bihuan.apps.customers.ledgers import CONTACTS, CUSTOMERS, PURCHASES
    from bihuan.apps.customers.models import Customer

    cast = make.cast()
    parse = {
        column.name: column.parse
        for ledger in (CUSTOMERS, CONTACTS, PURCHASES)
        for column in ledger.columns
    }
    row = {
        "code": "A-1",
        "name": "台账客户有限公司",
        "nature": parse["nature"]("国有"),
        "account_manager": "1001",
        "wallet_share": parse["wallet_share"]("45%"),
        "wallet_source": "年报",
    }
    assert CUSTOMERS.save(
        [row, row, row | {"city": "无锡"}, row | {"code": "A-2", "account_manager": "没有这人"}],
        by=cast.boss,
        now=NOW,
    )[:3] == ["NEW", "SAME", "CHANGED"]
    made = Customer.objects.get(code="A-1")
    assert (made.nature, made.city, float(made.wallet_share or 0)) == ("SOE", "无锡", 0.45)
    wrong = CUSTOMERS.save(
        [row | {"code": "A-2", "name": "另一家有限公司", "account_manager": "没有这人"}],
        by=cast.boss,
        now=NOW,
    )[0]
    assert "没有这人" in wrong[0].text
    assert not Customer.objects.filter(code="A-2").exists()
    person = {
        "customer": "A-1",
        "name": "赵工",
        "phone": "13811112222",
        "birthday": parse["birthday"]("8月15日"),
    }
    assert CONTACTS.save([person, person, person | {"phone": "1381"}], by=cast.boss, now=NOW)[
        :2
    ] == ["NEW", "SAME"]
    order = {
        "customer": "台账客户有限公司",
        "order_no": "PO-77",
        "made_on": parse["made_on"]("2026/9/1"),
        "amount": parse["amount"]("1.2万"),
        "category": "PARTS",
    }
    found = PURCHASES.save(
        [order, order, order | {"amount": parse["amount"]("5")}], by=cast.boss, now=NOW
    )
    assert found[:2] == ["NEW", "SAME"]
    assert "内容不同" in found[2][0].text
    exported = {row["code"]: row for row in CUSTOMERS.export(cast.boss)}
    assert exported["A-1"]["nature"] == "国有"
    assert [row["name"] for row in CUSTOMERS.export(cast.other)] == ["燕北生物制药有限公司"]
    assert all("*" in row["phone"] for row in CONTACTS.export(cast.boss) if row["phone"])


def test_several_questions_are_counted_in_one_statement(django_assert_num_queries):
    mine, other = make_person("account_manager"), make_person("account_manager")
    for number in range(3):
        make.customer(name=f"甲厂{number}", account_manager=mine)
    rows = Customer.objects.all()
    asked = {
        "all": rows, "mine": visible(rows, mine, "customers.see"),
        "his": visible(rows, other, "customers.see"), "none": rows.none(),
        "both": rows.order_by().values("pk").union(rows.order_by().values("pk"), all=True),
    }  # fmt: skip
    with django_assert_num_queries(1):
        assert counted(asked) == {"all": 3, "mine": 3, "his": 0, "none": 0, "both": 6}


def test_what_is_allowed_on_one_thing_is_what_may_says_of_each_verb(django_assert_max_num_queries):
    verbs = ("customers.see", "customers.edit", "customers.hand_over", "customers.private")
    for role in ROLES:
        owner = make_person(role, region="east")
        for thing in (make.customer(account_manager=owner), make.customer()):
            with django_assert_max_num_queries(1):
                found = allowed(owner, thing, *verbs)
            assert found == {verb for verb in verbs if may(owner, verb, thing)}


def test_a_cell_may_leave_out_what_the_title_says_in_brackets():
    from bihuan.apps.customers.ledgers import CUSTOMERS

    nature = CUSTOMERS.column("nature").parse
    assert {nature(word) for word in ("个体", "个体（业主自用）", "individual")} == {"INDIVIDUAL"}
    with pytest.raises(ValueError, match="只能是：个体（业主自用）、民营"):
        nature("央企")
