"""Meetings, reports and reading: carried out, and what comes of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.obligations import actions
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.gatherings import Decision, Meeting, Report, ReportReader
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.tests.test_screens import signed
from bihuan.apps.obligations.ticks import periods
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-02-10 14:00")


@pytest.fixture
def home():
    home = make.house()
    periods(make.moment("2026-01-01 00:01"))
    home.hear(make.moment("2026-01-01 00:01"))
    with clock.set_to(NOW):
        yield home


def formset(**rows) -> dict:
    return {"decision-TOTAL_FORMS": "6", "decision-INITIAL_FORMS": "0", **rows}


def test_a_quarter_brings_its_meeting_and_a_decision_becomes_an_obligation(home):
    row = make.one(rule="committee")
    assert (row.assignee, row.kind) == (home.zhao, "meeting.hold")
    client = signed(home.zhao)
    url = f"/obligations/{row.pk}/meeting/"
    assert "上季超时义务" in client.get(url).content.decode()
    filled = formset(
        held_at="2026-02-10T13:00",
        minutes="讨论了超时的三项。",
        present=[home.gu.pk, home.zhao.pk],
        **{
            "decision-0-text": "给值班表加一名备班",
            "decision-0-owner": home.zheng.pk,
            "decision-0-due_on": "2026-02-27",
        },
    )
    assert client.post(url, filled).status_code == 302
    row.refresh_from_db()
    assert row.state == State.DISCHARGED
    assert {e.kind for e in row.evidence.all()} == {"minutes", "attendance"}
    home.hear(NOW)
    duty = make.one(rule="decision.do")
    assert (duty.assignee, duty.title["zh"]) == (home.zheng, "给值班表加一名备班")
    assert make.shown(duty.due_at) == "2026-02-28 00:00"
    assert Fact.objects.get(kind="meeting.held").own()["attended"] == 2


def test_a_meeting_that_was_opened_again_keeps_its_decisions(home):
    row = make.one(rule="committee")
    client, url = signed(home.zhao), f"/obligations/{row.pk}/meeting/"
    first = {
        "decision-0-text": "给值班表加一名备班", "decision-0-owner": home.zheng.pk,
        "decision-0-due_on": "2026-02-27",
    }  # fmt: skip
    held = {"held_at": "2026-02-10T13:00", "present": [home.gu.pk, home.zhao.pk]}
    client.post(url, formset(minutes="讨论了三项。", **held, **first))
    kept = Decision.objects.get()
    actions.take_back(obligation_id=row.pk, by=home.gu, now=NOW, reason="纪要漏了一项")
    second = {
        "decision-1-text": "换掉旧电话", "decision-1-owner": home.zheng.pk,
        "decision-1-due_on": "2026-03-06",
    }  # fmt: skip
    assert (
        client.post(url, formset(minutes="讨论了四项。", **held, **first, **second)).status_code
        == 302
    )
    assert Decision.objects.first() == kept
    assert [each.text for each in Decision.objects.all()] == ["给值班表加一名备班", "换掉旧电话"]
    home.hear(NOW)
    assert Obligation.objects.filter(rule="decision.do").count() == 2


@pytest.mark.parametrize("page", ["meeting", "reading"])
def test_a_page_carries_out_only_duties_of_its_own_kind(home, page):
    row = Obligation.objects.get(rule="monthly", occasion="2026-01")
    client, url = signed(home.wang), f"/obligations/{row.pk}/{page}/"
    assert client.get(url).status_code == 404
    held = formset(held_at="2026-02-10T13:00", minutes="好", present=[home.wang.pk])
    assert client.post(url, held).status_code == 404
    row.refresh_from_db()
    assert (row.state, Meeting.objects.count()) == (State.OPEN, 0)


def test_a_meeting_without_quorum_or_minutes_is_none(home):
    row = make.one(rule="committee")
    client = signed(home.zhao)
    url = f"/obligations/{row.pk}/meeting/"
    alone = formset(held_at="2026-02-10T13:00", minutes="一个人", present=[home.zhao.pk])
    assert client.post(url, alone).status_code == 422
    silent = formset(held_at="2026-02-10T13:00", present=[home.gu.pk, home.zhao.pk])
    assert client.post(url, silent).status_code == 422
    ownerless = formset(
        held_at="2026-02-10T13:00",
        minutes="好",
        present=[home.gu.pk, home.zhao.pk],
        **{"decision-0-text": "做点什么"},
    )
    refused = client.post(url, ownerless)
    assert refused.status_code == 422
    above, below = refused.content.decode().split("议程", 1)
    assert "决议 1" in above and "每条决议要有责任人和完成期限。" in above
    assert "<details><summary" in below
    late = formset(**ownerless | {"decision-2-text": "再做点什么"})
    assert "<details open><summary" in client.post(url, late).content.decode()
    row.refresh_from_db()
    assert row.state == State.OPEN
    assert (Meeting.objects.count(), Decision.objects.count()) == (0, 0)


def test_a_report_goes_to_its_readers_who_acknowledge(home):
    row = Obligation.objects.get(rule="monthly", occasion="2026-01")
    client = signed(home.wang)
    url = f"/obligations/{row.pk}/report/"
    assert client.post(url, {"section_0": "", "section_1": ""}).status_code == 422
    assert Report.objects.count() == 0
    assert client.post(url, {"section_0": "完成 12 项", "section_1": "两项迟"}).status_code == 302
    row.refresh_from_db()
    report = Report.objects.get()
    assert (row.state, report.readers.count()) == (State.DISCHARGED, 2)
    reader = signed(home.gu)
    assert "完成 12 项" in reader.get(f"/reports/{report.pk}/").content.decode()
    reader.post(f"/reports/{report.pk}/")
    assert ReportReader.objects.get(user=home.gu).read_at == NOW
    assert ReportReader.objects.get(user=home.zhao).read_at is None


def test_a_report_that_is_issued_anew_is_read_anew(home):
    row = Obligation.objects.get(rule="monthly", occasion="2026-01")
    client, url = signed(home.wang), f"/obligations/{row.pk}/report/"
    client.post(url, {"section_0": "完成 12 项", "section_1": "两项迟"})
    report = Report.objects.get()
    reader = signed(home.gu)
    reader.post(f"/reports/{report.pk}/")
    actions.take_back(obligation_id=row.pk, by=home.gu, now=NOW, reason="数字不对")
    later = NOW + timedelta(minutes=10)
    with clock.set_to(later):
        client.post(url, {"section_0": "完成 11 项", "section_1": "三项迟"})
    assert ReportReader.objects.get(user=home.gu).read_at is None
    assert Notice.objects.filter(to=home.gu, kind="report.issued").count() == 2


def test_each_person_reads_the_new_version_for_himself(home):
    home.told(
        "pack.announced",
        "2026-02-09 09:00",
        subjects={"person": home.chen.pk},
        edition="trial@1",
        in_force_on="2026-03-01",
    )
    row = make.one(rule="pack.reading")
    assert row.assignee == home.chen
    assert signed(home.gu).post(f"/obligations/{row.pk}/reading/").status_code in (409, 422)
    row.refresh_from_db()
    assert row.state == State.OPEN
    page = signed(home.chen).get(f"/obligations/{row.pk}/reading/")
    assert "接到故障后" in page.content.decode()
    assert signed(home.chen).post(f"/obligations/{row.pk}/reading/").status_code == 302
    row.refresh_from_db()
    assert row.state == State.DISCHARGED
    assert Fact.objects.get(kind="reading.acknowledged").own()["edition"] == "trial@1"
