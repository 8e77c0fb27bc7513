from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from bihuan.apps.assets.tests.factories import machine, model
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.knowledge import actions
from bihuan.apps.knowledge.actions.articles import transfer
from bihuan.apps.knowledge.enums import Audience, Kind, Status
from bihuan.apps.knowledge.models import Article, ArticleStep, ArticleVersion, Case
from bihuan.apps.knowledge.queries import holdings
from bihuan.apps.knowledge.refusals import (
    NotByAuthor,
    NothingPending,
    ReasonMissing,
    ReviewDatePast,
    SynonymOfItself,
    WordsMissing,
    WrongStep,
)
from bihuan.apps.knowledge.tests.factories import NOW, content, drafted, published
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import make_person

pytestmark = pytest.mark.django_db


def fresh(row):
    return Article.objects.get(pk=row.pk)


@pytest.mark.parametrize(
    "values",
    [{"title": "  "}, {"symptom": ""}, {"body": "", "remedy": " "}, {"audiences": ()}],
)
def test_an_article_without_the_needful_is_refused(values):
    with pytest.raises(WordsMissing):
        drafted(**values)
    assert not Article.objects.exists()


def test_who_wrote_it_does_not_publish_it():
    author = make_person("technical_head")
    row = drafted(author)
    actions.submit(article=row, by=author, now=NOW)
    with pytest.raises(NotByAuthor):
        actions.publish(article=row, by=author, now=NOW, review_on=None)
    assert fresh(row).status == Status.REVIEW
    assert not Case.objects.exists()
    actions.publish(article=row, by=make_person("technical_head"), now=NOW, review_on=None)
    assert fresh(row).status == Status.PUBLISHED


def test_who_changed_it_in_this_round_does_not_publish_it_either():
    first, second = make_person("technical_head"), make_person("technical_head")
    row = drafted(first)
    row = actions.change(article=row, content=content(title="别的标题"), by=second, now=NOW, seen=1)
    actions.submit(article=row, by=second, now=NOW)
    for each in (first, second):
        with pytest.raises(NotByAuthor):
            actions.publish(article=row, by=each, now=NOW, review_on=None)


def test_a_draft_is_not_published_before_somebody_asked_for_it():
    row = drafted()
    with pytest.raises(WrongStep):
        actions.publish(article=row, by=make_person("technical_head"), now=NOW, review_on=None)
    assert fresh(row).status == Status.DRAFT


def test_a_published_article_is_read_as_it_was_until_the_change_is_published():
    row = published()
    writer = make_person("field_engineer")
    actions.change(
        article=row, content=content(title="新标题", part="电机"), by=writer, now=NOW, seen=1
    )
    row = fresh(row)
    assert (row.title, row.status, row.latest.title) == (
        "转子不平衡引起整机振动",
        Status.PUBLISHED,
        "新标题",
    )
    with pytest.raises(WrongStep):  # not submitted yet
        actions.publish(article=row, by=make_person("technical_head"), now=NOW, review_on=None)
    actions.submit(article=row, by=writer, now=NOW)
    with pytest.raises(NothingPending):
        actions.submit(article=row, by=writer, now=NOW)
    actions.publish(article=row, by=make_person("technical_head"), now=NOW, review_on=None)
    row = fresh(row)
    assert (row.title, row.published, row.pending) == ("新标题", 2, None)
    assert Case.objects.get().part == "电机"
    assert [each.content.title for each in row.versions.all()] == [
        "新标题",
        "转子不平衡引起整机振动",
    ]


def test_two_people_changing_at_once_lose_nothing():
    row = drafted()
    other = make_person("field_engineer")
    actions.change(article=row, content=content(title="甲写的"), by=other, now=NOW, seen=1)
    with pytest.raises(ChangedMeanwhile):
        actions.change(article=row, content=content(title="乙写的"), by=other, now=NOW, seen=1)
    assert fresh(row).title == "甲写的"
    assert ArticleVersion.objects.count() == 2


def test_sent_back_it_needs_a_reason_and_is_a_draft_again():
    row = drafted()
    actions.submit(article=row, by=row.author, now=NOW)
    head = make_person("technical_head")
    with pytest.raises(ReasonMissing):
        actions.send_back(article=row, reason=" ", by=head, now=NOW)
    assert fresh(row).status == Status.REVIEW
    actions.send_back(article=row, reason="缺扭矩", by=head, now=NOW)
    assert fresh(row).status == Status.DRAFT
    assert ArticleStep.objects.first().text == "缺扭矩"


def test_reviewed_and_retired():
    row = published(review_on=date(2026, 4, 1))
    head = make_person("technical_head")
    with pytest.raises(ReviewDatePast):
        actions.reviewed(article=row, review_on=date(2026, 3, 2), by=head, now=NOW)
    assert fresh(row).review_on == date(2026, 4, 1)
    actions.reviewed(article=row, review_on=date(2027, 3, 2), by=head, now=NOW)
    assert fresh(row).review_on == date(2027, 3, 2)
    actions.retire(article=row, reason="型号停产", by=head, now=NOW)
    assert fresh(row).status == Status.RETIRED
    assert not Case.objects.exists()
    with pytest.raises(WrongStep):
        actions.reviewed(article=row, review_on=None, by=head, now=NOW)


@pytest.mark.parametrize("table", [ArticleVersion, ArticleStep])
def test_versions_and_steps_are_never_changed(table):
    drafted()
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.update(at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.all().delete()
    assert table.objects.count() == 1


def test_a_solved_ticket_proposes_one_draft():
    owner = make_person("remote_specialist")
    case = actions.SolvedCase(
        ticket="WX-20260301-0007", title="主轴承异响", report="低速段有咔咔声", part="主轴承", symptom="异响",
        remedy="更换轴承", codes=("E11",), family="LAB", model="H-20",
    )  # fmt: skip
    row = actions.from_case(case=case, owner=owner, by=None, now=NOW)
    assert (row.status, row.audiences, row.families, row.owner) == (
        Status.DRAFT,
        [Audience.ENGINEER],
        ["LAB"],
        owner,
    )
    assert actions.from_case(case=case, owner=owner, by=None, now=NOW) == row


def test_publishing_a_manual_anew_tells_every_customer_who_uses_the_model():
    used, other = model("LX-5", now=NOW), model("LX-9", now=NOW)
    mine, second, theirs = (
        machine(customer(), now=NOW, model=each) for each in (used, used, other)
    )
    values = {
        "kind": Kind.MANUAL,
        "audiences": ("CUSTOMER", "STAFF"),
        "model_codes": (used.code,),
        "safety": True,
    }
    row = published(**values)
    assert Fact.objects.get(kind="document.published").data["fact"]["kind"] == "MANUAL"
    assert not Fact.objects.filter(kind="manual.upgraded").exists()
    writer = make_person("trainer")
    actions.change(
        article=row, content=content(**values, body="第二版"), by=writer, now=NOW, seen=1
    )
    actions.submit(article=row, by=writer, now=NOW)
    actions.publish(article=row, by=make_person("technical_head"), now=NOW, review_on=None)
    told = Fact.objects.filter(kind="manual.upgraded")
    assert {each.customer_id for each in told} == {mine.customer_id, second.customer_id} - {
        theirs.customer_id
    }
    assert told[0].data["fact"]["safety"] is True


def test_a_reader_votes_once_and_a_no_has_a_reason():
    row, reader = published(), make_person("field_engineer")
    with pytest.raises(ReasonMissing):
        actions.vote(article=row, helpful=False, reason="", by=reader, now=NOW)
    assert not row.votes.exists()
    actions.vote(article=row, helpful=False, reason="没写扭矩", by=reader, now=NOW)
    assert (fresh(row).helpful, fresh(row).unhelpful) == (0, 1)
    actions.vote(article=row, helpful=True, reason="", by=reader, now=NOW)
    assert (fresh(row).helpful, fresh(row).unhelpful) == (1, 0)
    with pytest.raises(WrongStep):
        actions.vote(article=drafted(), helpful=True, reason="", by=reader, now=NOW)


def test_a_leaver_hands_over_articles():
    leaver, heir = make_person("field_engineer"), make_person("field_engineer")
    row, gone = drafted(leaver), published(leaver)
    actions.retire(article=gone, reason="停产", by=heir, now=NOW)
    keys = [each.key for each in holdings(leaver.pk)]
    assert keys == [str(row.pk)]
    assert transfer(keys=keys, from_id=leaver.pk, to_id=heir.pk, by=None, now=NOW) == 1
    assert (fresh(row).owner, holdings(leaver.pk)) == (heir, [])


def test_synonyms_do_not_go_in_circles():
    actions.add_synonym(other="抖", ours="振动", by=None, now=NOW)
    for other, ours in (("振动", "抖"), ("抖", "晃"), ("晃", "抖"), ("晃", "晃")):
        with pytest.raises(SynonymOfItself):
            actions.add_synonym(other=other, ours=ours, by=None, now=NOW)
    with pytest.raises(WordsMissing):
        actions.add_synonym(other=" ", ours="振动", by=None, now=NOW)
