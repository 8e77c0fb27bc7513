"""A regulation that is wrong gets a plain sentence with place and remedy; nothing is half done.

Each class of fault at each door: the desk of a draft, bringing in a pack, publishing one. What
stands in every table of the database is compared before and after.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bihuan.apps.people.actions import first_calendar
from bihuan.apps.policy import queries
from bihuan.apps.policy.actions import digest
from bihuan.apps.policy.drafts import actions
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion, Writing
from bihuan.apps.policy.tests import factories as make
from bihuan.base import clock
from bihuan.base.testing.people import make_person, signed_in
from bihuan.base.testing.tables import tables
from bihuan.lib.policy.edit import set_value
from bihuan.lib.policy.pieces import piece_at
from bihuan.lib.policy.writing.tests.papers import docx, pdf, pictured

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-10T09:00+08:00")
HEAD, RULES, CASES = "pack.yaml", "rules/faults.yaml", "cases/faults.yaml"
TIERS = """\
tiers:
  order: [GOLD, SILVER]
  by: score
  criteria: {volume: {weight: 1, of: customer.purchase_12m, bands: [[0, 10], [1000, 100]]}}
  cuts: {GOLD: 80}
  otherwise: SILVER
"""
TARGETS = """\
targets:
  - {id: t, clause: A-1, title: {zh: 及时率, en: On time}, measure: on_time, at_least: 90%}
"""
GOOD = make.SMALL | {HEAD: make.SMALL[HEAD] + TIERS + TARGETS}


@dataclass(frozen=True)
class Fault:
    """One change that spoils the good pack, and what must be said of it: place, fault, remedy."""

    file: str
    old: str
    new: str
    says: tuple[str, ...]
    at: str = ""  # the words on whose line it is; "" for those of `new`

    @property
    def files(self) -> dict[str, str]:
        assert self.old in GOOD[self.file]
        return GOOD | {self.file: GOOD[self.file].replace(self.old, self.new, 1)}

    @property
    def place(self) -> str:
        text = self.files[self.file]
        before = text[: text.index(self.at or self.new)]
        return f"{self.file}:{before.count(chr(10)) + 1} "


DONE = "done: {fact: ticket.contacted, same: [ticket]}"
# What cannot be read at all, and what can be read but not take force.
UNREADABLE = {
    "a rule without clause": Fault(
        RULES, "    clause: A-1\n", "", ("规则 fault.urgent.phone 缺少“clause”", "应写 clause: ..."), "- id: fault"
    ),
    "a rule of a clause that is not there": Fault(
        RULES, "clause: A-1", "clause: A-11", ("没有这个条款：A-11", "应写 A-1")
    ),
    "a date that is none": Fault(
        HEAD, "from: 2026-01-01", "from: 2026-02-30", ("“2026-02-30”不是日期", "应写 2026-01-31")
    ),
    "a moment that is none": Fault(
        CASES, "at: 2026-03-07T23:10+08:00", "at: 2026-03-32T23:10+08:00",
        ("不是带时区的时刻", "应写 2026-03-07T23:10+08:00"),
    ),
    "a condition that can be unknown": Fault(
        RULES, 'fact.severity == "URGENT"', 'fact.channel == "PHONE"',
        ("“fact.channel”可能没有值", "应写 fact.has_channel && fact.channel"),
    ),
    "a switch without a last line": Fault(
        RULES, "within: $fault.phone", "within: [{if: 'fact.severity == \"URGENT\"', use: 4h}]",
        ("条件都不成立时没有值可用", "应写 - {use: ...}"),
    ),
}  # fmt: skip
UNFIT = {
    "a cycle": Fault(
        RULES, DONE, "done: {fact: fault.reported, same: [ticket]}",
        ("规则自己引发自己：fault.urgent.phone → fault.urgent.phone", "应写 done: {fact: ..., if: ...}"),
        "- id: fault",
    ),
    "a clause without rule": Fault(
        HEAD, "carried: principle", "carried: rule",
        ("条款 A-2 标明由规则落实，却没有规则", "应写 carried: manual"), "- {id: A-2",
    ),
    "a tier that nobody reaches": Fault(
        HEAD, "cuts: {GOLD: 80}", "cuts: {GOLD: 101}",
        ("没有人能达到级别 GOLD：最高只有 100 分", "应写 cuts: {GOLD: ≤ 100}"), "  order:",
    ),
    "a tier that everybody reaches": Fault(
        HEAD, "cuts: {GOLD: 80}", "cuts: {GOLD: 5}",
        ("人人都能达到级别 GOLD：最低已有 10 分", "应写 cuts: {GOLD: > 10} | otherwise: GOLD"), "  order:",
    ),
    "a target over 100 %": Fault(
        HEAD, "at_least: 90%", "at_least: 120%",
        ("目标 t 应在 0 到 100% 之间，现为 120%", "应写 at_least: 90%"), "- {id: t,",
    ),
    "a parameter that nobody reads": Fault(
        HEAD, "clauses:\n", "  monitoring.lat_s: {value: 60, clause: A-1, title: {zh: 多久算迟, en: Late}}\nclauses:\n",
        ("参数 monitoring.lat_s 没有程序读取，也没有规则用到", "应写 monitoring.late_s"), "monitoring.lat_s",
    ),
}  # fmt: skip
ALL = UNREADABLE | UNFIT


@pytest.fixture(autouse=True)
def first(request):
    first_calendar(now=make.SINCE)
    with clock.set_to(NOW):
        yield None if "none_yet" in request.fixturenames else make.small_in_force()


@pytest.fixture
def boss():
    return signed_in(make_person("general_manager"))


@pytest.fixture
def engineer():
    return make_person("quality_engineer")


def zipped(files, version="2026.12"):
    buffer = io.BytesIO()
    head = set_value(files[HEAD], ["version"], version)
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in (files | {HEAD: head}).items():
            archive.writestr(f"small/{path}", text)
    return SimpleUploadedFile("small.zip", buffer.getvalue())


def refused(client, url, data, *sentences, status=422):
    """Post it; the page says all that, and no row of any table is another one."""
    client.get(url)
    before = tables()
    answer = client.post(url, data)
    assert answer.status_code == status
    said = answer.context["form"].errors if status == 422 else ""
    words = " ".join(str(each) for errors in said.values() for each in errors) if said else ""
    for sentence in sentences:
        assert sentence in words
    assert {name for name, rows in tables().items() if rows != before[name]} == set()
    return answer


def publishing(files, moment="2026-12-01T00:00"):
    return {"folder": zipped(files), "from_at": moment}


@pytest.fixture
def none_yet():
    """No regulation is in force: one person may publish the first."""


@pytest.mark.parametrize("name", ALL)
def test_a_pack_that_is_wrong_is_not_published(none_yet, boss, name):
    fault = ALL[name]
    page = refused(
        boss, reverse("policy:publish"), publishing(fault.files), fault.place, *fault.says
    )
    assert "应写" in page.content.decode()


def test_the_same_pack_without_the_fault_is_published(none_yet, boss):
    assert boss.post(reverse("policy:publish"), publishing(GOOD)).status_code == 302
    assert PackVersion.objects.get(version="2026.12").status == Status.PUBLISHED


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_pack_that_cannot_be_read_is_not_brought_in(boss, name):
    fault = UNREADABLE[name]
    refused(
        boss, reverse("policy:bring"), {"folder": zipped(fault.files)}, fault.place, *fault.says
    )


@pytest.mark.parametrize("name", UNFIT)
def test_a_pack_that_is_not_fit_yet_is_a_draft_with_its_faults_in_sight(boss, name):
    fault = UNFIT[name]
    page = boss.post(reverse("policy:bring"), {"folder": zipped(fault.files)}, follow=True)
    text = page.content.decode().replace("&gt;", ">")
    for sentence in fault.says:
        assert sentence.removeprefix("应写 ") in text
    assert PackVersion.objects.get(version="2026.12").status == Status.DRAFT


def begun(first, engineer, files):
    draft = actions.revise(version=first, name="2026.12", by=engineer, now=NOW)
    files = files | {HEAD: set_value(files[HEAD], ["version"], "2026.12")}
    PackVersion.objects.filter(pk=draft.pk).update(files=files, hash=digest(files))
    return PackVersion.objects.get(pk=draft.pk)


@pytest.mark.parametrize("name", UNREADABLE)
def test_at_the_desk_what_cannot_be_read_is_not_kept(first, engineer, name):
    fault = UNREADABLE[name]
    draft = begun(first, engineer, GOOD)
    line = {HEAD: 4, RULES: 4, CASES: 2}[fault.file]
    old, new = (piece_at(each[fault.file], line).text for each in (GOOD, fault.files))
    assert old != new
    url = reverse("policy:draft_piece", args=[draft.pk, fault.file, line])
    page = refused(
        signed_in(engineer),
        url,
        {"text": new, "version": 0, "keep": "1"},
        fault.place,
        *fault.says,
    )
    assert page.context["form"]["text"].value() == new  # nothing typed is lost


@pytest.mark.parametrize("name", UNFIT)
def test_at_the_desk_what_is_not_fit_is_not_sent(first, engineer, name):
    fault = UNFIT[name]
    draft = begun(first, engineer, fault.files)
    url = reverse("policy:draft_submit", args=[draft.pk])
    refused(
        signed_in(engineer), url, {"from_on": "2026-12-01", "revision": 0}, fault.place, *fault.says
    )


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        ("2026-02-30T00:00", "有效的日期/时间"),
        ("", "必填"),
    ],
)
def test_nothing_takes_force_on_no_day(none_yet, boss, moment, sentence):
    page = refused(boss, reverse("policy:publish"), publishing(GOOD, moment), sentence)
    assert sentence in page.context["form"].errors["from_at"][0]


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2026-11-10", "生效日期要在今天以后"),
        ("2025-12-31", "生效日期要在今天以后"),
        ("2026-02-30", "有效的日期"),
    ],
)
def test_no_draft_is_sent_for_a_day_in_the_past_or_for_no_day(first, engineer, day, sentence):
    draft = begun(first, engineer, GOOD)
    url = reverse("policy:draft_submit", args=[draft.pk])
    page = refused(signed_in(engineer), url, {"from_on": day, "revision": 0}, sentence)
    assert sentence in page.context["form"].errors["from_on"][0]


def sent(first, engineer):
    return actions.submit(
        draft=begun(first, engineer, GOOD), from_on=date(2026, 12, 1), note="", trial=None,
        revision=0, by=engineer, now=NOW,
    )  # fmt: skip


def said(client, url, data=None):
    """What a page says after a deed that was refused, with every table as it was.

    Messages stand in the cookie; the page that shows them writes nothing.
    """
    client.get(reverse("policy:versions"))
    before = tables()
    answer = client.post(url, data or {}, follow=True)
    assert {name for name, rows in tables().items() if rows != before[name]} == set()
    return " ".join(str(each) for each in answer.context["messages"])


def test_a_day_that_passed_while_it_waited_is_not_approved(first, engineer, boss):
    draft = sent(first, engineer)
    with clock.set_to(NOW + timedelta(days=30)):
        words = said(boss, reverse("policy:draft_approve", args=[draft.pk]))
    assert "不能从过去的时间起生效" in words
    assert PackVersion.objects.get(pk=draft.pk).status == Status.REVIEW


def test_of_two_people_at_one_draft_the_second_is_told_at_each_of_its_forms(first, engineer):
    other = signed_in(make_person("quality_engineer"))
    draft = begun(first, engineer, GOOD)
    stale = {"revision": 0}
    actions.set_parameter(
        draft=draft, name="fault.phone", value="3h", by=engineer, now=NOW, **stale
    )
    url = reverse("policy:draft_change", args=[draft.pk])
    value = {"target": "parameter", "name": "fault.phone", "value": "2h"}
    told = f"没存上：{engineer.name} 刚改过这份草稿"
    assert told in said(other, url, value | stale)
    text = piece_at(GOOD[RULES], 4).text.replace("severity: high", "severity: normal")
    url = reverse("policy:draft_piece", args=[draft.pk, RULES, 4])
    for deed in ("keep", "remove"):
        refused(other, url, {"text": text, "version": 0, deed: "1"}, told)
    url = reverse("policy:draft_submit", args=[draft.pk])
    refused(other, url, {"from_on": "2026-12-01"} | stale, told)
    kept = queries.pack_of(PackVersion.objects.get(pk=draft.pk))
    assert str(kept.parameters["fault.phone"].value) == "3h"


def test_whoever_wrote_a_word_of_it_does_not_approve_it(first, engineer):
    """The rule of two: not who sent it, and none of those who changed it before."""
    author, another = make_person("general_manager"), make_person("general_manager")
    draft = begun(first, engineer, GOOD)
    draft = actions.set_parameter(
        draft=draft, name="fault.phone", value="4.0h", revision=0, by=author, now=NOW
    )
    draft = actions.set_parameter(
        draft=draft, name="fault.phone", value="4h", revision=1, by=engineer, now=NOW
    )
    draft = actions.submit(
        draft=draft,
        from_on=date(2026, 12, 1),
        note="",
        trial=None,
        revision=2,
        by=engineer,
        now=NOW,
    )
    here, approve = (
        reverse(f"policy:{name}", args=[draft.pk]) for name in ("draft", "draft_approve")
    )
    page = signed_in(author).get(here).content.decode()
    assert approve not in page
    assert "您改过这份草稿" in page
    assert "没有动过它的另一个人" in said(signed_in(author), approve)
    assert PackVersion.objects.get(pk=draft.pk).status == Status.REVIEW
    assert approve in signed_in(another).get(here).content.decode()
    signed_in(another).post(approve)
    assert PackVersion.objects.get(pk=draft.pk).published_by == another


def upload(client, raw, name):
    return client.post(
        reverse("policy:write"), {"file": SimpleUploadedFile(name, raw)}, follow=True
    )


TABLE = [("等级", "回访"), ("金牌", "每月例行回访一次")]


def test_a_word_file_with_tables_and_scans_is_read_and_says_what_it_could_not_read(boss):
    page = upload(boss, pictured(docx(table=TABLE), after="（一）金牌客户"), "制度.docx")
    row = Writing.objects.get()
    assert row.clauses.filter(text__contains="每月例行回访一次").exists()
    assert len(row.unread) == 1
    assert row.unread[0].startswith("（一）金牌客户")
    text = page.content.decode()
    assert "有 1 处图片，图里的字没有读" in text
    assert "（一）金牌客户报修后2小时内电话响应" in text


def test_a_pdf_with_a_scanned_page_names_the_page(boss):
    lines = ["第一章 总则", "第一条 金牌客户报修后2小时内电话响应，每月例行回访一次。"]
    page = upload(boss, pdf([lines, []]), "制度.pdf")
    assert Writing.objects.get().unread == ["第 2 页 (p. 2)"]
    assert "第 2 页" in page.content.decode()


@pytest.mark.parametrize(
    ("raw", "name"), [(b"\x89PNG\r\n", "a.png"), (pdf([[], []], scan=True), "a.pdf"), (docx()[:3000], "a.docx")]
)  # fmt: skip
def test_a_file_of_scans_alone_leaves_nothing(boss, raw, name):
    refused(boss, reverse("policy:write"), {"file": SimpleUploadedFile(name, raw)})
