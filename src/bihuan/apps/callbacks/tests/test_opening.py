"""Opening balances from a list: known at once, owed only from going live on, twice is once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bihuan.apps.callbacks.models import Problem, Promise, Touch
from bihuan.apps.callbacks.tests.conftest import moment
from bihuan.apps.callbacks.tests.pack import FILES
from bihuan.apps.contracts import actions as contracts
from bihuan.apps.contracts.models import Entitlement
from bihuan.apps.contracts.tests.factories import signed
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.customers.enums import TierState
from bihuan.apps.customers.models import Customer, TierChange
from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.replay import again
from bihuan.apps.obligations.tests.factories import put_in_force
from bihuan.apps.obligations.ticks import fall_due
from bihuan.apps.people.actions import first_calendar
from bihuan.base.facts.models import Fact
from bihuan.base.ledgers import actions
from bihuan.base.ledgers.errors import RowsWrong
from bihuan.base.testing.draining import drain, settle

NAME = "金陵泵业股份有限公司"


def brought(ledger, *lines, now, only_good=False):
    content = "\n".join(lines).encode()
    return actions.bring_in_file(
        ledger, content, file_name="期初.csv", by=None, now=now, only_good=only_good
    )


def counts(row):
    return (row.new, row.changed, row.same, row.wrong)


def duty(**where):
    return Obligation.objects.get(**where)


def test_a_call_of_this_period_counts_for_it_and_owes_nothing(house):
    asked = Obligation.objects.count()
    lines = ("客户,上次回访,种类,渠道,回访人", f"{NAME},2026-10-06,例行回访,电话,周岚")
    assert counts(brought("opening_contacts", *lines, now=house.now)) == (1, 0, 0, 0)
    drain(house.now)
    row = duty(rule="monthly.call", customer=house.customer)
    assert row.state == State.DISCHARGED
    assert row.discharged_at == moment("2026-10-06 12:00")
    assert Obligation.objects.count() == asked
    told = Fact.objects.get(kind="callback.done")
    assert (told.at, told.told_at, told.source) == (row.discharged_at, house.now, "opening")
    assert counts(brought("opening_contacts", *lines, now=house.now)) == (0, 0, 1, 0)
    drain(house.now)
    assert Fact.objects.filter(kind="callback.done").count() == Touch.objects.count() == 1
    assert again(house.now).same


def test_it_counts_also_for_a_customer_who_was_brought_in_after_it(house):
    late = moment("2026-10-10 09:00")
    row = brought("customers", "客户名称,级别", "新来的泵业有限公司,金牌", now=late)
    assert counts(row) == (1, 0, 0, 0)
    drain(late)
    other = Customer.objects.get(name="新来的泵业有限公司")
    assert duty(rule="monthly.call", customer=other).state == State.OPEN
    brought(
        "opening_contacts", "客户,上次回访,种类", "新来的泵业有限公司,2026-10-06,例行回访", now=late
    )
    drain(late)
    assert duty(rule="monthly.call", customer=other).state == State.DISCHARGED
    assert again(late).same


def test_calls_of_other_periods_and_of_the_time_before_settle_nothing(house):
    lines = ("客户,日期,种类", f"{NAME},2026-09-20,例行回访", f"{NAME},2025-12-20,例行回访")
    assert counts(brought("opening_contacts", *lines, now=house.now)) == (2, 0, 0, 0)
    drain(house.now)
    assert duty(rule="monthly.call", customer=house.customer).state == State.OPEN
    assert fall_due(house.now) == 0


def test_wrong_rows_are_named_and_nothing_comes_in(house):
    lines = (
        "客户,日期,种类",
        f"{NAME},2026-10-06,例行回访",
        f"{NAME},2026-11-01,例行回访",
        "谁也不是,2026-10-06,走访",
    )
    with pytest.raises(RowsWrong):
        brought("opening_contacts", *lines, now=house.now)
    assert not Touch.objects.exists()
    assert not Fact.objects.filter(kind="callback.done").exists()


def test_an_open_problem_is_owed_from_the_day_it_is_carried_over(house):
    lines = ("客户,问题,发现日,等级", f"{NAME},低速段异响,2026-08-20,严重")
    assert counts(brought("opening_problems", *lines, now=house.now)) == (1, 0, 0, 0)
    assert counts(brought("opening_problems", *lines, now=house.now)) == (0, 0, 1, 0)
    settle(house.now)
    problem = Problem.objects.get()
    assert problem.found_at == moment("2026-08-20 12:00")
    told = Fact.objects.get(kind="problem.found")
    assert (told.at, told.told_at) == (problem.found_at, house.now)
    duties = Obligation.objects.filter(match__problem=problem.number, state__in=LIVE)
    assert duties
    assert all(row.anchor_at >= house.now and row.due_at > house.now for row in duties)
    assert fall_due(house.now) == 0
    assert again(house.now).same


def test_an_open_promise_is_owed_on_its_own_day(house):
    lines = (
        "客户,承诺,答应的日期,约定日期,责任人",
        f"{NAME},送一套密封圈,2026-09-01,2026-10-20,李慕言",
    )
    assert counts(brought("opening_promises", *lines, now=house.now)) == (1, 0, 0, 0)
    assert counts(brought("opening_promises", *lines, now=house.now)) == (0, 0, 1, 0)
    settle(house.now)
    row = duty(kind="promise.keep", customer=house.customer)
    assert (row.assignee, row.match["promise"]) == (house.manager, Promise.objects.get().number)
    assert row.due_at > house.now
    assert again(house.now).same


def test_a_promise_whose_day_is_over_asks_for_a_new_day(house):
    lines = ("客户,承诺,答应的日期,约定日期", f"{NAME},送一套密封圈,2026-09-01,2026-09-20")
    with pytest.raises(RowsWrong):
        brought("opening_promises", *lines, now=house.now)
    assert not Promise.objects.exists()


def test_what_is_open_waits_for_the_regulation(house):
    house_before = moment("2025-12-30 09:00")
    lines = ("客户,问题,发现日", f"{NAME},低速段异响,2025-12-20")
    brought("opening_problems", *lines, now=house_before)
    settle(house_before)
    assert not Fact.objects.filter(kind="problem.found").exists()
    settle(house.now)
    assert Fact.objects.filter(kind="problem.found", source="carried").count() == 1


def test_the_tier_of_the_time_before_is_recorded_with_day_and_reason(house):
    Customer.objects.filter(pk=house.customer.pk).update(tier="SILVER", tier_rank=2)
    before = TierChange.objects.filter(customer=house.customer).count()
    lines = ("客户,级别,定级日,理由", f"{NAME},金牌,2024-03-01,连续三年采购过百万")
    assert counts(brought("opening_tiers", *lines, now=house.now))[3] == 0
    row = Customer.objects.get(pk=house.customer.pk)
    assert (row.tier, row.tier_since) == ("GOLD", date(2024, 3, 1))
    held = TierChange.objects.get(customer=row, state=TierState.APPLIED, to_on=None)
    assert (held.from_on, held.why) == (date(2024, 3, 1), "连续三年采购过百万")
    assert TierChange.objects.filter(customer=row).count() == before + 1
    assert not Fact.objects.filter(kind="tier.changed").exists()
    assert counts(brought("opening_tiers", *lines, now=house.now)) == (0, 0, 1, 0)


FIRST_RATING = """
  - id: first.rating
    clause: C-1
    title: {zh: 新客户首次评级, en: Rate a new customer}
    when: customer.added
    must: tier.review
    within: 5wd
    by: care_lead
    done: {fact: tier.reviewed}
    proved: [system_event]
"""


def test_who_was_rated_before_going_live_is_owed_no_first_rating(db):
    first_calendar(now=moment("2026-01-01 00:00"))
    rules = FILES["rules/all.yaml"].rstrip() + FIRST_RATING
    files = {**FILES, "rules/all.yaml": rules}
    put_in_force(files, from_at=moment("2026-01-01 00:00"))
    now = moment("2026-10-09 14:00")
    assert counts(brought("customers", "客户名称,级别", "老客户甲有限公司,金牌", now=now))[0] == 1
    brought("customers", "客户名称", "老客户乙有限公司", now=now)
    add_customer(name="新客户丙有限公司", tier="SILVER", by=None, now=now)
    drain(now)
    states = Obligation.objects.filter(rule="first.rating").order_by("pk").values_list("state")
    assert [state for (state,) in states] == ["DISCHARGED", "OPEN", "OPEN"]
    later = moment("2026-10-09 15:00")
    lines = ("客户,级别,定级日,理由", "老客户乙有限公司,银牌,2024-03-01,连续三年")
    for _twice in range(2):
        brought("opening_tiers", *lines, now=later)
        drain(later)
    assert [state for (state,) in states.all()] == ["DISCHARGED", "DISCHARGED", "OPEN"]
    assert Fact.objects.filter(kind="tier.reviewed", source="opening").count() == 2
    assert again(later).same


@pytest.mark.django_db
def test_a_tier_without_any_regulation_is_refused():
    now = moment("2025-12-30 09:00")
    add_customer(name=NAME, by=None, now=now)
    for ledger, lines in (
        ("opening_tiers", ("客户,级别,定级日,理由", f"{NAME},金牌,2024-03-01,老客户")),
        ("customers", ("客户名称,级别", "另一家有限公司,金牌")),
    ):
        with pytest.raises(RowsWrong):
            brought(ledger, *lines, now=now)
    assert not TierChange.objects.exists()
    assert Customer.objects.get().tier == ""


def test_used_entitlements_come_in_once_with_their_day(house):
    contract = signed(house.customer, now=moment("2026-01-02 09:00"), no="HT-1")
    contracts.grant(
        contract=contract,
        kind="PM_VISIT",
        quantity=Decimal(4),
        by=None,
        now=moment("2026-01-02 09:00"),
    )
    lines = ("合同号,权益,已用,截至", "HT-1,保养,3,2026-09-30")
    assert counts(brought("opening_entitlements", *lines, now=house.now)) == (1, 0, 0, 0)
    assert counts(brought("opening_entitlements", *lines, now=house.now)) == (0, 0, 1, 0)
    row = Entitlement.objects.get(contract=contract)
    assert (row.used, row.left) == (Decimal(3), Decimal(1))
    told = Fact.objects.get(kind="entitlement.used")
    assert (told.at, told.source) == (moment("2026-09-30 12:00"), "opening")
    with pytest.raises(RowsWrong):
        brought("opening_entitlements", lines[0], "HT-1,保养,2,2026-09-30", now=house.now)
    assert Entitlement.objects.get(contract=contract).used == Decimal(3)
