"""A doing that was denied: what stays owed and what is owed again, in life as in a trial."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.apps.obligations import actions as deeds
from bihuan.apps.obligations import replay
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import PauseReason, Verifier
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.tests.test_trial import differences, tried
from bihuan.apps.obligations.ticks import periods
from bihuan.apps.obligations.together import Said, verify_each


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("together", [False, True])
def test_what_was_denied_stays_open_and_what_it_had_covered_stands_again(together):
    home = make.house()
    who = make.customer(home)
    told = {"subjects": {"asset": 7, "customer": who.pk}, "ticket": "T1"}
    home.told("fault.reported", "2026-03-09 09:00", severity="NORMAL", **told)
    first = make.one(rule="fault.normal.phone")
    done = make.moment("2026-03-09 10:00")
    proof = [Proof("call_log")]
    deeds.discharge(obligation_ids=[first.pk], by=home.chen, now=done, at=done, evidence=proof)
    home.told("fault.reported", "2026-03-09 10:30", severity="URGENT", **told)
    graver = make.one(rule="fault.urgent.phone")
    assert (graver.state, graver.superseded_by_id) == ("VOID", first.pk)
    no = {"how": Verifier.INDEPENDENT, "satisfied": False, "note": "没人打过"}
    now = make.moment("2026-03-09 11:00")
    if together:
        verify_each([Said(first.pk, by=home.qian, at=now, **no)], now=now)
    else:
        deeds.verify(obligation_id=first.pk, by=home.qian, now=now, **no)

    def agree(moment, states):
        home.hear(moment)
        lived, until = replay.picture(), moment + timedelta(seconds=1)
        rows = Obligation.objects.filter(kind="response.phone").order_by("rule")
        assert [row.state for row in rows] == states
        assert differences(tried(None, until), lived) == []
        assert replay.again(moment).same

    agree(now, ["OPEN", "OPEN"])
    assert make.shown(make.one(pk=graver.pk).due_at) == "2026-03-09 13:00"
    # a fact that settles nothing of it changes nothing
    home.told("ticket.dispatched", "2026-03-09 11:30", **told)
    agree(make.moment("2026-03-09 11:30"), ["OPEN", "OPEN"])
    home.told("ticket.contacted", "2026-03-09 12:00", **told)
    agree(make.moment("2026-03-09 12:00"), ["DISCHARGED", "DISCHARGED"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("satisfied", [True, False])
def test_what_settles_a_duty_that_stands_still_ends_its_pause_whatever_is_said_of_it(satisfied):
    home = make.house()
    who = make.customer(home)
    told = {"subjects": {"asset": 7, "customer": who.pk}, "ticket": "T1"}
    home.told("fault.reported", "2026-03-09 09:00", severity="NORMAL", **told)
    duty = make.one(rule="fault.normal.phone")
    deeds.pause(
        obligation_id=duty.pk, by=home.chen, now=make.moment("2026-03-09 10:00"),
        reason=PauseReason.WAIT_CUSTOMER, evidence="等客户停机", told_customer=True,
    )  # fmt: skip
    home.told("ticket.contacted", "2026-03-09 14:00", **told)
    now = make.moment("2026-03-10 09:00")
    deeds.verify(
        obligation_id=duty.pk, by=home.qian, now=now, how=Verifier.INDEPENDENT,
        satisfied=satisfied, note="回访核实",
    )  # fmt: skip
    duty.refresh_from_db()
    assert (duty.state, duty.paused_at) == ("VERIFIED" if satisfied else "OPEN", None)
    assert differences(tried(None, now + timedelta(seconds=1)), replay.picture()) == []


@pytest.mark.django_db(transaction=True)
def test_a_round_that_was_taken_back_yields_to_what_the_new_tier_promises_sooner():
    home = make.house()
    who = make.customer(home, tier="SILVER", tier_rank=2)
    periods(make.moment("2026-01-01 00:00"))
    home.hear(make.moment("2026-01-01 00:00"))
    quarterly = make.one(rule="silver.callback")
    who.tier, who.tier_rank = "GOLD", 1
    who.save()
    moved = {"change": "X1", "before": "SILVER", "after": "GOLD", "up": True}
    done = make.moment("2026-01-06 09:00")
    deeds.discharge(
        obligation_ids=[quarterly.pk], by=home.li, now=done, at=done, evidence=[Proof("call_log")]
    )
    home.told("tier.changed", "2026-01-05 09:00", now=done, subjects={"customer": who.pk}, **moved)
    assert make.one(rule="gold.callback").superseded_by_id == quarterly.pk
    now = make.moment("2026-01-07 09:00")
    deeds.take_back(obligation_id=quarterly.pk, by=home.li, now=now, reason="按错了")
    quarterly.refresh_from_db()
    monthly = make.one(rule="gold.callback")
    assert (monthly.state, quarterly.state, quarterly.superseded_by_id) == (
        "OPEN", "VOID", monthly.pk,
    )  # fmt: skip
    assert differences(tried(None, now + timedelta(seconds=1)), replay.picture()) == []
    assert replay.again(now).same
