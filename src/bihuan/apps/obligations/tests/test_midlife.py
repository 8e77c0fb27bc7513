"""What happens to open duties when customers, machines, contracts, people or rules change."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from bihuan.apps.obligations.enums import State, VoidReason
from bihuan.apps.obligations.history import history
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.periods import begin
from bihuan.apps.obligations.replay import again
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.people.actions import take_leave, tell_leaves
from bihuan.apps.policy.ticks import tell_in_force
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db


def turn(home, at: str) -> None:
    """Let the periods begin that have begun by then."""
    begin(make.moment(at))
    home.hear(make.moment(at))


def tiered(home, customer, before: str, after: str, at: str, **more):
    type(customer).objects.filter(pk=customer.pk).update(tier=after)
    return home.told(
        "tier.changed", at, subjects={"customer": customer.pk}, change=f"{before}-{after}-{at}",
        before=before, after=after, up=after == "GOLD", **more,
    )  # fmt: skip


def state(rule: str, **where) -> tuple[str, str]:
    row = make.one(rule=rule, **where)
    return row.state, row.closed_reason


# --- tier


def test_a_round_begun_for_the_old_tier_is_done_to_its_end_after_a_step_down():
    home = make.house("2026-04-01 00:00")
    gold = make.customer(home)
    turn(home, "2026-04-01 00:01")
    tiered(home, gold, "GOLD", "SILVER", "2026-04-05 10:00")
    assert state("gold.callback") == (State.OPEN, "")
    assert state("silver.callback") == (State.VOID, VoidReason.SUPERSEDED)


def test_a_step_up_puts_the_sooner_promise_in_the_place_of_the_later_one():
    home = make.house("2026-04-01 00:00")
    silver = make.customer(home, tier="SILVER")
    turn(home, "2026-04-01 00:01")
    tiered(home, silver, "SILVER", "GOLD", "2026-04-25 10:00")
    assert state("silver.callback") == (State.OPEN, "")  # April is nearly over: from May on
    turn(home, "2026-05-01 00:01")
    may = make.one(rule="gold.callback", occasion="2026-05")
    late = make.one(rule="silver.callback")
    assert may.state == State.OPEN
    assert (late.state, late.closed_reason, late.superseded_by) == (
        State.VOID, VoidReason.SUPERSEDED, may,
    )  # fmt: skip
    assert "YW-" in str(history(late))


GOLD = "    for: {tiers: [GOLD]}\n    must: callback.routine\n"
LAST_WEEK = {GOLD: GOLD + "    in: last week of month\n"}


def test_a_round_of_the_old_tier_that_has_not_begun_falls_away_and_stands_again():
    home = make.house("2026-04-01 00:00", **LAST_WEEK)
    gold = make.customer(home)
    turn(home, "2026-04-01 00:01")
    assert state("gold.callback") == (State.SCHEDULED, "")
    down = tiered(home, gold, "GOLD", "SILVER", "2026-04-05 10:00")
    assert state("gold.callback") == (State.VOID, VoidReason.TIER_CHANGED)
    told = Fact.objects.get(kind="obligation.void")
    assert (told.own()["because"], told.source) == ("tier.changed", "engine")
    row = make.one(rule="gold.callback")
    assert row.acts.get().fact == down
    assert "客户级别变更" in str(history(row))
    page = signed_in(home.gu).get(reverse("customers:timeline", args=[gold.pk]), {"kind": "rules"})
    assert "义务已失效" in page.content.decode()
    assert "客户级别变更" in page.content.decode()
    tiered(home, gold, "SILVER", "GOLD", "2026-04-06 10:00")
    assert state("gold.callback") == (State.SCHEDULED, "")


# --- hand-over


def test_what_the_account_manager_owes_goes_to_the_new_one_and_what_was_given_by_hand_stays():
    from bihuan.apps.obligations import actions

    home = make.house("2026-04-01 00:00")
    gold = make.customer(home)
    turn(home, "2026-04-01 00:01")
    asked = {"demand": "D1", "kind": "OPTIMISE", "source": "CALLBACK"}
    home.told("demand.received", "2026-04-02 10:00", subjects={"customer": gold.pk}, **asked)
    given = make.one(rule="demand.plan")
    actions.assign(
        obligation_id=given.pk, to=home.wu, by=home.gu, now=make.moment("2026-04-02 11:00"),
        reason="熟悉这家",
    )  # fmt: skip
    type(gold).objects.filter(pk=gold.pk).update(account_manager=home.wang)
    fact = home.told(
        "account_manager.assigned", "2026-04-03 10:00", subjects={"customer": gold.pk},
        person=str(home.wang.pk),
    )  # fmt: skip
    moved = make.one(rule="demand.proposal")
    assert moved.assignee == home.wang
    assert make.one(rule="gold.callback").assignee == home.wang
    assert make.one(rule="demand.plan").assignee == home.wu
    assert make.one(rule="executive.visit").assignee == home.gu
    assert moved.acts.get().fact == fact
    count = Fact.objects.count()
    home.hear(make.moment("2026-04-03 10:00"))
    assert Fact.objects.count() == count


# --- merge


def merged(home, gone, kept, at: str):
    fact = home.told("customer.merged", at, subjects={"customer": gone.pk}, into=kept.code)
    type(gone).objects.filter(pk=gone.pk).update(status="MERGED", merged_into=kept)
    return fact


def test_what_both_merged_customers_owe_is_owed_once_and_the_rest_is_settled_by_who_stays():
    home = make.house("2026-04-01 00:00")
    kept, gone = make.customer(home), make.customer(home, "金陵泵业", account_manager=home.wang)
    turn(home, "2026-04-01 00:01")
    asked = {"demand": "D1", "kind": "OPTIMISE", "source": "CALLBACK"}
    home.told("demand.received", "2026-04-02 10:00", subjects={"customer": gone.pk}, **asked)
    merged(home, gone, kept, "2026-04-03 10:00")
    double = make.one(rule="gold.callback", subject_id=gone.pk)
    stays = make.one(rule="gold.callback", subject_id=kept.pk)
    assert (double.state, double.closed_reason) == (State.VOID, VoidReason.MERGED)
    assert double.superseded_by == stays
    told = [entry["at"] for entry in history(double) if entry.get("text") == stays.number]
    assert told == [make.moment("2026-04-03 10:00")]  # that of the merge, not of the other duty
    assert stays.state == State.OPEN
    plan = make.one(rule="demand.proposal")
    assert (plan.customer, plan.assignee, plan.state) == (kept, home.li, State.OPEN)
    home.told(
        "demand.proposed",
        "2026-04-03 12:00",
        subjects={"customer": kept.pk},
        demand="D1",
        kind="OPTIMISE",
    )
    plan.refresh_from_db()
    assert plan.state == State.DISCHARGED


@pytest.mark.django_db(transaction=True)
def test_a_merge_taken_back_gives_both_their_duties_again():
    home = make.house("2026-04-01 00:00")
    kept, gone = make.customer(home), make.customer(home, "金陵泵业", account_manager=home.wang)
    turn(home, "2026-04-01 00:01")
    merged(home, gone, kept, "2026-04-03 10:00")
    type(gone).objects.filter(pk=gone.pk).update(status="ACTIVE", merged_into=None)
    home.told(
        "customer.changed", "2026-04-04 10:00", subjects={"customer": gone.pk}, what=["merged_into"]
    )
    again_ = make.one(rule="gold.callback", subject_id=gone.pk)
    assert (again_.state, again_.customer, again_.superseded_by) == (State.OPEN, gone, None)
    assert again_.assignee == home.wang


# --- machine


def test_a_machine_sold_on_takes_its_work_along_and_leaves_the_calls_behind():
    home = make.house("2026-03-01 00:00", **{"    must: callback.progress\n    within: 15min": "    must: callback.progress\n    within: 30d"})  # fmt: skip
    old, new = make.customer(home), make.customer(home, "接手的一家", account_manager=home.wang)
    of_machine = {"asset": 7, "customer": old.pk}
    home.told(
        "fault.reported", "2026-03-09 09:00", subjects=of_machine, ticket="T1", severity="URGENT"
    )
    home.told("ticket.dispatched", "2026-03-09 09:10", subjects=of_machine, ticket="T1")
    fact = home.told(
        "asset.moved",
        "2026-03-09 10:00",
        subjects={"asset": 7, "customer": new.pk},
        reason="RESOLD",
    )
    work, call = make.one(rule="fault.urgent.attend"), make.one(rule="order.progress")
    assert (work.state, work.customer, make.shown(work.due_at)) == (
        State.OPEN,
        new,
        "2026-03-10 09:00",
    )
    assert (call.state, call.closed_reason, call.customer) == (
        State.VOID,
        VoidReason.SUBJECT_GONE,
        old,
    )
    assert {work.acts.get().fact, call.acts.get().fact} == {fact}


def test_a_machine_moved_within_its_customer_changes_nothing():
    home = make.house()
    gold = make.customer(home)
    of_machine = {"asset": 7, "customer": gold.pk}
    home.told("ticket.dispatched", "2026-03-09 09:10", subjects=of_machine, ticket="T1")
    home.told("asset.moved", "2026-03-09 09:12", subjects=of_machine, reason="RELOCATED")
    assert state("order.progress") == (State.OPEN, "")


def test_a_scrapped_machine_is_owed_nothing():
    home = make.house()
    gold = make.customer(home)
    of_machine = {"asset": 7, "customer": gold.pk}
    home.told(
        "fault.reported", "2026-03-09 09:00", subjects=of_machine, ticket="T1", severity="URGENT"
    )
    home.told("asset.retired", "2026-03-09 10:00", subjects=of_machine, scrapped=True)
    assert set(Obligation.objects.values_list("state", "closed_reason")) == {
        (State.VOID, VoidReason.SUBJECT_GONE)
    }


# --- contract


AMENDED = {
    "    when: contract.signed\n    if: fact.has_end_on\n": "    when: [contract.signed, contract.amended]\n    if: fact.has_end_on\n"
}


def test_an_extended_contract_closes_the_renewal_of_its_old_end():
    home = make.house(**AMENDED)
    gold = make.customer(home)
    of = {"contract": 3, "customer": gold.pk}
    home.told(
        "contract.signed",
        "2026-01-10 10:00",
        subjects=of,
        start_on="2026-01-10",
        end_on="2026-12-31",
    )
    old = make.one(rule="renewal.talk")
    home.told(
        "contract.amended", "2026-06-10 10:00", subjects=of, amendment="3-1", end_on="2027-12-31"
    )
    old.refresh_from_db()
    new = make.one(rule="renewal.talk", occasion="3-1")
    assert (old.state, old.closed_reason, old.superseded_by) == (
        State.VOID, VoidReason.CONTRACT_CHANGED, new,
    )  # fmt: skip
    assert new.state == State.SCHEDULED
    home.told("contract.amended", "2026-06-11 10:00", subjects=of, amendment="3-2")
    new.refresh_from_db()
    assert new.state == State.SCHEDULED


def test_a_contract_ended_before_its_time_is_renewed_by_nobody():
    home = make.house()
    gold = make.customer(home)
    of = {"contract": 3, "customer": gold.pk}
    home.told(
        "contract.signed",
        "2026-01-10 10:00",
        subjects=of,
        start_on="2026-01-10",
        end_on="2026-12-31",
    )
    home.told("contract.ended", "2026-06-10 10:00", subjects=of, reason="TERMINATED")
    assert state("renewal.talk") == (State.VOID, VoidReason.SUBJECT_GONE)


# --- leave


def test_a_substitute_owes_what_falls_due_and_it_comes_back_afterwards():
    home = make.house()
    gold = make.customer(home)
    asked = {"kind": "OPTIMISE", "source": "CALLBACK"}
    home.told(
        "demand.received", "2026-03-09 10:00", subjects={"customer": gold.pk}, demand="D1", **asked
    )
    take_leave(
        user=home.li, substitute=home.wu, from_on=date(2026, 3, 11), to_on=date(2026, 3, 14),
        by=home.gu, now=make.moment("2026-03-09 11:00"),
    )  # fmt: skip
    tell_leaves(make.moment("2026-03-09 11:00"))
    home.hear(make.moment("2026-03-09 11:00"))
    soon = make.one(rule="demand.proposal")  # due on 12 March
    late = make.one(rule="demand.plan")  # due on 18 March
    assert soon.assignee == home.li
    now = make.moment("2026-03-11 00:01")
    assert (tell_leaves(now), tell_leaves(now)) == (1, 0)
    home.hear(now)
    soon.refresh_from_db()
    late.refresh_from_db()
    assert (soon.assignee, soon.stands_in_for, late.assignee) == (home.wu, home.li, home.li)
    home.told(
        "demand.received", "2026-03-12 10:00", subjects={"customer": gold.pk}, demand="D2", **asked
    )
    fresh = make.one(rule="demand.proposal", occasion="D2")
    assert (fresh.assignee, fresh.stands_in_for) == (home.wu, home.li)
    now = make.moment("2026-03-14 00:01")
    assert tell_leaves(now) == 1
    home.hear(now)
    for row in (soon, fresh):
        row.refresh_from_db()
        assert (row.assignee, row.stands_in_for) == (home.li, None)


def test_what_was_done_by_the_substitute_stays_done_by_the_substitute():
    home = make.house()
    gold = make.customer(home)
    take_leave(
        user=home.li, substitute=home.wu, from_on=date(2026, 3, 9), to_on=date(2026, 3, 14),
        by=home.gu, now=home.start,
    )  # fmt: skip
    tell_leaves(make.moment("2026-03-09 00:01"))
    home.told(
        "demand.received", "2026-03-09 10:00", subjects={"customer": gold.pk}, demand="D1",
        kind="OPTIMISE", source="CALLBACK",
    )  # fmt: skip
    home.told(
        "demand.proposed",
        "2026-03-10 10:00",
        subjects={"customer": gold.pk},
        demand="D1",
        kind="OPTIMISE",
    )
    tell_leaves(make.moment("2026-03-14 00:01"))
    home.hear(make.moment("2026-03-14 00:01"))
    assert make.one(rule="demand.proposal").assignee == home.wu
    assert make.one(rule="demand.plan").assignee == home.li


# --- regulation


def test_a_withdrawn_rule_asks_for_nothing_that_has_not_begun():
    home = make.house()
    gold = make.customer(home)
    of = {"contract": 3, "customer": gold.pk}
    home.told(
        "contract.signed",
        "2026-01-10 10:00",
        subjects=of,
        start_on="2026-01-10",
        end_on="2026-12-31",
    )
    turn(home, "2026-06-01 00:01")
    text = make.files(version="2")["rules/all.yaml"]
    at = text.index("  - id: renewal.talk")
    gone = text[at : text.index("  - id: order.progress")]
    other = text[text.index("  - id: gold.callback") : text.index("  - id: silver.callback")]
    type(home.version).objects.filter(pk=home.version.pk).update(
        in_force_to=make.moment("2026-07-01 00:00")
    )
    make.put_in_force(
        make.files(version="2", swap={gone: "", other: ""}), from_at=make.moment("2026-07-01 00:00")
    )
    now = make.moment("2026-07-01 00:01")
    assert (tell_in_force(now), tell_in_force(now)) == (1, 0)
    home.hear(now)
    assert state("renewal.talk") == (State.VOID, VoidReason.RULE_WITHDRAWN)
    assert state("gold.callback", occasion="2026-06") == (State.OPEN, "")


def test_hearing_the_whole_log_again_gives_the_same():
    home = make.house("2026-04-01 00:00")
    kept, gone = make.customer(home), make.customer(home, "金陵泵业", account_manager=home.wang)
    turn(home, "2026-04-01 00:01")
    tiered(home, kept, "GOLD", "SILVER", "2026-04-02 10:00")
    merged(home, gone, kept, "2026-04-03 10:00")
    before = set(Obligation.objects.values_list("rule", "subject_id", "state", "closed_reason"))
    found = again(make.moment("2026-04-03 10:00"))
    assert found.same, found.differing
    assert before == set(
        Obligation.objects.values_list("rule", "subject_id", "state", "closed_reason")
    )
