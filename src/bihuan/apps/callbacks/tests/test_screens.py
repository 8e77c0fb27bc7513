"""The pages as people open them: the right rows, the right refusals, a fixed number of queries."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.callbacks import actions
from bihuan.apps.callbacks.actions import Promised
from bihuan.apps.callbacks.models import Callback, Campaign, News, Problem
from bihuan.apps.callbacks.tests.conftest import NOW, begin_month
from bihuan.apps.callbacks.tests.factories import problem, record, visit
from bihuan.apps.callbacks.tests.pack import FILES
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests.factories import put_in_force
from bihuan.apps.policy.actions import shipped
from bihuan.apps.policy.models import PackVersion
from bihuan.base import clock, registry
from bihuan.base.testing.draining import drain
from bihuan.base.testing.forms import sent_twice
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_two():
    with clock.set_to(NOW):
        yield


def text(answer):
    return answer.content.decode()


def test_the_desk_queues_customers_and_records_a_call(house):
    client = signed_in(house.caller)
    page = text(client.get("/callbacks/"))
    assert "金陵泵业" in page
    assert "等 2 件" in page
    page = text(client.get(f"/callbacks/?customer={house.customer.pk}"))
    assert "月度例行回访" in page
    assert "周岚" in page  # the script names the caller
    duties = re.findall(r'name="serve" value="(\d+)"', page)
    answer = client.post(
        f"/callbacks/?customer={house.customer.pk}",
        {
            "contact": house.contact.pk, "channel": "PHONE", "outcome": "DONE", "serve": duties,
            "block": ["MACHINES", "SERVICE", "USE", "NEEDS"], "a-running": "GOOD", "a-score": "4",
            "summary": "一切正常", "problem-0-text": "操作不顺手", "problem-0-disposition": "RD",
            "promise-0-text": "发视频", "promise-0-owner": house.manager.pk, "promise-0-due": "2026-10-13",
        },
    )  # fmt: skip
    call = Callback.objects.get()
    assert answer.headers["Location"] == f"/callbacks/{call.pk}/"
    assert (call.score, call.served.count(), call.problems.count(), call.promises.count()) == (
        4,
        2,
        1,
        1,
    )
    sheet = text(client.get(f"/callbacks/{call.pk}/"))
    for words in ("客户回访记录表", "设备运行正常吗？", "正常", "操作不顺手", "发视频"):
        assert words in sheet


FOUR_PARTS = """
  callbacks.routine_script: {value: talk, clause: C-1, title: {zh: 话术, en: Script}}
  talk.business: {value: 30%, clause: C-1, title: {zh: 业务, en: Business}}
  talk.value: {value: 10%, clause: C-1, title: {zh: 价值, en: Value}}
clauses:"""


def test_a_regulation_of_four_parts_has_routine_calls_talk_about_them(house):
    client, address = signed_in(house.caller), f"/callbacks/?customer={house.customer.pk}"
    page = text(client.get(address))
    assert "设备运行正常吗？" in page
    assert "3+1" not in page  # this regulation shares out no talk

    began = NOW - timedelta(minutes=1)
    PackVersion.objects.update(in_force_to=began)
    files = {name: body.replace("\nclauses:", FOUR_PARTS) for name, body in FILES.items()}
    put_in_force(
        {name: body.replace('version: "1"', 'version: "2"') for name, body in files.items()},
        from_at=began,
    )
    page = text(client.get(address))
    assert "设备运行正常吗？" not in page
    for words in ("业务进展", "潜在需求", "拉家常", "传递价值", "3+1", "30%", "10%"):
        assert words in page
    duties = re.findall(r'name="serve" value="(\d+)"', page)
    said = {
        "contact": house.contact.pk,
        "channel": "PHONE",
        "outcome": "DONE",
        "serve": duties,
        "summary": "都好",
    }
    refused = text(client.post(address, said | {"block": ["MACHINES", "SERVICE", "USE", "NEEDS"]}))
    assert "业务进展、拉家常、传递价值" in refused
    assert not Callback.objects.exists()
    answer = client.post(address, said | {"block": ["BUSINESS", "NEEDS", "PERSONAL", "VALUE"]})
    assert answer.headers["Location"] == f"/callbacks/{Callback.objects.get().pk}/"


def test_what_is_read_before_a_talk_names_the_last_installation_though_it_came_by_a_ledger(house):
    machine(house.customer, commissioned_on=date(2024, 3, 5), delivered_on=date(2024, 2, 20))
    machine(house.customer, commissioned_on=None, delivered_on=date(2025, 7, 8))
    page = text(signed_in(house.caller).get(f"/callbacks/?customer={house.customer.pk}"))
    assert re.search(r"设备安装</dt>\s*<dd>\s*(<[^>]+>)?2025-07-08", page)


def test_the_year_of_a_customer_whom_nobody_is_to_call_takes_no_room(house):
    client = signed_in(house.boss)
    assert "2026 年回访计划" in text(client.get(f"/callbacks/customer/{house.customer.pk}/year/"))
    other = add_customer(name="无约客户有限公司", region="east", by=None, now=NOW)
    assert text(client.get(f"/callbacks/customer/{other.pk}/year/")).strip() == ""


def test_only_who_checks_calls_is_shown_the_way_there(house):
    assert "/callbacks/samples/" in text(signed_in(house.boss).get("/callbacks/"))
    assert signed_in(house.caller).get("/callbacks/samples/").status_code == 403
    assert "/callbacks/samples/" not in text(signed_in(house.caller).get("/callbacks/"))


def test_a_day_that_was_promised_runs_to_its_end_and_says_so(house):
    record(
        house.customer,
        house.caller,
        NOW,
        promises=[Promised("发视频", house.manager, date(2026, 10, 13))],
    )
    drain(NOW)
    duty = Obligation.objects.get(kind="promise.keep")
    page = text(signed_in(house.boss).get(f"/obligations/{duty.pk}/explain/"))
    assert "期限是约定的日期 2026-10-13，到当天 24:00 为止" in page


def test_a_refused_talk_comes_back_with_everything_written(house):
    client = signed_in(house.caller)
    answer = client.post(
        f"/callbacks/?customer={house.customer.pk}",
        {
            "channel": "PHONE",
            "outcome": "DONE",
            "block": ["MACHINES"],
            "a-signs": "有点响",
            "summary": "写了很多",
            "problem-0-text": "还有异响",
        },
    )
    assert answer.status_code == 422
    for words in ("有点响", "写了很多", "还有异响", "每个问题都要选怎么处理"):
        assert words in text(answer)
    assert not Callback.objects.exists()


def test_three_taps_record_a_call(house):
    client = signed_in(house.caller)
    assert "金陵泵业" in text(client.get("/callbacks/log/"))
    page = text(client.get(f"/callbacks/log/?customer={house.customer.pk}"))
    assert "data-draft" in page
    duties = re.findall(r'name="serve" value="(\d+)" checked', page)
    assert len(duties) == 2
    sent = {"customer": house.customer.pk, "outcome": "DONE", "channel": "PHONE", "serve": duties}
    refused = client.post("/callbacks/log/", sent)
    assert refused.status_code == 422
    assert "必谈" in text(refused)
    assert not Callback.objects.exists()
    blocks = re.findall(r'name="block" value="(\w+)"', page)
    client.post("/callbacks/log/", sent | {"block": blocks})
    assert Callback.objects.get().served.count() == 2


def test_a_problem_is_registered_for_a_customer_who_is_found_first(house):
    client = signed_in(house.caller)
    page = text(client.get("/problems/new/?q=jinling"))
    assert f'href="?customer={house.customer.pk}"' in page
    assert "没有找到这样的客户" in text(client.get("/problems/new/?q=没有这家"))
    where = f"/problems/new/?customer={house.customer.pk}"
    assert house.customer.name in text(client.get(where))
    assert client.post(where, {"text": ""}).status_code == 422
    assert not Problem.objects.exists()
    sent_twice(client, where, {"text": "密封圈渗油", "grade": "GENERAL", "disposition": "TICKET"})
    assert Problem.objects.get().customer == house.customer


def test_whoever_may_not_see_the_customer_finds_nothing(house):
    stranger = add_customer(name="燕北生物制药有限公司", region="north", by=None, now=NOW)
    call = record(stranger, house.caller, NOW)
    row = problem(stranger, house.caller, NOW)
    planned = visit(stranger, house.boss, NOW)
    client = signed_in(house.manager)
    for path in (
        f"/callbacks/{call.pk}/", f"/problems/{row.pk}/", f"/visits/{planned.pk}/", f"/callbacks/?customer={stranger.pk}",
        f"/callbacks/log/?customer={stranger.pk}", f"/callbacks/customer/{stranger.pk}/",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
    for path in ("/callback-plan/", "/problems/", "/visits/", "/promises/"):
        assert "燕北" not in text(client.get(path)), path


def test_a_call_and_a_duty_are_found_by_the_number_that_is_read_out(house):
    call = record(house.customer, house.caller, NOW, contact=house.contact)
    duty = Obligation.objects.earliest("pk")
    client = signed_in(house.caller)
    for text_, path in (
        (call.number.lower(), f"/callbacks/{call.pk}/"),
        (duty.number, f"/obligations/{duty.pk}/"),
    ):
        assert f'href="{path}"' in text(client.get(f"/search/?q={text_}"))
    stranger = add_customer(name="燕北生物制药有限公司", region="north", by=None, now=NOW)
    other = record(stranger, house.caller, NOW)
    assert f"/callbacks/{other.pk}/" not in text(
        signed_in(house.manager).get(f"/search/?q={other.number}")
    )


def test_a_campaign_is_shown_to_whom_it_calls_for(house):
    stranger = add_customer(
        name="燕北生物制药有限公司", region="north", industry="疫苗", by=None, now=NOW
    )
    row = actions.start_campaign(
        title="北方专项",
        goal="冷却",
        choice={"industry": "疫苗"},
        last_on=NOW.date(),
        by=house.boss,
        now=NOW,
    )
    assert row.targets.get().customer == stranger
    for person, seen in ((house.boss, True), (house.manager, False)):
        client = signed_in(person)
        assert ("北方专项" in text(client.get("/callbacks/campaigns/"))) is seen
        assert (client.get(f"/callbacks/campaigns/{row.pk}/").status_code == 200) is seen


def test_a_campaign_does_not_end_before_it_begins(house):
    client = signed_in(house.boss)
    sent = {"title": "夏季", "goal": "冷却", "last_on": "2026-01-01"}
    refused = client.post("/callbacks/campaigns/new/", sent)
    assert refused.status_code == 422
    assert "已经过去" in text(refused)
    assert not Campaign.objects.exists()


def test_every_page_opens(house):
    call = record(house.customer, house.caller, NOW, contact=house.contact)
    row = problem(house.customer, house.caller, NOW)
    planned = visit(house.customer, house.manager, NOW)
    drain(NOW)
    actions.draw(month=NOW.date(), by=house.checker, now=NOW)
    campaign = actions.start_campaign(
        title="夏季", goal="冷却", choice={}, last_on=NOW.date(), by=house.boss, now=NOW
    )
    client = signed_in(house.boss)
    brief = Obligation.objects.get(kind="callback.brief")
    for path in (
        "/callbacks/?who=all", "/callback-plan/", "/callbacks/campaigns/", "/callbacks/campaigns/new/", f"/callbacks/campaigns/{campaign.pk}/",
        "/callbacks/samples/?month=2026-10", f"/callbacks/samples/{call.sample.pk}/", "/callbacks/scripts/",
        f"/callbacks/scripts/{house.scripts['routine'].pk}/", f"/callbacks/brief/{brief.pk}/", f"/callbacks/news/{house.customer.pk}/",
        "/problems/", "/problems/new/", f"/problems/{row.pk}/", "/promises/", "/visits/", f"/visits/new/?customer={house.customer.pk}",
        f"/visits/{planned.pk}/", f"/visits/scan/{planned.token}/", f"/visits/code/{planned.token}/",
        f"/callbacks/customer/{house.customer.pk}/", f"/callbacks/customer/{house.customer.pk}/year/",
        f"/customers/{house.customer.pk}/", f"/customers/{house.customer.pk}/?tab=callbacks-customer", f"/customers/{house.customer.pk}/timeline/",
    ):  # fmt: skip
        for language in ("zh", "en"):
            client.cookies["bihuan_language"] = language
            assert client.get(path).status_code == 200, path


def test_the_screen_of_each_duty_is_ours(house):
    problem(house.customer, house.caller, NOW)
    drain(NOW)
    client = signed_in(house.boss)
    for row in Obligation.objects.filter(
        kind__in=[
            "callback.routine",
            "contact.proactive",
            "visit.regular",
            "problem.handle",
            "callback.brief",
        ]
    ):
        name = registry.fulfilling(row.kind)
        assert name is not None
        answer = client.get(f"/obligations/{row.pk}/carry-out/", follow=True)
        assert answer.status_code == 200
        assert answer.resolver_match.app_name == "callbacks", row.kind


def test_the_handler_sees_why_he_may_not_confirm(house):
    row = problem(house.customer, house.caller, NOW)
    actions.handle(problem=row, text="换垫", by=house.specialist, now=NOW)
    actions.feed_back(problem=row, text="已告知", channel="PHONE", by=house.manager, now=NOW)
    client = signed_in(house.specialist)
    assert "您处理过这个问题" in text(client.get(f"/problems/{row.pk}/"))
    answer = client.post(f"/problems/{row.pk}/", {"deed": "confirm", "text": "许工说好了"})
    assert answer.status_code == 422
    assert "要由没有处理过这个问题的人来记" in text(answer)
    assert Problem.objects.get().state == "FED_BACK"
    signed_in(house.caller).post(f"/problems/{row.pk}/", {"deed": "confirm", "text": "许工：好了"})
    assert Problem.objects.get().state == "CONFIRMED"


def test_a_plan_under_a_regulation_without_calls_says_so_instead_of_empty_months(house):
    client = signed_in(house.caller)
    before = text(client.get("/callback-plan/?year=2024"))
    assert "plan-table" in before
    PackVersion.objects.update(in_force_to=NOW)
    put_in_force(dict(shipped("automation")), from_at=NOW)
    empty = text(client.get("/callback-plan/?year=2024"))
    assert "现行制度没有要求回访或走访" in empty
    assert "plan-table" not in empty
    lived = text(client.get("/callback-plan/?year=2026"))
    assert "plan-table" in lived  # what an earlier version asked for is shown


def test_desk_and_plan_take_a_fixed_number_of_queries(house, django_assert_max_num_queries):
    client = signed_in(house.caller)
    for path in ("/callbacks/", "/callback-plan/"):
        client.get(path)
    with django_assert_max_num_queries(70) as desk:
        client.get("/callbacks/")
    with django_assert_max_num_queries(70) as plan:
        client.get("/callback-plan/")
    for n in range(12):
        more = add_customer(
            name=f"第{n}号精密机械有限公司",
            region="east",
            account_manager=house.manager,
            by=None,
            now=NOW,
        )
        Customer.objects.filter(pk=more.pk).update(tier="GOLD", tier_rank=1, status="ACTIVE")
        begin_month(more, NOW + timedelta(seconds=1))
    with django_assert_max_num_queries(len(desk)):
        assert text(client.get("/callbacks/")).count("queue-line") >= 13
    with django_assert_max_num_queries(len(plan)):
        client.get("/callback-plan/")


def test_a_page_asks_once_which_regulation_is_in_force(house):
    client = signed_in(house.caller)
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/callback-plan/").status_code == 200
    assert sum("FROM policy_packversion" in each["sql"].replace('"', "") for each in asked) == 1


def test_only_a_duty_to_prepare_opens_the_record_for_preparing(house):
    call = Obligation.objects.filter(kind="callback.routine", assignee=house.caller).first()
    client = signed_in(house.caller)
    for path in (f"/callbacks/brief/{call.pk}/", f"/callbacks/news/for/{call.pk}/"):
        assert client.get(path).status_code == 404


def test_who_only_reads_adds_no_news_of_a_customer(house):
    url, sent = f"/callbacks/news/{house.customer.pk}/", {"kind": "OTHER", "text": "换了厂长"}
    reader = signed_in(make_person("auditor"))
    assert reader.post(url, sent).status_code == 403
    assert not News.objects.exists()
    assert signed_in(house.caller).post(url, sent).status_code == 302
    assert News.objects.get().text == "换了厂长"


def test_recording_a_talk_is_offered_to_who_may_record_it(house):
    for person, offered in ((house.caller, True), (make_person("auditor"), False)):
        page = text(signed_in(person).get(f"/customers/{house.customer.pk}/"))
        assert (f"/callbacks/log/?customer={house.customer.pk}" in page) is offered


def test_nobody_of_another_firm_is_offered_to_lead_or_to_join_a_visit(house):
    others = [make_person("dealer_staff", dealer_id=7), make_person("supplier_staff")]
    page = signed_in(house.manager).get(f"/visits/new/?customer={house.customer.pk}")
    text = page.content.decode()
    assert f'<option value="{house.manager.pk}"' in text
    assert not any(f'<option value="{person.pk}"' in text for person in others)
