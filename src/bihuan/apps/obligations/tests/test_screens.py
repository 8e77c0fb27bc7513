"""The screens at the level at which people see them."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from bihuan.apps.obligations import actions
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.agenda import agenda
from bihuan.apps.obligations.enums import PauseReason, State, WaiveReason
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.obligations.rows import carry_url
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.words import fact_word
from bihuan.base import clock
from bihuan.base.facts.actions import tell
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-03-09 14:00")


@pytest.fixture
@kept
def home():
    home = make.house()
    gold = make.customer(home)
    home.gold = gold
    subjects = {"asset": 7, "customer": gold.pk}
    home.told(
        "fault.reported", "2026-03-09 09:00", subjects=subjects, ticket="T1", severity="URGENT"
    )
    home.told(
        "fault.reported", "2026-03-09 13:00", subjects=subjects, ticket="T2", severity="NORMAL"
    )
    home.told(
        "demand.received",
        "2026-03-09 10:00",
        subjects=subjects,
        demand="D1",
        kind="OPTIMISE",
        source="CALLBACK",
    )
    return home


@pytest.fixture
def at_two():
    with clock.set_to(NOW):
        yield


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_workbench_says_what_is_broken_and_what_falls_today(home, at_two):
    page = signed(home.chen).get("/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "紧急故障电话响应" in text
    assert "已超时" in text
    assert "一·1" in text.replace('<span class="mid">·</span>', "·")


def test_a_proof_of_the_program_is_said_in_words_and_its_record_is_a_link(home, at_two):
    home.told(
        "ticket.contacted", "2026-03-09 09:30", ticket="T1",
        subjects={"asset": 7, "customer": home.gold.pk},
    )  # fmt: skip
    done = make.one(rule="fault.urgent.phone", occasion="T1")
    Evidence.objects.filter(obligation=done).update(link="/tickets/1/")
    page = signed(home.chen).get(reverse("obligations:detail", args=[done.pk])).content.decode()
    assert (
        page.count('<div class="bubble">已与客户人工联系</div>') == 2
    )  # as proof, and in what happened
    assert '<a href="/tickets/1/" rel="noopener noreferrer">看记录</a>' in page
    assert "ticket.contacted" not in page
    assert "<dd>T1</dd>" in page
    nameless = "51ad18f4-613b-4b46-b0ea-9991020cc2b7"
    Obligation.objects.filter(pk=done.pk).update(occasion=nameless)
    again = signed(home.chen).get(reverse("obligations:detail", args=[done.pk]))
    assert nameless not in again.content.decode()


def test_a_company_without_customers_is_shown_what_to_do_first(at_two):
    house = make.house()
    chief = signed(make_person("administrator"))
    page = chief.get("/").content.decode()
    for words in ("头几件事", "/ledgers/", "给同事开账号", "任命岗位", "核对工作日历", "上线排演"):
        assert words in page
    assert "头几件事" not in signed(house.chen).get("/").content.decode()  # no right to any of it
    make.customer(house)
    assert "头几件事" not in chief.get("/").content.decode()


def test_the_workbench_takes_a_fixed_number_of_queries(home, at_two, django_assert_max_num_queries):
    client = signed(home.chen)
    client.get("/")
    with django_assert_max_num_queries(40) as first:
        client.get("/")
    for number in range(30):
        home.told(
            "fault.reported",
            "2026-03-09 13:30",
            subjects={"asset": number, "customer": home.gold.pk},
            ticket=f"X{number}",
            severity="URGENT",
        )
    with django_assert_max_num_queries(len(first)):
        client.get("/")


def test_the_to_do_centre_filters_by_what_the_address_says(home, at_two):
    client = signed(home.chen)
    assert "YW-" in client.get("/todo/").content.decode()
    late = client.get("/todo/?tab=late").content.decode()
    assert "紧急故障电话响应" in late
    assert "一般故障电话响应" not in late
    assert client.get("/todo/?tab=nonsense&page=x&customer=zz").status_code == 200


def test_the_calendar_shows_the_first_of_a_day_and_counts_the_rest(
    home, at_two, django_assert_max_num_queries
):
    owed = Obligation.objects.filter(assignee=home.chen, due_at__isnull=False)
    owed.update(due_at=make.moment("2026-03-20 00:00"))  # 24:00 of the day before
    client = signed(home.chen)
    with django_assert_max_num_queries(40) as first:
        client.get("/calendar/")
    for number in range(9):
        home.told(
            "fault.reported", "2026-03-09 13:30", subjects={"asset": number, "customer": home.gold.pk},
            ticket=f"X{number}", severity="URGENT",
        )  # fmt: skip
    days = {
        day.info.day: (len(day.rows), day.count)
        for week in agenda(home.chen, NOW, {}, {}).weeks
        for day in week
        if day.count
    }
    urgent = owed.filter(due_at__date="2026-03-09").count()
    assert urgent >= 9
    moved = owed.filter(due_at=make.moment("2026-03-20 00:00")).count()
    assert days[date(2026, 3, 9)] == (4, urgent)
    assert days[date(2026, 3, 19)] == (min(moved, 4), moved)
    assert date(2026, 3, 20) not in days
    with django_assert_max_num_queries(len(first)):
        client.get("/calendar/")


def test_a_duty_is_carried_out_with_proof_and_the_page_shows_it(home, at_two):
    row = make.one(rule="fault.normal.phone")
    client = signed(home.chen)
    url = f"/obligations/{row.pk}/carry-out/?plain=1"
    assert client.get(url).status_code == 200
    missing = client.post(url, {"at": "2026-03-09T13:30"})
    assert missing.status_code == 422
    assert "还不能办结" in missing.content.decode()
    row.refresh_from_db()
    assert (row.state, Evidence.objects.count()) == (State.OPEN, 0)
    done = client.post(url, {"at": "2026-03-09T13:30", "text_call_log": "与设备科通话 5 分钟"})
    assert done.status_code == 302
    row.refresh_from_db()
    assert row.state == State.DISCHARGED
    assert row.verifier in (home.qian, home.zhao)
    assert "与设备科通话" in client.get(f"/obligations/{row.pk}/").content.decode()


def test_a_waived_duty_says_for_which_reason(home, at_two):
    row = make.one(rule="fault.normal.phone")
    actions.waive(
        obligation_id=row.pk, by=home.gu, now=NOW, reason=WaiveReason.FORCE_MAJEURE, note="台风停工"
    )
    page = signed(home.gu).get(f"/obligations/{row.pk}/").content.decode()
    assert '<div class="bubble">不可抗力</div>' in page
    assert "台风停工" in page


def test_no_code_of_the_system_stands_for_what_happened(home, at_two):
    """The answering fact is called by its name, and an occasion without a number is left out."""
    row = make.one(rule="fault.normal.phone")
    home.told(
        "ticket.contacted", "2026-03-09 13:30", subjects={"asset": row.subject_id}, ticket="T2"
    )
    Obligation.objects.filter(pk=row.pk).update(occasion="93e90ee3-6880-4968-841b-a4e79d5dfa86")
    page = signed(home.chen).get(f"/obligations/{row.pk}/").content.decode()
    assert '<div class="bubble">ticket.contacted</div>' not in page
    assert f'<div class="bubble">{fact_word("ticket.contacted")}</div>' in page
    assert "93e90ee3" not in page
    assert "场合" not in page


def test_the_doer_cannot_verify_and_somebody_independent_can(home, at_two):
    row = make.one(rule="fault.normal.phone")
    url = f"/obligations/{row.pk}/carry-out/"
    signed(home.chen).post(url, {"at": "2026-03-09T13:30", "text_call_log": "通话"})
    answer = {"how": "INDEPENDENT", "satisfied": "yes", "note": "听过录音"}
    assert signed(home.chen).post(f"/obligations/{row.pk}/verify/", answer).status_code in (
        403,
        404,
        409,
    )
    row.refresh_from_db()
    assert row.state == State.DISCHARGED
    page = signed(home.qian).get(f"/obligations/{row.pk}/").content.decode()
    assert 'id="verify"' in page
    silent = signed(home.qian).post(f"/obligations/{row.pk}/verify/", answer | {"note": " "})
    assert silent.status_code == 422
    assert 'value="INDEPENDENT" ' in silent.content.decode()
    row.refresh_from_db()
    assert row.state == State.DISCHARGED
    assert signed(home.qian).post(f"/obligations/{row.pk}/verify/", answer).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.verified_by) == (State.VERIFIED, home.qian)


def test_the_deadline_explains_itself(home, at_two):
    row = make.one(rule="demand.proposal")
    page = signed(home.li).get(f"/obligations/{row.pk}/explain/").content.decode()
    assert "3 个工作日" in page
    assert "收到客户需求" in page


def test_a_stranger_does_not_see_somebody_elses_obligation(home, at_two):
    row = make.one(rule="fault.urgent.phone")
    other = make.User.objects.create(
        username="other", name="别人", password="!", roles=["account_manager"]
    )
    assert signed(other).get(f"/obligations/{row.pk}/").status_code == 404
    assert signed(other).get(f"/obligations/{row.pk}/explain/").status_code == 404
    assert Client().get(f"/obligations/{row.pk}/").status_code == 302


def test_a_fact_is_read_in_names_and_titles_with_links():
    home = make.house()
    gold = make.customer(home, "石湾精化")
    fact = home.told(
        "fault.reported", "2026-03-09 09:00", subjects={"asset": 7, "customer": gold.pk},
        ticket="T1", severity="URGENT",
    )  # fmt: skip
    page = signed_in(home.gu).get(f"/facts/{fact.pk}/").content.decode()
    assert "紧急" in page
    assert "URGENT" not in page
    assert "石湾精化" in page
    assert "#7" not in page
    assert "<dt>asset</dt>" not in page


def test_a_button_leads_only_where_this_person_is_let_in(home, at_two):
    duty = Obligation.objects.filter(assignee=home.chen, customer=home.gold).earliest("pk")
    carry = carry_url(duty)
    reader = make_person("service_desk", name="何岚")
    for path in (reverse("obligations:customer_all", args=[home.gold.pk]), "/todo/?tab=all"):
        page = signed(reader).get(path).content.decode()
        assert f'href="/obligations/{duty.pk}/"' in page, path
        assert carry not in page, path
        assert carry in signed(home.chen).get(path).content.decode(), path


def test_a_chip_says_for_which_reason_its_clock_stands(home, at_two):
    mine = Obligation.objects.filter(assignee=home.chen, due_at__gt=NOW).exclude(within="")
    duty = mine.earliest("pk")
    actions.pause(
        obligation_id=duty.pk, by=home.chen, now=NOW, reason=PauseReason.FORCE_MAJEURE,
        evidence="台风", told_customer=True,
    )  # fmt: skip
    for path in (f"/obligations/{duty.pk}/", "/todo/"):
        page = signed(home.chen).get(path).content.decode()
        assert "停表·不可抗力" in page, path
        assert "停表·等客户" not in page, path


def test_a_line_of_a_timeline_names_the_duty_its_clause_and_what_became_of_it(
    home, at_two, django_assert_max_num_queries
):
    row = make.one(rule="fault.normal.phone")
    proof = [Proof("call_log", text="换了密封圈，正常。")]
    actions.discharge(obligation_ids=[row.pk], by=home.chen, now=NOW, at=NOW, evidence=proof)
    subjects = {"customer": home.gold.pk}
    named = {"obligation": str(row.uid), "rule": row.rule, "clause": row.clause}
    tell(
        "obligation.escalated", at=NOW, now=NOW, by=None, subjects=subjects,
        data={**named, "to": "assignee", "step": 0},
    )  # fmt: skip
    actions.take_back(obligation_id=row.pk, by=home.gu, now=NOW, reason="其实没修好")
    client, url = signed(home.gu), f"/customers/{home.gold.pk}/timeline/?kind=rules"
    page = client.get(url).content.decode()
    lines = [part for part in page.split('<li class="entry">') if f"/obligations/{row.pk}/" in part]
    assert all("一般故障电话响应" in line and 'aria-label="条款 一·1"' in line for line in lines)
    back, escalated, done, arose = lines
    assert "办结已撤回" in back
    assert "义务已核实" not in page
    assert "责任人" in escalated
    assert "义务已履行" in done
    assert "义务产生" in arose
    with django_assert_max_num_queries(60) as first:
        client.get(url)
    tell("obligation.noted", at=NOW, now=NOW, by=None, subjects=subjects, data=named)
    with django_assert_max_num_queries(len(first)):
        client.get(url)
