from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from bihuan.apps.knowledge import actions
from bihuan.apps.knowledge.enums import Audience, Origin
from bihuan.apps.knowledge.models import Case, Pair
from bihuan.apps.knowledge.similar import find
from bihuan.apps.knowledge.tests.factories import NOW, published
from bihuan.base.search.queries import find as search
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


def ticket(number: int, title: str, *pairs: tuple[str, str], **values: Any) -> Case:
    given: dict[str, Any] = {
        "ticket_id": number, "number": f"WX-{number}", "title": title, "text": "", "url": f"/tickets/{number}/",
        "closed_at": NOW, "pairs": pairs,
    }  # fmt: skip
    return actions.put_case(case=actions.ClosedCase(**(given | values)))


def numbers(person, text, **values):
    return [each.case.number for each in find(person, text, **values)]


def test_the_case_with_the_same_part_and_symptom_comes_first():
    person = make_person("field_engineer")
    ticket(1, "门盖打不开", ("门锁", "卡死"))
    ticket(2, "主轴承坏了", ("主轴承", "异响"), ("电机", "过热"))
    ticket(3, "电机烧了", ("电机", "异响"))
    found = find(person, "客户来电：升速时主轴承有异响，电机正常。")
    assert found[0].case.number == "WX-2"
    assert found[0].pairs[0] == ("主轴承", "异响")
    assert numbers(person, "") == []


def test_who_sees_no_tickets_reads_the_case_without_a_way_to_its_ticket():
    ticket(1, "主轴承坏了", ("主轴承", "异响"))
    article = published(title="主轴承异响怎么查", part="主轴承", symptom="异响")
    for role, way in (("field_engineer", "/tickets/1/"), ("rd_engineer", "")):
        person = make_person(role)
        found = {each.case.origin: each.url for each in find(person, "主轴承异响")}
        assert found[Origin.TICKET] == way
        url = reverse("knowledge:article", args=[article.pk])
        assert found[Origin.ARTICLE] == url
        page = signed_in(person).get(reverse("knowledge:similar_page"), {"text": "主轴承异响"})
        assert ("/tickets/1/" in page.content.decode()) == bool(way)


def test_a_case_is_there_at_once_renewed_and_gone_when_taken_out():
    person = make_person("field_engineer")
    ticket(1, "旧的", ("主轴承", "异响"))
    ticket(1, "新的", ("真空泵", "漏油"))
    assert numbers(person, "真空泵漏油") == ["WX-1"]
    assert find(person, "主轴承异响") == []
    assert Case.objects.count() == 1
    actions.drop_case(origin=Origin.TICKET, origin_id=1)
    assert numbers(person, "真空泵漏油") == []
    assert Pair.objects.exists()  # a pair without a case harms nobody


def test_words_are_enough_where_no_pair_fits():
    person = make_person("field_engineer")
    ticket(1, "显示屏偶尔闪烁后黑屏", text="排线松动")
    ticket(2, "制冷不下去")
    assert numbers(person, "屏幕闪烁，然后黑屏")[0] == "WX-1"


def test_what_people_say_otherwise_is_understood():
    person = make_person("field_engineer")
    ticket(1, "案例", ("主轴承", "振动大"))
    assert find(person, "座子抖得厉害") == []
    actions.add_synonym(other="座子", ours="主轴承", by=None, now=NOW)
    actions.add_synonym(other="抖得厉害", ours="振动大", by=None, now=NOW)
    assert find(person, "座子抖得厉害")[0].pairs == (("主轴承", "振动大"),)


def test_those_of_the_same_model_come_first():
    person = make_person("field_engineer")
    ticket(1, "甲", ("主轴承", "异响"), family="LAB", model="H-20")
    ticket(2, "乙", ("主轴承", "异响"), family="LARGE", model="D-5")
    assert numbers(person, "主轴承异响", family="LAB", model="H-20") == ["WX-1", "WX-2"]
    assert numbers(person, "主轴承异响", family="LARGE", model="D-5") == ["WX-2", "WX-1"]


def test_nobody_sees_a_case_of_another_circle():
    ticket(1, "票", ("转子", "振动大"))
    published(audiences=(Audience.ENGINEER,))
    shown = published(audiences=(Audience.DEALER, Audience.ENGINEER), title="给经销商")
    assert numbers(make_person("dealer_staff", dealer_id=7), "转子振动大") == [shown.number]
    assert len(numbers(make_person("field_engineer"), "转子振动大")) == 3
    assert numbers(make_person(), "转子振动大") == []


def hits(person, text):
    return [hit.title for group in search(person, text) for hit in group.hits]


@pytest.mark.parametrize(
    "text",
    [
        "不平衡",
        "rotor imbalance",
        "zhuanzi",
        "E07",
        "e07",
        "配平",
        "抖动",
        "ZS-%06d",
        "对称管 装量",
    ],
)
def test_the_one_box_finds_an_article(text):
    row = published()
    asked = text % row.pk if "%" in text else text
    assert hits(make_person("field_engineer"), asked) == [row.title]


def test_the_one_box_knows_synonyms_and_circles():
    row = published(audiences=(Audience.ENGINEER,))
    engineer = make_person("field_engineer")
    assert hits(engineer, "晃动厉害") == []
    actions.add_synonym(other="晃动厉害", ours="振动大", by=None, now=NOW)
    assert hits(engineer, "晃动厉害") == [row.title]
    assert hits(make_person("marketing"), "晃动厉害") == []
    actions.retire(article=row, reason="停产", by=make_person("technical_head"), now=NOW)
    assert hits(engineer, "不平衡") == []
