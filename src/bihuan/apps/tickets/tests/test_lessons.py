"""What a ticket learns from earlier cases, and leaves for later ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.apps.knowledge import actions as knowledge
from bihuan.apps.knowledge.enums import Audience
from bihuan.apps.knowledge.models import Article, Case, Use
from bihuan.apps.knowledge.rules import Content
from bihuan.apps.knowledge.tests.factories import published
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.lessons.rules import without_names
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.notify.models import Notice
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in

SHAKES = {
    "title": "金陵泵业许工：转子振动大，报 E-07",
    "text": "电话 139 1234 5520，设备号在铭牌上，升速就抖。",
}


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def shaking(house, **values):
    row = ticket(house.machine, house.desk, house.now, **(SHAKES | values))
    return verified(row, house.specialist, house.now)


def closed(house, row):
    later = house.now + timedelta(hours=1)
    told(row, house.specialist, later)
    actions.try_confirm(
        ticket=row, channel="PHONE", result="YES", answer="好了", by=house.caller, now=later
    )
    return actions.close(ticket=row, by=house.desk, now=later)


def panel(person, row):
    return signed_in(person).get(reverse("tickets:lessons", args=[row.pk])).content.decode()


def say(person, row, deed, article="", reason="", **headers):
    given = {"deed": deed, "article": article, "reason": reason}
    return signed_in(person).post(reverse("tickets:lesson", args=[row.pk]), given, headers=headers)


def test_names_numbers_and_mails_do_not_stay_in_a_case():
    names = {"金陵泵业": "客户", "许工": "客户的人", "工": "x"}
    said = without_names(
        "金陵泵业许工 13912345520、025-8455 1234、a.b@c.cn 说 SPN 520198，3000 转，1.118", names
    )
    assert said == "客户客户的人 …、…、… 说 SPN 520198，3000 转，1.118"


def test_a_solved_fault_proposes_one_draft_without_a_word_about_the_customer(at):
    published(title="转子不平衡", part="转子", symptom="振动大", model_codes=("XX-1",))
    row = solved(shaking(at), at.specialist, at.now, action="对称配平到 1 克以内，许工在场")
    drain(at.now)
    drain(at.now)
    draft = Article.objects.get(ticket=row.number)
    assert (draft.status, draft.owner, draft.author) == ("DRAFT", at.specialist, None)
    assert (draft.part, draft.symptom, draft.codes) == ("转子", "振动大", ["E7"])
    assert draft.audiences == [Audience.ENGINEER]
    said = f"{draft.title}{draft.body}{draft.remedy}{draft.cause}"
    for name in ("金陵", "许工", "5520", at.machine.serial):
        assert name not in said
    listed = signed_in(at.specialist).get(reverse("knowledge:list") + "?view=proposed")
    assert draft.title in listed.content.decode()
    assert draft.number in panel(at.specialist, row)


@pytest.mark.parametrize("touched", [False, True])
def test_after_the_customers_no_the_draft_says_what_helped_unless_somebody_wrote_on_it(at, touched):
    row = told(solved(shaking(at), at.specialist, at.now, action="重设曲线"), at.specialist, at.now)
    drain(at.now)
    article = Article.objects.get(ticket=row.number)
    knowledge.submit(article=article, by=at.specialist, now=at.now)
    if touched:
        mine = Content(
            kind="CASE", title="振动大", body="", symptom="振动大", remedy="先看曲线，再看轴承",
            audiences=("ENGINEER",),
        )  # fmt: skip
        knowledge.change(article=article, content=mine, by=at.specialist, now=at.now, seen=1)
    later = at.now + timedelta(hours=1)
    actions.deny(ticket=row, answer="还响", channel="PHONE", by=None, now=later)
    drain(later)
    solved(row, at.specialist, later, action="换轴承", cause="WEAR")
    drain(later)
    article.refresh_from_db()
    if touched:
        assert (article.remedy, article.version) == ("先看曲线，再看轴承", 2)
    else:
        assert (article.remedy, article.cause) == ("换轴承", "磨损")
        assert (article.version, article.status) == (2, "DRAFT")  # whoever reads it reads this one
        assert article.versions.get(number=1).said["remedy"] == "重设曲线"


def test_after_the_customers_no_what_was_published_is_in_doubt_until_somebody_read_it_again(at):
    row = told(solved(shaking(at), at.specialist, at.now, action="重设曲线"), at.specialist, at.now)
    drain(at.now)
    article = Article.objects.get(ticket=row.number)
    knowledge.submit(article=article, by=at.specialist, now=at.now)
    reader = make_person("technical_head")
    knowledge.publish(article=article, by=reader, now=at.now, review_on=None)
    assert Case.objects.filter(origin="ARTICLE", origin_id=article.pk).exists()
    later = at.now + timedelta(hours=1)
    actions.deny(
        ticket=row, answer="许工说还响，打 13912345520", channel="PHONE", by=None, now=later
    )
    drain(later)
    drain(later)
    article.refresh_from_db()
    assert (article.status, article.doubted_at) == ("PUBLISHED", later)
    assert article.doubt == f"{row.number}#1：客户的人说还响，打 …"
    assert article.steps.filter(what="DOUBTED").count() == 1
    assert Notice.objects.filter(kind="knowledge.doubted", to=at.specialist).count() == 1
    assert not Case.objects.filter(origin="ARTICLE", origin_id=article.pk).exists()
    page = signed_in(reader).get(reverse("knowledge:article", args=[article.pk])).content.decode()
    assert "复核前不要照做" in page
    assert "客户的人说还响" in page
    queue = signed_in(reader).get(reverse("knowledge:queue")).content.decode()
    assert article.title in queue
    assert "办法存疑" in panel(at.specialist, row)

    solved(row, at.specialist, later, action="换轴承", cause="WEAR")
    drain(later)
    article.refresh_from_db()
    assert (article.remedy, article.doubted_at) == ("重设曲线", later)  # only a reader decides
    knowledge.reviewed(article=article, review_on=None, by=reader, now=later)
    article.refresh_from_db()
    assert (article.doubt, article.doubted_at) == ("", None)
    assert Case.objects.filter(origin="ARTICLE", origin_id=article.pk).exists()


def test_a_draft_is_in_doubt_until_it_says_what_helped(at):
    row = told(solved(shaking(at), at.specialist, at.now, action="重设曲线"), at.specialist, at.now)
    drain(at.now)
    actions.deny(ticket=row, answer="还响", channel="PHONE", by=None, now=at.now)
    drain(at.now)
    draft = Article.objects.get(ticket=row.number)
    assert (draft.status, draft.doubted_at) == ("DRAFT", at.now)
    solved(row, at.specialist, at.now, action="换轴承", cause="WEAR")
    drain(at.now)
    draft.refresh_from_db()
    assert (draft.remedy, draft.doubted_at, draft.doubt) == ("换轴承", None, "")


def test_a_no_heard_after_the_second_remedy_leaves_its_draft_alone(at):
    row = told(solved(shaking(at), at.specialist, at.now, action="重设曲线"), at.specialist, at.now)
    actions.deny(ticket=row, answer="还响", channel="PHONE", by=None, now=at.now)
    solved(row, at.specialist, at.now, action="换轴承", cause="WEAR")
    drain(at.now)
    draft = Article.objects.get(ticket=row.number)
    assert (draft.remedy, draft.doubted_at) == ("换轴承", None)


def test_after_the_customers_no_an_article_that_was_taken_up_does_not_count_as_helpful(at):
    known, row = published(title="转子不平衡", part="转子", symptom="振动大"), shaking(at)
    knowledge.take_up(article=known, ticket=row.number, by=at.specialist, now=at.now, helped=True)
    told(solved(row, at.specialist, at.now), at.specialist, at.now)
    later = at.now + timedelta(hours=1)
    actions.deny(ticket=row, answer="许工说还响", channel="PHONE", by=None, now=later)
    drain(later)
    known.refresh_from_db()
    assert (known.used, Use.objects.get().helped, Use.objects.get().reason) == (
        0, False, "客户的人说还响",
    )  # fmt: skip
    again = later + timedelta(hours=1)
    knowledge.take_up(article=known, ticket=row.number, by=at.specialist, now=again, helped=True)
    drain(again)
    known.refresh_from_db()
    assert known.used == 1


def test_what_was_written_or_proposed_before_is_not_proposed_again(at):
    solved(shaking(at), at.specialist, at.now)
    drain(at.now)
    solved(shaking(at), at.specialist, at.now)
    published(title="门锁卡死", part="门锁", symptom="卡死")
    solved(shaking(at, title="门锁卡死，打不开门"), at.specialist, at.now)
    drain(at.now)
    assert Article.objects.exclude(ticket="").count() == 1


def test_what_an_article_solved_proposes_nothing(at):
    known = published(title="转子不平衡", part="转子", symptom="振动大")
    row = shaking(at)
    knowledge.take_up(article=known, ticket=row.number, by=at.specialist, now=at.now, helped=True)
    solved(row, at.specialist, at.now)
    drain(at.now)
    assert not Article.objects.filter(ticket=row.number).exists()


def test_a_closed_ticket_is_a_case_until_it_is_opened_again(at):
    row = closed(at, solved(shaking(at), at.specialist, at.now))
    drain(at.now + timedelta(hours=1))
    case = Case.objects.get(origin="TICKET")
    assert (case.origin_id, case.needs) == (row.pk, "knowledge.engineer")
    assert "许工" not in case.title
    other = shaking(at, title="转子振动大又来了")
    body = panel(at.specialist, other)
    assert row.number in body
    assert "客户已确认" in body
    actions.reopen(ticket=row, text="又响了", by=at.desk, now=at.now + timedelta(hours=2))
    drain(at.now + timedelta(hours=2))
    assert not Case.objects.exists()


def test_the_panel_says_why_a_case_is_shown_and_its_action_solves_the_ticket(at):
    known = published(
        title="升速时转子振动大",
        part="转子",
        symptom="振动大",
        remedy="1. **停机**\n2. 对称配平到 1 克以内",
    )
    row = shaking(at)
    body = panel(at.specialist, row)
    assert "转子 · 振动大" in body
    assert "都说到：" in body
    case = Case.objects.get()
    address = reverse("tickets:deed", args=[row.pk, "solve"]) + f"?case={case.pk}"
    assert address in body
    client = signed_in(at.specialist)
    form = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "1. 停机\n2. 对称配平到 1 克以内" in form
    assert f'action="{address}"' in form
    client.post(address, {"how": "REMOTE", "cause": "WEAR", "action": "对称配平到 1 克以内"})
    row.refresh_from_db()
    known.refresh_from_db()
    assert (row.status, known.used) == ("SOLVED", 1)
    assert Use.objects.get().helped is True
    assert "解决过 1 次" in panel(at.specialist, shaking(at, title="转子振动大"))


def test_an_article_is_linked_judged_and_unlinked(at):
    known, row = published(), shaking(at)
    assert say(at.desk, row, "link", "zs-" + str(known.pk)).status_code == 302
    assert "试过" in panel(at.desk, row)
    answer = say(at.desk, row, "no", known.number, **{"HX-Request": "true"})
    assert "请写明理由" in answer.content.decode()
    assert Use.objects.get().helped is None
    say(at.desk, row, "no", known.number, "没写电机的事")
    assert Use.objects.get().reason == "没写电机的事"
    say(at.desk, row, "yes", known.number)
    say(at.desk, row, "yes", known.number)
    known.refresh_from_db()
    assert known.used == 1
    say(at.desk, row, "drop", known.number)
    known.refresh_from_db()
    assert (known.used, Use.objects.count()) == (0, 0)


@pytest.mark.parametrize("typed", ["", "ZS-999999", "x' OR 1=1", "ZS-" + "9" * 30, "²"])
def test_what_is_no_article_is_said_at_the_field_and_changes_nothing(at, typed):
    row = shaking(at)
    answer = say(at.desk, row, "link", typed, **{"HX-Request": "true"})
    assert "没有这个编号的知识" in answer.content.decode()
    assert not Use.objects.exists()


def test_nobody_reaches_an_article_or_a_ticket_beyond_his_circle(at):
    secret = published(title="只给技术人员", audiences=(Audience.ENGINEER,))
    row = shaking(at)
    knowledge.take_up(article=secret, ticket=row.number, by=at.specialist, now=at.now)
    assert "只给技术人员" in panel(at.specialist, row)
    assert "只给技术人员" not in panel(at.manager, row)
    outside = make_person("account_manager", region="north")
    assert signed_in(outside).get(reverse("tickets:lessons", args=[row.pk])).status_code == 404
    assert say(outside, row, "link", secret.number).status_code in (403, 404)
    assert Use.objects.count() == 1


def test_a_ticket_that_is_not_solved_is_not_written_down(at):
    row = shaking(at)
    say(at.specialist, row, "propose")
    assert not Article.objects.exists()
    solved(row, at.specialist, at.now)
    answer = say(at.specialist, row, "propose")
    draft = Article.objects.get(ticket=row.number)
    assert answer.headers["Location"] == reverse("knowledge:edit", args=[draft.pk])
    assert draft.author == at.specialist


def test_the_panel_takes_as_many_queries_for_five_cases_as_for_one(
    at, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    published(part="转子", symptom="振动大")
    row = shaking(at)
    client = signed_in(at.specialist)
    address = reverse("tickets:lessons", args=[row.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for n in range(4):
        published(title=f"转子振动大之{n}", part="转子", symptom="振动大")
    with django_assert_max_num_queries(len(one)):
        body = client.get(address).content.decode()
    assert "转子振动大之3" in body
    assert Ticket.objects.count() == 1
