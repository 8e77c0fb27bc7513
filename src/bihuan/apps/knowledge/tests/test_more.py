"""Attachments, differences, reminders, lists of synonyms, REST."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from bihuan.apps.knowledge import actions, queries
from bihuan.apps.knowledge.enums import Audience
from bihuan.apps.knowledge.ledgers import save_synonym
from bihuan.apps.knowledge.models import Article, Synonym
from bihuan.apps.knowledge.refusals import SynonymOfItself
from bihuan.apps.knowledge.reminding import remind
from bihuan.apps.knowledge.search import otherwise
from bihuan.apps.knowledge.tests.factories import NOW, canaries, content, drafted, published
from bihuan.apps.knowledge.tests.test_screens import HOSTILE, page, written
from bihuan.base.evidence.actions import store
from bihuan.base.ledgers.declare import Done
from bihuan.base.notify.models import Notice
from bihuan.base.search.queries import find
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
SHEET = "调整间隙的步骤\n".encode()


def sheet(name="间隙.txt", text=SHEET):
    return SimpleUploadedFile(name, text, content_type="text/plain")


def test_an_attachment_is_read_when_its_version_is_and_by_its_circle_only():
    author, engineer, seller = make_person("field_engineer"), make_person("field_engineer"), make_person("sales")  # fmt: skip
    row = published(author, audiences=(Audience.ENGINEER,))
    changed = written(owner=author.pk, seen=1, audiences=["ENGINEER"], files=[sheet()])
    assert (
        signed_in(author).post(reverse("knowledge:edit", args=[row.pk]), changed).status_code == 302
    )
    row.refresh_from_db()
    (pk,) = row.latest.files
    address = reverse("evidence:file", args=[pk])
    assert row.files == []
    assert signed_in(make_person("auditor")).get(address).status_code == 404
    actions.submit(article=row, by=author, now=NOW)
    actions.publish(article=row, by=make_person("technical_head"), now=NOW, review_on=None)
    assert "间隙.txt" in page(engineer, "article", row.pk)[1]
    assert signed_in(engineer).get(address).status_code == 200
    assert signed_in(seller).get(address).status_code == 404


def test_an_attachment_is_kept_or_taken_off_and_one_of_another_article_is_not_taken():
    author = make_person("field_engineer")
    files = [store(f"{n}".encode(), by=author, now=NOW, name=f"{n}.txt") for n in "abc"]
    row = drafted(author, files=(files[0].pk, files[1].pk))
    data = written(owner=author.pk, seen=1, kept=[files[1].pk, files[2].pk])
    signed_in(author).post(reverse("knowledge:edit", args=[row.pk]), data)
    row.refresh_from_db()
    assert row.files == [files[1].pk]


@pytest.mark.parametrize(
    ("uploads", "sentence"),
    [
        ([sheet(text=b"<html><script>alert(1)</script>")], "不是可以接收的类型"), ([sheet(text=b"")], "空"),
        ([sheet(f"{n}.txt", f"{n}".encode()) for n in range(11)], "最多 10 个附件"),
    ],
)  # fmt: skip
def test_a_wrong_attachment_is_said_and_nothing_is_written(uploads, sentence):
    author = make_person("field_engineer")
    answer = signed_in(author).post(
        reverse("knowledge:new"), written(owner=author.pk, files=uploads)
    )
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Article.objects.exists()


def test_the_versions_show_what_changed_as_words():
    row = drafted(remedy="配平到 1 克")
    actions.change(
        article=row,
        content=content(remedy="配平到 2 克", title=HOSTILE),
        by=row.owner,
        now=NOW,
        seen=1,
    )
    body = page(row.owner, "versions", row.pk)[1]
    assert "<del>1</del>" in body
    assert "<ins>2</ins>" in body
    assert HOSTILE not in body


def test_the_owner_is_reminded_once_for_each_day_of_review():
    row = published(review_on=date(2026, 3, 12))
    published(review_on=date(2026, 5, 1))
    assert [remind(NOW), remind(NOW + timedelta(days=5)), remind(NOW + timedelta(days=6))] == [
        1,
        0,
        0,
    ]
    assert [note.to for note in Notice.objects.all()] == [row.owner]
    actions.reviewed(article=row, review_on=date(2026, 3, 25), by=row.owner, now=NOW)
    assert remind(NOW + timedelta(days=12)) == 1
    assert remind(NOW + timedelta(days=60)) == 1


def test_a_draft_that_nobody_needs_is_put_away_by_its_owner_only():
    row = drafted()
    other = make_person("field_engineer")
    address = reverse("knowledge:step", args=[row.pk])
    signed_in(other).post(address, {"deed": "retire", "reason": "不要"})
    row.refresh_from_db()
    assert row.status == "DRAFT"
    assert "不写了" in page(row.owner, "article", row.pk)[1]
    signed_in(row.owner).post(address, {"deed": "retire", "reason": "已有 ZS-000001"})
    row.refresh_from_db()
    assert row.status == "RETIRED"


def test_synonyms_come_as_a_list_and_go_before_the_shipped_ones():
    assert otherwise(["抖动大"]) == {"抖动大": ["振动大"]}
    assert save_synonym({"other": "抖动", "ours": "跳动"}, by=None, now=NOW) == Done.NEW
    assert save_synonym({"other": "抖动", "ours": "跳动"}, by=None, now=NOW) == Done.SAME
    assert otherwise(["抖动大"]) == {"抖动大": ["跳动大"]}
    with pytest.raises(SynonymOfItself):
        save_synonym({"other": "抖动", "ours": "抖动"}, by=None, now=NOW)
    assert Synonym.objects.count() == 1


@pytest.mark.parametrize("typed", ["E-07", "e7", "e 7", "抖动大", "不平衡", "ZS-{pk}"])
def test_the_list_finds_by_code_synonym_word_and_number(typed):
    row = published(title="转子不平衡引起整机振动大", codes=("E-007",))
    published(title="门锁", symptom="卡死", codes=("E-70",), body="", remedy="换", cause="")
    person = make_person("field_engineer")
    found = queries.listed(queries.articles(person), queries.Asked(text=typed.format(pk=row.pk)))
    assert list(found) == [row]


def test_programs_search_and_read_within_their_circle_and_propose():
    secret = published(title="只给技术人员", audiences=(Audience.ENGINEER,))
    wide = published(title="给员工的", audiences=(Audience.STAFF,), codes=("E-047",))
    seller, engineer = signed_in(make_person("sales")), signed_in(make_person("field_engineer"))
    assert [each["id"] for each in seller.get("/api/knowledge/").json()["items"]] == [wide.pk]
    assert [each["id"] for each in engineer.get("/api/knowledge/?limit=1").json()["items"]] == [
        secret.pk
    ]
    assert [each["id"] for each in engineer.get("/api/knowledge/?q=e+47").json()["items"]] == [
        wide.pk
    ]
    assert seller.get(f"/api/knowledge/{secret.pk}").status_code == 404
    assert engineer.get(f"/api/knowledge/{secret.pk}").json()["remedy"] == secret.remedy
    told = {
        "title": "门锁卡死",
        "symptom": "卡死",
        "remedy": "手动解锁",
        "codes": ["e-12"],
        "submit": True,
    }
    sent = [engineer.post("/api/knowledge/", told, "application/json", headers={"Idempotency-Key": KEY}) for _ in "ab"]  # fmt: skip
    assert [each.status_code for each in sent] == [201, 201]
    row = Article.objects.get(title="门锁卡死")
    assert (row.status, row.codes) == ("REVIEW", ["E-12"])
    assert seller.post("/api/knowledge/", told, "application/json").status_code == 403
    desk = make_person("service_desk")
    wrong = signed_in(desk).post("/api/knowledge/", told | {"symptom": ""}, "application/json")
    assert wrong.status_code == 422
    assert Article.objects.count() == 3


def test_dealers_propose_nothing_and_find_only_what_is_for_them():
    dealer = signed_in(make_person("dealer_staff", dealer_id=7))
    published(title="内部", audiences=(Audience.STAFF,))
    published(title="给经销商", audiences=(Audience.DEALER,))
    assert [each["title"] for each in dealer.get("/api/knowledge/").json()["items"]] == ["给经销商"]
    assert dealer.post("/api/knowledge/", {"title": "x"}, "application/json").status_code == 403


def test_the_canaries_are_beyond_those_without_their_right():
    planted = canaries(NOW)
    dealer = make_person("dealer_staff", dealer_id=7)
    for each in planted:
        for name, given in each.routes:
            answer = signed_in(dealer).get(reverse(name, args=given))
            assert answer.status_code in (200, 403, 404)
            assert each.text not in answer.content.decode()


def test_what_the_search_says_of_an_article_does_not_hang_on_who_saved_it():
    one = published(title="轴承异响", part="主轴", symptom="异响")
    with override("en"):
        other = published(title="轴承发热", part="主轴", symptom="发热")
    said = [hit.note for group in find(make_person("field_engineer"), "轴承") for hit in group.hits]
    assert said == [f"{other.number} 主轴 发热", f"{one.number} 主轴 异响"]
