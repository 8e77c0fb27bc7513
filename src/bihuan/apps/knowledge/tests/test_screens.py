from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.assets.tests.factories import model as make_model
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.knowledge import actions
from bihuan.apps.knowledge.enums import Audience, Status
from bihuan.apps.knowledge.models import Article, Synonym
from bihuan.apps.knowledge.tests.factories import NOW, content, drafted, published
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


def page(person, name, *args, query="", **headers):
    answer = signed_in(person).get(reverse(f"knowledge:{name}", args=args) + query, headers=headers)
    return answer.status_code, answer.content.decode()


def written(**values: Any) -> dict[str, Any]:
    given = {
        "kind": "CASE", "title": "门锁卡死", "language": "zh", "audiences": ["ENGINEER", "STAFF"], "part": "门锁",
        "symptom": "卡死", "remedy": "1. 断电\n2. 手动解锁", "codes": "e12，E13",
    }  # fmt: skip
    return given | values


def test_a_case_is_written_looked_at_by_another_and_read():
    author, head = make_person("field_engineer"), make_person("technical_head")
    client = signed_in(author)
    sent = client.post(reverse("knowledge:new"), written(owner=author.pk, then="submit"))
    row = Article.objects.get()
    assert sent.url == reverse("knowledge:article", args=[row.pk])
    assert (row.status, row.codes) == (Status.REVIEW, ["E12", "E13"])
    assert "等别人审核发布" in page(author, "article", row.pk)[1]
    assert row.title in page(head, "queue")[1]
    step = reverse("knowledge:step", args=[row.pk])
    assert client.post(step, {"deed": "publish"}).status_code == 403 or row.status == Status.REVIEW
    row.refresh_from_db()
    assert row.status == Status.REVIEW
    signed_in(head).post(step, {"deed": "publish", "review_on": "2099-01-01"})
    row.refresh_from_db()
    assert (row.status, row.review_on) == (Status.PUBLISHED, date(2099, 1, 1))
    body = page(make_person("sales"), "article", row.pk)[1]
    assert "<ol><li>断电</li><li>手动解锁</li></ol>" in body


SEEN = re.compile(r'name="seen" value="([^"]*)"')


def test_nobody_publishes_what_he_has_not_read():
    author, head = make_person("field_engineer"), make_person("technical_head")
    row = drafted(author)
    actions.submit(article=row, by=author, now=NOW)
    seen = SEEN.search(page(head, "article", row.pk)[1])[1]
    actions.change(article=row, content=content(title="没人看过"), by=author, now=NOW, seen=1)
    actions.submit(article=row, by=author, now=NOW)
    step, steps = reverse("knowledge:step", args=[row.pk]), row.steps.count()
    for deed in ("publish", "send_back", "retire"):
        sent = {"deed": deed, "seen": seen, "reason": "不对"}
        answer = signed_in(head).post(step, sent, follow=True)
        assert "刚被别人改过" in answer.content.decode(), deed
        row.refresh_from_db()
        assert (row.status, row.published, row.steps.count()) == (Status.REVIEW, 0, steps)
    seen = SEEN.search(page(head, "article", row.pk)[1])[1]
    signed_in(head).post(step, {"deed": "publish", "seen": seen})
    row.refresh_from_db()
    assert (row.status, row.title) == (Status.PUBLISHED, "没人看过")


def test_a_doubt_that_came_after_the_reading_stays():
    row, head = published(), make_person("technical_head")
    Article.objects.update(ticket="WX-1")
    seen = SEEN.search(page(head, "article", row.pk)[1])[1]
    actions.doubt(ticket="WX-1", reason="没用", key="k", remedy="", by=None, now=NOW)
    step = reverse("knowledge:step", args=[row.pk])
    signed_in(head).post(step, {"deed": "reviewed", "review_on": "2099-01-01", "seen": seen})
    row.refresh_from_db()
    assert (row.doubted_at, row.review_on) == (NOW, None)
    seen = SEEN.search(page(head, "article", row.pk)[1])[1]
    signed_in(head).post(step, {"deed": "reviewed", "review_on": "2099-01-01", "seen": seen})
    row.refresh_from_db()
    assert (row.doubted_at, row.review_on) == (None, date(2099, 1, 1))


def test_a_retired_article_that_was_revised_is_published_again():
    row, head = published(), make_person("technical_head")
    author = row.author
    actions.retire(article=row, reason="停产", by=head, now=NOW)
    actions.change(article=row, content=content(title="又用上了"), by=author, now=NOW, seen=1)
    assert row.number not in page(head, "queue")[1]
    step = reverse("knowledge:step", args=[row.pk])
    signed_in(author).post(step, {"deed": "submit"})
    assert row.number in page(head, "queue")[1]
    assert "等别人审核发布" in page(author, "article", row.pk)[1]
    signed_in(head).post(step, {"deed": "send_back", "reason": "缺扭矩"})
    assert row.number not in page(head, "queue")[1]
    row.refresh_from_db()
    assert row.status == Status.RETIRED
    signed_in(author).post(step, {"deed": "submit"})
    assert 'value="publish"' in page(head, "article", row.pk)[1]
    signed_in(head).post(step, {"deed": "publish"})
    row.refresh_from_db()
    assert (row.status, row.title, row.pending) == (Status.PUBLISHED, "又用上了", None)


def test_families_to_choose_are_those_that_we_make_and_those_chosen_before():
    author = make_person("field_engineer")
    assert "挖掘机" in page(author, "new")[1]
    make_model("GL-1", family="LARGE")
    assert "挖掘机" not in page(author, "new")[1]
    row = drafted(families=("EXCAVATOR",))
    assert "挖掘机" in page(author, "edit", row.pk)[1]
    data = written(owner=author.pk, seen=1, families=["EXCAVATOR", "LARGE"])
    url = reverse("knowledge:edit", args=[row.pk])
    assert signed_in(author).post(url, data).status_code == 302
    assert Article.objects.get().latest.families == ("EXCAVATOR", "LARGE")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"symptom": ""}, "故障案例要写现象"), ({"remedy": " ", "body": ""}, "正文和处理办法至少写一项"),
        ({"audiences": ["EVERYBODY"]}, "EVERYBODY"), ({"title": ""}, "必填"), ({"kind": "X"}, "X"), ({"owner": "99999"}, ""),
    ],
)  # fmt: skip
def test_a_faulty_form_says_where_and_writes_nothing(wrong, sentence):
    author = make_person("field_engineer")
    answer = signed_in(author).post(reverse("knowledge:new"), written(owner=author.pk) | wrong)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Article.objects.exists()


def test_a_change_over_an_older_version_is_refused():
    row = drafted()
    other = make_person("field_engineer")
    data = written(owner=other.pk, title="第一个", seen=1)
    url = reverse("knowledge:edit", args=[row.pk])
    assert signed_in(other).post(url, data).status_code == 302
    answer = signed_in(other).post(url, data | {"title": "第二个"})
    assert answer.status_code == 422
    assert "刚被别人改过" in answer.content.decode()
    row.refresh_from_db()
    assert row.title == "第一个"


def test_an_older_version_is_taken_up_again():
    row = drafted(title="第一版")
    actions.change(article=row, content=content(title="第二版"), by=row.owner, now=NOW, seen=1)
    writer = make_person("field_engineer")
    assert 'value="第二版"' in page(writer, "edit", row.pk)[1]
    assert 'value="第一版"' in page(writer, "edit", row.pk, query="?from=1")[1]
    assert 'value="第二版"' in page(writer, "edit", row.pk, query="?from=77")[1]
    assert "用这一版再改" in page(writer, "versions", row.pk)[1]


def test_hostile_words_are_shown_as_words_everywhere():
    values = {
        "title": HOSTILE,
        "body": HOSTILE,
        "cause": HOSTILE,
        "remedy": f"- {HOSTILE}",
        "part": "<b>x",
        "symptom": HOSTILE,
    }
    row = published(**values)
    drafted(**values)
    head = make_person("technical_head")
    actions.vote(article=row, helpful=False, reason=HOSTILE, by=head, now=NOW)
    actions.add_synonym(other=HOSTILE, ours="x", by=head, now=NOW)
    pages = [
        page(head, "list"), page(head, "article", row.pk), page(head, "edit", row.pk), page(head, "versions", row.pk), page(head, "queue"),
        page(head, "synonyms"), page(head, "similar", query=f"?text={HOSTILE}"), page(head, "similar_page", query=f"?text={HOSTILE}"),
        page(head, "list", query=f"?q={HOSTILE}&part={HOSTILE}&view={HOSTILE}"),
    ]  # fmt: skip
    preview = signed_in(head).post(
        reverse("knowledge:preview"), {"title": HOSTILE, "body": HOSTILE}
    )
    for status, body in [*pages, (preview.status_code, preview.content.decode())]:
        assert status == 200
        assert "<script>alert" not in body
        assert "<b>x" not in body


def test_each_circle_reads_its_own():
    rows = {each: published(audiences=(each,), title=f"给{each}的") for each in Audience}
    draft = drafted()
    readers = {
        "field_engineer": {*Audience}, "marketing": {*Audience} - {Audience.ENGINEER},
        "dealer_staff": {Audience.DEALER, Audience.CUSTOMER, Audience.PUBLIC},
    }  # fmt: skip
    for role, seen in readers.items():
        person = make_person(role, dealer_id=7 if role == "dealer_staff" else None)
        body = page(person, "list")[1]
        for audience, row in rows.items():
            assert (page(person, "article", row.pk)[0] == 200) is (audience in seen), (
                role,
                audience,
            )
            assert (row.title in body) is (audience in seen), (role, audience)
        assert page(person, "article", draft.pk)[0] == (200 if role == "field_engineer" else 404)
    nobody = make_person()
    assert page(nobody, "list")[0] == 403


@pytest.mark.parametrize("name", ["new", "queue", "synonyms"])
def test_readers_do_not_write(name):
    row = published()
    reader = make_person("marketing")
    assert page(reader, name)[0] == 403
    client = signed_in(reader)
    for url in ("edit", "step"):
        assert (
            client.post(
                reverse(f"knowledge:{url}", args=[row.pk]), {"deed": "retire", "reason": "x"}
            ).status_code
            == 403
        )
    row.refresh_from_db()
    assert row.status == Status.PUBLISHED


def test_a_writer_without_the_right_to_publish_does_not_retire():
    row = published()
    signed_in(make_person("field_engineer")).post(
        reverse("knowledge:step", args=[row.pk]), {"deed": "retire", "reason": "x"}
    )
    row.refresh_from_db()
    assert row.status == Status.PUBLISHED


def test_similar_cases_of_a_machine_one_may_see_and_of_none_other():
    row = published()
    mine = machine(customer(region="R1"))
    engineer, far = (
        make_person("field_engineer", region="R1"),
        make_person("field_engineer", region="R9"),
    )
    status, body = page(engineer, "similar", query=f"?text=转子振动大&asset={mine.pk}")
    assert status == 200
    assert row.title in body
    assert "<html" not in body
    assert page(far, "similar", query=f"?text=转子振动大&asset={mine.pk}")[0] == 404
    for junk in ("abc", "9" * 30, "-1", ""):
        assert page(engineer, "similar", query=f"?text=转子振动大&asset={junk}")[0] == 200


@pytest.mark.parametrize(
    "junk",
    [
        "?view=nonsense",
        "?kind=X&audience=Y&family=Z",
        "?page=99999",
        "?q=%00",
        "?q=ZS-99999999999999",
    ],
)
def test_a_strange_address_is_no_error(junk):
    published()
    assert page(make_person("technical_head"), "list", query=junk)[0] == 200


def test_filters_and_synonyms_narrow_the_list():
    published()
    published(
        title="真空泵漏油",
        part="真空泵",
        symptom="漏油",
        codes=("E90",),
        remedy="换油封",
        body="",
        cause="",
    )
    reader = make_person("field_engineer")
    assert "真空泵漏油" not in page(reader, "list", query="?q=配平")[1]
    assert "转子不平衡" not in page(reader, "list", query="?part=真空泵")[1]
    assert "转子不平衡" not in page(reader, "list", query="?q=e90")[1]
    Synonym.objects.create(other="渗油", ours="漏油", at=NOW)
    assert "真空泵漏油" in page(reader, "list", query="?q=渗油")[1]


def test_a_vote_without_a_reason_is_told_at_the_form():
    row, reader = published(), make_person("sales")
    answer = signed_in(reader).post(reverse("knowledge:article", args=[row.pk]), {"helpful": "no"})
    assert answer.status_code == 422
    assert "请写明理由" in answer.content.decode()
    assert not row.votes.exists()


def test_english_pages_have_no_chinese_words_of_ours():
    row = published(title="x", title_en="x", part="p", symptom="s", cause="c", remedy="r", body="b")
    client = signed_in(make_person("technical_head", name="Head"))
    client.cookies["bihuan_language"] = "en"
    body = client.get(reverse("knowledge:article", args=[row.pk])).content.decode()
    assert "Remedy" in body
    for word in ("处理办法", "有用吗", "登记信息", "复核无误"):
        assert word not in body


def test_the_duty_to_write_down_a_ticket_is_done_by_publishing():
    """With the regulation of the centrifuge maker: a solved ticket owes an article."""
    from bihuan.apps.customers.tests.factories import pack_in_force
    from bihuan.apps.obligations.models import Obligation
    from bihuan.apps.people.actions import first_calendar
    from bihuan.apps.policy.actions import shipped
    from bihuan.base.facts.actions import tell
    from bihuan.base.testing.draining import drain

    first_calendar(now=NOW)
    pack_in_force(shipped("centrifuge"))
    specialist = make_person("remote_specialist")
    owned = machine(customer(region="R1"))
    tell(
        "ticket.resolved", at=NOW, now=NOW, by=None, subjects={"customer": owned.customer_id, "asset": owned.pk},
        data={"ticket": "WX-1", "how": "REMOTE"},
    )  # fmt: skip
    drain(NOW)
    duty = Obligation.objects.get(kind="knowledge.update")
    Obligation.objects.filter(pk=duty.pk).update(assignee=specialist)
    body = page(specialist, "update_of", duty.pk)[1]
    assert "WX-1" in body
    client = signed_in(specialist)
    nothing = client.post(reverse("knowledge:update_of", args=[duty.pk]), {"text": " "})
    assert nothing.status_code == 422
    case = actions.SolvedCase(ticket="WX-1", title="轴承异响", report="换轴承", symptom="异响")
    row = actions.from_case(case=case, owner=specialist, by=specialist, now=NOW)
    actions.submit(article=row, by=specialist, now=NOW)
    actions.publish(article=row, by=make_person("technical_head"), now=NOW, review_on=None)
    duty.refresh_from_db()
    assert duty.state == "DISCHARGED"
    assert duty.discharged_by == specialist
