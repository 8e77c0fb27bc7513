from __future__ import annotations

import pytest

from bihuan.base.search.actions import Entry, drop, put
from bihuan.base.search.folding import fold, spoken
from bihuan.base.search.queries import find
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


def entry(pk, title, **values):
    values.setdefault("needs", "customers.see")
    return Entry("customer", pk, title, f"/c/{pk}", **values)


def titles(person, text):
    return [hit.title for group in find(person, text) for hit in group.hits]


@pytest.mark.parametrize(
    "text",
    ["苏州", "仪器", "suzhou", "szjm", "SZJM", "C0012", "Ｃ００１２", "5678", "138 1234 5678", "精密 苏州", "SN-8841", "8841"],
)  # fmt: skip
def test_a_customer_is_found_by_whatever_people_remember(text):
    put(
        entry(
            1,
            "苏州精密仪器有限公司",
            words=["C0012"],
            phones=["138-1234-5678"],
            serials=["SN-8841"],
        ),
        entry(2, "杭州机械"),
    )
    assert titles(make_person("service_desk"), text) == ["苏州精密仪器有限公司"]


@pytest.mark.parametrize("text", ["", " ", "北京", "%", "_", "苏州 北京"])
def test_what_fits_nothing_finds_nothing(text):
    put(entry(1, "苏州精密仪器有限公司"))
    assert titles(make_person("service_desk"), text) == []


def test_everybody_finds_within_their_reach():
    mine = make_person("account_manager")
    regional = make_person("region_lead", region="R2")
    dealer = make_person("dealer_staff", dealer_id=7)
    put(
        entry(1, "共同甲", own=[mine.pk], region="R1"),
        entry(2, "共同乙", own=[999], region="R2"),
        entry(3, "共同丙", own=[999], region="R3", dealer_id=7),
    )
    assert titles(mine, "共同") == ["共同甲"]
    assert titles(regional, "共同") == ["共同乙"]
    assert titles(dealer, "共同") == ["共同丙"]
    assert len(titles(make_person("service_desk"), "共同")) == 3
    assert titles(make_person(), "共同") == []
    assert titles(make_person("service_desk", is_active=False), "共同") == []


def test_an_entry_is_renewed_and_dropped():
    person = make_person("service_desk")
    put(entry(1, "旧名"))
    put(entry(1, "新名"))
    assert titles(person, "旧名") == []
    assert titles(person, "新名") == ["新名"]
    drop("customer", 1)
    assert titles(person, "新名") == []


def test_what_begins_with_the_words_comes_first():
    put(entry(1, "华东离心机"), entry(2, "离心机厂"))
    assert titles(make_person("service_desk"), "离心机") == ["离心机厂", "华东离心机"]


def test_folding():
    assert fold("ＡＢＣ　１２３ ") == "abc 123"
    assert spoken("张三") == ("zhangsan", "zs")
    assert spoken("ABB") == ()


def test_palette_and_page_escape_what_they_show():
    put(entry(1, "<b>坏</b>公司"))
    client = signed_in(make_person("service_desk"))
    for headers in ({}, {"HX-Request": "true"}):
        page = client.get("/search/?q=公司", headers=headers).content.decode()
        assert "<b>坏" not in page
        assert "/c/1" in page
