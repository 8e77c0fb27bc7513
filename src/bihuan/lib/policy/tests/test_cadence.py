from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.lib.policy import Telling, periods, plan, plan_key, prepare_due, respond, span_by_key
from bihuan.lib.policy.limits import span_of
from bihuan.lib.policy.tests.packs import DAYS, RULES, at, pack

SMALL = pack()


def began(when, tier="SILVER", **fact):
    data = {"fact": fact, "customer": {"tier": tier, "flags": []}}
    return Telling(f"p-{when}", "period.began", at(when), data, {"customer": "K1"})


def entered(when, kind="customer.added", tier="SILVER"):
    return replace(began(when, tier), kind=kind)


def rules(pack_, telling):
    return {duty.rule: duty for duty in respond(pack_, telling, DAYS).duties}


def with_callback(**lines):
    text = RULES
    for key, value in lines.items():
        text = text.replace(
            "    must: callback.routine\n", f"    must: callback.routine\n    {key}: {value}\n"
        )
    return pack(rules_a=text.replace("in_: ", "in: "))


def test_a_quarter_brings_the_call_and_its_preparation():
    found = rules(SMALL, began("2026-07-01T00:00+08:00", quarter_begins=True))
    call, ready = found["silver.callback"], found["silver.callback.prepare"]
    assert (call.occasion, call.due_at) == ("2026-Q3", at("2026-09-30T17:30+08:00"))
    assert (call.opens_at, call.channel, call.care) == (
        at("2026-07-01T00:00+08:00"),
        ("PHONE", "VIDEO"),
        True,
    )
    # 09-25 is a holiday in 2026: three working days before the 30th end on the 24th.
    assert (ready.must, ready.occasion, ready.due_at) == (
        "callback.brief",
        "2026-Q3",
        at("2026-09-24T17:30+08:00"),
    )


def test_months_inside_the_quarter_bring_nothing():
    assert (
        rules(SMALL, began("2026-08-01T00:00+08:00", month_begins=True, quarter_begins=False)) == {}
    )
    assert rules(SMALL, began("2026-08-01T00:00+08:00")) == {}
    assert rules(SMALL, began("2026-07-01T00:00+08:00", tier="GOLD")) == {}


def test_the_preparation_follows_the_planned_day():
    answer = prepare_due(SMALL, "silver.callback", at("2026-10-12T10:00+08:00"), DAYS)
    assert answer is not None
    assert answer.due_text.startswith("2026-10-08")
    assert prepare_due(SMALL, "fault.phone", at("2026-10-12T10:00+08:00"), DAYS) is None


@pytest.mark.parametrize(
    ("when", "owed"),
    [
        ("2026-07-20T09:00+08:00", True),
        ("2026-08-16T00:00+08:00", True),  # 46 days of 92
        ("2026-08-16T00:01+08:00", False),
        ("2026-09-01T09:00+08:00", False),
    ],
)
def test_who_enters_with_half_the_period_left_owes_it(when, owed):
    for kind in ("customer.added", "tier.changed"):
        found = rules(SMALL, entered(when, kind))
        assert ("silver.callback" in found) is owed
    if owed:
        duty = rules(SMALL, entered(when))["silver.callback"]
        assert (duty.opens_at, duty.due_at) == (at(when), at("2026-09-30T17:30+08:00"))


def test_mid_period_can_be_set():
    assert "silver.callback" in rules(
        with_callback(mid_period="now"), entered("2026-09-28T09:00+08:00")
    )
    assert rules(with_callback(mid_period="next"), entered("2026-07-02T09:00+08:00")) == {}
    # Nothing is owed when its time is already over.
    assert rules(with_callback(mid_period="now"), entered("2026-09-30T18:00+08:00")) == {}


def test_entering_in_the_first_moment_is_the_period_itself():
    moment = "2026-07-01T00:00+08:00"
    assert rules(SMALL, entered(moment)) == rules(SMALL, began(moment))


def test_the_last_week_of_the_month_is_a_window():
    found = with_callback(in_="last week of month")
    duty = rules(found, began("2026-07-01T00:00+08:00"))["silver.callback"]
    assert duty.window == (at("2026-09-24T00:00+08:00"), at("2026-09-30T17:30+08:00"))
    assert (duty.opens_at, duty.due_at) == duty.window


def test_a_limit_from_the_start_of_the_period():
    duty = rules(with_callback(within="10wd"), began("2026-07-01T00:00+08:00"))["silver.callback"]
    assert duty.due_at == at("2026-07-15T17:30+08:00")


def test_weeks_belong_to_the_company():
    text = RULES + (
        "meetings:\n  - {id: weekly, clause: C1, title: {zh: 周会, en: Weekly}, every: week, by: lead,"
        " chair: manager, members: [lead], agenda: [{zh: 回顾, en: Review}], quorum: 0.5}\n"
    )
    found = pack(rules_a=text)
    told = Telling(
        "w",
        "period.began",
        at("2026-07-06T00:00+08:00"),
        {"fact": {"of": "company"}},
        {"company": "1"},
    )
    (duty,) = respond(found, told, DAYS).duties
    assert (duty.must, duty.occasion, duty.due_at) == (
        "meeting.hold",
        "2026-W28",
        at("2026-07-10T17:30+08:00"),
    )
    assert duty.proof.all == ("minutes", "attendance")
    assert found.rules["weekly"].details["chair"] == "manager"


def test_a_regulation_that_takes_force_within_a_period_owes_nothing_for_the_time_before():
    found = with_callback(within="5wd")
    opening = {"quarter_begins": True}
    early = rules(found, began("2026-07-20T10:00+08:00", **opening))["silver.callback"]
    assert (early.occasion, early.opens_at) == ("2026-Q3", at("2026-07-20T10:00+08:00"))
    assert early.due_at == at("2026-07-27T17:30+08:00")
    assert "silver.callback" not in rules(found, began("2026-09-20T10:00+08:00", **opening))
    first = rules(found, began("2026-07-01T06:00+08:00", **opening))["silver.callback"]
    assert first.due_at == at("2026-07-08T17:30+08:00")


def test_the_plan_of_a_year():
    planned = plan(SMALL, {"customer": {"tier": "SILVER"}}, 2026, DAYS)
    assert [p.occasion for p in planned if p.rule == "silver.callback"] == [
        "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4",
    ]  # fmt: skip
    assert planned == sorted(planned, key=lambda p: p.due_at)
    assert plan(SMALL, {"customer": {"tier": "GOLD"}}, 2026, DAYS) == []


def test_a_plan_leaves_out_what_has_ended():
    left = plan(SMALL, {"customer": {"tier": "SILVER"}}, 2026, DAYS, since=date(2026, 7, 1))
    assert [p.occasion for p in left if p.rule == "silver.callback"] == ["2026-Q3", "2026-Q4"]
    whole = plan(SMALL, {"customer": {"tier": "SILVER"}}, 2026, DAYS)
    assert set(left) == {p for p in whole if not p.occasion.endswith(("Q1", "Q2"))}


@given(
    states=st.lists(
        st.fixed_dictionaries(
            {"tier": st.sampled_from(["GOLD", "SILVER", "BRONZE"]), "id": st.uuids()}
        ),
        min_size=2,
        max_size=4,
    )
)
def test_subjects_of_one_key_have_one_plan(states: list[dict[str, Any]]):
    plans: dict[tuple[str, ...], Any] = {}
    for state in states:
        own = plan(SMALL, {"customer": state}, 2026, DAYS)
        key = plan_key(SMALL, {"customer": state})
        assert plans.setdefault(key, own) == own
    assert len(plans) == len({state["tier"] for state in states})


def test_a_plan_key_sees_whether_a_value_is_there_at_all():
    found = pack(
        rules_a=RULES.replace("tiers: [SILVER]", "tiers: [SILVER], if: customer.has_share")
    )
    key = {"tier": "SILVER"}
    assert plan_key(found, {"customer": key}) != plan_key(found, {"customer": key | {"share": 0.5}})


def test_keys_of_periods_go_there_and_back():
    moment = at("2026-12-31T23:30+08:00")
    keys = periods(moment, SMALL.zone)
    assert keys == {
        "week": "2026-W53",
        "month": "2026-12",
        "quarter": "2026-Q4",
        "half": "2026-H2",
        "year": "2026",
    }
    for every, key in keys.items():
        assert span_by_key(key) == (every, span_of(every, moment.date()))
    # Just past midnight in the zone it is the next year, whatever UTC says.
    assert periods(at("2026-12-31T16:30+00:00"), SMALL.zone)["year"] == "2027"
