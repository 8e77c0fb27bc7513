"""From a regulation in words to a draft, as the people do it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bihuan.apps.people.tests.factories import NOW, company_calendar, person
from bihuan.apps.policy import queries, writing_actions
from bihuan.apps.policy.enums import Carrying
from bihuan.apps.policy.models import PackVersion, Writing, WritingClause
from bihuan.apps.policy.writing_actions import NothingAbove, NothingDecided
from bihuan.base import clock
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.lib.policy import check, run_cases
from bihuan.lib.policy.writing import Chosen
from bihuan.lib.policy.writing.examples import Plain
from bihuan.lib.policy.writing.tests.papers import REGULATION, docx, pdf

pytestmark = pytest.mark.django_db
TABLE = [
    ("等级", "回访", "责任人"),
    ("金牌", "每月例行回访一次", "客户经理"),
    ("银牌", "每季度例行回访一次", "客户经理"),
]


@pytest.fixture(autouse=True)
def now():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def manager(client):
    company_calendar()
    user = person("顾远", "general_manager")
    client.force_login(user)
    return user


def upload(client, raw, name="制度.docx"):
    return client.post(reverse("policy:write"), {"file": SimpleUploadedFile(name, raw)})


def begun(raw=None):
    return writing_actions.begin(raw=raw or docx(), name="制度.docx", by=None, now=NOW)


def clause(row, number):
    return WritingClause.objects.get(writing=row, number=number)


@pytest.mark.parametrize(
    "raw",
    [
        docx(),
        pdf([REGULATION.splitlines()[:6], REGULATION.splitlines()[6:]]),
        REGULATION.encode(),
        REGULATION.encode("gb18030"),
    ],
)
def test_word_pdf_and_text_give_the_same_clauses(client, manager, raw):
    answer = upload(client, raw)
    row = Writing.objects.get()
    assert answer.headers["Location"] == reverse("policy:writing", args=[row.pk])
    assert row.title == "某某泵业有限公司售后服务管理制度"
    assert [each.number for each in row.clauses.order_by("place")] == [
        "一·1", "一·2", "二·3.1", "二·3.2", "二·4",
    ]  # fmt: skip
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "空的"), (b" \n", "空的"), (b"\x89PNG\r\n", "扫描件"), (pdf([[], []], scan=True), "没有文字"),
        (pdf([["第一条 密"]], locked=True), "加了密码"), (b"PK\x03\x04junk", "打不开"), (docx()[:3000], "打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".docx"), (b"MZ\0\0\0\x01", "只能读"),
        (b"%PDF-1.7\njunk", "打不开"), (b"\x81" * 7 + b"\xff", "UTF-8"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_gets_one_sentence_and_leaves_nothing(client, manager, raw, sentence):
    answer = upload(client, raw)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Writing.objects.exists()
    assert not WritingClause.objects.exists()


def test_the_page_shows_what_was_read_and_from_which_words(client, manager):
    row = begun()
    page = client.get(
        reverse("policy:writing", args=[row.pk]), {"clause": clause(row, "二·3.1").code}
    )
    text = page.content.decode()
    assert "读自“2小时内”" in text
    assert "<mark>" in text
    assert 'value="2 小时"' in text
    assert "原文没有写明" in text  # nobody is named who answers the phone
    (card,) = page.context["cards"]
    assert card.form.initial["when"] == "fault.reported"
    assert card.form.initial["must"] == "response.phone"
    assert card.form.initial["tiers"] == ["GOLD"]


def confirm(client, row, number, **changes):
    """Confirm what the page proposes, with changes, as a browser would send it."""
    where = clause(row, number)
    page = client.get(reverse("policy:writing", args=[row.pk]), {"clause": where.code})
    data = {"revision": where.revision, "carrying": "RULE"}
    for at, card in enumerate(page.context["cards"]):
        for name, value in card.form.initial.items():
            if name in card.form.fields:
                data[f"r{at}-{name}"] = "on" if value is True else value
    for name, value in changes.items():
        data[f"r0-{name}"] = value
    return client.post(reverse("policy:writing_decide", args=[row.pk, where.code]), data)


def test_confirmed_rules_become_a_draft_that_names_what_is_open(client, manager):
    row = begun(docx(table=TABLE))
    confirm(client, row, "二·3.1", by="remote_specialist")
    confirm(client, row, "二·3.2")
    confirm(client, row, "二·4")
    confirm(client, row, "二·4甲")
    for number, carrying in (("一·1", "PRINCIPLE"), ("一·2", "MANUAL"), ("二·4乙", "DROPPED")):
        where = clause(row, number)
        client.post(
            reverse("policy:writing_decide", args=[row.pk, where.code]),
            {"revision": where.revision, "carrying": carrying},
        )
    answer = client.post(
        reverse("policy:writing_draft", args=[row.pk]),
        {"code": "own", "title": "本公司制度", "version": "2026.1", "from_": "2026-04-01"},
    )
    assert answer.status_code == 302, answer.context["form"].errors
    made = PackVersion.objects.get()
    assert (made.status, made.code) == ("DRAFT", "own")
    pack = queries.pack_of(made)
    assert {each.number: each.carried for each in pack.clauses.values()} == {
        "一·1": "principle", "一·2": "manual", "二·3.1": "rule", "二·3.2": "rule", "二·4": "rule", "二·4甲": "rule",
    }  # fmt: skip
    phone = pack.rules[clause(row, "二·3.1").code.lower()]
    assert (phone.when, phone.must, str(phone.limit.duration)) == (
        ("fault.reported",),
        "response.phone",
        "2h",
    )
    assert phone.by.values == ("remote_specialist",)
    meeting = pack.rules[clause(row, "二·4").code.lower()]
    assert (meeting.every, str(meeting.window), meeting.section) == (
        "month",
        "last week of month",
        "meetings",
    )
    open_ = [name for name, each in pack.parameters.items() if each.value is None]
    assert open_ == [f"{clause(row, '二·3.2').code.lower()}.by"]
    assert pack.parameters[open_[0]].open
    assert "parameter.empty" in {problem.code for problem in check(pack)}
    whole = [each for each in run_cases(pack, Plain()) if each.case.clause == phone.clause]
    assert whole
    assert all(each.ok for each in whole)
    assert Writing.objects.get().draft == made


def test_what_comes_every_two_weeks_is_counted_from_the_first_day_of_the_pack(client, manager):
    row = begun(docx(table=[TABLE[0], ("银牌", "每两周例行回访一次", "客户经理")]))
    where = clause(row, "二·4甲")
    page = client.get(reverse("policy:writing", args=[row.pk]), {"clause": where.code})
    (card,) = page.context["cards"]
    assert card.form.initial["every"] == "2 weeks"
    assert "每 2 周" in page.content.decode()
    assert "读自“每两周”" in page.content.decode()
    assert confirm(client, row, "二·4甲", every="5 weeks").status_code == 302  # no usual one
    head = {"code": "own", "title": "本公司制度", "version": "2026.1", "from_": "2026-04-01"}
    answer = client.post(reverse("policy:writing_draft", args=[row.pk]), head)
    assert answer.status_code == 302, answer.context["form"].errors
    pack = queries.pack_of(PackVersion.objects.get())
    (rule,) = (each for each in pack.rules.values() if each.clause == where.code)
    assert rule.turn.words().zh == "每 5 周（从 2026-04-01 起数）"
    assert [each.case.name for each in run_cases(pack, Plain()) if not each.ok] == []
    assert any(each.clause == where.code for each in pack.cases)


def test_a_value_that_cannot_be_read_is_refused_and_nothing_is_decided(client, manager):
    row = begun()
    answer = confirm(client, row, "二·3.1", within="马上")
    assert answer.status_code == 422
    assert clause(row, "二·3.1").carrying == Carrying.OPEN
    assert clause(row, "二·3.1").rules == []
    answer = confirm(client, row, "二·3.1", condition="customer.teir == 1")
    assert answer.status_code == 422
    assert clause(row, "二·3.1").carrying == Carrying.OPEN


def test_two_people_cannot_overwrite_each_other(manager):
    row = begun()
    first = clause(row, "一·1")
    say = {"carrying": Carrying.PRINCIPLE, "rules": (), "by": manager, "now": NOW}
    writing_actions.decide(clause=first, revision=0, **say)
    with pytest.raises(ChangedMeanwhile):
        writing_actions.decide(clause=first, revision=0, **(say | {"carrying": Carrying.DROPPED}))
    assert clause(row, "一·1").carrying == Carrying.PRINCIPLE


def test_a_rule_without_any_rule_is_refused(manager):
    row = begun()
    with pytest.raises(BadInput):
        writing_actions.decide(
            clause=clause(row, "一·1"),
            revision=0,
            carrying=Carrying.RULE,
            rules=(),
            by=manager,
            now=NOW,
        )
    with pytest.raises(BadInput):
        writing_actions.decide(
            clause=clause(row, "一·1"), revision=0, carrying=Carrying.RULE, by=manager, now=NOW,
            rules=[Chosen("event", "x", {"when": "no.such.fact", "must": "response.phone"})],
        )  # fmt: skip
    assert clause(row, "一·1").revision == 0


def test_words_that_were_split_wrongly_are_corrected_and_joined(client, manager):
    row = begun()
    second = clause(row, "二·3.2")
    client.post(
        reverse("policy:writing_amend", args=[row.pk, second.code]), {"revision": 0, "join": "1"}
    )
    above = clause(row, "二·3.1")
    assert above.text.count("电话响应") == 2
    client.post(
        reverse("policy:writing_amend", args=[row.pk, above.code]),
        {"revision": above.revision, "title": "响应", "text": "报修后 30 分钟内电话响应。"},
    )
    assert clause(row, "二·3.1").text == "报修后 30 分钟内电话响应。"
    with pytest.raises(NothingAbove):
        writing_actions.join(clause=clause(row, "一·1"), revision=0, by=manager, now=NOW)
    assert row.clauses.count() == 4


def test_a_draft_of_nothing_is_refused(manager):
    row = begun()
    with pytest.raises(NothingDecided):
        writing_actions.make_draft(
            writing=row, code="own", title="x", version="1", from_=NOW.date(), by=manager, now=NOW
        )
    assert not PackVersion.objects.exists()


def test_markup_in_a_document_is_text_on_the_page(client, manager):
    raw = "第一条 <script>alert(1)</script>金牌客户<img src=x>报修后2小时内电话响应。\n第二条 <b>二</b>。".encode()
    row = begun(raw)
    text = client.get(reverse("policy:writing", args=[row.pk])).content.decode()
    assert "<script>alert" not in text
    assert "<img src=x>" not in text
    assert "&lt;script&gt;" in text


def test_an_account_manager_does_not_write_packs(client):
    row = begun()
    client.force_login(person("李慕言", "account_manager"))
    for name, args in (("write", []), ("writing", [row.pk]), ("writing_draft", [row.pk])):
        assert client.get(reverse(f"policy:{name}", args=args)).status_code == 403
    assert client.post(reverse("policy:writing_discard", args=[row.pk])).status_code == 403
    assert Writing.objects.count() == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_open_in_both_languages(client, manager, language):
    client.cookies["bihuan_language"] = language
    assert client.get(reverse("policy:write")).status_code == 200
    row = begun(docx(table=TABLE))
    for each in row.clauses.all():
        assert (
            client.get(reverse("policy:writing", args=[row.pk]), {"clause": each.code}).status_code
            == 200
        )
    for name in ("writing_draft",):
        assert client.get(reverse(f"policy:{name}", args=[row.pk])).status_code == 200
    assert client.get(reverse("policy:write")).status_code == 200
