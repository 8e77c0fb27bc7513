"""Deadlines by recorded facts under the shipped regulation, tiers and calendars that change."""

from __future__ import annotations

import html
import re
from itertools import pairwise

import pytest
from django.urls import reverse

from bihuan.apps.customers import actions as customers
from bihuan.apps.customers.actions.tiers import OtherRoleDecides
from bihuan.apps.customers.models import Customer, TierChange
from bihuan.apps.obligations.models import Obligation
from bihuan.base import clock

pytestmark = [pytest.mark.journey, pytest.mark.django_db]


def shown(row: Obligation) -> str:
    """The due time as people of the company read it."""
    from zoneinfo import ZoneInfo

    assert row.due_at is not None
    return f"{row.due_at.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}"


def words_of(browser, name: str, pk: int) -> str:
    page = browser.get(reverse(name, args=[pk]))
    assert page.status_code == 200
    return html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_a_gold_customers_urgent_fault_on_saturday_night(firm, set_to):
    """G2 1: the phone within 4 hours, on site within 24, day and night."""
    firm.told(
        "fault.reported", "2026-03-07 23:10", about=firm.jinling, subjects={"asset": 7},
        ticket="T-1", severity="URGENT",
    )  # fmt: skip
    phone = Obligation.objects.get(rule="fault.urgent.phone")
    attend = Obligation.objects.get(rule="fault.urgent.attend")
    assert shown(phone) == "2026-03-08 03:10"
    assert shown(attend) == "2026-03-08 23:10"
    assert phone.clause.startswith("S0-5.3")
    assert phone.assignee == firm.chenli


def test_a_demand_before_the_national_holiday_explains_itself(firm, set_to):
    """G2 2: proposal by 10-10, plan by 10-15, at the end of business; each slice is shown."""
    firm.told(
        "demand.received", "2026-09-30 10:00", about=firm.jinling, demand="D-1", kind="OPTIMISE",
        source="CALLBACK",
    )  # fmt: skip
    proposal = Obligation.objects.get(rule="optimise.propose")
    plan = Obligation.objects.get(kind="demand.confirm_plan")
    assert shown(proposal) == "2026-10-10 17:30"
    assert shown(plan) == "2026-10-15 17:30"
    with set_to("2026-09-30 11:00"):
        words = words_of(firm.browser("guyuan"), "obligations:explain", proposal.pk)
    for piece in ("3 个工作日", "国庆", "班", "收到客户需求", "2026"):
        assert piece in words, piece
    assert "10-10" in words or "10月10日" in words or "10 月 10 日" in words


def test_every_open_deadline_explains_itself_in_both_languages(firm, set_to):
    firm.told("demand.received", "2026-09-30 10:00", about=firm.jinling, demand="D-1",
              kind="OPTIMISE", source="CALLBACK")  # fmt: skip
    firm.told("fault.reported", "2026-10-07 23:10", about=firm.yanbei, subjects={"asset": 8},
              ticket="T-2", severity="URGENT")  # fmt: skip
    rows = list(Obligation.objects.exclude(due_at=None))
    assert len({row.rule for row in rows}) > 8
    with set_to("2026-10-08 10:00"):
        boss = firm.browser("guyuan")
        for row in rows:
            boss.cookies["bihuan_language"] = "zh"
            assert row.title["zh"] in words_of(boss, "obligations:explain", row.pk), row.rule
            boss.cookies["bihuan_language"] = "en"
            assert row.title["en"] in words_of(boss, "obligations:explain", row.pk), row.rule


def raised(firm, customer: Customer, after: str) -> TierChange:
    """Somebody proposes another tier, and the named role approves."""
    now = clock.now()
    for waiting in TierChange.objects.filter(customer=customer, decided_at=None):
        decided(firm, waiting, approve=False)
    change = customers.propose_tier(
        customer=customer, after=after, why="全年采购额超过标准", by=firm.songqi, now=now
    )
    return decided(firm, change, approve=True)


def decided(firm, change: TierChange, *, approve: bool) -> TierChange:
    for name in ("shenqiao", "wangjiancheng", "guyuan"):
        try:
            return customers.decide_tier(
                change=change, approve=approve, by=firm.people[name], now=clock.now()
            )
        except OtherRoleDecides:
            continue
    raise AssertionError("nobody may decide")


def test_a_tier_that_changes_in_mid_period_makes_no_doubles_and_leaves_what_was_done(firm, set_to):
    firm.come("2026-04-01 09:00")
    quarter = Obligation.objects.get(
        rule="silver.callback", customer=firm.yanbei, occasion="2026-Q2"
    )
    with set_to("2026-05-12 10:00"):
        raised(firm, firm.yanbei, "GOLD")
    firm.come("2026-05-12 10:05")
    firm.come("2026-06-01 09:00")
    customer = Customer.objects.get(pk=firm.yanbei.pk)
    assert customer.tier == "GOLD"
    live = Obligation.objects.filter(customer=customer, state__in=("OPEN", "SCHEDULED"))
    seen = list(live.values_list("rule", "occasion"))
    assert len(seen) == len(set(seen))
    routine = live.filter(kind=quarter.kind, window_from__isnull=False)
    windows = sorted((row.window_from, row.window_to) for row in routine)
    for before, after in pairwise(windows):
        assert before[1] <= after[0], "two rounds of one kind overlap"
    quarter.refresh_from_db()
    assert quarter.clause == "S0-3.4b" or quarter.clause.startswith("S0-")


def test_an_imported_notice_moves_open_deadlines_with_a_record_and_tells_the_owner(firm, set_to):
    """An administrator brings in the official notice of next year on the screen."""
    firm.told("demand.received", "2026-12-31 10:00", about=firm.jinling, demand="D-9",
              kind="OPTIMISE", source="CALLBACK")  # fmt: skip
    plan = Obligation.objects.get(kind="demand.confirm_plan")
    before = plan.due_at
    text = "日期,类型,名称\n2027-01-01,休,元旦\n2027-01-02,休,元旦\n2027-01-03,休,元旦\n2027-01-06..2027-01-07,休,元旦\n"
    with set_to("2026-12-31 11:00"):
        admin = firm.browser("guanli")
        url = reverse("people:notice", args=["cn"])
        first = admin.post(url, {"text": text})
        assert first.status_code == 200, first.content.decode()[:2000]
        plan.refresh_from_db()
        assert plan.due_at == before
        done = admin.post(url, {"text": text, "confirm": "1"})
        assert done.status_code == 302, done.content.decode()[:2000]
    firm.come("2026-12-31 11:05")
    plan.refresh_from_db()
    assert plan.due_at > before
    change = plan.due_changes.get()
    assert (change.old, change.new, change.why) == (before, plan.due_at, "CALENDAR")
    with set_to("2026-12-31 11:30"):
        assert "元旦" in words_of(firm.browser("guyuan"), "obligations:explain", plan.pk)
